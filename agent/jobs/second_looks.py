"""Looks again, in idle time, at photos where somebody may have been missed, or whose encodings an older engine made.

The first look has to keep up with the cameras; this one may take a second or two a photo, one photo at a time, and only
while nothing else waits for the workers. What it finds is filed like everything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from agent import clock
from agent.faces.results import Depth, LookError
from agent.faces.workers import FaceWorkers
from agent.ledger import Ledger, disk_queue, faces, meta, photos, sightings
from agent.ledger.faces import SecondLook
from agent.ledger.sqlite.rows import Db, Row
from agent.model import PhotoId
from agent.people.planner import Planner
from agent.pipeline import Pipeline
from agent.running.waiting import Bell
from agent.steps import looked

log = structlog.get_logger(__name__)

CALM = 2.0  # seconds without a first look, before idle time begins
LOOK_EVERY = 5.0  # seconds
LATER = 30.0  # seconds, where the engine or a file could not be had
PUT_OFF = 600.0  # seconds until that photo's turn comes again: others may be had


class SecondLooks:
    """`closely` false: only what another engine encoded is looked at again. `planned`, `stale`: as the pipeline's."""

    def __init__(
        self,
        ledger: Ledger,
        planner: Planner,
        workers: FaceWorkers,
        pipeline: Pipeline,
        *,
        closely: bool = True,
        planned: Callable[[], None] = lambda: None,
        stale: Callable[[Sequence[Path]], None] = lambda _: None,
    ) -> None:
        self.bell = Bell()
        self._planned = planned
        self._stale = stale
        self._ledger = ledger
        self._planner = planner
        self._workers = workers
        self._pipeline = pipeline
        self._closely = closely
        self._put_off: dict[PhotoId, float] = {}  # until when, on the steady line

    def go_on(self) -> None:
        """Somebody wants that what could not be had is tried again: nothing waits any more."""
        self._put_off.clear()
        self.bell.ring()

    async def run(self) -> None:
        """One photo after the other while there is nothing else to do, until cancelled."""
        while True:
            if not await self._idle() or not await self.step():
                await self.bell.wait(LOOK_EVERY)

    async def _idle(self) -> bool:
        """Whether no photo waits for its first look, now and a moment later."""
        for pause in (CALM, 0.0):
            waiting = await self._ledger.read(faces.next_due_at)
            due = waiting is not None and waiting <= clock.steady()  # what cannot be read is put off for ever
            if due or self._pipeline.looking or self._pipeline.paused or self._workers.waiting:
                return False
            await asyncio.sleep(pause)
        return True

    async def step(self) -> bool:
        """Look at the next photo again. Returns whether there was one."""
        now = clock.steady()
        self._put_off = {photo: until for photo, until in self._put_off.items() if until > now}
        row = await self._ledger.read(faces.next_of_another_engine, self._planner.engine, [*self._put_off])
        if row is not None:
            await self._again(row, Depth.CLOSE if row["closely"] else Depth.WHOLE, None)
            return True
        if not self._closely:
            return False
        while await self._ledger.write(faces.decide_second_looks):
            pass
        row = await self._ledger.read(faces.next_second_look, [*self._put_off])
        if row is None:
            return False
        photo = PhotoId(row["id"])
        if not row["of_its_own"]:
            await self._ledger.write(faces.put_second_look, photo, "none")
            return True
        closely = row["second"] == "wanted" or await self._ledger.read(faces.has_fewer_faces, photo)
        await self._again(row, Depth.CLOSE if closely else Depth.WHOLE, "done")
        return True

    async def _again(self, row: Row, depth: Depth, then: SecondLook | None) -> None:
        """One photo, and the boundary around it: one that cannot be looked at stays as it is."""
        photo, engine = PhotoId(row["id"]), self._planner.engine
        path = await self._pipeline.path_of(photo)
        if path is None:
            await self._away(photo, then)
            return
        self._put_off_for_a_while(photo)  # before: whoever asks amid this look is answered by another
        try:
            seen = await self._workers.look(path, str(row["sha256"]), depth)
        except LookError as error:
            await self._not_seen(photo, path, error, then)
            return
        self._put_off.pop(photo, None)
        found = looked(seen, engine)

        def record(db: Db, now: float) -> None:
            new = faces.record_again(db, photo, found, second=then is not None)
            if then is not None:
                faces.put_second_look(db, photo, then)
                note(db, photo, new, now)

        await self._planner.after(photo, record, may_remove=True)
        self._planned()

    async def _away(self, photo: PhotoId, then: SecondLook | None) -> None:
        """It lies at none of its places: they may be on a share that is away, and its turn comes again."""
        if await self._ledger.write(leave_if_nowhere, photo, self._planner.engine, then):
            return
        self._put_off_for_a_while(photo)
        await self.bell.wait(LATER)

    def _put_off_for_a_while(self, photo: PhotoId) -> None:
        """The longer, the more are: before all of those have their turn again, each one behind them has had its own."""
        self._put_off[photo] = clock.steady() + PUT_OFF * (1 + len(self._put_off) / 10)

    async def _not_seen(self, photo: PhotoId, path: Path, error: LookError, then: SecondLook | None) -> None:
        log.info("second_look.failed", photo=photo, detail=error.detail)
        if error.photos_own:
            self._put_off.pop(photo, None)
            await self._ledger.write(leave, photo, self._planner.engine, then)
            return
        self._stale([path])
        await self.bell.wait(LATER)


def note(db: Db, photo: PhotoId, new: int, now: float) -> None:
    if not new:
        return
    more = "one more face" if new == 1 else f"{new} more faces"
    for row in photos.in_events(db, photo):
        meta.note_activity(db, "found", f"{row.name}: {more} at a second look", now, row.event, row.id)


def leave(db: Db, photo: PhotoId, engine: str, then: SecondLook | None) -> None:
    if then is None:
        faces.leave_with_engine(db, photo, engine)
    else:
        faces.put_second_look(db, photo, "none")


def leave_if_nowhere(db: Db, photo: PhotoId, engine: str, then: SecondLook | None) -> bool:
    """Whether no place of it is known at all, so that nobody looks at it again."""
    nowhere = not (sightings.originals(db, photo) or disk_queue.filed_paths(db, photo))
    if nowhere:
        leave(db, photo, engine, then)
    return nowhere
