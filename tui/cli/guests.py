"""What guests are given: the address of their page, and a sheet of cards with the links of their folders."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from agent.disk.atomic import written
from agent.disk.typed import absolute
from agent.errors import AgentSilent, NoAgent, UsageError, VenueError
from agent.requests.consent import GetGuestPage
from agent.requests.people import LinkPerson, ListPeople, PersonStatus
from tui.cli import say
from tui.cli.commands import InEvent, Json, ask, ask_running, group

app = group()

NOBODY = "Nobody has a name yet, and cards are for those who have: venuesync unknown"
CODES = (".svg", ".png", ".pdf")


@app.command(epilog="Example: venuesync guests poster.svg")
def guests(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Write its code there: .svg, .png or .pdf, to be printed")
    ] = None,
    json: Json = False,
) -> None:
    """The address of the guests' page, and its code to be scanned. Exit 1 where there is no such page."""
    with code_at(file) as write:
        address = ask(GetGuestPage())["address"]
        if address is None:
            say.answer({"address": None}, "There is no page for guests: set guests.page and api.listen", json=json)
            raise typer.Exit(1)
        write(address)
    say.answer({"address": address}, address, *([f"  {file}"] if file is not None else []), json=json)
    if file is None and not json:
        from tui.draw import qr_text

        for row in qr_text(address):
            say.drawn(row)


@contextmanager
def code_at(file: Path | None) -> Generator[Callable[[str], object]]:
    """What writes an address's code there, if anywhere. What stands in its way is raised before a link is made."""
    if file is None:
        yield lambda _address: None
        return
    path = absolute(file)
    if path.suffix.lower() not in CODES:
        raise UsageError("A code cannot be written so", path.name, f"End it in {', '.join(CODES)}")

    def made(address: str) -> bytes:
        import segno

        code = io.BytesIO()
        segno.make_qr(address, error="m").save(code, kind=path.suffix.lower()[1:], scale=10)
        return code.getvalue()

    with written(path, lambda there: not there.stat().st_size or starts_as(there, made("any"))) as new:
        yield lambda address: new.write(made(address))


def starts_as(path: Path, made: bytes) -> bool:
    """Whether a code lies there: by its first bytes, and as small as one."""
    with suppress(OSError):
        return path.stat().st_size < 1 << 18 and path.read_bytes()[:8] == made[:8]
    return False


# ---- cards


def cards(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".html or .pdf; replaces such a sheet only")],
    link: Annotated[bool, typer.Option("--link", help="Make a link for everybody who has none yet.")] = False,
    event: InEvent = None,
    json: Json = False,
) -> None:
    """A sheet of cards to print and cut, one for each with a link: name and code. Exit 1 if nobody has one, 5 if some
    could not be made.

    A PDF is made by a Chromium or Chrome of this machine.
    """
    from tui.report.cards import cards_at, counted

    path, refused = absolute(file), list[VenueError]()
    with cards_at(path) as write:  # before a link is made
        people = [one for one in ask(ListPeople()) if not one["guest"]]
        if event is not None:
            from agent.requests.events import GetEvent

            wanted = ask(GetEvent(id=event))["status"]["id"]
            people = [one for one in people if one["event"] == wanted]
        given = [(one, link_for(one, refused, make=link)) for one in people]
        linked = [(one["name"], address) for one, address in given if address]
        for one in [one["name"] for one, address in given if not address]:
            say.message(f"No card, as there is no link: {one}")
        if not linked and refused:
            raise refused[-1]
        if not linked:
            say.answer([], "Nobody has a link: add --link" if people else NOBODY, json=json)
            raise typer.Exit(1)
        write(linked)
    rows = [{"name": name, "link": address} for name, address in linked]
    say.answer(rows, counted(len(rows)), f"  {path}", json=json)
    if refused:
        raise typer.Exit(5)


def link_for(person: PersonStatus, refused: list[VenueError], *, make: bool) -> str | None:
    """Their link. One that cannot be made is said, and keeps nobody else from theirs."""
    if person["link"] or not make:
        return person["link"]
    try:
        return ask_running(LinkPerson(person=person["id"]))
    except (NoAgent, AgentSilent):
        raise
    except VenueError as error:
        say.error(error)
        refused.append(error)
        return None
