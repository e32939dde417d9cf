"""What people are told: the night on one page, `report`, and messages, `notify`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from agent.errors import UsageError
from agent.requests.notify import AddAddress, AddressRow, ListAddresses, RemoveAddress, SendReport, Told, TryNotify
from agent.requests.report import GetReport
from tui.cli import say
from tui.cli.commands import Chosen, Json, ask, finish, group
from tui.cli.embed import existing, reach
from tui.report.page import Audience
from tui.report.write import write_report
from tui.verdict import note, told

app = group()


@app.command(epilog="Example: venuesync report --for couple")
def report(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help=".html, or .pdf; else report.html in the workspace")
    ] = None,
    audience: Annotated[
        str, typer.Option("--for", help="photographer, or couple: without failures.", metavar="WHOM")
    ] = "photographer",
    event: Annotated[str | None, typer.Option("--event", help="The event; else all of them.", metavar="E")] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to every address of `notify`.")] = False,
    json: Json = False,
) -> None:
    """The night on one page: photos, people, cameras, hours, failures, what is verified. --json: its figures alone."""
    if audience not in get_args(Audience):
        known = ", ".join(get_args(Audience))
        raise UsageError("There is no such report", f"--for {audience!r} was given", f"Give one of: {known}")
    finish(make_report(file, cast(Audience, audience), event, send=send, json=json))


async def make_report(file: Path | None, audience: Audience, event: str | None, *, send: bool, json: bool) -> int:
    """With `json` a page is written only where its file was named, or it is to be sent."""
    async with reach(existing(Chosen.workspace)) as reached:
        figures = await reached.agent.ask(GetReport(event=event))
        if json:
            say.value(figures)
        if json and file is None and not send:
            return 0
        path = await write_report(reached.agent, figures, file, audience)
        if not json:
            say.line(told(figures) + note(figures))
            say.line(f"  {path}")
        results = await reached.agent.ask(SendReport(file=str(path))) if send else []
    return tell_sent(results, say.message if json else say.line)


# ---- messages to people: where they go


notify_app = group()
app.add_typer(notify_app, name="notify")


@notify_app.callback(invoke_without_command=True, epilog="Example: venuesync notify")
def notify(context: typer.Context, json: Json = False) -> None:
    """Messages to people: where they go."""
    if context.invoked_subcommand is None:
        show(ask(ListAddresses()), json=json)


@notify_app.command(epilog="Example: venuesync notify test")
def test(json: Json = False) -> None:
    """Send a trial message to every address."""
    told = ask(TryNotify())
    if json:
        say.value(told)
    raise typer.Exit(tell_sent(told, (lambda _: None) if json else say.line))


@notify_app.command(epilog="Example: venuesync notify add < address.txt")
def add(
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="As Apprise writes it; else it is asked for, unseen")
    ] = None,
    json: Json = False,
) -> None:
    """Send messages there, too. It is kept encrypted; typed on the command line it stands in the shell's history."""
    show(ask(AddAddress(address=address or typed())), json=json)


@notify_app.command(epilog="Example: venuesync notify remove 1")
def remove(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `notify` shows it")], json: Json = False
) -> None:
    """Send nothing there any more."""
    show(ask(RemoveAddress(number=number)), json=json)


def typed() -> str:
    """Unseen at a terminal, else a line of what comes in."""
    found = typer.prompt("Address", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not (text := str(found).strip()):
        raise UsageError(
            "No address was given", "nothing was typed", "Write it as github.com/caronc/apprise/wiki shows"
        )
    return text


def show(rows: Sequence[AddressRow], *, json: bool) -> None:
    lines = [
        f"{'' if one['number'] is None else one['number']:>3}  {one['address']}"
        f"{'  (config.toml or environment)' if one['number'] is None else ''}"
        for one in rows
    ]
    say.answer(rows, *(lines or ["Messages go nowhere yet. Add an address: venuesync notify add"]), json=json)


def tell_sent(told: Sequence[Told], tell: Callable[[str], None]) -> int:
    """What became of a message to each address. Returns the exit code."""
    for one in told:
        tell(f"{one['address']}: {'sent' if one['sent'] else 'not sent: ' + one['detail']}")
    sent = sum(one["sent"] for one in told)
    return 0 if sent == len(told) else 5 if sent else 1
