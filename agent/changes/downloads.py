"""Fetching photos from sources: three at a time, resumed after a break, checked, then the same way as from Incoming.

What lies here already under the same bytes is not fetched again: the same photo from both sides is one photo.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from agent.bell import Bell
from agent.changes.cameras import drive_time, time_in_name
from agent.changes.fetched import Fetched
from agent.changes.gone import take_out
from agent.drive.errors import DriveError
from agent.drive.lane import DriveLane
from agent.drive.media import MediaClient
from agent.errors import Cause
from agent.ledger import Ledger, downloads, held, photos, sources, troubles
from agent.ledger.downloads import Download
from agent.ledger.troubles import Subject
from agent.model import EventId, PhotoId
from agent.pauses import OUTAGE, pause, policy
from agent.roster import Roster
from agent.uploads.meter import Meter

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0  # seconds, should a ring be missed


@dataclass(slots=True)
class Active:
    task: Download
    meter: Meter
    received: int = 0


class Downloader:
    """`take_in` is the pipeline's: it makes the file a photo and answers which; `plan` plans one that is here already.

    `replaces`: whether, in an event, other content in the same file takes the old photo's place. `may_fetch`: whether
    the disk has room.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        media: MediaClient,
        lane: DriveLane,
        *,
        folder: Path,
        at_once: int,
        attempts: int,
        retry_delay: float,
        replaces: Callable[[EventId], bool],
        may_fetch: Callable[[], bool],
        take_in: Callable[[Fetched], Awaitable[PhotoId | None]],
        plan: Callable[[PhotoId], Awaitable[None]],
    ) -> None:
        self.bell = Bell()
        self.active: dict[int, Active] = {}
        self.meter = Meter()
        self._ledger = ledger
        self._roster = roster
        self._media = media
        self._lane = lane
        self._folder = folder
        self._at_once = at_once
        self._attempts = attempts
        self._retry_delay = retry_delay
        self._replaces = replaces
        self._may_fetch = may_fetch
        self._take_in = take_in
        self._plan = plan
        self._tasks: set[asyncio.Task[None]] = set()
        self._stumbles: dict[int, int] = {}

    async def run(self) -> None:
        """Fetch until cancelled; what is under way goes on behind what has come, next time."""
        try:
            while True:
                if self._roster.switches.all or not self._may_fetch():
                    await self.bell.wait(LOOK_EVERY)
                    continue
                await self._lane.open()
                if not await self._begin():
                    await self.bell.wait(await self._pause())
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pause(self) -> float:
        now = time.time()
        due = await self._ledger.read(downloads.next_due_at, now)
        return LOOK_EVERY if due is None else max(0.05, min(LOOK_EVERY, due - now))

    async def _begin(self) -> int:
        room = self._at_once - len(self.active)
        if room <= 0:
            return 0
        contents = [one.task.content for one in self.active.values()]
        tasks = await self._ledger.read(downloads.due, list(self.active), contents, time.time(), room)
        for task in tasks:
            self.active[task.id] = Active(task, Meter())
            running = asyncio.create_task(self._carry(self.active[task.id]), name=f"download {task.id}")
            self._tasks.add(running)
            running.add_done_callback(self._ended)
        return len(tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("download.broken", error=repr(task.exception()))
        self.bell.ring()

    # ---- one file

    async def _carry(self, active: Active) -> None:
        task = active.task
        try:
            known = await self._ledger.read(downloads.known_photo, task.md5, task.bytes)
            if known is not None:
                await self._ledger.write(join, task, known, time.time(), self._replaces(task.event))
                await self._plan(known)
            else:
                await self._fetch(active)
            self._stumbles.pop(task.id, None)
        except DriveError as error:
            await self._failed(task, error)
        finally:
            self.active.pop(task.id, None)

    async def _fetch(self, active: Active) -> None:
        task = active.task
        folder = self._folder / task.event
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
        part = folder / f".{task.content}-{task.md5}.part"
        self._media.learn_key(task.content, task.resource_key)
        await self._media.download(
            task.content, part, task.bytes, task.md5, lambda received: self._moved(active, received)
        )
        self._lane.succeeded()
        path = folder / f"{task.content}-{task.md5[:8]}{suffix(task.name)}"
        await asyncio.to_thread(part.replace, path)
        taken = time_in_name(task.name) or drive_time(task.made_at)
        fetched = Fetched(task.event, task.source, path, task.name, task.seen_at, taken, task.camera)
        photo = await self._take_in(fetched)
        below = str(path.relative_to(self._folder.parent))
        await self._ledger.write(done, task, photo, below, time.time(), self._replaces(task.event))

    def _moved(self, active: Active, received: int) -> None:
        more = received - active.received
        active.received = received
        if more > 0:
            active.meter.add(more)
            self.meter.add(more)

    async def _failed(self, task: Download, error: DriveError) -> None:
        """An outage waits with its lane; what was removed meanwhile is gone; the rest is this file's own."""
        now = time.time()
        log.info("download.refused", download=task.id, kind=error.kind, status=error.status, detail=error.detail)
        outage = error.cause in (Cause.TRANSIENT, Cause.RATE) or error.kind == "disk_full"
        if (error.kind != "disk_full" and self._lane.report(error)) or outage:
            times = self._stumbles[task.id] = self._stumbles.get(task.id, 0) + 1
            until = now + pause(OUTAGE, times, error.retry_after)
            await self._ledger.write(downloads.put_off, task.id, until, count=False)
        elif error.cause is Cause.MISSING:
            await self._ledger.write(downloads.gone, task.id, now)
        elif task.attempts + 1 >= self._attempts:
            await self._ledger.write(refuse, task, error, now)
        else:
            waits = policy(error.cause, self._retry_delay)
            until = now + pause(waits, task.attempts + 1, error.retry_after)
            await self._ledger.write(downloads.put_off, task.id, until, count=True)


def join(db: sqlite3.Connection, task: Download, photo: PhotoId, now: float, replace: bool) -> None:
    """The bytes are here already: the photo is one of this event's, too."""
    photos.record_in_event(db, task.event, photo, task.name, task.seen_at)
    photos.note_camera(db, task.event, photo, task.camera)
    held.back(db, task.event, photo)
    done(db, task, photo, None, now, replace)


def done(
    db: sqlite3.Connection, task: Download, photo: PhotoId | None, path: str | None, now: float, replace: bool
) -> None:
    """The bytes are a photo here. Where the file had others before, that photo may give way to it."""
    downloads.done(db, task.id, photo, path, now)
    troubles.heal(db, f"download:{task.id}", now)
    if photo is not None:
        held.back(db, task.event, photo)
    if not replace or task.before is None or task.before == photo:
        return
    before = sources.nowhere_else(db, task.event, task.before)
    if before is not None:
        take_out(db, before, now)


def refuse(db: sqlite3.Connection, task: Download, error: DriveError, now: float) -> None:
    downloads.fail(db, task.id)
    told = DriveError(
        error.title, f"{task.name}: {error.detail}", error.remedy, cause=error.cause, kind="download_failed"
    )
    troubles.open_trouble(db, Subject(f"download:{task.id}", task.name, task.event), told, now)


def suffix(name: str) -> str:
    """The extension, if it is a plain one; the rest of the name is not used for a path."""
    extension = name.rpartition(".")[2].lower()
    return f".{extension}" if extension.isascii() and extension.isalnum() and len(extension) <= 5 else ""
