"""Everybody with a folder: `people`, and `undo` and `redo` of what was decided."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from agent.disk.typed import absolute
from agent.errors import NotThere, UsageError, VenueError
from agent.requests.events import ListEvents
from agent.requests.faces import UnknownRow
from agent.requests.people import (
    DecisionRow,
    DenyPerson,
    ExportPerson,
    FindPeople,
    ForgetPerson,
    Forgotten,
    FoundPerson,
    HeldOfPerson,
    LinkPerson,
    ListDecisions,
    ListPeople,
    MergePeople,
    PersonChange,
    PersonExport,
    PersonStatus,
    Redo,
    RenamePerson,
    Undo,
    Undone,
    WeighForgetting,
)
from tui import words
from tui.cli import say
from tui.cli.commands import InEvent, Json, ask, ask_and_file, ask_running, group
from tui.cli.consent import audit, consent
from tui.cli.embed import Far
from tui.cli.guests import cards, code_at

app = group()
people_app = group()
app.add_typer(people_app, name="people")

Person = Annotated[str, typer.Argument(metavar="A", help="A person's name or id")]
PhotoIds = Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers, as `photos` shows them")]


@people_app.callback(invoke_without_command=True, epilog="Example: venuesync people")
def people(context: typer.Context, json: Json = False) -> None:
    """Everybody with a folder, and how many photos."""
    if context.invoked_subcommand is None:
        heads = ["NAME", "REFERENCES", "SOLO", "GROUP", "ON DRIVE"]
        nothing = "Nobody is enrolled yet: venuesync enroll NAME PHOTO…"
        found = ask(ListPeople())
        cells, heads = with_event(person_cells, heads, {} if json else several_events(found))
        say.rows(found, cells, heads, nothing=nothing, json=json)


def person_cells(row: PersonStatus) -> list[str]:
    return [row["name"], str(row["references"]), str(row["solo"]), str(row["group"]), str(row["on_drive"])]


Row = TypeVar("Row", PersonStatus, UnknownRow)


def several_events(rows: Sequence[PersonStatus] | Sequence[UnknownRow]) -> dict[str, str]:
    """The events' names by their ids, where these people are of several: a guest's number is its event's own."""
    several = len({row["event"] for row in rows}) > 1
    return {one["id"]: one["name"] for one in ask(ListEvents())} if several else {}


def with_event(
    cells: Callable[[Row], list[str]], heads: list[str], names: Mapping[str, str]
) -> tuple[Callable[[Row], list[str]], list[str]]:
    """The same columns, and behind the name that of the event, where there are any."""
    if not names:
        return cells, heads
    at = heads.index("NAME") + 1

    def told(row: Row) -> list[str]:
        shown = cells(row)
        return [*shown[:at], names.get(row["event"], row["event"]), *shown[at:]]

    return told, [*heads[:at], "EVENT", *heads[at:]]


@people_app.command(epilog='Example: venuesync people rename Mia "Mia Berg"')
def rename(
    person: Person, name: Annotated[str, typer.Argument(metavar="B")], event: InEvent = None, json: Json = False
) -> None:
    """Another name; the folders here and on Drive follow."""
    (change,) = ask_and_file(RenamePerson(person=person, name=name, event=event))
    tell_change(change, f"{person} is {change['name']} now", f"{change['name']} is called so already", json=json)


@people_app.command(epilog='Example: venuesync people merge "Guest 03" INTO Mia')
def merge(
    names: Annotated[list[str], typer.Argument(metavar="A INTO B", help="Two people who are one")],
    event: InEvent = None,
    json: Json = False,
) -> None:
    """Two names, one person: all that was A's is B's. Whoever has a name keeps it, also as one with a guest."""
    two = [names[0], names[-1]] if len(names) == 3 and names[1].casefold() == "into" else names
    if len(two) != 2:
        raise UsageError("Two people are needed", " ".join(names), "Write: venuesync people merge A INTO B")
    (change,) = ask_and_file(MergePeople(person=two[0], into=two[1], event=event))
    tell_change(change, f"{two[0]} and {two[1]} are one now, called {change['name']}", json=json)


@people_app.command(epilog="Example: venuesync people link Mia --qr")
def link(
    person: Person,
    qr: Annotated[bool, typer.Option("--qr", help="Draw its QR code, too.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Take the link back.")] = False,
    until: Annotated[
        str | None, typer.Option("--until", help="Its last day: it is taken back by itself.", metavar="2027-11-22")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Let in that address only; Drive writes to it.", metavar="MAIL")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Write its code there: .svg, .png or .pdf.", metavar="FILE")
    ] = None,
    event: InEvent = None,
    json: Json = False,
) -> None:
    """A link to their folder on Drive: anyone who has it may read. The first time it is made; --off takes it back."""
    given = {"--until": until, "--qr": qr, "--file": file}
    if off and (unheard := [option for option, value in given.items() if value]):
        raise UsageError(
            f"A link that is taken back has no {' and no '.join(unheard)}", person, "Leave it out, or --off"
        )
    with code_at(file) as write:
        address = ask_running(LinkPerson(person=person, on=not off, to=to, until=until, event=event))
        write(address or "")
    if to:
        said = f"{to} may read it: {address}" if address else f"{to} cannot open the folder of {person} any more"
    else:
        said = address or f"Nobody can open the folder of {person} by a link any more, but for whom --to let in"
    say.answer({"person": person, "link": address}, said, json=json)
    if address and qr and not json:
        from tui.draw import qr_text

        for row in qr_text(address):
            say.drawn(row)


@people_app.command(epilog="Example: venuesync people export Mia mia.zip")
def export(
    person: Person,
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Replaced only where it is their export already")],
    event: InEvent = None,
    json: Json = False,
) -> None:
    """Everything held about A, as a zip: photos, references, decisions, a page. Exit 5 if one lies nowhere here."""
    made = ask(ExportPerson(person=person, file=whole_path(file), event=event))
    if Far.socket is None and not Path(made["file"]).exists():
        raise VenueError("The agent has a folder of its own there", made["file"], "Choose one in the workspace")
    for photo in made["missing"]:
        say.message(f"Not in it, as it lies nowhere here (any more): {photo}")
    say.answer(made, exported_line(made), f"  {made['file']}", json=json)
    if made["missing"]:
        raise typer.Exit(5)


def exported_line(made: PersonExport) -> str:
    counts = counted(made["references"], "reference"), counted(made["decisions"], "decision")
    held = f"{words.photos(made['photos'])}, {', '.join(counts)}"
    return f"{made['person']['name']} is exported: {held}, {made['bytes'] / 1e6:,.1f} MB"


@people_app.command(epilog="Example: venuesync people forget Mia")
def forget(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    never: Annotated[
        bool, typer.Option("--never", help="Keep just enough not to ask about that face again; what that is, is said.")
    ] = False,
    blur: Annotated[
        bool | None,
        typer.Option(
            "--blur/--stay", help="Their face on photos: blurred here and on Drive, or as it is. Else as set."
        ),
    ] = None,
    event: InEvent = None,
    json: Json = False,
) -> None:
    """Remove all that is held of A, here and on Drive, for good: it cannot be undone. Exit 1 if anything is found, 5 if
    a video or a photo shows them still where their face was to be blurred.
    """
    held = ask(WeighForgetting(person=person, blur=blur, event=event))
    if not yes and not sys.stdin.isatty():
        raise UsageError("That cannot be undone", f"{person} was not forgotten", "Say so with --yes")
    try:
        if not yes:
            if not agreed(held):
                raise typer.Exit(1)
            refuse_other_name(held, ask(WeighForgetting(person=held["id"], blur=blur)))
        forgotten = ask(ForgetPerson(person=held["id"], never=never, blur=blur))
    except NotThere as error:
        named = "" if held["name"] in error.detail else f"{held['name']}, "
        raise NotThere(error.title, f"{named}{error.detail}", error.remedy) from None
    say.answer(forgotten, *forgotten_lines(forgotten), json=json)
    if forgotten["searched"]["found"]:
        raise typer.Exit(1)
    if forgotten["unblurred"]:
        raise typer.Exit(5)


def agreed(held: HeldOfPerson) -> bool:
    """Whether somebody at the terminal says yes to it."""
    say.message(f"{held['name']} is forgotten, and that cannot be undone. What goes, here and on Drive, for good:")
    for line in held_lines(held):
        say.message(f"  {line}")
    say.message(f"Forget {held['name']}? Type yes:")
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def refuse_other_name(held: HeldOfPerson, now: HeldOfPerson) -> None:
    """Raises `UsageError` where somebody said who they are while yes was said to forgetting whom nobody knew."""
    if now["name"] != held["name"]:
        remedy = "Look who that is, and ask again: venuesync people"
        raise UsageError("They have another name by now", f"{held['name']} is {now['name']}", remedy)


def held_lines(held: HeldOfPerson) -> Iterator[str]:
    """What there is of somebody: `1 reference`, `folder …`."""
    yield f"{counted(held['references'], 'reference')}, and who they are on {counted(held['photos'], 'photo')}"
    for folder in held["folders"]:
        yield f"folder {folder}"
    yield f"{counted(held['on_drive'], 'file')} in their folders on Drive, and the folders"
    yield f"{counted(held['copies'], 'backup')} that may hold them; new ones are made without"
    yield "not the photos: those stay with whoever else is on them, or under Unsorted/Unknown"
    if held["blur"]:
        yield "their face on those, where it is known as theirs: blurred as they are filed, here and on Drive"
    if held["originals"]:
        yield f"not the originals, which are yours: {counted(len(held['originals']), 'file')}"


def forgotten_lines(done: Forgotten) -> Iterator[str]:
    held, searched = done["held"], done["searched"]
    yield f"{held['name']} is forgotten"
    yield from (f"  {line}" for line in held_lines(held))
    yield f"  {counted(len(done['copies']), 'backup')} and {counted(done['lines'], 'line')} of logs are gone"
    if done["kept"]:
        yield f"  kept: {done['kept']}"
    if searched["files"]:  # else it has not come to that yet
        yield f"  searched: {counted(searched['files'], 'file')} of venuesync, {searched['bytes'] / 1e6:,.1f} MB"
        yield from (f"  FOUND  {one}" for one in searched["found"])
        yield (
            f"  {words.what_ends(searched['found'])}"
            if searched["found"]
            else "  found: no name, no encoding, no picture"
        )
    yield from (f"  original  {one}" for one in held["originals"])
    yield from (f"  bears the name, and is yours  {one}" for one in done["named"])
    if held["blur"]:
        yield f"  blurred on {counted(done['blurred'], 'photo')}, which are kept as they were in .venuesync/withdrawn"
        yield "  not blurred where nobody knew that face as theirs: look through the photos of that evening"
    yield from (f"  NOT BLURRED, shows them still  {one}" for one in done["unblurred"])
    if done["waits"]:
        yield f"  still to come, by itself: {done['waits']}"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


people_app.command(epilog="Example: venuesync people audit")(audit)
people_app.command(epilog="Example: venuesync people cards cards.html --link")(cards)
people_app.command(epilog='Example: venuesync people consent Mia "signed form" --until 2027-11-22')(consent)


@people_app.command("not", epilog="Example: venuesync people not Mia 12 --face face:31")
def not_person(
    person: Person,
    photos: PhotoIds,
    faces: Annotated[
        list[str] | None,
        typer.Option(
            "--face", help="Only this face on them, as `photos faces` shows it; may be given again.", metavar="ID"
        ),
    ] = None,
    event: InEvent = None,
    json: Json = False,
) -> None:
    """A is not on these photos, whatever they look like."""
    (change,) = ask_and_file(DenyPerson(person=person, photos=photos, faces=faces or (), event=event))
    tell_change(change, f"Not {change['name']}", json=json)


@people_app.command(epilog="Example: venuesync people find portrait.jpg")
def find(photo: Annotated[Path, typer.Argument(metavar="PHOTO")], json: Json = False) -> None:
    """Who is on this picture, with the folder; nothing of it is kept. Exit 1 if nobody is known for sure."""
    rows = ask(FindPeople(photo=whole_path(photo)))
    say.rows(rows, found_cells, ["WHO", "DISTANCE", "FOLDER", "LINK"], nothing="No face was found in it", json=json)
    if not any(row["sure"] for row in rows):
        raise typer.Exit(1)


def found_cells(row: FoundPerson) -> list[str]:
    who = row["name"] or row["why"]
    if row["name"] and not row["sure"]:
        who = f"{row['name']}, perhaps: {row['why']}"
    distance = "-" if row["distance"] is None else f"{row['distance']:.2f}"
    return [who, distance, row["folder"] or "-", row["link"] or "-"]


def tell_change(change: PersonChange, text: str, already: str = "", *, json: bool) -> None:
    """`already`: what is said where it was so."""
    if already and not change.get("changed", True):
        say.answer(change, already, json=json)
        return
    first = f"{text}: {words.moved(change['photos'])}, {change['seconds']:.1f} s"
    say.answer(change, first, *(f"  {one}" for one in (*change["folders"], *change.get("told", []))), json=json)


def whole_path(path: Path) -> str:
    """As the agent has to be told, who works in another folder, or on another machine. Raises `UsageError`."""
    if Far.socket is not None and not path.is_absolute():
        raise UsageError("That is a path of this machine", str(path), "Give a whole one of the agent's machine")
    return str(absolute(path))


# ---- taking back


@app.command(epilog="Example: venuesync undo --list")
def undo(
    listed: Annotated[bool, typer.Option("--list", help="Only show what was decided, the newest first.")] = False,
    json: Json = False,
) -> None:
    """Take back what was decided last: enroll, rename, merge, name, ignore, review, not, withdraw, move, dismiss …"""
    if listed:
        show_decisions(json=json)
    else:
        (undone,) = ask_and_file(Undo())
        tell_turned(undone, "Undone", json=json)


@app.command(epilog="Example: venuesync redo")
def redo(json: Json = False) -> None:
    """Do again what undo took back last; not after something new was decided."""
    (undone,) = ask_and_file(Redo())
    tell_turned(undone, "Done again", json=json)


def tell_turned(undone: Undone, word: str, *, json: bool) -> None:
    say.answer(undone, f"{word}: {undone['what']} ({words.moved(undone['photos'])}, {undone['left']} more)", json=json)


def show_decisions(*, json: bool) -> None:
    """What can be undone, newest first, and above it what can be done again."""
    found = ask(ListDecisions())
    rows = [["redo", *decision_cells(row)] for row in reversed(found["undone"])]
    rows += [["undo", *decision_cells(row)] for row in found["done"]]
    if json:
        say.value(found)
    else:
        say.rows(rows, list, ["BY", "AT", "EVENT", "WHAT"], nothing="Nothing to undo", json=False)


def decision_cells(row: DecisionRow) -> list[str]:
    at = datetime.fromisoformat(row["at"]).astimezone()
    return [f"{at:%Y-%m-%d %H:%M:%S}", ", ".join(row["events"]) or "-", row["what"]]
