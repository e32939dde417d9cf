"""The queue: sends what Drive should have and has not, eight at a time, newest first; it waits while the lane is shut.

A placement's id is kept and `sending` written down before its first byte; its MD5 came back before it is `there`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from agent.bell import Bell
from agent.drive.errors import DriveError
from agent.drive.lane import DriveLane
from agent.drive.reasons import Scope
from agent.errors import Cause
from agent.ledger import Ledger, drive_queue
from agent.ledger.drive_queue import DriveTask
from agent.model import DriveId, End, FolderId, PlacementId
from agent.pauses import OUTAGE, pause, policy
from agent.roster import Roster
from agent.service_snapshot import ActiveUpload
from agent.uploads import records
from agent.uploads.ids import IdPool
from agent.uploads.meter import Meter
from agent.uploads.send import Outcome, Result, Sender

log = structlog.get_logger(__name__)

OLD_SHARE = 4  # one in so many goes to what has waited ten minutes; the others to enrolled people and fresh photos
LOOK_EVERY = 5.0  # seconds, should a ring be missed
STUMBLES_TOLD = 7  # in a row, about half a minute
NO_BYTES = DriveError(
    "Photo is nowhere on this machine",
    "no file here holds it any more",
    "Copy it into Incoming again: it is sent by itself",
    cause=Cause.MISSING,
    kind="photo_missing",
)


@dataclass(slots=True)
class Active:
    """An upload under way."""

    task: DriveTask
    drive_id: DriveId
    meter: Meter
    copied: bool  # by Drive itself: no byte crosses the line
    sent: int = 0
    answered: bool = False  # Drive has; what remains is writing it down, and the line is free for another

    def shown(self) -> ActiveUpload:
        return {
            "placement": self.task.placement,
            "photo": self.task.name,
            "to": self.task.to,
            "sent": self.sent,
            "bytes": 0 if self.copied else self.task.bytes,
            "rate": self.meter.rate(),
        }


class UploadQueue:
    """`at_once` uploads; `attempts` tries for a photo's own faults, the second after `retry_delay` seconds.

    `doubt` is asked when Drive says that a folder is gone, `roll_over` when it holds no more; `no_bytes` hears of
    photos whose files here are not theirs.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        sender: Sender,
        ids: IdPool,
        lane: DriveLane,
        *,
        at_once: int,
        attempts: int,
        retry_delay: float,
        doubt: Callable[[FolderId, DriveId], Awaitable[object]],
        roll_over: Callable[[FolderId, DriveId], Awaitable[bool]],
        no_bytes: Callable[[DriveTask], None],
    ) -> None:
        self.bell = Bell()
        self.active: dict[PlacementId, Active] = {}
        self.meter = Meter()
        self.left: Callable[[], None] = lambda: None  # a file left a folder, which may be empty now
        self._ledger = ledger
        self._roster = roster
        self._sender = sender
        self._ids = ids
        self._lane = lane
        self._at_once = at_once
        self._attempts = attempts
        self._retry_delay = retry_delay
        self._doubt = doubt
        self._roll_over = roll_over
        self._no_bytes = no_bytes
        self._tasks: set[asyncio.Task[None]] = set()
        self._stumbles: dict[PlacementId, int] = {}
        self._turns = 0  # uploads begun so far

    async def run(self) -> None:
        """Send until cancelled; what is under way then goes on until `close`."""
        while True:
            if self.paused:
                await self.bell.wait(LOOK_EVERY)
                continue
            await self._lane.open(sending=True)
            try:
                begun = await self._begin()
            except DriveError as error:
                self._lane.report(error)
                begun = 0
            if not begun:
                await self.bell.wait(await self._pause())

    def _quiet(self) -> list[str]:
        """Events of which nothing is sent."""
        return [event.id for event in self._roster.events() if not event.send]

    @property
    def paused(self) -> bool:
        switches = self._roster.switches
        return switches.uploads or switches.all

    async def close(self, seconds: float) -> None:
        """Let what is under way come to its end for so long, then break it off: it is asked for by its id next time."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pause(self) -> float:
        now = time.time()
        due = await self._ledger.read(drive_queue.next_due_at, now)
        return LOOK_EVERY if due is None else max(0.05, min(LOOK_EVERY, due - now))

    # ---- taking up

    async def _begin(self) -> int:
        """Take up as many as there is room for. Answers how many."""
        room = self._at_once - sum(not one.answered for one in self.active.values())
        if room <= 0:
            return 0
        busy = list(self.active)
        on_the_line = [one.task.photo for one in self.active.values() if not one.copied]
        tasks = await self._ledger.read(
            drive_queue.due, busy, on_the_line, time.time(), room, self._share(room), self._quiet()
        )
        if not tasks:
            return 0
        await self._ids.fill()
        kept = await self._ledger.write(drive_queue.begin_sending, [task.placement for task in tasks])
        begun = 0
        for task in tasks:
            drive_id = kept.get(task.placement)
            if drive_id is not None and all(one.drive_id != drive_id for one in self.active.values()):
                self._start(task, drive_id)
                begun += 1
        self._turns += begun
        return begun

    def _share(self, room: int) -> int:
        """How many of the next are for what has waited long: one in four, though they begin one by one."""
        return (self._turns + room) // OLD_SHARE - self._turns // OLD_SHARE

    def _start(self, task: DriveTask, drive_id: DriveId) -> None:
        active = Active(task, drive_id, Meter(), copied=not is_upload(task))
        self.active[task.placement] = active
        running = asyncio.create_task(self._carry(active, drive_id), name=f"upload {task.placement}")
        self._tasks.add(running)
        running.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("upload.broken", error=repr(task.exception()))
        self.bell.ring()

    # ---- one placement

    async def _carry(self, active: Active, drive_id: DriveId) -> None:
        task = active.task
        try:
            result = await self._sender.carry(task, drive_id, lambda sent: self._moved(active, sent))
            active.answered = True
            self.bell.ring()
            self._lane.succeeded()
            self._stumbles.pop(task.placement, None)
            await self._ledger.write(record, task, drive_id, result, time.time())
            await self._after(task, result.outcome)
            if task.moves_from is not None or not task.wanted:
                self.left()
        except DriveError as error:
            await self._failed(task, drive_id, error)
        finally:
            self.active.pop(task.placement, None)

    def _moved(self, active: Active, sent: int) -> None:
        more = sent - active.sent
        active.sent = sent
        if more > 0:
            active.meter.add(more)
            self.meter.add(more)

    async def _after(self, task: DriveTask, outcome: Outcome) -> None:
        if outcome is Outcome.IN_TRASH:
            await self._doubt(task.folder, task.parent)
        elif outcome is Outcome.NO_BYTES:
            await self._count(task, NO_BYTES, time.time())
            self._no_bytes(task)

    async def _failed(self, task: DriveTask, drive_id: DriveId, error: DriveError) -> None:
        """An outage waits with its lane, no attempt used up; a lost folder is made again; the rest is the photo's."""
        now = time.time()
        log.info("upload.refused", placement=task.placement, kind=error.kind, status=error.status, detail=error.detail)
        if (error.kind != "disk_full" and self._lane.report(error)) or error.scope is Scope.SESSION:
            await self._stumble(task, error, now)
        elif error.kind == "folder_not_found":
            await self._stumble(task, error, now)
            await self._doubt(task.folder, task.parent)
        elif error.kind == "folder_full" and await self._roll_over(task.folder, task.parent):
            await self._stumble(task, error, now)
        elif error.scope is Scope.DESTINATION and error.cause is Cause.PERMANENT:
            await self._ledger.write(records.destination_refused, task, error, now)
        elif error.kind == "changed":
            await self._count(task, error, now)
            self._no_bytes(task)
        elif error.kind in ("id_refused", "id_taken", "damaged"):
            if error.kind == "id_refused":
                await self._ids.distrust()
            await self._ledger.write(drive_queue.absent, task.placement, drive_id, now)
            await self._count(task, error, now)
        elif error.cause in (Cause.TRANSIENT, Cause.RATE):
            await self._stumble(task, error, now)
        else:
            await self._count(task, error, now)

    async def _stumble(self, task: DriveTask, error: DriveError, now: float) -> None:
        """Nobody's fault: tried again soon, then less soon, for ever; said aloud when it has been often."""
        times = self._stumbles[task.placement] = self._stumbles.get(task.placement, 0) + 1
        await self._ledger.write(records.put_off, task, now + pause(OUTAGE, times, error.retry_after))
        if times == STUMBLES_TOLD:
            await self._ledger.write(records.stumbles, task, error, now)

    async def _count(self, task: DriveTask, error: DriveError, now: float) -> None:
        """The photo's own fault: a few tries, then it is set aside and somebody is told."""
        if task.attempts + 1 >= self._attempts:
            await self._ledger.write(records.refused, task, error, now, again_at=None)
            return
        waits = policy(error.cause, self._retry_delay)
        again_at = now + pause(waits, task.attempts + 1, error.retry_after)
        await self._ledger.write(records.refused, task, error, now, again_at=again_at)


def is_upload(task: DriveTask) -> bool:
    """Whether the photo's bytes may have to cross the line."""
    on_drive = task.moves_from is not None or task.drive in (End.THERE, End.TRASHED)
    return task.wanted and task.copy_of is None and not on_drive


def record(db: sqlite3.Connection, task: DriveTask, drive_id: DriveId, result: Result, now: float) -> None:
    """What came of it, durable in one transaction."""
    match result.outcome:
        case Outcome.VERIFIED:
            records.verified(db, task, drive_id, result.name, now)
        case Outcome.TRASHED:
            drive_queue.trashed(db, task.placement, drive_id)
        case Outcome.ABSENT:
            drive_queue.absent(db, task.placement, drive_id, now)
        case Outcome.AGAIN:
            drive_queue.new_id(db, task.placement, drive_id)
        case Outcome.NO_BYTES | Outcome.IN_TRASH:
            pass
