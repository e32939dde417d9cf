"""The folder `Enroll/`: a picture dropped there, over FTP or a share, makes somebody known by its name.

`Enroll/Mia.jpg`, `Enroll/Mia 2.jpg` or `Enroll/Mia/whatever.jpg`. What was used goes to `Enroll/Enrolled`; beside what
cannot be used a note says why, for as long as it lies there. A note is ours by its name and its first and last words;
whatever else lies under that name stays as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from agent import clock
from agent.disk.atomic import NotRegular
from agent.disk.own_folders import Astray, OwnFolders, is_folder, names_in, or_told
from agent.errors import VenueError
from agent.filing import files, reports
from agent.filing.files import Spot
from agent.filing.names import candidates
from agent.intake.kinds import PHOTO_EXTENSIONS
from agent.ledger import Ledger, meta
from agent.ledger.sqlite.rows import Db
from agent.model import Event, EventId, PersonId
from agent.people.enroll import Enroller, Unusable
from agent.people.references import NO_FACE
from agent.requests.people import ReferenceVerdict
from agent.roster import Roster

LOOK_EVERY = 2.0  # seconds
STILL_FOR = 2.0  # seconds unchanged: it has arrived
GROWING_FOR = 30.0  # seconds that what cannot be read may go on arriving after its last change


class EnrollFolder:
    """One for each event, looked at every two seconds. `note` leaves a line of what was done with whom; it blocks."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        enroller: Enroller,
        own: OwnFolders,
        note: Callable[[str, PersonId], object],
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._enroller = enroller
        self._own = own
        self._note = note
        self._seen: dict[Path, tuple[Stamp, float]] = {}  # and since when it is so, by the monotonic clock
        self._refused: dict[Path, Refused] = {}

    async def run(self) -> None:
        while True:
            await self.step()
            await asyncio.sleep(LOOK_EVERY)

    async def step(self) -> None:
        """Look once; enroll from what has arrived, unless everything is paused."""
        if self._roster.switches.all:
            return
        for event in self._roster.events():
            try:
                dropped = await asyncio.to_thread(dropped_in, self._own, folder_of(event))
            except Astray as error:
                await self._ledger.write(self._astray, error, event.id)
                continue
            ready = [one for one in dropped if self._is_ready(one) and not await self._was_used(event, one)]
            for name in dict.fromkeys(one.name for one in ready):
                await self._enroll(event, name, [one for one in ready if one.name == name])

    def _astray(self, db: Db, error: Astray, event: EventId) -> None:
        """Nobody's trouble where the event was removed meanwhile."""
        if self._roster.find_event(event) is not None:
            reports.astray(db, error, clock.wall(), event)

    def _is_ready(self, one: Dropped) -> bool:
        """Whether it is unchanged for long enough, and not refused as it is."""
        stamp, since = self._seen.get(one.path, (None, 0.0))
        if stamp != one.stamp:
            self._seen[one.path] = one.stamp, time.monotonic()
            return False
        refused = self._refused.get(one.path)
        again = refused is None or refused.stamp != one.stamp or refused.revision not in (None, self._roster.revision)
        return time.monotonic() - since >= STILL_FOR and again

    async def _was_used(self, event: Event, one: Dropped) -> bool:
        """By an agent before this one: whoever it made known may be called otherwise by now, or be nobody any more."""
        used = await self._ledger.read(meta.get, used_key(event, one)) == stamp_text(one)
        if used:  # it may be moved by now; that it may not is told no more: its path says their name
            await self._put_away(event, one)
        return used

    async def _enroll(self, event: Event, name: str, pictures: list[Dropped]) -> None:
        try:
            result = await self._enroller.enroll(name, [one.path for one in pictures], event.id)
            verdicts = result["references"]
            await self._noted(PersonId(result["person"]["id"]))
        except Unusable as error:
            verdicts = error.verdicts
        except VenueError as error:  # the name is none, say
            if error.pauses_lane:
                return  # the disk is full: it lies there still at the next look
            told = f"{error.title}: {error.detail}"
            for one in pictures:
                await self._refuse(event, one, told, error.remedy, self._roster.revision)
            return
        used = [one for one, verdict in zip(pictures, verdicts, strict=True) if verdict["used"]]
        if used:  # before it is put away, which may fail: what is decided of them from now on stays so
            await self._ledger.write(note_used, event, used)
        for one, verdict in zip(pictures, verdicts, strict=True):
            if verdict["used"]:
                if why := await self._put_away(event, one):
                    log.warning("enroll_folder", path=str(one.path), error=why)
            elif not self._may_grow(one, verdict):
                await self._refuse(event, one, verdict["verdict"])

    async def _put_away(self, event: Event, one: Dropped) -> str:
        """Returns why it stays there, where it does: then nothing is to be had of it again."""
        why = await asyncio.to_thread(put_away, self._own, one, folder_of(event))
        if why:
            self._refused[one.path] = Refused(one.stamp)
        else:
            await self._ledger.write(meta.forget, used_key(event, one))
        return why

    async def _noted(self, person: PersonId) -> None:
        try:
            await asyncio.to_thread(self._note, "enrolled", person)
        except OSError as error:  # it is done, whatever becomes of the line
            log.error("audit.not_written", what="enrolled", detail=str(error))

    def _may_grow(self, one: Dropped, verdict: ReferenceVerdict) -> bool:
        """Whether it may be arriving still: it could not be read to its end, and changed a moment ago."""
        if verdict["faces"] or verdict["verdict"] == NO_FACE:
            return False
        _, since = self._seen[one.path]
        return time.monotonic() - since < GROWING_FOR

    async def _refuse(
        self, event: Event, one: Dropped, why: str, remedy: str = "", revision: int | None = None
    ) -> None:
        """`revision`: of a list of people by which it is no fault of the picture; by another one it may be used."""
        self._refused[one.path] = Refused(one.stamp, revision)
        if await asyncio.to_thread(write_note, self._own, one, why, remedy):
            text = f"{one.path.name} was dropped to enroll {one.name} and cannot be used: {why}"
            await self._ledger.write(meta.note_activity, "enroll_refused", text, clock.wall(), event.id)


def folder_of(event: Event) -> str:
    """Below the workspace."""
    return f"Events/{event.folder}/Enroll" if event.folder else "Enroll"


log = structlog.get_logger(__name__)

USED = "Enrolled"
NOTE = ".txt"
NOTE_BEGINS, NOTE_ENDS = "Not enrolled: ", "This note goes by itself.\n"
LONGEST_NOTE = 4096  # bytes
NUMBERED = re.compile(r"[ _-]+\(?\d{1,3}\)?$")

Stamp = tuple[int, int]  # size in bytes, time of change in nanoseconds


@dataclass(frozen=True, slots=True)
class Refused:
    """A picture as it was then; `revision`: the list of people by which it was refused, where that was why."""

    stamp: Stamp
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A picture that lies in `folder` (below the workspace); `name`: whose it is."""

    folder: str
    path: Path
    name: str
    stamp: Stamp

    @property
    def note(self) -> str:
        return f"{self.path.name}{NOTE}"


def dropped_in(own: OwnFolders, folder: str) -> list[Dropped]:
    """Pictures that wait in the folder, which is made where it is missing; notes without a picture go.

    Raises `Astray`; other trouble is logged.
    """
    found: list[Dropped] = []
    try:
        with own.opened(folder, {}) as opened:
            names = names_in(opened)
            found += _pictures(own, folder, opened, names, None)
            inner = [name for name in names if name != USED and not name.startswith(".") and is_folder(opened, name)]
        for name in inner:
            path = f"{folder}/{name}"
            with or_told(path), own.opened(path) as opened:  # what is wrong with one is no other's
                found += _pictures(own, path, opened, names_in(opened), name)
    except Astray as error:
        if error.path == folder:
            raise
    except OSError as error:
        log.warning("enroll_folder", folder=folder, error=error.strerror)
    return found


def _pictures(own: OwnFolders, path: str, folder: int, names: list[str], whose: str | None) -> Iterator[Dropped]:
    """Those of one folder; `whose` they are, where the folder says so."""
    notes = {name for name in names if name.endswith(NOTE) and _is_picture(name.removesuffix(NOTE))}
    for name in names:
        if name.startswith(".") or not _is_picture(name):
            continue
        found = files.made_at(Spot(folder, name))
        if found is None or not found.bytes:
            continue
        notes.discard(f"{name}{NOTE}")
        yield Dropped(path, own.root / path / name, whose or name_of(Path(name).stem), (found.bytes, found.mtime_ns))
    for note in notes:
        remove_note(Spot(folder, note))


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower().removeprefix(".") in PHOTO_EXTENSIONS


def name_of(stem: str) -> str:
    """Whose picture it is: `Mia`, also by `Mia 2`, `Mia (3)`, `Mia_04`."""
    return NUMBERED.sub("", stem) or stem


# ---- notes


def remove_note(note: Spot) -> bool:
    """Remove a note of ours. Returns whether nothing is in its place any more."""
    said = _said(note)
    if said is None:
        return files.made_at(note) is None
    sha256 = hashlib.sha256(said).hexdigest()
    return files.take_away(note, Spot(note.folder, ".venuesync-note.gone"), files.made_at(note), sha256)


def _said(note: Spot) -> bytes | None:
    """What a note of ours says; `None`: there is none."""
    try:
        with files.open_spot(note) as file:
            text = file.read(LONGEST_NOTE)
    except (OSError, NotRegular):
        return None
    return text if text.startswith(NOTE_BEGINS.encode()) and text.endswith(NOTE_ENDS.encode()) else None


def write_note(own: OwnFolders, one: Dropped, why: str, remedy: str = "") -> bool:
    """Say beside the picture why it was not used, if that name is free. Returns whether that is news.

    `remedy`: where another picture is none.
    """
    remedy = remedy or f"Put a picture here that shows {one.name} alone, large and sharp"
    text = f"{NOTE_BEGINS}{why}.\n{remedy}. {NOTE_ENDS}".encode()
    try:
        with own.opened(one.folder) as folder:
            note, new = Spot(folder, one.note), Spot(folder, ".venuesync-note.part")
            if _said(note) == text:
                return False
            files.write(new, text)
            if not (remove_note(note) and files.rename_new(new, note)):
                files.remove(new)
    except OSError as error:
        log.warning("enroll_note", path=str(one.path), error=error.strerror)
    return True


# ---- what was used


def used_key(event: Event, one: Dropped) -> str:
    """Of the ledger's fact that it was used. It says no name: whoever was forgotten may have left it there."""
    path = os.fsencode(f"{event.id} {one.folder}/{one.path.name}")
    return f"enrolled_from {hashlib.sha256(path).hexdigest()}"


def stamp_text(one: Dropped) -> str:
    return "{} {}".format(*one.stamp)


def note_used(db: Db, event: Event, pictures: Sequence[Dropped]) -> None:
    for one in pictures:
        meta.put(db, used_key(event, one), stamp_text(one))


def put_away(own: OwnFolders, one: Dropped, enroll: str) -> str:
    """Out of the way, into `Enrolled` below the folder `enroll`, under a name that nothing has there.

    Returns why it lies there still; "" where it does not, or another one has taken its place meanwhile.
    """
    try:
        with own.opened(one.folder) as folder, own.opened(f"{enroll}/{USED}", {}) as used:
            found = files.made_at(Spot(folder, one.path.name))
            if found is not None and (found.bytes, found.mtime_ns) != one.stamp:
                return ""
            remove_note(Spot(folder, one.note))
            for name in candidates(one.path.name):
                if files.rename_new(Spot(folder, one.path.name), Spot(used, name)):
                    break
    except OSError as error:  # taken away meanwhile, or on a share that lets nobody rename
        return (error.strerror or str(error)) if one.path.exists() else ""
    if one.folder != enroll:
        with contextlib.suppress(OSError), own.opened_above(one.folder) as (above, name):
            os.rmdir(name, dir_fd=above)  # the person's own folder, once it is empty
    return ""
