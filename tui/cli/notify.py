"""Messages to people: `notify test`, and where they go."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from agent.errors import UsageError
from agent.requests.notify import AddAddress, AddressRow, ListAddresses, RemoveAddress, Told, TryNotify
from tui.cli import say
from tui.cli.commands import Json, ask, group

app = group()
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
