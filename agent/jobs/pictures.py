"""Pictures by which people are known: one by which nobody is any more goes, but for a list that may be put back."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from agent import clock
from agent.disk.atomic import disk_trouble, in_words
from agent.errors import VenueError
from agent.jobs.backups import ROSTER, Kind, of_kind
from agent.jobs.runner import DAY
from agent.ledger import Ledger, kept_faces
from agent.roster import Roster
from agent.roster.decisions import DONE, UNDONE
from agent.workspace import Workspace

PICTURE = re.compile("[0-9a-f]{64}")  # its file's name
PUT_BACK = 14 * DAY  # seconds that an earlier list of people, set aside or copied, may be put back whole


def drop_pictures(workspace: Workspace, pictures: Collection[str]) -> None:
    """SHA-256 of those that nobody is known by; what was cut out of them goes first. While nobody is being enrolled.
    Raises `VenueError`.
    """
    if pictures:
        drop_cut(workspace)
    with in_words(workspace.references):
        drop_unfinished(workspace)
        for one in pictures:
            (workspace.references / one).unlink(missing_ok=True)


def drop_unfinished(workspace: Workspace) -> None:
    """What a killed enrolment left of a picture: nobody knows whom it shows. Raises `OSError`."""
    for one in workspace.references.glob(".*.new"):
        one.unlink(missing_ok=True)


def drop_cut(workspace: Workspace) -> None:
    """Small pictures of faces, whoever they show: those are made again when they are asked for. Raises `VenueError`."""
    shutil.rmtree(workspace.cache / "faces", ignore_errors=True)  # one may be made just now: what it left goes next
    with in_words(workspace.cache), suppress(FileNotFoundError):
        shutil.rmtree(workspace.cache / "faces")


async def let_nobodys_go(
    ledger: Ledger, roster: Roster, workspace: Workspace, refused: Callable[[VenueError], object] = lambda _: None
) -> int:
    """How many encodings of references went by which nobody is known any more, and their pictures. Raises as
    `drop_nobodys` does, by which `refused` is told.
    """
    known = roster.references([one.id for one in roster.events()])
    left = await asyncio.to_thread(drop_nobodys, workspace, {sha256 for sha256, _ in known}, refused)
    return await ledger.write(kept_faces.drop_references, known, left)


def drop_nobodys(
    workspace: Workspace, known: Collection[str], refused: Callable[[VenueError], object] = lambda _: None
) -> set[str]:
    """Remove pictures other than these, unless a list that may be put back knows somebody by them. Blocks. While nobody
    is being enrolled.

    Returns those that lie there still; `refused` is told of each that the disk does not let go. Raises `VenueError`
    where that cannot be told.
    """
    with in_words(workspace.references):
        drop_unfinished(workspace)
        nobodys = {one.name for one in workspace.references.iterdir() if PICTURE.fullmatch(one.name)} - set(known)
        left = {one for path in (older_lists(workspace) if nobodys else ()) for one in named_in(path, nobodys)}
    gone = nobodys - left
    if gone:
        drop_cut(workspace)
    for one in gone:
        try:
            (workspace.references / one).unlink(missing_ok=True)
        except OSError as error:
            refused(disk_trouble(error, workspace.references / one))
            left.add(one)
    return left


def older_lists(workspace: Workspace) -> list[Path]:
    """Earlier states of the list of people, and copies of it, that were as it is not so long ago that none is put back.

    A copy is made where the list has changed: it was as the list is until the next one was made.
    """
    state, now = workspace.state, clock.wall()
    copies = [one.path for one in of_kind(workspace, Kind.PEOPLE)]  # the newest first
    lists = list(zip(copies, [now, *map(lies_since, copies)], strict=False))
    for names in ("roster.json.*", "roster.damaged-*", "before-restore-*/roster.*"):
        lists += [(path, lies_since(path)) for path in state.glob(names)]
    return [path for path, until in lists if until > now - PUT_BACK]


def lies_since(path: Path) -> float:
    """Seconds UTC; 0 where it has gone."""
    try:
        return path.stat().st_ctime
    except FileNotFoundError:
        return 0.0


def named_in(path: Path, pictures: Collection[str]) -> set[str]:
    """By which of these pictures people of a list are known, or would be by taking something back or doing it again.

    A photo that decisions name shows nobody by that. In what cannot be read, all that it says.
    """
    with suppress(FileNotFoundError):
        data = path.read_bytes()
        with suppress(ValueError, LookupError, TypeError, AttributeError):
            found = json.loads(data)
            tables = found.get(ROSTER, found)
            people = [*tables.get("people", {}).values()]
            for entry in (one for name in (DONE, UNDONE) for one in tables.get(name, {}).values()):
                people += [one for one in entry["people"].values() if one is not None]
            return {one["sha256"] for person in people for one in person["references"]} & {*pictures}
        return {one for one in pictures if one.encode() in data}
    return set()
