"""Who may come in: `login` and `logout` at Google, `token` for the API over TCP.

Signing in is fit for a machine that may only be reached by SSH: the browser may run elsewhere, and its way back is a
forwarded port, or the address in its address bar, pasted here.
"""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.clock import iso
from agent.errors import AgentSilent, NoAgent, NotThere, UsageError, VenueError
from agent.model import NO_AGENT
from agent.requests.drive import AccountRow, ListAccounts, SignedIn
from agent.requests.status import GetStatus
from tui.cli import say
from tui.cli.commands import Chosen, Json, ask, finish, group
from tui.cli.embed import Place, connect, existing, new_workspace, place, refuse_root

if TYPE_CHECKING:
    from agent.api.tokens import Issued, Tokens
    from agent.drive.sign_in.kept import Account, SignIn
    from agent.drive.sign_in.login import Level, LoginAttempt

app = group()
token_app = group()
app.add_typer(token_app, name="token")

PATIENCE = 600.0  # seconds


@app.command(epilog="Example: venuesync login --client client.json")
def login(
    client: Annotated[
        Path | None,
        typer.Option("--client", help="Your own OAuth client, as Google's console gives it.", metavar="FILE.json"),
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            "--level", help="identity, upload (our own files), full (and reading shared folders), manage (all)"
        ),
    ] = "full",
    account: Annotated[
        str | None,
        typer.Option(
            "--account", help="The address that has to sign in, beside the account that all events use.", metavar="NAME"
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Where the browser comes back to: 8765.", min=1, max=65535)
    ] = None,
    keyring: Annotated[bool, typer.Option("--keyring", help="Keep the key in the system's keyring.")] = False,
    json: Json = False,
) -> None:
    """Sign in to Google; fit for a machine reached by SSH."""
    finish(log_in(client=client, level=level, account=account, port=port, keyring=keyring, json=json))


async def log_in(
    *, client: Path | None, level: str, account: str | None, port: int | None, keyring: bool, json: bool
) -> int:
    """Show the address, take what comes back by whichever way it comes, keep it, and tell a running agent."""
    from agent.drive.endpoint import Endpoint
    from agent.drive.sign_in.kept import SignIn
    from agent.drive.sign_in.login import PORT, OAuthClient

    tell = say.message if json else say.line
    found = place(Chosen.workspace)
    refuse_root(found.workspace)
    wanted = chosen_level(found, level, account or "")
    own = await asyncio.to_thread(OAuthClient.from_file, client) if client is not None else None
    new_workspace(Chosen.workspace)  # not for what is refused
    sign_in = SignIn(found.workspace, Endpoint(found.settings.drive.endpoint), keyring=keyring)
    if own is not None:
        await asyncio.to_thread(sign_in.keep_client, own)
    attempt = await sign_in.begin(wanted, own, port=port or PORT, hint=account or "")
    signed_in = await answer(sign_in, attempt, port or PORT, tell, only=account or "")
    first = await asyncio.to_thread(sign_in.is_first, signed_in)
    tell_who(signed_in, tell, first=first)
    if json:
        ends = None if signed_in.ends_at is None else iso(signed_in.ends_at)
        say.value({"account": signed_in.name, "level": signed_in.level.value, "ends_at": ends})
    await tell_agent(found)
    return 0


def chosen_level(found: Place, level: str, account: str) -> Level:
    """The level asked for, which has to be enough for where photos are to go. What the settings say of that is the
    account's that all events use.
    """
    from agent.drive.sign_in.login import Level

    try:
        wanted = Level(level)
    except ValueError:
        raise UsageError(
            "There is no such level", f"{level!r} was given", f"Give one of {', '.join(one.value for one in Level)}"
        ) from None
    if found.settings.drive.destination and wanted is not Level.MANAGE and not account:
        raise UsageError(
            "That level cannot write into a folder that venuesync did not make",
            f"drive.destination is {found.settings.drive.destination}, the level {wanted.value}",
            "Use --level manage, or leave drive.destination empty",
        )
    return wanted


def tell_how(attempt: LoginAttempt, port: int, tell: Callable[[str], None]) -> None:
    tell("Open this address in a browser, on any machine, and choose the account that is to hold the photos:")
    tell("")
    tell(f"  {attempt.url}")
    tell("")
    tell("If that browser is on another machine, do one of the two:")
    tell(f"  before opening it, run there:  ssh -L {port}:127.0.0.1:{port} <this machine>")
    tell("  or afterwards, when it says that the page cannot be reached, paste its whole address here and press enter")


async def answer(
    sign_in: SignIn, attempt: LoginAttempt, port: int, tell: Callable[[str], None], only: str = ""
) -> Account:
    """Who signed in, by what the browser brought to the port, or a person pasted; whichever comes first. How is told
    once the port is listened at: a browser may be as quick as that.

    Where the port is taken, what is pasted is all that is waited for. Raises `UsageError` where nobody can paste.
    """
    listens = asyncio.Event()
    listening = asyncio.create_task(sign_in.listen(attempt, port, PATIENCE, listens.set))
    ready = asyncio.create_task(listens.wait())
    await asyncio.wait({listening, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    tell_how(attempt, port, tell)
    pasting = asyncio.create_task(by_paste(sign_in, attempt, only))
    try:
        await asyncio.wait({listening, pasting}, return_when=asyncio.FIRST_COMPLETED)
        if listening.done() and isinstance(taken := listening.exception(), UsageError):
            say.message(f"{taken.title[:1].upper()}{taken.title[1:]}: paste the address that the browser ends at")
            await pasting
        if pasting.done() and (signed_in := pasting.result()) is not None:
            return signed_in
        return await sign_in.finish(attempt, await listening, only=only)
    finally:
        for one in (listening, pasting):
            one.cancel()
        await asyncio.gather(listening, pasting, return_exceptions=True)


async def by_paste(sign_in: SignIn, attempt: LoginAttempt, only: str) -> Account | None:
    """Who signed in by what was pasted; `None` where nobody can type (then only the port is left). What is no answer to
    this attempt is said, and the right one waited for: the browser shows it still. Raises the last such at the end.
    """
    wrong: VenueError | None = None
    async for line in pasted_lines():
        try:
            return await sign_in.finish(attempt, line, only=only)
        except VenueError as error:
            if not attempt.is_open:
                raise
            wrong = error
            said = ": ".join(part for part in (error.title, error.detail) if part)
            say.message(f"{said}. Paste the whole address that the browser shows at the end")
    if wrong is not None:
        raise wrong
    return None


async def pasted_lines() -> AsyncGenerator[str]:
    """Lines from the terminal, which is left as it was; none where nobody can type."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    try:
        if stat.S_ISCHR(os.fstat(sys.stdin.fileno()).st_mode) and not sys.stdin.isatty():  # /dev/null
            return
        kept, blocks = os.dup(sys.stdin.fileno()), os.get_blocking(sys.stdin.fileno())
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    except (OSError, ValueError):  # a file, or nothing at all
        return
    try:
        while line := await reader.readline():
            text = line.decode("utf-8", "replace").strip()
            if text:
                yield text
    finally:
        transport.close()
        os.set_blocking(kept, blocks)  # whoever reads from it next shares that
        os.close(kept)


def tell_who(account: Account, tell: Callable[[str], None], *, first: bool) -> None:
    from agent.drive.sign_in.kept import UNPUBLISHED_LIFE

    tell(f"Signed in as {account.name}, level {account.level.value}.")
    if not first:
        tell("Only events that name it use it: venuesync events set E account " + account.name)
    ends = account.ends_at
    if ends is not None:
        tell(f"Google says that this sign-in ends on {weekday(ends)}.")
        tell("That is so while the OAuth client is in the state Testing: publish it (docs/google-setup.md).")
    else:
        unpublished = weekday(account.signed_in_at + UNPUBLISHED_LIFE)
        tell(f"If the OAuth client is still in the state Testing, this ends on {unpublished}: docs/google-setup.md.")


def weekday(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%A, %d %B, %H:%M}"


@app.command(epilog="Example: venuesync accounts")
def accounts(json: Json = False) -> None:
    """The Google accounts: who is signed in and since when, how their Drives stand, which events use them."""
    heads = ["ACCOUNT", "LEVEL", "SIGNED IN", "ENDS", "STATE", "EVENTS"]
    say.rows(ask(ListAccounts()), account_cells, heads, nothing="There is no account", json=json)


def account_cells(one: AccountRow) -> list[str]:
    events = ", ".join(one["events"])
    return [
        one["account"] or "-",
        one["level"] or "not signed in",
        say.minute_of(one["signed_in_at"]),
        say.minute_of(one["ends_at"]),
        f"{one['state']}: {one['detail']}" if one["detail"] == NO_AGENT else one["state"] or "-",
        f"{events} (all that name none)" if one["default"] else events or "none",
    ]


@app.command(epilog="Example: venuesync logout --account lena@example.com")
def logout(
    account: Annotated[
        str | None, typer.Option("--account", help="Only this one, by its address; else all.", metavar="NAME")
    ] = None,
    json: Json = False,
) -> None:
    """Sign out: end it at Google and delete it here. Photos stay where they are, and the queue waits."""
    finish(log_out(account=account or "", json=json))


async def log_out(*, account: str, json: bool) -> int:
    from agent.drive.endpoint import Endpoint
    from agent.drive.sign_in.kept import SignIn

    found = place(Chosen.workspace)
    refuse_root(found.workspace)
    sign_in = SignIn(found.workspace, Endpoint(found.settings.drive.endpoint))
    try:
        forgotten = await sign_in.forget(account)
    finally:
        await tell_agent(found)  # also where nobody was signed in: a sign-in of theirs that has begun there ends
    said = f"Signed out {', '.join(forgotten.accounts)}" if forgotten.accounts else "Nobody is signed in"
    say.answer({"signed_out": list(forgotten.accounts), "untold": list(forgotten.untold)}, said, json=json)
    if forgotten.untold:
        who = ", ".join(forgotten.untold)
        say.message(f"Google could not be told of {who}: end it at https://myaccount.google.com/permissions, too")
    return 0


async def tell_agent(found: Place) -> None:
    """A running agent looks at once; else it finds out when it starts."""
    with suppress(NoAgent, AgentSilent):
        agent = await connect(found.workspace)
        if agent is not None:
            try:
                await agent.ask(SignedIn())
            finally:
                await agent.close()


# ---- access tokens


@token_app.callback(invoke_without_command=True, epilog="Example: venuesync token --read-only --days 7")
def token(
    context: typer.Context,
    days: Annotated[
        float | None, typer.Option("--days", help="How long it is good for; else api.token_days.", min=0.001, max=3650)
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may look, and change nothing.")] = False,
    json: Json = False,
) -> None:
    """Make an access token for the API over TCP (api.listen), for this workspace alone. It cannot be shown again."""
    if context.invoked_subcommand is not None:
        return
    from agent.api.tokens import Scope

    found = existing(Chosen.workspace)
    text, made = tokens_of(found).make(days, Scope.READ if read_only else Scope.ALL)
    say.answer({"token": text, **token_row(made)}, text, json=json)
    if json:
        return
    say.message(f"Good until {say.minute(made.ends_at)}; take it back: venuesync token revoke {made.id}")
    if not found.settings.api.listen:
        say.message("Nothing listens yet: set api.listen, and start the agent again")


@token_app.command("list", epilog="Example: venuesync token list")
def tokens(json: Json = False) -> None:
    """The access tokens that are good."""
    given = tokens_of(existing(Chosen.workspace)).given_out()
    heads = ["ID", "MADE", "GOOD UNTIL", "MAY"]
    if json:
        say.value([token_row(one) for one in given])
    else:
        say.rows(given, token_cells, heads, nothing="No access token is good here", json=False)


@token_app.command(epilog="Example: venuesync token revoke 3f2a")
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `token list` shows it.")], json: Json = False
) -> None:
    """Take one back: from now on it is none."""
    if not tokens_of(existing(Chosen.workspace)).revoke(id):
        raise NotThere("There is no such access token", id, "See `venuesync token list` for their ids")
    say.answer({"id": id, "revoked": True}, f"Taken back: {id}", json=json)


def tokens_of(found: Place) -> Tokens:
    """They are for this workspace alone, whose id stands in its list of people."""
    from agent.api.tokens import Tokens

    refuse_root(found.workspace)
    return Tokens(found.workspace, found.settings.api, ask(GetStatus(), found)["workspace_id"])


def token_row(one: Issued) -> dict[str, str | bool]:
    made, ends = iso(one.made_at), iso(one.ends_at)
    return {"id": one.id, "made_at": made, "expires_at": ends, "read_only": only_reads(one)}


def only_reads(one: Issued) -> bool:
    from agent.api.tokens import Scope

    return one.scope is Scope.READ


def token_cells(one: Issued) -> list[str]:
    may = "look only" if only_reads(one) else "do everything"
    return [one.id, say.minute(one.made_at), say.minute(one.ends_at), may]
