"""Looks again, in idle time, at photos where somebody may have been missed, or whose encodings an older engine made.

The first look has to keep up with the cameras; this one may take a second or two a photo, one photo at a time, and only
while nothing else waits for the workers. What it finds is filed like everything else.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import structlog

from agent.bell import Bell
from agent.faces.faults import LookError
from agent.faces.seen import Depth
from agent.faces.workers import FaceWorkers
from agent.ledger import Ledger, activity, faces, photos, second_looks
from agent.ledger.second_looks import Second
from agent.model import PhotoId
from agent.people.planner import Planner
from agent.pipeline import Pipeline, looked

log = structlog.get_logger(__name__)

CALM = 2.0  # seconds without a first look, before idle time begins
LOOK_EVERY = 5.0  # seconds
LATER = 30.0  # seconds, where the engine or a file could not be had


class SecondLooks:
    """`closely` false: only what another engine encoded is looked at again."""

    def __init__(
        self, ledger: Ledger, planner: Planner, workers: FaceWorkers, pipeline: Pipeline, *, closely: bool = True
    ) -> None:
        self.bell = Bell()
        self.planned: Callable[[], None] = lambda: None  # the router and the lanes are told
        self._ledger = ledger
        self._planner = planner
        self._workers = workers
        self._pipeline = pipeline
        self._closely = closely

    async def run(self) -> None:
        """One photo after the other while there is nothing else to do, until cancelled."""
        while True:
            if not await self._idle() or not await self.step():
                await self.bell.wait(LOOK_EVERY)

    async def _idle(self) -> bool:
        """Whether no photo waits for its first look, now and a moment later."""
        for pause in (CALM, 0.0):
            waiting = await self._ledger.read(faces.next_due_at)
            if waiting is not None or self._pipeline.looking or self._pipeline.paused or self._workers.waiting:
                return False
            await asyncio.sleep(pause)
        return True

    async def step(self) -> bool:
        """Look at the next photo again. Answers whether there was one."""
        row = await self._ledger.read(second_looks.by_another_engine, self._planner.engine)
        if row is not None:
            await self._again(row, Depth.CLOSE if row["closely"] else Depth.WHOLE, None)
            return True
        if not self._closely:
            return False
        while await self._ledger.write(second_looks.decide):
            pass
        row = await self._ledger.read(second_looks.following)
        if row is None:
            return False
        photo = PhotoId(row["id"])
        if not row["of_its_own"]:
            await self._ledger.write(second_looks.put, photo, "none")
            return True
        closely = row["second"] == "wanted" or await self._ledger.read(second_looks.has_fewer, photo)
        await self._again(row, Depth.CLOSE if closely else Depth.WHOLE, "done")
        return True

    async def _again(self, row: sqlite3.Row, depth: Depth, then: Second | None) -> None:
        """One photo, and the boundary around it: one that cannot be looked at stays as it is."""
        photo, engine = PhotoId(row["id"]), self._planner.engine
        path = await self._pipeline.path_of(photo)
        if path is None:
            await self._ledger.write(leave, photo, engine, then)
            return
        try:
            seen = await self._workers.look(path, str(row["sha256"]), depth)
        except LookError as error:
            await self._not_seen(photo, path, error, then)
            return
        found = looked(seen, engine)

        def record(db: sqlite3.Connection, now: float) -> None:
            new = faces.record_again(db, photo, found, second=then is not None)
            if then is not None:
                second_looks.put(db, photo, then)
                note(db, photo, new, now)

        await self._planner.after(photo, record, may_remove=True)
        self.planned()

    async def _not_seen(self, photo: PhotoId, path: Path, error: LookError, then: Second | None) -> None:
        log.info("second_look.failed", photo=photo, detail=error.detail)
        if error.photos_own:
            await self._ledger.write(leave, photo, self._planner.engine, then)
            return
        self._pipeline.then.stale([path])
        await asyncio.sleep(LATER)


def note(db: sqlite3.Connection, photo: PhotoId, new: int, now: float) -> None:
    if not new:
        return
    more = "one more face" if new == 1 else f"{new} more faces"
    for row in photos.in_events(db, photo):
        activity.note(db, "found", f"{row.name}: {more} at a second look", now, row.event, row.id)


def leave(db: sqlite3.Connection, photo: PhotoId, engine: str, then: Second | None) -> None:
    if then is None:
        second_looks.leave_with(db, photo, engine)
    else:
        second_looks.put(db, photo, "none")
