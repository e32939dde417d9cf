"""Times on Drive: a file that is there when its photo's time is corrected is told the right one, and not sent again.

Drive takes `createdTime` when a file is made and never after; `modifiedTime` at any time. It is no reason to be unsafe:
one at a time, and only while nothing else is on its way.
"""

from __future__ import annotations

import asyncio

import structlog

from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError
from agent.drive.reasons import Next, Scope
from agent.ledger import Ledger, drive_queue
from agent.ledger.clocks import moment
from agent.ledger.drive_queue import Retime
from agent.roster import Roster
from agent.running.waiting import Bell, Stumbles
from agent.uploads.queue import UploadQueue

log = structlog.get_logger(__name__)

LOOK_ANYWAY = 60.0  # seconds, should a ring be missed
EACH = 0.1  # seconds between two at least
BUSY = 1.0  # seconds until it is looked again whether anything is being sent
AT_ONCE = 50  # read at once


class TimesOnDrive:
    """`bell` is rung when times were corrected, and when nothing is being sent any more: of what was, some may have
    been corrected on its way.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        client: DriveClient,
        lane: DriveLane,
        queue: UploadQueue,
        account: str,
    ) -> None:
        self._account = account
        self.bell = Bell()
        self._ledger = ledger
        self._roster = roster
        self._client = client
        self._lane = lane
        self._queue = queue

    async def run(self) -> None:
        stumbles = Stumbles()
        while True:
            await self._lane.open()
            if self._queue.paused or self._queue.under_way.active:
                await self.bell.wait(BUSY)
                continue
            due = await self._ledger.read(drive_queue.retimes, AT_ONCE, self._roster.quiet_events(), self._account)
            if not due:
                await self.bell.wait(LOOK_ANYWAY)
                continue
            try:
                for one in due:
                    if self._queue.under_way.active:
                        break
                    await self._tell(one)
                    await asyncio.sleep(EACH)
                stumbles.over()
            except DriveError as error:
                self._lane.report(error)
                await self.bell.wait(stumbles.next())

    async def _tell(self, one: Retime) -> None:
        """Twice is once. What Drive will not change, or has no more, stays as it is."""
        try:
            await self._client.update(one.drive_id, modified_at=moment(one.taken))
        except DriveError as error:
            if error.next is not Next.GONE and error.scope not in (Scope.ITEM, Scope.DESTINATION):
                raise
            log.info("times.left", placement=one.placement, kind=error.kind)
        await self._ledger.write(drive_queue.retimed, one)
