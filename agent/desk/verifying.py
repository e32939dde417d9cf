"""`verify`: ledger, disk and Drive held against each other; with `repair`, the differences are mended.

Read-only without it. With it, what is missing is put back, what is doubled goes to Drive's trash; other people's files
are named and left alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from agent.desk.house import House
from agent.drive.errors import DriveError
from agent.errors import VenueError
from agent.filing.verify import DiskFindings, verify_disk
from agent.ledger import folders, recorded
from agent.ledger.recorded import Recorded
from agent.service import Difference, VerifyReport
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
            differences = sorted([*of_disk(disk), *of_drive(drive)], key=lambda one: (one["where"], one["path"]))
            repaired = await self._repair(disk, drive) if repair else 0
            return {
                "checked_disk": disk.checked,
                "checked_drive": drive.checked,
                "differences": differences,
                "repaired": repaired,
            }

    async def _disk(self, wanted: Sequence[Recorded], progress: Progress) -> DiskFindings:
        paths = [path for _, path in await self._house.ledger.read(folders.all_on_disk)]
        loop = asyncio.get_running_loop()

        def told(done: int) -> None:
            if done % 50 == 0:
                loop.call_soon_threadsafe(progress, "disk", done, len(wanted))

        return await asyncio.to_thread(verify_disk, self._house.workspace.root, wanted, paths, told)

    async def _drive(self, wanted: Sequence[Recorded], progress: Progress) -> DriveFindings:
        inspector = self._house.inspector
        if inspector is None or self._house.lane is None:
            return DriveFindings()
        try:
            async with asyncio.timeout(30):
                await self._house.lane.open()
        except TimeoutError:
            status = self._house.lane.status
            raise VenueError("Drive cannot be compared", status.detail, "Try again when Drive is online") from None
        try:
            return await inspector.verify(wanted, lambda done: progress("Drive", done, max(done, len(wanted))))
        except DriveError as error:
            self._house.lane.report(error)
            raise

    async def _repair(self, disk: DiskFindings, drive: DriveFindings) -> int:
        ledger, now = self._house.ledger, time.time()
        await ledger.write(recorded.facts_changed, disk.moved)
        again = [one.placement for one in [*disk.missing, *disk.changed]]
        await ledger.write(recorded.missing_on_disk, again, now)
        lost = [one.placement for one in [*drive.missing, *drive.changed]]
        await ledger.write(recorded.missing_on_drive, lost, now)
        strays = [*drive.doubled, *drive.extra]
        if self._house.inspector is not None:
            await self._house.inspector.merge(drive.doubled_folders)
            await self._house.inspector.trash(strays)
            await self._house.inspector.tag_again(drive.untagged)
        return len(again) + len(lost) + len(strays) + len(drive.untagged) + len(drive.doubled_folders)


def of_disk(found: DiskFindings) -> list[Difference]:
    return [
        *(row("missing", "disk", one.path, "is filed again") for one in found.missing),
        *(row("changed", "disk", one.path, "the photo is filed beside it") for one in found.changed),
        *(row("extra", "disk", path, "somebody's: left alone") for path in found.extra),
    ]


def of_drive(found: DriveFindings) -> list[Difference]:
    return [
        *(row("missing", "drive", one.path, "is sent again") for one in found.missing),
        *(row("changed", "drive", one.path, "is sent again beside it") for one in found.changed),
        *(row("untagged", "drive", one.path, "is marked as ours again") for one in found.untagged),
        *(row("doubled", "drive", one.name, "goes to Drive's trash") for one in found.doubled),
        *(row("extra", "drive", one.name, "goes to Drive's trash") for one in found.extra),
        *(row("doubled", "drive", f"{one.name}/", "is merged into the other one") for one, _ in found.doubled_folders),
    ]


def row(kind: str, where: str, path: str, repair: str) -> Difference:
    return {"kind": kind, "where": where, "path": path, "repair": repair}
