"""`verify`: ledger, disk, Drive and the sources held against each other; with `repair`, the differences are mended.

Read-only without it. With it, what is missing is put back, what is doubled goes to Drive's trash; other people's files
are named and left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePath

from agent import clock
from agent.disk.own_folders import OwnFolders
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError, of_account
from agent.drive.lanes import not_open
from agent.errors import Cause, VenueError
from agent.filing.check import DiskFindings, LeftOver, verify_disk
from agent.filing.left_over import LeftOvers
from agent.filing.ownership import Line, MadeLog
from agent.filing.withdrawn import whereabouts
from agent.handlers.differences import of_come_meanwhile, of_disk, of_drive, of_sources, of_unfinished
from agent.handlers.status.publisher import Publisher
from agent.jobs.links import PersonLinks
from agent.ledger import (
    Ledger,
    amiss_on_drive,
    disk_folders,
    downloads,
    folders,
    held,
    meta,
    moved_photos,
    placements,
    recorded,
    tallies,
)
from agent.ledger.recorded import Recorded, Unfinished
from agent.ledger.sqlite.rows import Db
from agent.model import HERE, ORIGINAL, DriveState, End, EventId, PlacementId
from agent.requests.control import Verify, VerifyReport
from agent.roster import Roster
from agent.sync.feeds import Feeds
from agent.sync.verify import SourceFindings, SourceInspector
from agent.uploads.verify import DriveFindings, DriveInspector, out_of

Progress = Callable[[str, int, int], None]  # what is being looked at, how many of how many
# An account's events, once that is sure: see `tell_apart`.
Known = Callable[[str], Awaitable[Collection[str] | None]]
KnownHere = Callable[[], Awaitable[Collection[str] | None]]
DRIVE_PATIENCE = 30.0  # seconds
ONE_LOOK = 3.0  # seconds
SOON = 0.25  # seconds


class VerifyHandlers:
    """`look`: everybody looks at once."""

    def __init__(self, verifier: Verifier, publisher: Publisher, look: Callable[[], None]) -> None:
        self._verifier = verifier
        self._publisher = publisher
        self._look = look

    async def verify(self, asked: Verify) -> VerifyReport:
        report = await self._verifier.verify(asked.repair, self._publisher.verifying)
        if asked.repair:
            self._look()
        return report


@dataclass(eq=False, slots=True)
class Comparison:
    """Drive, and the sources on it, held against the ledger."""

    _lane: DriveLane
    _inspector: DriveInspector
    _source_inspector: SourceInspector
    _feeds: Feeds
    _links: PersonLinks
    _account: str = ""

    async def drive(self, wanted: Sequence[Recorded], known: KnownHere, progress: Progress) -> DriveFindings:
        """Raises `VenueError` where Drive cannot be asked."""
        if not await self._opened():
            title, remedy = "Drive cannot be compared", "Try again when Drive is online"
            raise not_open(title, self._lane, self._account, remedy)
        self._links.doubt_all()
        with self._reported():
            return await self._inspector.verify(
                wanted, known, lambda done: progress("Drive", done, max(done, len(wanted)))
            )

    async def _opened(self) -> bool:
        """Whether Drive can be asked. Where it is known that it cannot, no more than one look is waited for."""
        loop = asyncio.get_running_loop()
        end, known = loop.time() + DRIVE_PATIENCE, False
        while not known and loop.time() < end:
            status = self._lane.status
            known = status.state in (DriveState.NEEDS_LOGIN, DriveState.OFFLINE) and not status.connecting
            if known:
                self._lane.look_now()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(end, loop.time() + (ONE_LOOK if known else SOON))):
                    await self._lane.open()
                    return True
        return False

    async def sources(self, progress: Progress) -> SourceFindings:
        """After Drive, which is online then."""
        with self._reported():
            return await self._source_inspector.verify(lambda done, of: progress("sources", done, of))

    @contextmanager
    def _reported(self) -> Generator[None]:
        try:
            yield
        except DriveError as error:
            self._lane.report(error)
            raise

    async def repair_drive(self, drive: DriveFindings) -> None:
        changed = [one.drive_id for one in drive.changed] + [one.id for one in drive.strays.edited]
        await self._inspector.merge(drive.strays.doubled_folders, drive.refused)
        await self._inspector.clear(drive.strays, drive.listed, drive.refused)
        await self._inspector.tag_again(drive.untagged, drive.refused)
        await self._inspector.leave(changed, drive.refused)
        await self._inspector.bring_back([move for _, move in drive.astray], drive.refused)
        moves = [drive.moves[one.placement] for one in drive.elsewhere]
        drive.back = await self._inspector.bring_back(moves, drive.refused)
        for error in drive.refused.values():
            of_account(error, self._account)

    async def repair_sources(self, sources: SourceFindings) -> None:
        await self._feeds.ask(dict.fromkeys(sources.events), whole=True)


class ComparisonOfAll:
    """The same of all accounts, one after the other; `each` returns theirs by name, `quiet` events that send nothing.

    Where there are several, one that cannot be asked now is named, and the others are compared.
    """

    def __init__(self, each: Callable[[], Mapping[str, Comparison]], quiet: Callable[[], Collection[EventId]]) -> None:
        self._each = each
        self.quiet = quiet

    async def drive(self, wanted: Sequence[Recorded], known: Known, progress: Progress) -> DriveFindings:
        each, found = self._each(), DriveFindings()
        for account, one in each.items():
            try:
                found.add(account, await one.drive(wanted, lambda account=account: known(account), progress))
            except VenueError as error:
                if len(each) == 1:
                    raise
                found.unseen[account] = error
        return found

    def _compared(self, drive: DriveFindings) -> list[tuple[Comparison, DriveFindings]]:
        """Of the accounts that were: to one that its last event has left meanwhile there is nothing to do."""
        return [(one, drive.of[account]) for account, one in self._each().items() if account in drive.of]

    async def sources(self, progress: Progress, drive: DriveFindings) -> SourceFindings:
        found = SourceFindings()
        for one, _ in self._compared(drive):
            found.add(await one.sources(progress))
        return found

    async def repair_drive(self, drive: DriveFindings) -> None:
        so = {one.placement for one in (*drive.untagged, *drive.changed, *drive.elsewhere)}
        for comparison, found in self._compared(drive):
            found.untagged = [one for one in found.untagged if one.placement in so]  # wanted still
            found.changed = [one for one in found.changed if one.placement in so]
            found.elsewhere = [one for one in found.elsewhere if one.placement in so]
            await comparison.repair_drive(found)
            drive.refused |= found.refused
            drive.back |= found.back

    async def repair_sources(self, sources: SourceFindings) -> None:
        for one in self._each().values():
            await one.repair_sources(sources)


class ComparisonOff:
    """Where Drive is off: nothing lies there."""

    def quiet(self) -> Collection[EventId]:
        return ()

    async def drive(self, _wanted: Sequence[Recorded], _known: Known, _progress: Progress) -> DriveFindings:
        return DriveFindings()

    async def sources(self, _progress: Progress, _drive: DriveFindings) -> SourceFindings:
        return SourceFindings()

    async def repair_drive(self, drive: DriveFindings) -> None:
        """There is nothing to repair."""

    async def repair_sources(self, sources: SourceFindings) -> None:
        """There is nothing to repair."""


@dataclass(eq=False, slots=True)
class Verifier:
    """One at a time; `progress` is told as it goes on."""

    _ledger: Ledger
    _roster: Roster
    _own: OwnFolders
    _made_log: MadeLog
    _left_overs: LeftOvers
    _comparison: ComparisonOfAll | ComparisonOff
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def verify(self, repair: bool, progress: Progress) -> VerifyReport:
        """Compare, and mend if asked to. Raises `DriveError` where Drive is on and cannot be asked, and `VenueError`
        where the ledger does not know what lies here.
        """
        async with self._lock:
            if await self._ledger.read(meta.rebuilding, drive=False):
                raise VenueError(
                    "Nothing can be compared now",
                    "the ledger is brought up to date first",
                    "While venuesync runs that is done by itself. See: venuesync status",
                    cause=Cause.CONFLICT,
                )
            wanted = await self._ledger.read(recorded.wanted)
            before = await self._ledger.read(recorded.unfinished)
            amiss = await self._ledger.read(amiss_on_drive.all_of)
            disk = await self._disk(wanted, progress)
            drive = await self._comparison.drive(wanted, self._known_events, progress)
            sources = await self._comparison.sources(progress, drive)
            for found in (disk.missing, disk.changed):
                found[:] = await self._ledger.read(recorded.still_filed_so, found)
            copied = [one for one, _ in disk.copied]
            so = {one.placement for one in await self._ledger.read(recorded.still_filed_so, copied, or_removed=False)}
            disk.copied = [(one, made) for one, made in disk.copied if one.placement in so]
            for found in (drive.missing, drive.changed, drive.elsewhere, drive.untagged):
                found[:] = await self._ledger.read(recorded.still_sent_so, found)
            there = [*drive.changed, *drive.elsewhere]
            away = {one.placement for one in chain(*drive.away.values())}
            await self._ledger.write(amiss_on_drive.note, [*drive.of], [*drive.missing], there, amiss, away)
            await self._set_apart(wanted, disk, drive)
            now = await self._ledger.read(recorded.unfinished)
            come = await self._ledger.read(come_meanwhile, wanted, now, drive)
            repaired = await self._repair(disk, drive, sources) if repair else 0
            rows = [
                *of_disk(disk, drive.there),
                *of_drive(drive, lambda event: self._roster.find_event(event) is not None),
                *of_sources(sources),
                *of_unfinished(unfinished(before, now, drive), self._roster.switches, self._comparison.quiet()),
                *of_come_meanwhile(come),
            ]
            differences = sorted(rows, key=lambda one: (one["where"], one["path"]))
            if repair:
                await self._ledger.write(tallies.recount)
            return {
                "checked_disk": disk.checked,
                "checked_drive": drive.checked,
                "checked_sources": sources.checked,
                "differences": differences,
                "repaired": repaired,
            }

    async def _set_apart(self, wanted: Sequence[Recorded], disk: DiskFindings, drive: DriveFindings) -> None:
        """What no file here holds any more, and no photographer's folder, cannot be filed or sent again by us."""
        await self._spare_waiting(drive, disk.left)
        lost = [*drive.missing, *drive.changed]
        of = sorted({one.sha256 for one in (*disk.missing, *disk.changed, *lost) if one.filed_as == ORIGINAL})
        if not of:
            return
        away = await self._away(of, disk.left)
        not_there = {one.placement for one in (*lost, *chain(*drive.away.values()))}
        drive.there = {
            one.sha256
            for one in wanted
            if one.drive is End.THERE and one.made_as == ORIGINAL and one.account in drive.of
            if one.sha256 in away and one.placement not in not_there
        }
        kept = await self._ledger.read(recorded.kept_there, sorted(away))
        drive.there |= {sha256 for sha256, id, md5 in kept if id in drive.listed and drive.listed[id].md5 == md5}
        for found in (disk.missing, disk.changed):
            disk.nowhere += [one for one in found if one.sha256 in away]
            found[:] = [one for one in found if one.sha256 not in away]
        for found in (drive.missing, drive.changed):
            drive.nowhere += [one for one in found if one.sha256 in away - drive.there]
            found[:] = [one for one in found if one.sha256 not in away - drive.there]
        for found in (drive, *drive.of.values()):
            found.spare(away - drive.there)

    async def _away(self, of: Sequence[str], left: Sequence[LeftOver]) -> set[str]:
        """Of these photos, by SHA-256, those that no file here holds, and no photographer's folder."""
        known = await self._ledger.read(whereabouts, of)
        here = await asyncio.to_thread(lambda: {one.sha256 for one in known if one.is_here(self._own)})
        here |= await self._ledger.read(downloads.can_be_fetched, of) | {one.sha256 for one in left}
        return set(of) - here

    async def _spare_waiting(self, drive: DriveFindings, left: Sequence[LeftOver]) -> None:
        """What waits for a yes, and may have been sent by an earlier one, stays on Drive if nothing else is left."""
        waiting = await self._ledger.read(held.files)
        away = await self._away(sorted({sha256 for _, sha256 in waiting}), left) if waiting else ()
        for found in (drive, *drive.of.values()) if away else ():
            found.spare((), {one for one in waiting if one[1] in away})

    async def take_out(self) -> int:
        """Files of photos that somebody took out of an event go from there, here and on Drive. Returns how many.

        So do folders here that nobody knows and that are empty. Nothing else is mended. Raises `VenueError` where Drive
        is on and cannot be asked.
        """
        async with self._lock:
            out = await self._ledger.read(moved_photos.out_of_events)
            if not out:
                await self._take_out([])
                return 0
            left = await self._left_overs.find(self._roster.events(), out)
            wanted = await self._ledger.read(recorded.wanted)
            drive = await self._comparison.drive(wanted, self._known_events, lambda _what, _done, _of: None)
            for one in drive.of.values():
                one.untagged, one.changed, one.elsewhere, one.astray = [], [], [], []
                one.strays = out_of(one.strays, one.listed, out)
            await self._spare_waiting(drive, left)
            await self._take_out(left)
            await self._comparison.repair_drive(drive)
            for error in drive.refused.values():
                raise error
            return len(left) + sum(len(one.strays.extra) for one in drive.of.values())

    async def _disk(self, wanted: Sequence[Recorded], progress: Progress) -> DiskFindings:
        paths = [path for _, path in await self._ledger.read(disk_folders.all_there)]
        loop = asyncio.get_running_loop()

        def told(done: int) -> None:
            if done % 50 == 0:
                loop.call_soon_threadsafe(progress, "disk", done, len(wanted))

        found = await asyncio.to_thread(verify_disk, self._own, wanted, paths, told)
        found.left = await self._left_overs.find(self._roster.events())
        come = await self._ledger.read(recorded.paths_on_disk)  # also while all was looked at
        found.extra = sorted(set(found.extra) - {one.path for one in found.left} - come)
        return found

    async def _known_events(self, account: str) -> Collection[str] | None:
        if not await self._left_overs.is_sure(drive=True) or await self._ledger.read(meta.to_learn, account):
            return None
        return {one.id for one in self._roster.events() if one.lane == account}

    async def _take_out(self, left: Sequence[LeftOver]) -> None:
        """These, then folders that are empty."""
        await self._left_overs.take_out(left)
        await self._left_overs.remove_emptied()

    async def _repair(self, disk: DiskFindings, drive: DriveFindings, sources: SourceFindings) -> int:
        ledger, now = self._ledger, clock.wall()
        lines = [Line.of(made, one.file_sha256, PurePath(one.path).name) for one, made in disk.copied]
        await asyncio.to_thread(self._made_log.note, lines)
        await ledger.write(recorded.are_ours_now, [*disk.touched, *disk.copied])
        await self._take_out(disk.left)
        again = [*disk.missing, *disk.changed]
        await ledger.write(give_again, recorded.still_filed_so, recorded.missing_on_disk, again, now)
        strays = drive.strays
        await self._comparison.repair_drive(drive)  # what was changed is known by its id until it is ours no more
        await ledger.write(give_again, recorded.still_sent_so, recorded.doubted_on_drive, drive.missing, now)
        await ledger.write(give_again, recorded.still_sent_so, recorded.missing_on_drive, drive.changed, now)
        back = [one.placement for one in drive.elsewhere if one.drive_id in drive.back]
        await ledger.write(amiss_on_drive.put_back, back)
        await ledger.write(folders.look_again)
        await ledger.write(placements.forget_removals)
        await self._comparison.repair_sources(sources)
        cleared = len(strays.doubled) + len(strays.extra) + len(strays.empty) + len(strays.doubled_folders)
        cleared += len(strays.edited)
        on_drive = (
            len(drive.missing)
            + len(drive.changed)
            + len(drive.elsewhere)
            + len(drive.astray)
            + len(drive.untagged)
            + cleared
            - len(drive.refused)
        )
        return len(again) + len(disk.copied) + len(disk.left) + on_drive + sources.differences


def unfinished(before: Sequence[Unfinished], now: Sequence[Unfinished], drive: DriveFindings) -> list[Unfinished]:
    """What is missing by the ledger, and was `before` all was looked at: on Drives that could be asked."""
    known = {(one.placement, one.where) for one in before}
    return [one for one in now if (one.placement, one.where) in known and was_asked(drive, one.where, one.account)]


def come_meanwhile(
    db: Db, wanted: Sequence[Recorded], now: Sequence[Unfinished], drive: DriveFindings
) -> list[tuple[str, Recorded]]:
    """What was not there to be compared, and is by `now`; with where that is."""
    missing = {(one.placement, one.where) for one in now}
    ends = [("disk", one.disk, one) for one in wanted]
    ends += [("drive", one.drive, one) for one in wanted if one.made_as != HERE]
    come = [
        (where, one)
        for where, end, one in ends
        if end not in (End.THERE, End.REMOVED) and (one.placement, where) not in missing
        if was_asked(drive, where, one.account)
    ]
    still = {one.placement for one in recorded.still_wanted(db, [one for _, one in come])}
    return [(where, one) for where, one in come if one.placement in still]


def was_asked(drive: DriveFindings, where: str, account: str) -> bool:
    """Whether what lies there was looked at: on a Drive where that could be asked."""
    return where == "disk" or bool(drive.of and account not in drive.unseen)


def give_again(
    db: Db,
    still: Callable[[Db, Sequence[Recorded]], list[Recorded]],
    missing: Callable[[Db, Sequence[PlacementId], float], None],
    found: Sequence[Recorded],
    now: float,
) -> None:
    missing(db, [one.placement for one in still(db, found)], now)
