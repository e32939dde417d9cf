"""`verify`: ledger, disk, Drive and the sources held against each other; with `repair`, the differences are mended.

Read-only without it. With it, what is missing is put back, what is doubled goes to Drive's trash; other people's files
are named and left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from agent import clock
from agent.changes.verify import SourceFindings
from agent.desk.house import House
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile
from agent.errors import Cause, VenueError
from agent.filing import left_over
from agent.filing.left_over import LeftOver
from agent.filing.verify import DiskFindings, verify_disk
from agent.ledger import folder_changes, folders, meta, recorded
from agent.ledger.recorded import Recorded
from agent.model import DriveState, Mend
from agent.service import Difference, VerifyReport
from agent.uploads.strays import path_of
from agent.uploads.verify import DriveFindings

Progress = Callable[[str, int, int], None]  # what is being looked at, how many of how many


class Verifier:
    """One at a time; `progress` is told as it goes on."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = asyncio.Lock()

    async def verify(self, repair: bool, progress: Progress) -> VerifyReport:
        """Compare, and mend if asked to. Raises `DriveError` where Drive is on and cannot be asked."""
        async with self._lock:
            wanted = await self._house.ledger.read(recorded.wanted)
            disk = await self._disk(wanted, progress)
            drive = await self._drive(wanted, progress)
            sources = await self._sources(progress)
            rows = [*of_disk(disk), *of_drive(drive), *of_sources(sources)]
            differences = sorted(rows, key=lambda one: (one["where"], one["path"]))
            repaired = await self._repair(disk, drive, sources) if repair else 0
            return {
                "checked_disk": disk.checked,
                "checked_drive": drive.checked,
                "checked_sources": sources.checked,
                "differences": differences,
                "repaired": repaired,
            }

    async def _disk(self, wanted: Sequence[Recorded], progress: Progress) -> DiskFindings:
        paths = [path for _, path in await self._house.ledger.read(folders.all_on_disk)]
        loop = asyncio.get_running_loop()

        def told(done: int) -> None:
            if done % 50 == 0:
                loop.call_soon_threadsafe(progress, "disk", done, len(wanted))

        found = await asyncio.to_thread(verify_disk, self._house.own, wanted, paths, told)
        found.left = await self._left_over()
        found.extra = sorted(set(found.extra) - {one.path for one in found.left})
        return found

    async def _left_over(self) -> list[LeftOver]:
        """Of ours, and wanted no more; while it is not known for sure who is wanted where, none."""
        house = self._house
        if not await self._is_sure(drive=False):
            return []
        made = await asyncio.to_thread(house.made_log.read)
        known = await house.ledger.read(recorded.paths_on_disk)
        settled = await house.ledger.read(recorded.settled)
        found: list[LeftOver] = []
        for event in house.roster.events():
            found += await asyncio.to_thread(
                left_over.find, house.own, event, made, known, settled, house.roster.workspace_id
            )
        return found

    async def _is_sure(self, *, drive: bool) -> bool:
        """Whether it is known who is wanted where, and what lies there."""
        return not (self._house.roster.restored or await self._house.ledger.read(meta.rebuilding, drive=drive))

    async def _take_out(self, left: Sequence[LeftOver]) -> None:
        """Those that nobody has wanted there again meanwhile, nor can while they go."""
        house = self._house
        if not left:
            return
        made = await asyncio.to_thread(house.made_log.read)
        async with house.decider.alone():
            known = await house.ledger.read(recorded.paths_on_disk)
            away = [one for one in left if one.path not in known]
            await asyncio.to_thread(left_over.take_out, house.own, away, house.roster.workspace_id)
            for event in house.roster.events():
                await asyncio.to_thread(left_over.remove_emptied, house.own, event, made, known)

    async def _drive(self, wanted: Sequence[Recorded], progress: Progress) -> DriveFindings:
        inspector = self._house.inspector
        if inspector is None or self._house.lane is None:
            return DriveFindings()
        try:
            async with asyncio.timeout(30):
                await self._house.lane.open()
        except TimeoutError:
            status = self._house.lane.status
            raise VenueError(
                "Drive cannot be compared",
                status.detail,
                "Try again when Drive is online",
                cause=Cause.AUTH if status.state is DriveState.NEEDS_LOGIN else Cause.TRANSIENT,
            ) from None
        try:
            events = {one.id for one in self._house.roster.events()} if await self._is_sure(drive=True) else None
            return await inspector.verify(wanted, events, lambda done: progress("Drive", done, max(done, len(wanted))))
        except DriveError as error:
            self._house.lane.report(error)
            raise

    async def _sources(self, progress: Progress) -> SourceFindings:
        """After Drive, which is online then."""
        inspector, lane = self._house.source_inspector, self._house.lane
        if inspector is None or lane is None:
            return SourceFindings()
        try:
            return await inspector.verify(lambda done, of: progress("sources", done, of))
        except DriveError as error:
            lane.report(error)
            raise

    async def _repair(self, disk: DiskFindings, drive: DriveFindings, sources: SourceFindings) -> int:
        ledger, now = self._house.ledger, clock.wall()
        copied = [(one.placement, made) for one, made in disk.copied]
        await ledger.write(recorded.is_ours_now, [*disk.touched, *copied])
        await self._take_out(disk.left)
        again = [one.placement for one in [*disk.missing, *disk.changed]]
        await ledger.write(recorded.missing_on_disk, again, now)
        lost = [one.placement for one in [*drive.missing, *drive.changed]]
        await ledger.write(recorded.missing_on_drive, lost, now)
        strays = drive.strays
        if self._house.inspector is not None:
            await self._house.inspector.merge(strays.twins)
            await self._house.inspector.clear(strays)
            await self._house.inspector.tag_again(drive.untagged)
        await ledger.write(folder_changes.look_again)
        if self._house.feeds is not None:
            await self._house.feeds.ask(dict.fromkeys(sources.events), whole=True)
        cleared = len(strays.doubled) + len(strays.extra) + len(strays.empty) + len(strays.twins)
        on_drive = len(lost) + len(drive.untagged) + cleared
        return len(again) + len(copied) + len(disk.left) + on_drive + sources.differences


def of_disk(found: DiskFindings) -> list[Difference]:
    return [
        *(row("missing", "disk", one.path, "is filed again") for one in found.missing),
        *(row("changed", "disk", one.path, "the photo is filed beside it") for one in found.changed),
        *(row("copied", "disk", one.path, "counts as venuesync's own file from now on") for one, _ in found.copied),
        *(row("unseen", "disk", str(path), one.remedy, Mend.BY_HAND) for path, one in found.astray.items()),
        *(row("extra", "disk", one.path, "is taken out: ours, and wanted there no more") for one in found.left),
        *(row("extra", "disk", one.path, "somebody's copy: left alone", Mend.NONE) for one in found.foreign),
        *(row("extra", "disk", path, "somebody's: left alone", Mend.NONE) for path in found.extra),
    ]


def of_drive(found: DriveFindings) -> list[Difference]:
    strays = found.strays

    def stray(kind: str, file: DriveFile, repair: str, mend: Mend = Mend.REPAIR) -> Difference:
        return row(kind, "drive", path_of(file, found.listed), repair, mend)

    return [
        *(row("missing", "drive", one.path, "is sent again") for one in found.missing),
        *(row("changed", "drive", one.path, "is sent again beside it") for one in found.changed),
        *(row("untagged", "drive", one.path, "is marked as ours again") for one in found.untagged),
        *(stray("doubled", one, "goes to Drive's trash") for one in strays.doubled),
        *(stray("extra", one, "goes to Drive's trash") for one in (*strays.extra, *strays.empty)),
        *(stray("extra", one, "of an event that was removed: left alone", Mend.NONE) for one in strays.left),
        *(stray("doubled", one, "is merged into the other one") for one, _ in strays.twins),
    ]


def of_sources(found: SourceFindings) -> list[Difference]:
    return [
        *(row("missing", "source", one.path, "is fetched") for one in found.missing),
        *(row("changed", "source", one.path, "is fetched as it is there now") for one in found.changed),
        *(row("gone", "source", one.path, "is taken out here if sync.gone says so") for one in found.gone),
        *(row("unseen", "source", name, error.remedy, Mend.BY_HAND) for name, error in found.lost),
    ]


def row(kind: str, where: str, path: str, repair: str, mend: Mend = Mend.REPAIR) -> Difference:
    return {"kind": kind, "where": where, "path": path, "repair": repair, "mend": mend}
