"""The queue: sends what Drive should have and has not, eight at a time or more, newest first; it waits for Drive.

A placement's id is kept and `sending` written down before its first byte; its MD5 came back before it is `there`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from agent import clock
from agent.drive import reasons
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError, from_row
from agent.drive.reasons import Next, Scope
from agent.errors import Cause
from agent.ledger import Ledger, asked, drive_queue, renditions, troubles
from agent.ledger.drive_queue import DriveTask, MayGo
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import ORIGINAL, DriveId, End, FolderId, PlacementId
from agent.roster import Roster
from agent.running.transfers import Meter, UnderWay
from agent.running.waiting import Bell, PutOff, Stumbles, pause, policy
from agent.uploads import records
from agent.uploads.budget import Active, Budget
from agent.uploads.concurrency import Concurrency
from agent.uploads.metered import WHOLE, HeldBack, MeteredLine, fits
from agent.uploads.send import Outcome, Result, Sender
from agent.uploads.tags import IdPool

log = structlog.get_logger(__name__)

OLD_SHARE = 4  # one in so many goes to what has waited ten minutes; the others to enrolled people and fresh photos
LOOK_ANYWAY = 5.0  # seconds, should a ring be missed
BROKEN_FOR = 60.0  # seconds, for an upload that ended in no known way
WAITS_FOR = 60.0  # seconds, for a photo that the day's budget kept back when it had been begun
STUMBLES_TOLD = 12  # in a row, about half a minute
NO_BYTES = DriveError(
    "Photo is nowhere on this machine",
    "no file here holds it any more",
    "Copy it into Incoming again: it is sent by itself",
    cause=Cause.MISSING,
    kind="photo_missing",
)
ONLY_THERE = DriveError(
    NO_BYTES.title,
    "it lies on Drive alone, and stays there as it is",
    "Download it from Drive, and copy it into Incoming again",
    cause=Cause.MISSING,
    kind="photo_missing",
)
NO_ID_DOES = from_row(reasons.CONTRADICTED, "each id that it gave has something else, or is used up")


class UploadQueue:
    """`at_once` says how many; `attempts` tries for a photo's own faults, the second after `retry_delay` seconds.

    `doubt` is asked when Drive says that a folder is gone, and answers whether it is; `roll_over` when it holds no
    more. `no_bytes` hears of photos whose files here are not theirs. `left` is called when a file left a folder, which
    may be empty now; `rested` when nothing is on its way any more.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        sender: Sender,
        ids: IdPool,
        lane: DriveLane,
        line: MeteredLine,
        *,
        at_once: Concurrency,
        attempts: int,
        retry_delay: float,
        doubt: Callable[[FolderId, DriveId], Awaitable[bool]],
        roll_over: Callable[[FolderId, DriveId], Awaitable[bool]],
        no_bytes: Callable[[DriveTask], None],
        left: Callable[[], None],
        rested: Callable[[], None],
        agent_began: float,
        account: str = "",
        beside: UnderWay[PlacementId, Active] | None = None,
    ) -> None:
        """`agent_began`: on the steady line; `account`: whose placements these are; `beside`: see `UnderWay`."""
        self._agent_began = agent_began
        self._account = account
        self.bell = Bell()
        self.under_way: UnderWay[PlacementId, Active] = UnderWay(beside)
        self.begun = 0  # uploads
        self._ledger = ledger
        self._roster = roster
        self._sender = sender
        self._ids = ids
        self._lane = lane
        self._line = line
        self._at_once = at_once
        at_once.of(self._on_the_line, self.bell.ring)
        self._attempts = attempts
        self._retry_delay = retry_delay
        self._doubt = doubt
        self._roll_over = roll_over
        self._no_bytes = no_bytes
        self._left = left
        self._rested = rested
        self._tasks: set[asyncio.Task[None]] = set()
        self._put_off: PutOff[PlacementId] = PutOff()
        self._budget = Budget(line, sender, lane, self.under_way, self._put_off)
        self._no_ids = Subject(f"drive:ids {account}".strip(), "Google Drive")
        self._rests = False  # until new ids are asked for once more
        self._told_of_ids = True  # maybe, by an agent before this one

    def go_on(self) -> None:
        """Drive can be used again, or somebody asks: nothing waits any more, nor does what is on its way and fails."""
        self._put_off.wish()
        self.bell.ring()

    async def run(self) -> None:
        """Send until cancelled; what is under way then goes on until `close`."""
        stumbles = Stumbles()
        self._rests = False  # whoever ran before may have been ended amid it
        await self._ledger.write(asked.broken_off, self._agent_began, clock.steady())
        await self._line.known.wait()
        while True:
            await self._lane.open()
            if self.paused:
                await self.bell.wait(LOOK_ANYWAY)
                continue
            asked_at, allowance, metered = clock.steady(), self._line.allowance, self._line.metered
            try:
                begun = await self._begin()
            except DriveError as error:  # it gives no new ids
                waits = stumbles.next()
                if not self._lane.report(error) and stumbles.times == STUMBLES_TOLD:
                    self._told_of_ids = True
                    await self._ledger.write(troubles.open_trouble, self._no_ids, error, clock.wall())
                self._rests = True
                await self.bell.wait(waits)
                self._rests = False
                continue
            stumbles.over()
            if begun and self._told_of_ids:
                self._told_of_ids = False
                await self._ledger.write(troubles.heal, self._no_ids.key, clock.wall())
            spent = not begun and not self.under_way.active and await self._is_spent()
            if self._lane.is_open() and metered is self._line.metered:  # else what was told holds until asked anew
                self._line.tell_spent(self._account, allowance if spent else None)
            if not begun:
                await self.bell.wait(await self._pause(asked_at))

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

    async def _pause(self, asked_at: float) -> float:
        """Until the next one may be tried of those that were not due at `asked_at`."""
        if self._room <= 0:
            return LOOK_ANYWAY
        due_at = await self._ledger.read(drive_queue.next_due_at, asked_at)
        due_in = None if due_at is None else due_at - clock.steady()
        waits = [one for one in (due_in, self._put_off.next_in(asked_at)) if one is not None]
        return max(0.05, min([LOOK_ANYWAY, *waits]))

    # ---- taking up

    async def _begin(self) -> int:
        """Take up as many as there is room for. Returns how many."""
        on_their_way = {one.drive_id for one in self.under_way.active.values()}
        found = await self._due()
        if not self._is_full and not self._line.metered and await self._release(self._room - len(found)):
            found = await self._due()
        tasks = self._budget.affordable([task for task in found if task.drive_id not in on_their_way])
        try:
            return await self._begin_with(tasks) if tasks else 0
        finally:
            self._budget.chosen = 0

    async def _begin_with(self, tasks: Sequence[DriveTask]) -> int:
        await self._ids.fill(len(tasks))
        kept = await self._ledger.write(drive_queue.begin_sending, tasks, clock.steady())
        begun = 0
        for task in tasks:
            drive_id = kept.get(task.placement)
            if drive_id is None:
                continue
            self._start(task, drive_id)
            begun += 1
        self.begun += begun
        return begun

    async def waits(self) -> bool:
        if self.paused or self._rests or not self._lane.is_open():
            return False
        return any(self._budget.fits(task) for task in await self._due())

    async def _release(self, room: int) -> bool:
        """The line is not metered: what waited for that is due, and, with nothing else to do, what is to take the
        places of small copies, newest first. Returns whether anything became due.
        """
        most = self._line.most(self._line.promised())
        waits, some = await self._read_owed(max(0, room), lambda size: fits(size, most))
        if waits:
            await self._ledger.write(renditions.release_unsent, self._account)
        if some:
            await self._ledger.write(renditions.release, some, clock.wall())
        return bool(waits or some)

    async def _is_spent(self) -> bool:
        """Whether something could be sent if the day's budget were larger."""
        if self._line.most() is None or self._room <= 0 or self._is_full or self._budget.is_awaited:
            return False
        due = await self._due(any_size=True)
        if any(self._budget.costs(task) and self._budget.fits(task) for task in due):  # it only rests
            return False
        if any(not self._line.fits(self._budget.costs(task)) for task in due):
            return True
        if self._line.metered:
            return False
        most = self._line.most()
        _, some = await self._read_owed(1, lambda size: not fits(size, most))
        return bool(some)

    async def _read_owed(self, limit: int, wanted: Callable[[int], bool]) -> tuple[int, list[PlacementId]]:
        """How many placements wait for a line that is not metered; and some of which small copies are on Drive."""

        def read(db: Db) -> tuple[int, list[PlacementId]]:
            if not renditions.owes(db):
                return 0, []
            small = renditions.small_ones(db, quiet, limit, self._account, wanted)
            return renditions.count_unsent(db, self._account), small

        quiet = self._roster.quiet_events()
        return await self._ledger.read(read)

    @property
    def _room(self) -> int:
        return self._at_once.limit - self._on_the_line()

    def _on_the_line(self) -> int:
        return sum(not one.answered for one in self.under_way.active.values())

    @property
    def _is_full(self) -> bool:
        """Whether Drive has no room: what needs none there goes on."""
        return not self._lane.is_open(sending=True)

    async def _due(self, *, any_size: bool = False) -> list[DriveTask]:
        """`any_size`: also what the day's budget keeps back, or has kept back a moment ago."""
        room = self._room
        if room <= 0:
            return []
        may_go = MayGo(
            now=clock.steady(),
            limit=room,
            old=self._share(room),
            busy=[*self.under_way.active, *([] if any_size else self._put_off.resting())],
            photos_busy=[one.task.photo for one in self.under_way.active.values() if not one.copied],
            quiet=self._roster.quiet_events(),
            most=None if any_size else self._line.most(),
            whole=WHOLE,
            lowers=self._line.metered,
            copies=self._sender.copies_sources,
            full=self._is_full,
            account=self._account,
        )
        return await self._ledger.read(drive_queue.due, may_go)

    def _share(self, room: int) -> int:
        """How many of the next are for what has waited long: one in four, though they begin one by one."""
        return (self.begun + room) // OLD_SHARE - self.begun // OLD_SHARE

    def _start(self, task: DriveTask, drive_id: DriveId) -> None:
        active = Active(task, drive_id, Meter(), copied=not self._budget.is_upload(task))
        self.under_way.active[task.placement] = active
        self._put_off.begin(task.placement)
        self._budget.begun(task.placement)
        self._line.bell.ring()
        running = asyncio.create_task(self._carry(active, drive_id), name=f"upload {task.placement}")
        self._tasks.add(running)
        running.add_done_callback(lambda done: self._ended(task.placement, done))

    def _ended(self, placement: PlacementId, done: asyncio.Task[None]) -> None:
        self._tasks.discard(done)
        if not done.cancelled() and done.exception() is not None:  # nothing that is known to go wrong
            log.error("upload.broken", placement=placement, error=repr(done.exception()))
            self._put_off.stumbled(placement, BROKEN_FOR)
        self._put_off.ended(placement)
        self.bell.ring()
        if not self.under_way.active:
            self._rested()

    # ---- one placement

    async def _carry(self, active: Active, drive_id: DriveId) -> None:
        task = active.task
        try:
            result = await self._sender.carry(task, drive_id, lambda sent: self._moved(active, sent))
            if result.outcome is Outcome.AGAIN and task.wanted:
                self._budget.promise(task)
            active.answered = True
            self.bell.ring()
            if result.outcome not in (Outcome.LOWERED, Outcome.WAITS):
                self._lane.succeeded(sending=task.creates and result.outcome is Outcome.VERIFIED)
            if result.outcome not in (Outcome.AGAIN, Outcome.IN_TRASH):
                self._put_off.went_well(task.placement)
            took = await self._ledger.write(record, task, drive_id, result, clock.wall())
            self.under_way.tally.took.add(took)
            self.under_way.tally.done += task.creates and result.outcome is Outcome.VERIFIED
            await self._after(task, result)
            if task.moves_from is not None or not task.wanted:
                self._left()
        except HeldBack:
            await self._ledger.write(asked.answered, drive_id)
        except DriveError as error:
            await self._failed(task, drive_id, error)
        finally:
            self.under_way.active.pop(task.placement, None)

    def _moved(self, active: Active, sent: int) -> None:
        more = sent - active.sent
        active.sent = sent
        if more > 0:
            active.meter.add(more)
            self.under_way.meter.add(more)
        self._line.check(active.task, sent)

    async def _after(self, task: DriveTask, result: Result) -> None:
        outcome = result.outcome
        if outcome is Outcome.IN_TRASH:
            self.under_way.tally.again += 1
            if not await self._doubt(task.folder, task.parent):
                self._put_off.stumbled(task.placement)
        elif outcome is Outcome.AGAIN:
            await self._stumble(task, NO_ID_DOES, clock.wall())
        elif outcome is Outcome.VERIFIED and task.made_as != ORIGINAL:
            await self._sender.sent(task)
        elif outcome is Outcome.WAITS:
            self._put_off.stumbled(task.placement, WAITS_FOR)
        elif outcome in (Outcome.NO_BYTES, Outcome.KEPT):
            only_there = outcome is Outcome.KEPT and result.name == ORIGINAL
            await self._count(task, ONLY_THERE if only_there else NO_BYTES, clock.wall())
            self._no_bytes(task)

    async def _failed(self, task: DriveTask, drive_id: DriveId, error: DriveError) -> None:
        """An outage waits with its lane, no attempt used up; a lost folder is made again; the rest is the photo's."""
        now = clock.wall()
        if error.ambiguous:
            await self._ledger.write(asked.lost, drive_id, clock.steady())
        else:
            await self._ledger.write(asked.answered, drive_id)
        log.info("upload.refused", placement=task.placement, kind=error.kind, status=error.status, detail=error.detail)
        if (
            error.next is not Next.WAIT_FOR_DISK and self._lane.report(error, sending=task.creates)
        ) or error.scope is Scope.SESSION:
            await self._stumble(task, error, now)
        elif error.next is Next.MAKE_FOLDER:
            await self._look_for_folder(task, drive_id, error)
        elif error.next is Next.ANOTHER_FOLDER and await self._roll_over(task.folder, task.parent):
            await self._stumble(task, error, now)
        elif (
            error.scope is Scope.DESTINATION
            and error.cause is Cause.PERMANENT
            and task.wanted
            and not self._put_off.is_wished(task.placement)
        ):
            self.under_way.tally.failed += 1
            await self._ledger.write(records.destination_refused, task, error, now, self._roster.is_aside)
        elif error.next is Next.READ_AGAIN:
            await self._count(task, error, now)
            self._no_bytes(task)
        elif error.next in (Next.NEW_ID, Next.COMPARE, Next.SEND_AGAIN):
            if error.next is Next.NEW_ID:
                await self._ids.distrust()
            await self._ledger.write(drive_queue.absent, task.placement, drive_id, now)
            await self._count(task, error, now)
        elif error.cause in (Cause.TRANSIENT, Cause.RATE) or error.next is Next.WAIT_FOR_DISK:
            await self._stumble(task, error, now)
        else:
            await self._count(task, error, now)

    async def _look_for_folder(self, task: DriveTask, drive_id: DriveId, error: DriveError) -> None:
        """Whether it is gone; where Drive refuses that look, this is what stands in the way."""
        try:
            await self._doubt(task.folder, task.parent)
        except DriveError as other:
            await self._failed(task, drive_id, other)
        else:
            await self._stumble(task, error, clock.wall())

    async def _stumble(self, task: DriveTask, error: DriveError, now: float) -> None:
        """Nobody's fault: tried again soon, then less soon, for ever; said aloud when it has been often."""
        self.under_way.tally.again += 1
        if self._put_off.stumbled(task.placement, error.retry_after) == STUMBLES_TOLD:
            await self._ledger.write(records.stumbles, task, error, now)

    async def _count(self, task: DriveTask, error: DriveError, now: float) -> None:
        """The photo's own fault: a few tries, then it is set aside and somebody is told. Where somebody said meanwhile
        that it is to be tried, it is, at once.
        """
        wished = self._put_off.is_wished(task.placement)
        if task.attempts + 1 >= self._attempts and not wished:
            self.under_way.tally.failed += 1
            await self._ledger.write(records.refused, task, error, now, self._roster.is_aside, again_at=None)
            return
        self.under_way.tally.again += 1
        waits = policy(error.cause, self._retry_delay)
        again_at = clock.steady() + (0.0 if wished else pause(waits, task.attempts + 1, error.retry_after))
        await self._ledger.write(records.refused, task, error, now, self._roster.is_aside, again_at=again_at)


def record(db: Db, task: DriveTask, drive_id: DriveId, result: Result, now: float) -> list[float]:
    """What came of it, durable in one transaction. Returns how many seconds it took, where the photo is whole by it."""
    asked.answered(db, drive_id, creates=task.creates)
    match result.outcome:
        case Outcome.VERIFIED:
            return records.verified(db, task, drive_id, result.name, now, result.at)
        case Outcome.TRASHED | Outcome.ABSENT | Outcome.THEIRS:
            trashed, theirs = (result.outcome is one for one in (Outcome.TRASHED, Outcome.THEIRS))
            records.taken_back(db, task, drive_id, now, in_trash=trashed, theirs=theirs)
        case Outcome.HERE:
            records.left_here(db, task, drive_id, now)
        case Outcome.LOWERED:
            doubt = task.drive is End.SENDING
            renditions.lower(db, task.placement, drive_id, task.made_as, result.name, in_doubt=doubt)
        case Outcome.AGAIN:
            drive_queue.new_id(db, task.placement, drive_id)
        case Outcome.WAITS if task.drive is not End.SENDING:
            drive_queue.new_id(db, task.placement, drive_id)
        case Outcome.NO_BYTES:
            drive_queue.nothing_there(db, task.placement, drive_id)
        case Outcome.KEPT if not task.wanted and task.drive is End.THERE:
            drive_queue.stays(db, task.placement, drive_id)
        case Outcome.WAITS | Outcome.IN_TRASH | Outcome.KEPT:
            pass
    return []
