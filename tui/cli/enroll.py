"""`enroll`: from pictures, from faces in photos that are here, or many people at once from a folder or a list."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from agent.disk.atomic import read_text
from agent.disk.typed import absolute
from agent.errors import UsageError, VenueError
from agent.requests.ask import Agent
from agent.requests.people import EnrollFace, EnrollPerson, EnrollResult, PersonChange
from tui.cli import say
from tui.cli.commands import Chosen, InEvent, Json, ask_and_file, done, finish, group
from tui.cli.consent import Said, Until
from tui.cli.embed import place, reach
from tui.cli.people import tell_change, whole_path

app = group()

LONGEST_LIST = 16 << 20  # bytes
PICTURES = {".jpg", ".jpeg", ".png", ".heic", ".heif", ".avif", ".webp", ".tif", ".tiff"}


@app.command(epilog="Example: venuesync enroll Mia mia-1.jpg mia-2.jpg, or: venuesync enroll Mia photo:12 --unclear")
def enroll(
    name: Annotated[str | None, typer.Argument(metavar="NAME")] = None,
    photos: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PHOTO...",
            help="Photos with exactly one clear face; or photo:NUMBER of one here, or a face of `photos faces`",
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Many: a folder of folders called as the people, or a CSV file: name, photo."),
    ] = None,
    unclear: Annotated[
        bool, typer.Option("--unclear", help="Of a face in a photo here: theirs even where it is no good reference.")
    ] = False,
    consent: Said = "",
    until: Until = None,
    event: InEvent = None,
    json: Json = False,
) -> None:
    """Add reference photos of a person; earlier photos are matched again. Exit 5 if only some of them could be used."""
    if source is not None and name is None:
        finish(enroll_many(Chosen.workspace, source, event, Consent(consent, until), json=json))
    if name is None or not photos or source is not None:
        raise UsageError(
            "A name and a photo are needed",
            "or --from alone",
            "Write: venuesync enroll NAME PHOTO…, or: venuesync enroll --from FOLDER",
        )
    if all(one.startswith(("photo:", "face:")) for one in photos):
        enroll_faces(name, photos, event, Consent(consent, until), unclear=unclear, json=json)
    elif unclear:
        raise UsageError(
            "A picture that becomes a reference has to be clear",
            ", ".join(photos),
            "Leave --unclear out, or give faces in photos that are here: photo:NUMBER",
        )
    else:
        enroll_pictures(name, [whole_path(Path(one)) for one in photos], event, Consent(consent, until), json=json)


class Consent(NamedTuple):
    """`how` they consented, and the last day of it."""

    how: str
    until: str | None


def enroll_faces(
    name: str, faces: Sequence[str], event: str | None, consent: Consent, *, unclear: bool, json: bool
) -> None:
    """From faces in photos that are here already: `photo:12`, or a face's id. Exit 0: all of them, 5: some, else the
    last one's refusal is raised.
    """
    asked = [
        EnrollFace(name=name, face=face, reference=not unclear, event=event, consent=consent.how, until=consent.until)
        for face in faces
    ]
    answers = done(enroll_each(Chosen.workspace, asked))
    changes = [one for one in answers if not isinstance(one, VenueError)]
    refused = list({str(one): one for one in answers if isinstance(one, VenueError)}.values())
    for one in refused if changes else refused[:-1]:
        say.error(one)
    if not changes:
        raise refused[-1]
    tell_change(changes[-1], f"{changes[-1]['name']} is enrolled", json=json)
    if refused:
        raise typer.Exit(5)


async def enroll_each(chosen: Path | None, asked: Sequence[EnrollFace]) -> list[PersonChange | VenueError]:
    """What came of each: one that is refused keeps none of the others from being enrolled and filed."""
    async with reach(place(chosen)) as reached:
        try:
            return [await enroll_face(reached.agent, one) for one in asked]
        finally:
            await reached.file_now()


async def enroll_face(agent: Agent, one: EnrollFace) -> PersonChange | VenueError:
    try:
        return await agent.ask(one)
    except VenueError as error:
        return error


def enroll_pictures(name: str, paths: Sequence[str], event: str | None, consent: Consent, *, json: bool) -> None:
    """Exit 0: all references good, 5: some, 1: none (raised)."""
    asked = EnrollPerson(name=name, photos=paths, event=event, consent=consent.how, until=consent.until)
    (result,) = ask_and_file(asked, new=True)
    say.answer(result, *enrolled_lines(result), json=json)
    if not all_used(result):
        raise typer.Exit(5)


def all_used(result: EnrollResult) -> bool:
    return all(one["used"] for one in result["references"])


def enrolled_lines(result: EnrollResult) -> Iterator[str]:
    person = result["person"]
    for one in result["references"]:
        yield f"  {'used' if one['used'] else 'not used'}  {one['photo']}: {one['verdict']}"
    more = "has more references" if result.get("added", 1) else "is known by that already"
    what = "is enrolled" if result["new"] else more
    yield f"{person['name']} {what}: {person['references']} in all, {result['seconds']:.1f} s"
    for folder in result["folders"]:
        yield f"  {folder}"
    yield f"  {result['matched']} earlier photos matched"
    yield from (f"  {one}" for one in result.get("told", []))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody to be enrolled, and from what."""

    name: str
    photos: tuple[Path, ...]
    event: str | None = None


async def enroll_many(chosen: Path | None, source: Path, event: str | None, consent: Consent, *, json: bool) -> int:
    """Exit 0: everybody from all pictures, 5: some were not used, 1: nobody was enrolled."""
    wanted = listed(absolute(source), event)
    async with reach(place(chosen)) as reached:
        try:
            results = [await enroll_one(reached.agent, one, consent, json=json) for one in wanted]
        finally:
            await reached.file_now()
    if json:
        say.value(results)
    enrolled = sum(row["enrolled"] for row in results)
    say.message(f"{enrolled} of {len(results)} people are enrolled")
    if not enrolled:
        return 1
    return 0 if all(row["whole"] for row in results) else 5


async def enroll_one(agent: Agent, one: Wanted, consent: Consent, *, json: bool) -> dict[str, Any]:
    photos = [str(photo) for photo in one.photos]
    if not photos:
        say.message(f"Not enrolled, as there is no picture of them: {one.name}")
        return {"name": one.name, "enrolled": False, "whole": False, "why": "there is no picture of them"}
    try:
        result = await agent.ask(
            EnrollPerson(name=one.name, photos=photos, event=one.event, consent=consent.how, until=consent.until)
        )
    except VenueError as error:
        say.error(error)
        return {"name": one.name, "enrolled": False, "whole": False, "why": str(error)}
    if not json:
        say.answer(result, *enrolled_lines(result), json=False)
    return {"name": one.name, "enrolled": True, "whole": all_used(result), "result": result}


def listed(source: Path, event: str | None) -> Sequence[Wanted]:
    """Who is named by a folder (`Mia/1.jpg`, `Mia/2.jpg`, `Anna.jpg`) or by a list (name, photo, event), also without a
    picture. Raises.
    """
    if source.is_dir():
        found = list(in_folder(source, event))
    elif source.is_file():
        found = list(in_list(source, event))
    else:
        raise UsageError("There is nothing to enroll from", str(source), "Give a folder, or a CSV file")
    if not any(one.photos for one in found):
        raise UsageError(
            "Nobody is named there", str(source), "Put pictures into folders called as the people: refs/Mia/1.jpg"
        )
    return found


def in_folder(folder: Path, event: str | None) -> Iterator[Wanted]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            photos = tuple(one for one in sorted(path.rglob("*")) if one.suffix.lower() in PICTURES)
            yield Wanted(path.name, photos, event)
        elif path.suffix.lower() in PICTURES:
            yield Wanted(path.stem, (path,), event)


def in_list(file: Path, event: str | None) -> Iterator[Wanted]:
    """Rows of name, photo (beside the list, or absolute) and, where given, event; a first row of heads is passed over.

    Rows of one name are one person.
    """
    try:
        text = read_text(file, LONGEST_LIST)
    except UnicodeDecodeError as error:
        raise UsageError("The list cannot be read", f"{file}: {error}", "Save it as UTF-8") from None
    first = text.partition("\n")[0]
    split = max(",;\t", key=first.count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=split)]
    people: dict[tuple[str, str | None], list[Path]] = {}
    for number, row in enumerate(rows):
        if not row or not row[0] or (number == 0 and row[0].casefold() in ("name", "person")):
            continue
        where = row[2] if len(row) > 2 and row[2] else event
        theirs = people.setdefault((row[0], where), [])
        theirs += [file.parent / one for one in row[1:2] if one]
    for (name, where), photos in people.items():
        yield Wanted(name, tuple(photos), where)
