"""The folder `Enroll/`: a picture dropped there, over FTP or a share, makes somebody known by its name.

`Enroll/Mia.jpg`, `Enroll/Mia 2.jpg` or `Enroll/Mia/whatever.jpg`. What was used goes to `Enroll/Enrolled`; beside what
cannot be used a text says why, for as long as it lies there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from agent.errors import VenueError
from agent.filing.files import rename_new
from agent.filing.names import candidates
from agent.ledger import Ledger, activity
from agent.model import Event
from agent.people.enroll import Enroller, Unusable
from agent.people.references import NO_FACE
from agent.roster import Roster
from agent.service_people import ReferenceVerdict
from agent.workspace import Workspace

log = structlog.get_logger(__name__)

LOOK_EVERY = 2.0  # seconds
STILL_FOR = 2.0  # seconds unchanged: it has arrived
GROWING_FOR = 30.0  # seconds that what cannot be read may go on arriving after its last change
USED = "Enrolled"
NOTE = ".txt"
SAID = "Not enrolled"
NUMBERED = re.compile(r"[ _-]+\(?\d{1,3}\)?$")
PICTURES = {".jpg", ".jpeg", ".png", ".heic", ".heif", ".avif", ".webp", ".tif", ".tiff", ".bmp", ".gif"}

Stamp = tuple[int, int]  # size in bytes, time of change in nanoseconds


@dataclass(frozen=True, slots=True)
class Dropped:
    """A picture that lies in the folder; `name`: whose it is."""

    path: Path
    name: str
    stamp: Stamp

    @property
    def note(self) -> Path:
        return self.path.with_name(self.path.name + NOTE)


class EnrollFolder:
    """One for each event, looked at every two seconds."""

    def __init__(self, ledger: Ledger, roster: Roster, enroller: Enroller, workspace: Workspace) -> None:
        self._ledger = ledger
        self._roster = roster
        self._enroller = enroller
        self._workspace = workspace
        self._seen: dict[Path, tuple[Stamp, float]] = {}  # and since when it is so, by the monotonic clock
        self._refused: dict[Path, Stamp] = {}

    def folder_of(self, event: Event) -> Path:
        return self._workspace.folder_of(event.folder) / "Enroll"

    async def run(self) -> None:
        while True:
            await self.step()
            await asyncio.sleep(LOOK_EVERY)

    async def step(self) -> None:
        """Look once; enroll from what has arrived."""
        for event in self._roster.events():
            dropped = await asyncio.to_thread(listed, self.folder_of(event))
            ready = [one for one in dropped if self._is_ready(one)]
            for name in dict.fromkeys(one.name for one in ready):
                await self._enroll(event, name, [one for one in ready if one.name == name])

    def _is_ready(self, one: Dropped) -> bool:
        """Whether it is unchanged for long enough, and not refused as it is."""
        stamp, since = self._seen.get(one.path, (None, 0.0))
        if stamp != one.stamp:
            self._seen[one.path] = one.stamp, time.monotonic()
            return False
        return time.monotonic() - since >= STILL_FOR and self._refused.get(one.path) != one.stamp

    async def _enroll(self, event: Event, name: str, pictures: list[Dropped]) -> None:
        try:
            result = await self._enroller.enroll(name, [one.path for one in pictures], event.id)
            verdicts = result["references"]
        except Unusable as error:
            verdicts = error.verdicts
        except VenueError as error:  # the name is none, say
            told = f"{error.title}: {error.detail}"
            verdicts = [refusal(one, told) for one in pictures]
        for one, verdict in zip(pictures, verdicts, strict=True):
            if verdict["used"]:
                await asyncio.to_thread(put_away, one, self.folder_of(event) / USED)
            elif not self._may_grow(one, verdict):
                await self._refuse(event, one, verdict["verdict"])

    def _may_grow(self, one: Dropped, verdict: ReferenceVerdict) -> bool:
        """Whether it may be arriving still: it could not be read to its end, and changed a moment ago."""
        if verdict["faces"] or verdict["verdict"] == NO_FACE:
            return False
        _, since = self._seen[one.path]
        return time.monotonic() - since < GROWING_FOR

    async def _refuse(self, event: Event, one: Dropped, why: str) -> None:
        self._refused[one.path] = one.stamp
        if await asyncio.to_thread(write_note, one, why):
            text = f"{one.path.name} was dropped to enroll {one.name} and cannot be used: {why}"
            await self._ledger.write(activity.note, "enroll_refused", text, time.time(), event.id)


def listed(folder: Path) -> list[Dropped]:
    """Pictures that wait in the folder, which is made where it is missing; notes without a picture go."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = list(pictures_in(folder))
        drop_notes(folder, {one.note for one in found})
    except OSError as error:
        log.warning("enroll_folder", folder=str(folder), error=error.strerror)
        return []
    return found


def pictures_in(folder: Path) -> Iterator[Dropped]:
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        if entry.name.startswith(".") or entry.name == USED:
            continue
        if entry.is_dir(follow_symlinks=False):
            for inner in sorted(os.scandir(entry.path), key=lambda one: one.name):
                if (found := dropped(inner, entry.name)) is not None:
                    yield found
        elif (found := dropped(entry, name_of(Path(entry.name).stem))) is not None:
            yield found


def dropped(entry: os.DirEntry[str], name: str) -> Dropped | None:
    path = Path(entry.path)
    if entry.name.startswith(".") or path.suffix.lower() not in PICTURES or not entry.is_file(follow_symlinks=False):
        return None
    facts = entry.stat(follow_symlinks=False)
    return Dropped(path, name, (facts.st_size, facts.st_mtime_ns)) if facts.st_size else None


def name_of(stem: str) -> str:
    """Whose picture it is: `Mia`, also by `Mia 2`, `Mia (3)`, `Mia_04`."""
    return NUMBERED.sub("", stem) or stem


def drop_notes(folder: Path, kept: set[Path]) -> None:
    """Our notes about pictures that are not there any more."""
    for note in [*folder.glob(f"*{NOTE}"), *folder.glob(f"*/*{NOTE}")]:
        if note.with_suffix("").suffix.lower() in PICTURES and note not in kept and ours(note):
            note.unlink(missing_ok=True)


def ours(note: Path) -> bool:
    with note.open(encoding="utf-8", errors="replace") as file:
        return file.read(len(SAID)) == SAID


def write_note(one: Dropped, why: str) -> bool:
    """Say beside the picture why it was not used. Answers whether that is news."""
    text = (
        f"{SAID}: {why}.\nPut a picture here that shows {one.name} alone, large and sharp. This note goes by itself.\n"
    )
    try:
        if one.note.exists() and one.note.read_text(encoding="utf-8", errors="replace") == text:
            return False
        one.note.write_text(text, encoding="utf-8")
    except OSError as error:
        log.warning("enroll_note", path=str(one.note), error=error.strerror)
    return True


def put_away(one: Dropped, folder: Path) -> None:
    """Out of the way, under a name that nothing has there."""
    try:
        folder.mkdir(exist_ok=True)
        one.note.unlink(missing_ok=True)
        for name in candidates(one.path.name):
            if rename_new(one.path, folder / name):
                break
    except OSError as error:  # taken away meanwhile, or on a share that lets nobody rename
        log.warning("enroll_folder", path=str(one.path), error=error.strerror)
        return
    if one.path.parent != folder.parent:
        with contextlib.suppress(OSError):  # the person's own folder, once it is empty
            one.path.parent.rmdir()


def refusal(one: Dropped, why: str) -> ReferenceVerdict:
    return {"photo": one.path.name, "used": False, "faces": 1, "verdict": why}
