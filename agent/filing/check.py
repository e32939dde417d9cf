"""Comparing the disk with what was recorded: what a person did now and then, and everything on request.

A file that was removed by hand stays removed, a folder is made again, a link is not entered.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import structlog

from agent import clock
from agent.disk import rarely
from agent.disk.own_folders import Astray, Identity, OpenFolders, OwnFolders, Stamp, folders_below, names_in, or_told
from agent.filing import files, reports
from agent.filing.files import Spot, own_prefix
from agent.filing.folder_work import clear_in, remove_folders
from agent.filing.names import candidates
from agent.filing.ownership import EverMade
from agent.filing.plan import FILED, outputs
from agent.filing.withdrawn import LastFiles
from agent.ledger import Ledger, disk_folders, disk_queue, troubles
from agent.ledger.placements import Made
from agent.ledger.recorded import Recorded
from agent.ledger.sqlite.rows import Db
from agent.model import End, Event, EventId, FolderId, PlacementId

log = structlog.get_logger(__name__)

AGAIN_AFTER = 1.0  # seconds between two looks that have to agree
LOOKS = 5  # in one check
READ_AGAIN = "Allow this user to read it, and check its disk; then compare once more"
QUIET = 60.0  # seconds since a folder changed: what was filed in it last is written down by then
Names = Mapping[str, Collection[str]]
NUMBERED = re.compile(r" \(\d+\)(?=\.[^.]*$|$)")  # as `candidates` does
NAMES_GIVEN = 1000  # that are given to photos of one name in one folder
Missing = dict[FolderId, list[tuple[PlacementId, str]]]  # what we filed there, by name


@dataclass(slots=True)
class FolderNames:
    """The names in each folder; which folders are gone, and which are not to be entered."""

    names: dict[FolderId, set[str]] = field(default_factory=dict[FolderId, set[str]])
    lost: list[tuple[FolderId, str]] = field(default_factory=list[tuple[FolderId, str]])
    astray: dict[str, Astray] = field(default_factory=dict[str, Astray])


@dataclass(slots=True)
class Look:
    """What one look found: files of ours that are missing, folders that are gone, and those not to be entered."""

    missing: dict[FolderId, list[PlacementId]] = field(default_factory=dict[FolderId, list[PlacementId]])
    lost: list[tuple[FolderId, str]] = field(default_factory=list[tuple[FolderId, str]])
    astray: dict[str, Astray] = field(default_factory=dict[str, Astray])

    def add(self, listing: FolderNames, missing: Mapping[FolderId, list[PlacementId]]) -> None:
        self.missing |= missing
        self.lost += listing.lost
        self.astray |= listing.astray


class DiskCheck:
    """Compares what we filed with what is there, every so many seconds. `changed`: something is to be filed again.

    A folder in which nothing was missing, and nothing has changed since by its own times, is not listed again for ten
    minutes, with a million files for an hour: at rest they cost a look at each folder.
    """

    def __init__(self, ledger: Ledger, own: OwnFolders, every: float, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._own = own
        self._every = every
        self._changed = changed
        self._sound: dict[FolderId, Stamp] = {}  # nothing was missing in them when they were so
        self._rested = 0.0  # seconds, since all were looked at last

    async def run(self) -> None:
        while True:
            self._sound.clear()
            whole, self._rested = time.monotonic(), 0.0
            await self._check(rests=True)
            rest = rarely.seconds_between(time.monotonic() - whole - self._rested)
            while time.monotonic() - whole < rest:
                await asyncio.sleep(self._every)
                await self._check(rests=True)

    async def check(self) -> None:
        """Compare all of it, whatever the folders' own times say."""
        self._sound.clear()
        await self._check()

    async def _check(self, *, rests: bool = False) -> None:
        """Compare, until two looks find the same in each folder: of one that goes file by file, none was taken out.

        What is filed meanwhile is not in question: the ledger is asked before the disk. A folder that changes all the
        while is left to the next check.
        """
        before: dict[FolderId, list[PlacementId]] = {}
        for _ in range(LOOKS):
            began = clock.steady()
            look = await self._look(rests=rests)
            await self._mind(look.astray)
            removed = [one for folder, found in look.missing.items() if before.get(folder) == found for one in found]
            # One that we took away and made anew meanwhile, as one undoes in a hurry, was not there for a moment.
            lost = (await asyncio.to_thread(list_folders, self._own, look.lost)).lost
            if lost or removed:
                await self._ledger.write(reports.removed_by_hand, lost, removed, began, clock.wall())
                log.info("disk.removed_by_hand", folders=len(lost), files=len(removed))
                self._changed()
            before = {folder: found for folder, found in look.missing.items() if before.get(folder) != found}
            if not before:
                return
            await asyncio.sleep(AGAIN_AFTER)

    async def _look(self, *, rests: bool) -> Look:
        """One folder at a time: the names in all of them would take a hundred bytes for each photo.

        What is filed between the look at the names and the question to the ledger is looked at once more.
        """
        look = Look()
        there = await self._ledger.read(disk_folders.all_there)
        stamps = await asyncio.to_thread(stamps_of, self._own, there)
        changed = [one for one in there if one[0] not in stamps or stamps[one[0]] != self._sound.get(one[0])]
        for folder, path in changed:
            worked = time.monotonic()
            listing = await asyncio.to_thread(list_folders, self._own, [(folder, path)])
            unseen = await self._ledger.read(not_among, listing.names)
            missing = await asyncio.to_thread(still_missing, self._own, path, unseen)
            look.add(listing, missing)
            await self._see_back(folder, path, listing.names.get(folder, ()))
            now = clock.wall(), clock.steady()
            sound = (one for one in listing.names if one not in missing and one in stamps)
            self._sound |= {one: stamps[one] for one in sound if clock.age(stamps[one].changed_at, *now) > QUIET}
            is_amiss = look.lost or look.missing  # and is told of as it is now, not as it was before a rest
            if rests and not is_amiss and (seconds := rarely.rest_after(time.monotonic() - worked)):
                await asyncio.sleep(seconds)
                self._rested += seconds
        return look

    async def _see_back(self, folder: FolderId, path: str, names: Collection[str]) -> None:
        """What a person took away and has put back is in its place, as if it had never been away."""
        taken = await self._ledger.read(disk_queue.taken_from, folder, names)
        if back := await asyncio.to_thread(put_back, self._own, path, taken) if taken else []:
            await self._ledger.write(reports.put_back, back, clock.wall())
            self._changed()

    async def _mind(self, astray: Mapping[str, Astray]) -> None:
        """Say which folders are not to be entered, and which are again; and that a file that was left is gone."""
        told = await self._ledger.read(troubles.open_keys, (reports.ASTRAY, reports.LEFT))
        over = await asyncio.to_thread(self._over, [key for key in told if key not in astray])
        if astray or told:
            await self._ledger.write(mind, list(astray.values()), over, clock.wall())

    def _over(self, told: Sequence[str]) -> list[str]:
        """Which of these troubles are over."""
        return [key for key in told if self._is_over(*key.split(":", 1))]

    def _is_over(self, kind: str, path: str) -> bool:
        if f"{kind}:" == reports.ASTRAY:
            return self._own.is_astray(path) is None
        try:
            with self._own.opened_above(path) as (folder, name):
                os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            return isinstance(error, FileNotFoundError)
        return False


def not_among(db: Db, names: Mapping[FolderId, set[str]]) -> Missing:
    """What we filed and was not seen."""
    unseen = {folder: disk_queue.in_folder_but(db, folder, seen) for folder, seen in names.items()}
    return {folder: placements for folder, placements in unseen.items() if placements}


def still_missing(own: OwnFolders, path: str, unseen: Missing) -> dict[FolderId, list[PlacementId]]:
    """What is not there after all; of a folder that cannot be entered by now nothing can be said."""
    found: dict[FolderId, list[PlacementId]] = {}
    for folder, placements in unseen.items():
        with contextlib.suppress(OSError), own.opened(path) as opened:
            missing = [one for one, name in placements if not files.is_there(Spot(opened, name))]
            if missing:
                found[folder] = missing
    return found


def put_back(
    own: OwnFolders, path: str, taken: Sequence[tuple[PlacementId, str, Made]]
) -> list[tuple[PlacementId, Made]]:
    """Of what was taken away the very files that we made, where they lie there again; a copy of one is somebody's."""
    back: list[tuple[PlacementId, Made]] = []
    with contextlib.suppress(OSError), own.opened(path) as opened:
        for placement, name, was in taken:
            made = files.made_at(Spot(opened, name))
            if made is not None and made.is_surely(one := replace(was, inode=made.inode)) and made.is_as_left(one):
                back.append((placement, made))
    return back


def stamps_of(own: OwnFolders, known: Sequence[tuple[FolderId, str]]) -> dict[FolderId, Stamp]:
    """Of those that can be entered."""
    found: dict[FolderId, Stamp] = {}
    for folder, path in known:
        with contextlib.suppress(OSError), own.opened(path) as opened:
            found[folder] = Stamp.of(os.fstat(opened))
    return found


def list_folders(own: OwnFolders, known: Sequence[tuple[FolderId, str]]) -> FolderNames:
    """What is in each folder. Of one that is not to be entered, or not to be read, nothing can be said."""
    listing = FolderNames()
    for folder, path in known:
        try:
            with own.opened(path) as opened:
                listing.names[folder] = set(names_in(opened))
        except (FileNotFoundError, NotADirectoryError):
            listing.lost.append((folder, path))
        except Astray as error:
            listing.astray[f"{reports.ASTRAY}{error.path}"] = error
        except OSError as error:
            log.warning("disk.not_listed", folder=path, error=error.strerror)
    return listing


def mind(db: Db, amiss: Sequence[Astray], over: Sequence[str], now: float) -> None:
    for error in amiss:
        reports.astray(db, error, now)
    troubles.heal_all(db, over, now)
    troubles.heal_outlived(db, now)


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A file of ours that nobody wants where it lies: left when a ledger was lost, or an older one put back.

    Only the log of what was ever made tells that it is ours. It is found when everything is compared, and goes when
    that is mended; by itself that alone goes which an operator took out of the event as a whole. `path` is below the
    workspace.
    """

    event: EventId
    path: str
    made: Made
    sha256: str


@dataclass(slots=True)
class DiskFindings:
    """`touched`: ours with another time; `copied`: faithful copies in place of ours, as a backup gives them back.

    `foreign`: the same bytes in somebody's file; `extra`: files of others in our folders; `left`: of ours, and
    wanted no more; `astray`: folders that are not to be entered, of whose files nothing is said; `nowhere`: of what is
    missing or changed, photos that no file here holds.
    """

    checked: int = 0
    missing: list[Recorded] = field(default_factory=list[Recorded])
    changed: list[Recorded] = field(default_factory=list[Recorded])
    touched: list[tuple[Recorded, Made]] = field(default_factory=list[tuple[Recorded, Made]])
    copied: list[tuple[Recorded, Made]] = field(default_factory=list[tuple[Recorded, Made]])
    foreign: list[Recorded] = field(default_factory=list[Recorded])
    extra: list[str] = field(default_factory=list[str])
    left: list[LeftOver] = field(default_factory=list[LeftOver])
    astray: dict[str, Astray] = field(default_factory=dict[str, Astray])
    nowhere: list[Recorded] = field(default_factory=list[Recorded])


def verify_disk(
    own: OwnFolders, recorded: Sequence[Recorded], folders: Sequence[str], progress: Callable[[int], None]
) -> DiskFindings:
    """Look at every filed file; its bytes are read only where it is another than recorded. Changes nothing.

    Of what cannot be read nothing is said but that: all else is looked at.
    """
    found = DiskFindings()
    known: dict[str, set[str]] = {folder: set() for folder in folders}
    with OpenFolders(own) as opened:
        for one in recorded:
            folder, _, name = one.path.rpartition("/")
            known.setdefault(folder, set()).add(name)
            if one.disk in (End.THERE, End.REMOVED):
                try:
                    _look_at_file(opened, folder, name, one, found)
                except OSError as error:
                    place = error.filename if one.path.startswith(f"{error.filename}/") else one.path
                    found.astray[place] = Astray(error.errno or 0, "A file cannot be read", place, READ_AGAIN)
                found.checked += 1
                progress(found.checked)
        for folder, names in known.items():
            found.extra += [f"{folder}/{name}" for name in sorted(_files_in(opened, folder, found) - names)]
    return found


def _look_at_file(opened: OpenFolders, folder: str, name: str, one: Recorded, found: DiskFindings) -> None:
    try:
        spot = Spot(opened(folder), name)
    except Astray as error:
        found.astray[error.filename] = error
        return
    except (FileNotFoundError, NotADirectoryError):
        found.missing.append(one)
        return
    made = files.made_at(spot)
    if made is None:
        found.missing.append(one)
    elif one.made is None or not made.is_as_left(one.made):
        _compare(spot, made, one, found, keeps_inodes=opened.keeps_inodes(folder))


def _compare(spot: Spot, made: Made, one: Recorded, found: DiskFindings, *, keeps_inodes: bool) -> None:
    """The file in its place is not as we left it: changed, touched, or another one."""
    if not files.holds(spot, one.file_sha256, one.bytes):
        found.changed.append(one)
    elif one.made is not None and (made.is_surely(one.made) or not keeps_inodes):
        found.touched.append((one, made))
    elif one.made is None or made.is_copy(one.made):
        found.copied.append((one, made))
    else:
        found.foreign.append(one)


def _files_in(opened: OpenFolders, folder: str, found: DiskFindings) -> set[str]:
    try:
        at = opened(folder)
        names = [name for name in names_in(at) if not name.startswith(".")]
        return {name for name in names if stat.S_ISREG(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode)}
    except Astray as error:
        found.astray[error.filename] = error
    except OSError:
        pass
    return set()


def find_left_over(
    own: OwnFolders, event: Event, made: EverMade, recorded: Collection[str], settled: Names, mark: str
) -> list[LeftOver]:
    """Files below the event's folders that we made, under names that we gave, and that are at no `recorded` path.

    `settled`: of photos that lie wherever they are wanted, SHA-256 -> names; of any other nothing is said, and what has
    another name got it from a person. `mark`: of the workspace's own names; these alone, left by a crash, are found,
    too.
    """
    photo_of = {one: (made.stands_for(*one) or (one[2], ""))[0] for one in made.files}
    ours = {(inode, born) for (inode, born, _), photo in photo_of.items() if photo in settled}
    ours -= {(inode, born) for left_in, inode, born in made.left if left_in == event.id}
    found: list[LeftOver] = []
    for path, folder in folders_below(own, outputs(event, FILED)):
        with or_told(path):
            for name in names_in(folder):
                there = files.made_at(Spot(folder, name))
                if there is None or (there.inode, there.born_us) not in ours or f"{path}/{name}" in recorded:
                    continue
                sha256 = files.digest(Spot(folder, name))
                photo = photo_of.get((there.inode, there.born_us, sha256))
                if photo is None or photo not in settled:
                    continue
                names = (one for shown in settled[photo] for one in given_to(shown))
                if name.startswith(own_prefix(mark)) or made.was_called(there, sha256, name) or name in names:
                    found.append(LeftOver(event.id, f"{path}/{name}", there, sha256))
    return found


def take_out_left_over(
    own: OwnFolders,
    left: Sequence[LeftOver],
    mark: str,
    last: LastFiles | None = None,
    nowhere: Collection[str] = (),
) -> int:
    """Remove those that are still as they were found. Returns how many went; `mark` as above.

    `nowhere`: SHA-256 of photos that lie filed in no place where they are wanted; a file of each is kept aside.
    """
    return sum(_take_out_one(own, one, mark, last if one.sha256 in nowhere else None) for one in left)


def _take_out_one(own: OwnFolders, one: LeftOver, mark: str, last: LastFiles | None) -> bool:
    path, _, name = one.path.rpartition("/")
    with or_told(one.path), own.opened(path) as folder:
        aside = Spot(folder, f"{_aside(mark)}{one.made.inode}")
        if last is not None:
            last.keep(Spot(folder, name), one.made, one.sha256, (one.event, name))
        away = files.take_away(Spot(folder, name), aside, one.made, one.sha256)
        files.sync(folder)
        return away
    return False


def remove_emptied(own: OwnFolders, event: Event, made: EverMade, known: Collection[str]) -> None:
    """Remove folders that we made, that the ledger does not know, and in which nothing is left."""
    there = [(path, Identity.of(os.fstat(folder))) for path, folder in folders_below(own, outputs(event, FILED))]
    ours = [(path, one) for path, one in there if path not in known and made.has_folder(one)]
    remove_folders(own, sorted(ours, reverse=True))  # what lies in a folder before the folder


def given_to(shown: str) -> Iterator[str]:
    """Names that a photo's files may have got; it may be known by one of them, since a ledger was lost."""
    first = NUMBERED.sub("", shown)
    for name in dict.fromkeys((shown, first)):
        yield from islice(candidates(name), NAMES_GIVEN)


def remove_unfinished(own: OwnFolders, event: Event, mark: str) -> None:
    """Remove files and folders that were on their way to their names when a ledger was lost that knew of them."""
    for path, folder in folders_below(own, outputs(event, FILED)):
        with or_told(path):
            clear_in(folder, mark)
            for name in names_in(folder):
                if name.startswith(own_prefix(mark)) and name.endswith(".part"):
                    files.remove(Spot(folder, name))


def _aside(mark: str) -> str:
    return f"{own_prefix(mark)}left-"
