"""What guests are given: the address of their page, and a sheet of cards with the links of their folders."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from agent.disk.atomic import written
from agent.errors import UsageError
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
    path = None if file is None else a_code(file.expanduser().absolute())
    address = ask(GetGuestPage())["address"]
    if address is None:
        say.answer({"address": None}, "There is no page for guests: set guests.page and api.listen", json=json)
        raise typer.Exit(1)
    if path is not None:
        write_code(path, address)
    say.answer({"address": address}, address, *([f"  {file}"] if file is not None else []), json=json)
    if file is None and not json:
        from tui.draw import qr_text

        for row in qr_text(address):
            say.drawn(row)


def a_code(file: Path) -> Path:
    """The same. Raises `UsageError` where a code cannot be written so: to be found out before a link is made."""
    if file.suffix.lower() not in CODES:
        raise UsageError("A code cannot be written so", file.name, f"End it in {', '.join(CODES)}")
    return file


def write_code(file: Path, address: str) -> None:
    import segno

    made = io.BytesIO()
    segno.make_qr(address, error="m").save(made, kind=file.suffix.lower()[1:], scale=10)
    with written(file, lambda there: not there.stat().st_size or starts_as(there, made.getvalue())) as new:
        new.write(made.getvalue())


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
    """A sheet of cards to print and cut, one for each with a link: name and code. Exit 1 if nobody has one.

    A PDF is made by a Chromium or Chrome of this machine.
    """
    from tui.report.cards import checked, counted, write_cards

    path = checked(file.expanduser().absolute())
    people = [one for one in ask(ListPeople()) if not one["guest"]]
    if event is not None:
        from agent.requests.events import GetEvent

        wanted = ask(GetEvent(id=event))["status"]["id"]
        people = [one for one in people if one["event"] == wanted]
    given = [(one, link_for(one, make=link)) for one in people]
    linked = [(one, address) for one, address in given if address]
    if linked:
        write_cards(path, [(one["name"], address) for one, address in linked])
    without = [one["name"] for one, address in given if not address]
    for one in without:
        say.message(f"No card, as there is no link: {one}")
    rows = [{"name": one["name"], "link": address} for one, address in linked]
    say.answer(
        rows,
        counted(len(rows)) if rows else "Nobody has a link: add --link" if people else NOBODY,
        *([f"  {path}"] if rows else []),
        json=json,
    )
    if not rows:
        raise typer.Exit(1)


def link_for(person: PersonStatus, *, make: bool) -> str | None:
    return person["link"] or (ask_running(LinkPerson(person=person["id"])) if make else None)
