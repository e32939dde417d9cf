"""Fetching photos from sources: three at a time, resumed after a break, checked, then the same way as from Incoming.

What lies here already under the same bytes is not fetched again: the same photo from both sides is one photo.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from agent import clock
from agent.disk.atomic import room_beside
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError, contradicted
from agent.drive.reasons import Next
from agent.drive.transfers import MediaClient
from agent.errors import Cause, PhotoDefect
from agent.ledger import Ledger, downloads, syncs
from agent.ledger.downloads import Download
from agent.ledger.sqlite.rows import Db
from agent.model import DriveId, EventId, PhotoId
from agent.roster import Roster
from agent.running.transfers import Meter, UnderWay
from agent.running.waiting import LONGEST, Bell, PutOff, pause, policy
from agent.sync.arrivals import Arrival, done, has_source, is_known, join, missing, no_photo, no_room, refuse
from agent.sync.draft import Gone
from agent.sync.sources import drive_time, roots_of, time_in_name

log = structlog.get_logger(__name__)

LOOK_ANYWAY = 5.0  # seconds, should a ring be missed
NO_ROOM_FOR = 10.0  # seconds, for what does not fit
BROKEN_FOR = 60.0  # seconds, for a download that ended in no known way


@dataclass(slots=True)
class Active:
    task: Download
    meter: Meter
    received: int = 0
    fits: bool = False  # the disk has room for it


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched, as the pipeline takes it in: whose it is, where it lies, what it is called, when it came
    and was taken by its name.

    `joined` is called with its photo in the transaction that makes it one.
    """

    event: EventId
    source: str
    path: Path
    name: str
    arrived_at: float
    taken_at: str | None
    camera: str
    joined: Callable[[Db, PhotoId], None]


class Downloader:
    """`take_in` is the pipeline's: it makes the file a photo and returns which; `plan` plans one that is here already.

    `replaces`: whether, in an event, other content in the same file takes the old photo's place. `gone` says what
    becomes of photos that disappeared while they were fetched. `may_fetch`: whether the disk has room;
    `keep_free`: bytes that stay free; `room` is called when it had none for what came. `others`: events that another
    one fetches for; `let_go` is called when something of such a one is under way here no more, `look_anew` when a
    source is to be looked at.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        client: DriveClient,
        media: MediaClient,
        lane: DriveLane,
        *,
        folder: Path,
        at_once: int,
        attempts: int,
        retry_delay: float,
        replaces: Callable[[EventId], bool],
        gone: Gone,
        may_fetch: Callable[[], bool],
        keep_free: int,
        room: Callable[[], None],
        take_in: Callable[[Fetched], Awaitable[PhotoId | None]],
        plan: Callable[[EventId, PhotoId], Awaitable[None]],
        others: Callable[[], Sequence[EventId]],
        let_go: Callable[[], None],
        look_anew: Callable[[], None],
        beside: UnderWay[int, Active] | None,
    ) -> None:
        """`beside`: see `UnderWay`."""
        self._others = others
        self._let_go = let_go
        self._look_anew = look_anew
        self.bell = Bell()
        self.under_way: UnderWay[int, Active] = UnderWay(beside)
        self.begun = 0  # downloads
        self._ledger = ledger
        self._roster = roster
        self._client = client
        self._media = media
        self._lane = lane
        self._folder = folder
        self._at_once = at_once
        self._attempts = attempts
        self._retry_delay = retry_delay
        self._replaces = replaces
        self._gone = gone
        self._may_fetch = may_fetch
        self._keep_free = keep_free
        self._room = room
        self._take_in = take_in
        self._plan = plan
        self._tasks: set[asyncio.Task[None]] = set()
        self._put_off: PutOff[int] = PutOff()

    def go_on(self) -> None:
        """Drive can be used again, or somebody asks: nothing waits any more, nor does what is on its way and fails."""
        self._put_off.wish()
        self.bell.ring()

    async def run(self) -> None:
        """Fetch until cancelled; what is under way goes on behind what has come, next time."""
        try:
            while True:
                await self._lane.open()
                if not self._may():
                    await self.bell.wait(LOOK_ANYWAY)
                    continue
                asked_at = clock.steady()
                if not await self._begin():
                    await self.bell.wait(await self._pause(asked_at))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pause(self, asked_at: float) -> float:
        """Until the next one may be tried of those that were not due at `asked_at`."""
        due_at = await self._ledger.read(downloads.next_download_at, asked_at)
        due_in = None if due_at is None else due_at - clock.steady()
        waits = [one for one in (due_in, self._put_off.next_in(asked_at)) if one is not None]
        return max(0.05, min([LOOK_ANYWAY, *waits]))

    async def _begin(self) -> int:
        tasks = await self._due()
        self.begun += len(tasks)
        for task in tasks:
            self.under_way.active[task.id] = Active(task, Meter())
            self._put_off.begin(task.id)
            running = asyncio.create_task(self._carry(self.under_way.active[task.id]), name=f"download {task.id}")
            self._tasks.add(running)
            running.add_done_callback(lambda done, task=task: self._ended(task, done))
        return len(tasks)

    async def waits(self) -> bool:
        return self._may() and self._lane.is_open() and bool(await self._due())

    def _may(self) -> bool:
        return not self._roster.switches.all and self._may_fetch()

    async def _due(self) -> list[Download]:
        room = self._at_once - len(self.under_way.active)
        if room <= 0:
            return []
        contents = [one.task.content for one in self.under_way.active.values()]
        busy = [*self.under_way.of_all, *self._put_off.resting()]
        others = self._others()
        return await self._ledger.read(downloads.downloads_due, busy, contents, clock.steady(), room, others)

    def _ended(self, task: Download, done: asyncio.Task[None]) -> None:
        self._tasks.discard(done)
        if not done.cancelled() and done.exception() is not None:  # nothing that is known to go wrong
            log.error("download.broken", download=task.id, error=repr(done.exception()))
            self._put_off.stumbled(task.id, BROKEN_FOR)
        self._put_off.ended(task.id)
        self.bell.ring()
        if task.event in self._others():
            self._let_go()

    # ---- one file

    async def _carry(self, active: Active) -> None:
        task = active.task
        try:
            known = await self._ledger.read(downloads.known_photo, task.md5, task.bytes)
            if not has_source(task, self._roster.events()):  # on a full disk it could not be forgotten here
                await self._ledger.write(is_known, task, self._roster.events)
            elif known is not None:
                await self._ledger.write(join, self._arrival(task), known, clock.wall(), self._roster.events)
                await self._plan(task.event, known)
            elif not await self._fits(active):
                self._put_off.stumbled(task.id, NO_ROOM_FOR)
                return
            else:
                await self._fetch(active)
                self.under_way.tally.done += 1
                self.under_way.tally.took.add([max(0.0, clock.wall() - task.seen_at)])
            self._put_off.went_well(task.id)
        except DriveError as error:
            await self._failed(task, error)
        except PhotoDefect as error:
            await self._failed(task, DriveError(error.title, error.detail, error.remedy))
        finally:
            self.under_way.active.pop(task.id, None)

    async def _fits(self, active: Active) -> bool:
        """Whether the disk has room for it, beside what is on its way; that it has none for it alone is told once."""
        task, part = active.task, self._part(active.task)
        await asyncio.to_thread(part.parent.mkdir, parents=True, exist_ok=True, mode=0o700)
        left = await asyncio.to_thread(room_beside, part, task.bytes) - self._keep_free
        if left < 0:
            await self._ledger.write(no_room, task, -left, clock.wall(), self._roster.is_aside)
        coming = sum(one.task.bytes - one.received for one in self.under_way.active.values() if one.fits)
        active.fits = left >= coming
        return active.fits

    def _part(self, task: Download) -> Path:
        return self._folder / task.event / f".{task.content}-{task.md5}.part"

    async def _fetch(self, active: Active) -> None:
        task = active.task
        part = self._part(task)
        folder = part.parent
        self._media.learn_key(task.content, task.resource_key)
        try:
            await self._media.download(
                task.content,
                part,
                task.bytes,
                task.md5,
                lambda received: self._moved(active, received),
                keep_free=self._keep_free,
            )
        except DriveError as error:
            if error.next not in (Next.GONE, Next.SEND_AGAIN):
                raise
            found = await self._client.find(task.content)
            if found is None or (error.next is Next.SEND_AGAIN and found.md5 == task.md5):
                raise
            if not self._begins_at(task):
                await self._ledger.write(downloads.is_otherwise, task, found.md5, found.size or 0, clock.wall())
            raise contradicted(error) from error  # it is there though, or another file is: the feed will tell
        self._lane.succeeded()
        path = folder / f"{task.content}-{task.md5[:8]}{suffix(task.name)}"
        lay_here = await asyncio.to_thread(path.exists)  # with the same bytes, and as a photo that waits for a yes
        await asyncio.to_thread(part.replace, path)
        taken = time_in_name(task.name) or drive_time(task.made_at)
        arrival = self._arrival(task, str(path.relative_to(self._folder.parent)))

        def joined(db: Db, photo: PhotoId) -> None:
            done(db, arrival, photo, clock.wall())

        fetched = Fetched(task.event, task.source, path, task.name, task.seen_at, taken, task.camera, joined)
        try:
            taken = await self._take_in(fetched)
        except PhotoDefect:  # nobody knows of that file, and it is fetched anew
            with suppress(OSError):
                await asyncio.to_thread(path.unlink, missing_ok=True)
            raise
        if taken is not None or await self._ledger.write(no_photo, arrival, clock.wall(), self._roster.events):
            return
        if not lay_here:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def _arrival(self, task: Download, path: str | None = None) -> Arrival:
        return Arrival(task, path, self._replaces(task.event), self._gone)

    def _moved(self, active: Active, received: int) -> None:
        more = received - active.received
        active.received = received
        if more > 0:
            active.meter.add(more)
            self.under_way.meter.add(more)

    async def _failed(self, task: Download, error: DriveError) -> None:
        """An outage waits with its lane; what was removed meanwhile is gone; the rest is this file's own. What somebody
        said meanwhile to be tried is, at once.
        """
        now, wished = clock.wall(), self._put_off.is_wished(task.id)
        log.info("download.refused", download=task.id, kind=error.kind, status=error.status, detail=error.detail)
        outage = error.cause in (Cause.TRANSIENT, Cause.RATE)
        no_room = error.next is Next.WAIT_FOR_DISK
        if no_room:
            self._room()
        if no_room or self._lane.report(error) or outage:
            self.under_way.tally.again += 1
            self._put_off.stumbled(task.id, error.retry_after)
        elif error.cause is Cause.MISSING:
            await self._missing(task, now)
        elif not wished and (task.attempts + 1 >= self._attempts or (error.retry_after or 0.0) > LONGEST):
            self.under_way.tally.failed += 1
            await self._ledger.write(refuse, task, error, now, self._roster.is_aside)
        else:
            self.under_way.tally.again += 1
            waits = policy(error.cause, self._retry_delay)
            until = clock.steady() + (0.0 if wished else pause(waits, task.attempts + 1, error.retry_after))
            await self._ledger.write(downloads.put_off_download, task, until)

    async def _missing(self, task: Download, now: float) -> None:
        """Drive does not show it. Where its source cannot be seen as a whole, that is found out before it is safe."""
        roots = self._begins_at(task)
        in_doubt = await self._ledger.read(syncs.is_in_doubt, task.source)  # it is found out anyway
        try:
            folders = await self._client.get_all([] if in_doubt else map(DriveId, roots))
        except DriveError as error:
            self._lane.report(error)
            self._put_off.stumbled(task.id, error.retry_after)
            return
        lost = in_doubt or any(one is None or one.trashed for one in folders.values())
        if not await self._ledger.write(missing, self._arrival(task), now, lost=lost, told=bool(roots)):
            self._put_off.stumbled(task.id)
        if lost:
            self._look_anew()

    def _begins_at(self, task: Download) -> list[str]:
        """The folders at which its source begins, if that is looked at; else no feed tells of it."""
        looked_at = [one for event in self._roster.events() if event.id == task.event for one in event.looked_at]
        return [folder for one in looked_at if one.id == task.source for folder in roots_of(one)]


def suffix(name: str) -> str:
    """The extension, if it is a plain one; the rest of the name is not used for a path."""
    extension = name.rpartition(".")[2].lower()
    return f".{extension}" if extension.isascii() and extension.isalnum() and len(extension) <= 5 else ""
