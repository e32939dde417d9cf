"""`login` and `logout`: signing in to Google from a machine that may only be reached by SSH.

The browser may run elsewhere: its way back is a forwarded port, or the address in its address bar, pasted here.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from agent.drive.endpoint import Endpoint
from agent.drive.login import PORT, Level, LoginAttempt, OAuthClient
from agent.drive.sign_in import UNPUBLISHED_LIFE, Account, SignIn
from agent.errors import AgentSilent, NoAgent, UsageError
from agent.times import iso
from tui.cli import say
from tui.cli.embed import Place, connect, new_workspace, place

PATIENCE = 600.0  # seconds


async def log_in(
    chosen: Path | None,
    *,
    client: Path | None,
    level: str,
    account: str | None,
    port: int | None,
    keyring: bool,
    json: bool,
) -> int:
    """Show the address, take what comes back by whichever way it comes, keep it, and tell a running agent."""
    tell = say.message if json else say.line
    new_workspace(chosen)
    found = place(chosen)
    wanted = chosen_level(found, level)
    sign_in = SignIn(found.workspace, Endpoint(found.settings.drive.endpoint), keyring=keyring)
    own = await asyncio.to_thread(OAuthClient.from_file, client) if client is not None else None
    if own is not None:
        await asyncio.to_thread(sign_in.keep_client, own)
    attempt = await sign_in.begin(wanted, own, port=port or PORT, hint=account or "")
    tell_how(attempt, port or PORT, tell)
    pasted = await answer(sign_in, attempt, port or PORT)
    signed_in = await sign_in.finish(attempt, pasted)
    tell_who(signed_in, tell)
    if json:
        ends = None if signed_in.ends_at is None else iso(signed_in.ends_at)
        say.value({"account": signed_in.name, "level": signed_in.level.value, "ends_at": ends})
    await tell_agent(found)
    return 0


def chosen_level(found: Place, level: str) -> Level:
    """The level asked for, which has to be enough for where photos are to go."""
    try:
        wanted = Level(level)
    except ValueError:
        raise UsageError(
            "There is no such level", f"{level!r} was given", f"Give one of {', '.join(one.value for one in Level)}"
        ) from None
    if found.settings.drive.destination and wanted is not Level.MANAGE:
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


async def answer(sign_in: SignIn, attempt: LoginAttempt, port: int) -> str:
    """What the browser brought to the port, or what a person pasted; whichever comes first."""
    listening = asyncio.create_task(sign_in.listen(attempt, port, PATIENCE))
    pasting = asyncio.create_task(pasted_line())
    try:
        done, _ = await asyncio.wait({listening, pasting}, return_when=asyncio.FIRST_COMPLETED)
        if pasting in done and pasting.result():
            return pasting.result()
        return await listening
    finally:
        for one in (listening, pasting):
            one.cancel()
        await asyncio.gather(listening, pasting, return_exceptions=True)


async def pasted_line() -> str:
    """A line from the terminal; empty where nobody can type (then only the port is left)."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    try:
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    except (OSError, ValueError):  # a file, /dev/null or nothing at all
        return ""
    try:
        while line := await reader.readline():
            text = line.decode("utf-8", "replace").strip()
            if text:
                return text
        return ""
    finally:
        transport.close()


def tell_who(account: Account, tell: Callable[[str], None]) -> None:
    tell(f"Signed in as {account.name}, level {account.level.value}.")
    ends = account.ends_at
    if ends is not None:
        tell(f"Google says that this sign-in ends on {day(ends)}.")
        tell("That is so while the OAuth client is in the state Testing: publish it (docs/google-setup.md).")
    else:
        unpublished = day(account.signed_in_at + UNPUBLISHED_LIFE)
        tell(f"If the OAuth client is still in the state Testing, this ends on {unpublished}: docs/google-setup.md.")


def day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%A, %d %B, %H:%M}"


async def log_out(chosen: Path | None, *, json: bool) -> int:
    """End every sign-in at Google and delete it here; photos stay where they are, and the queue waits."""
    found = place(chosen)
    sign_in = SignIn(found.workspace, Endpoint(found.settings.drive.endpoint))
    forgotten = await sign_in.forget()
    if json:
        say.value({"signed_out": list(forgotten.accounts), "untold": list(forgotten.untold)})
    elif forgotten.accounts:
        say.line(f"Signed out {', '.join(forgotten.accounts)}")
    else:
        say.line("Nobody is signed in")
    if not forgotten.accounts:
        return 0
    if forgotten.untold:
        who = ", ".join(forgotten.untold)
        say.message(f"Google could not be told of {who}: end it at https://myaccount.google.com/permissions, too")
    await tell_agent(found)
    return 0


async def tell_agent(found: Place) -> None:
    """A running agent looks at once; else it finds out when it starts."""
    with suppress(NoAgent, AgentSilent):
        service = await connect(found.workspace)
        if service is not None:
            try:
                await service.signed_in()
            finally:
                await service.close()
