"""`venuesync enroll`: one person from pictures or from a face in a photo, or many from a folder or a list."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import UsageError, VenueError
from agent.given import read_text
from agent.service import AgentService
from agent.service_people import PersonChange
from tui.cli import say
from tui.cli.doing import tell_enrolled
from tui.cli.embed import place, reach
from tui.cli.people import tell_change

LONGEST_LIST = 16 << 20  # bytes
PICTURES = {".jpg", ".jpeg", ".png", ".heic", ".heif", ".avif", ".webp", ".tif", ".tiff"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody to be enrolled, and from what."""

    name: str
    photos: tuple[Path, ...]
    event: str | None = None


async def enroll_faces(chosen: Path | None, name: str, faces: Sequence[str], event: str | None, *, json: bool) -> int:
    """From faces in photos that are here already: `photo:12`, or a face's id."""
    changes: list[PersonChange] = []
    async with reach(place(chosen)) as reached:
        for face in faces:
            changes.append(await reached.service.enroll_face(name, face, event))
        if reached.agent is not None:
            await reached.agent.file_now()
    if json:
        say.value(changes[-1])
        return 0
    return tell_change(changes[-1], f"{changes[-1]['name']} is enrolled", json=False)


async def enroll_many(chosen: Path | None, source: Path, event: str | None, *, json: bool) -> int:
    """Exit 0: everybody from all pictures, 5: some were not used, 1: nobody was enrolled."""
    people = list(listed(source.expanduser().absolute(), event))
    results: list[dict[str, Any]] = []
    async with reach(place(chosen)) as reached:
        for one in people:
            results.append(await enroll_one(reached.service, one, json=json))
        if reached.agent is not None:
            await reached.agent.file_now()
    if json:
        say.value(results)
    enrolled = sum(row["enrolled"] for row in results)
    whole = sum(row["whole"] for row in results)
    say.message(f"{enrolled} of {len(results)} people are enrolled")
    if not enrolled:
        return 1
    return 0 if whole == len(results) else 5


async def enroll_one(service: AgentService, one: Wanted, *, json: bool) -> dict[str, Any]:
    try:
        result = await service.enroll(one.name, [str(photo) for photo in one.photos], one.event)
    except UsageError:
        raise
    except VenueError as error:
        say.error(error)
        return {"name": one.name, "enrolled": False, "whole": False, "why": str(error)}
    if not json:
        tell_enrolled(result)
    whole = all(row["used"] for row in result["references"])
    return {"name": one.name, "enrolled": True, "whole": whole, "result": result}


def listed(source: Path, event: str | None) -> Iterator[Wanted]:
    """Who is named by a folder (`Mia/1.jpg`, `Mia/2.jpg`, `Anna.jpg`) or by a list (name, photo, event). Raises."""
    if source.is_dir():
        found = list(in_folder(source, event))
    elif source.is_file():
        found = list(in_list(source, event))
    else:
        raise UsageError("There is nothing to enroll from", str(source), "Give a folder, or a CSV file")
    if not found:
        raise UsageError(
            "Nobody is named there", str(source), "Put pictures into folders called as the people: refs/Mia/1.jpg"
        )
    yield from found


def in_folder(folder: Path, event: str | None) -> Iterator[Wanted]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            photos = tuple(one for one in sorted(path.rglob("*")) if one.suffix.lower() in PICTURES)
            if photos:
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
        if len(row) < 2 or not row[0] or (number == 0 and row[0].casefold() in ("name", "person")):
            continue
        where = row[2] if len(row) > 2 and row[2] else event
        people.setdefault((row[0], where), []).append(file.parent / row[1])
    for (name, where), photos in people.items():
        yield Wanted(name, tuple(photos), where)
