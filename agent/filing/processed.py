"""`incoming.after = "move"`: originals whose photo is filed go to Processed/, below the same subfolders.

Never before it is filed, never over another file, only the bytes that were filed, and never through a link: a link to
an original stays where it is. So does what lies in a folder that was taken off its event, or is switched off.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import structlog

from agent import clock
from agent.disk.atomic import NotRegular
from agent.disk.own_folders import Astray, OwnFolders
from agent.filing import files, reports
from agent.filing.files import Spot
from agent.filing.names import candidates
from agent.ledger import Ledger, meta, sightings
from agent.ledger.placements import Made
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId
from agent.roster import Roster
from agent.running.waiting import Bell

log = structlog.get_logger(__name__)

BATCH = 64
LOOK_ANYWAY = 30.0  # seconds, should a ring be missed; and for what stays where it is
OF_ITS_FOLDER = {errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ENXIO, errno.ELOOP}  # refuses what lies beside it, too


class Processed:
    """One per workspace; rung when photos are filed. `watches`: whether an incoming folder is watched for an event
    (still).
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        own: OwnFolders,
        watches: Callable[[EventId, str], bool] = lambda event, folder: True,
    ) -> None:
        self.bell = Bell()
        self._watches = watches
        self._ledger = ledger
        self._roster = roster
        self._own = own
        self._stuck: set[str] = set()  # files that stay where they are, and folders with all in them
        self._again_at = 0.0  # when these are tried again, on the steady line

    async def run(self) -> None:
        await self._end_what_was_begun()
        while True:
            await self._put_away()
            await self.bell.wait(LOOK_ANYWAY)

    async def _end_what_was_begun(self) -> None:
        """What was moved as the agent ended, and before that was written down, lies where it was to go."""
        begun = await self._ledger.read(meta.get, meta.PUTTING_AWAY)
        if begun:
            row = json.loads(begun)
            path = sightings.from_text(row["path"])
            new = await asyncio.to_thread(lies_there, original_at(row, path), self._own, row["wanted"])
            await self._ledger.write(self._moved, row, path, new and str(self._own.root / new))

    async def _put_away(self) -> None:
        """All that can be; however much stays where it is holds up nothing else."""
        if clock.steady() >= self._again_at:
            self._stuck.clear()
            self._again_at = clock.steady() + LOOK_ANYWAY
        after = "", ""
        while not self._roster.switches.all and (
            rows := await self._ledger.read(sightings.filed_originals, BATCH, after)
        ):
            after = rows[-1]["folder"], rows[-1]["path"]
            for row in rows:
                path = sightings.from_text(row["path"])
                if self._stuck.isdisjoint((path, str(Path(path).parent))):
                    await self._move(row, path)

    async def _move(self, row: Row, path: str) -> None:
        event, incoming = self._roster.find_event(row["event"]), sightings.from_text(row["folder"])
        if event is None or not self._watches(event.id, incoming):  # it was removed since, or taken off the event
            return
        above = ("Events", event.folder, "Processed") if event.folder else ("Processed",)
        original = original_at(row, path)
        wanted = str(PurePosixPath(*above, original.below))
        try:
            new, looked = None, await asyncio.to_thread(as_filed, original, self._own, wanted)
            if looked is not None:
                begun = json.dumps({**dict(row), "wanted": wanted})
                await self._ledger.write(meta.put, meta.PUTTING_AWAY, begun)
                new = await asyncio.to_thread(put_away, original, self._own, wanted, looked)
        except Astray as error:
            await self._ledger.write(reports.astray, error, clock.wall())
            new = None
        except OSError as error:
            log.warning("original.stays", error=str(error))
            self._stuck |= {str(Path(path).parent)} if error.errno in OF_ITS_FOLDER else set()
            new = None
        if new is None:
            self._stuck.add(path)
            return
        await self._ledger.write(self._moved, dict(row), path, str(self._own.root / new))

    def _moved(self, db: Db, row: Mapping[str, Any], path: str, new: str | None) -> None:
        """Nothing is known of it any more where its event was removed meanwhile. `new`: `None`: it was not moved."""
        meta.forget(db, meta.PUTTING_AWAY)
        if new is not None and self._roster.find_event(row["event"]) is not None:
            sightings.put_away(db, path, new, row["event"], row["photo"], clock.wall())


@dataclass(frozen=True, slots=True)
class Original:
    """A file `below` an incoming folder, and the bytes that were filed of it."""

    incoming: OwnFolders
    below: str
    sha256: str
    bytes: int

    def aside(self, source: Spot) -> Spot:
        """Under which name it is looked at once more before it goes."""
        return Spot(source.folder, f".venuesync-{self.sha256[:32]}.gone")


def original_at(row: Row | Mapping[str, Any], path: str) -> Original:
    folder = sightings.from_text(row["folder"])
    below = str(Path(path).relative_to(folder))
    return Original(OwnFolders(Path(folder)), below, str(row["sha256"]), int(row["bytes"]))


def as_filed(original: Original, own: OwnFolders, wanted: str) -> Made | None:
    """The file, as it is now; `None`: it holds other bytes than were filed. Raises `Astray`, `OSError`."""
    with opened(original, own, wanted) as (spot, _):
        if not os.access(".", os.W_OK, dir_fd=spot.folder):  # a locked card: nothing of it is read or copied in vain
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), original.below)
        looked = files.made_at(spot)
        return looked if files.holds(spot, original.sha256, original.bytes) else None


def put_away(original: Original, own: OwnFolders, wanted: str, looked: Made) -> str | None:
    """Move an original to `wanted`, or to the next free name beside it; `None`: it is another one by now.

    Returns where it lies. Raises `Astray`, `OSError`.
    """
    with opened(original, own, wanted) as (spot, target):
        try:
            new = _renamed(spot, target, looked)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            new = _across(original, spot, target, looked)
    return None if new is None else f"{wanted.rpartition('/')[0]}/{new}"


@contextmanager
def opened(original: Original, own: OwnFolders, wanted: str) -> Generator[tuple[Spot, Spot]]:
    """Where it lies, and where it is to lie. Raises `Astray`, `OSError`."""
    folder, _, name = wanted.rpartition("/")
    with ExitStack() as kept:
        try:
            spot = Spot(*kept.enter_context(original.incoming.opened_above(original.below)))
        except Astray as error:  # of its card, which is not there just now, and of no folder of ours: it stays
            raise OSError(error.errno, error.strerror, original.below) from None
        yield spot, Spot(kept.enter_context(own.opened(folder, {})), name)


def lies_there(original: Original, own: OwnFolders, wanted: str) -> str | None:
    """Where an original lies that was about to be moved to `wanted`; `None`: it was not, by all that can be told.

    What was copied to another disk, and not taken from where it lay yet, is now.
    """
    folder = wanted.rpartition("/")[0]
    with suppress(Astray, OSError), own.opened_above(wanted) as (target, name):
        for spot in _beside(Spot(target, name)):
            if files.holds(spot, original.sha256, original.bytes):
                return f"{folder}/{spot.name}" if _is_gone(original, spot) else None
            if not files.is_there(spot):
                break
    return None


def _is_gone(original: Original, copy: Spot) -> bool:
    """Whether it is not where it lay (any more), of which there may be a copy on another disk. Raises `OSError`."""
    try:
        with original.incoming.opened_above(original.below) as (folder, name):
            source = Spot(folder, name)
            left = source if files.is_there(source) else original.aside(source)
            looked, other = files.made_at(left), files.made_at(copy)
            if looked is None or other is None or not files.holds(left, original.sha256, original.bytes):
                return left is not source
            if looked.device == other.device:  # the rename was still to come
                return False
            return files.take_away(source, original.aside(source), looked, original.sha256)
    except (Astray, FileNotFoundError, NotADirectoryError):
        return not os.path.lexists(original.incoming.root / original.below)


def _renamed(source: Spot, wanted: Spot, looked: Made) -> str | None:
    """Its new name; `None`: it was exchanged for another file a moment ago, which is back in its place."""
    new = next(one for one in _beside(wanted) if files.rename_new(source, one))
    found = files.made_at(new)
    if found is None or found.is_file(looked):
        return new.name
    files.rename_new(new, source)
    return None


def _across(original: Original, source: Spot, wanted: Spot, looked: Made) -> str | None:
    """To another disk: copied, checked and synced before the original goes."""
    temporary = Spot(wanted.folder, f".venuesync-{original.sha256[:32]}.part")
    try:
        with files.open_spot(source) as file:
            made = files.copy(file, temporary, original.sha256)
    except (files.OtherBytes, NotRegular):
        return None
    new = next(one for one in _beside(wanted) if _published(temporary, one, made))
    files.sync(wanted.folder)
    try:
        files.take_away(source, original.aside(source), looked, original.sha256)
    except OSError:
        if files.made_at(source) is not None:  # it stays: a copy of it would, too, and one more at each try
            files.remove(new)
        raise
    return new.name


def _published(temporary: Spot, target: Spot, made: Made) -> bool:
    try:
        files.publish(temporary, target, made)
    except files.NameTaken:
        return False
    return True


def _beside(wanted: Spot) -> Iterator[Spot]:
    """The name and those beside it, endless."""
    return (Spot(wanted.folder, name) for name in candidates(wanted.name))
