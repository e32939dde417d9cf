"""The jobs' part: does what is due, one after the other; what was missed is done once, as soon as the machine is up."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from agent.errors import VenueError
from agent.jobs.clock import When
from agent.ledger import Ledger, jobs
from agent.service_events import JobRow
from agent.times import iso_or_none

log = structlog.get_logger(__name__)

LOOK_EVERY = 60.0  # seconds at most; a clock that was set, or sleep, is noticed so
WAIT_LONGEST = 6 * 3600.0  # seconds that a night's job waits for photos to stop arriving


@dataclass(frozen=True, slots=True)
class Job:
    """`name` is one of `JOBS`; `quietly`: waits while photos arrive. `do` answers what came of it, in words."""

    name: str
    when: When
    do: Callable[[], Awaitable[str]]
    quietly: bool = False


class Jobs:
    """`is_quiet`: whether no photo has arrived for a while."""

    def __init__(self, ledger: Ledger, all_jobs: Sequence[Job], is_quiet: Callable[[], Awaitable[bool]]) -> None:
        self._ledger = ledger
        self._jobs = all_jobs
        self._is_quiet = is_quiet

    async def run(self) -> None:
        await self._ledger.write(self._plan, time.time())
        while True:
            await self.round()
            rows = await self._ledger.read(jobs.rows)
            due = min((rows[job.name]["next_at"] for job in self._jobs), default=time.time() + LOOK_EVERY)
            await asyncio.sleep(max(1.0, min(LOOK_EVERY, due - time.time())))

    def _plan(self, db: sqlite3.Connection, now: float) -> None:
        """A job that is new, or was made more frequent, is due when its setting says; a missed one at once."""
        known = jobs.rows(db)
        for job in self._jobs:
            usual = job.when(now)
            row = known.get(job.name)
            if row is None or row["next_at"] is None or row["next_at"] > usual:
                jobs.plan(db, job.name, usual)

    async def round(self) -> None:
        """Everything that is due now."""
        rows = await self._ledger.read(jobs.rows)
        for job in self._jobs:
            due = rows[job.name]["next_at"]
            if due > time.time():
                continue
            if job.quietly and time.time() < due + WAIT_LONGEST and not await self._is_quiet():
                continue
            await self.do(job)

    async def do(self, job: Job) -> None:
        try:
            outcome = await job.do()
        except VenueError as error:
            outcome = f"{error.title}: {error.detail}"
        log.info("job.done", job=job.name, outcome=outcome)
        now = time.time()
        await self._ledger.write(jobs.done, job.name, now, job.when(now), outcome)


JOBS = {
    "mark": "mark events that were not listed in full for long",
    "list": "list the marked events in full",
    "end": "switch off events whose end date has passed",
    "cleanup": "remove old downloads, logs and thumbnails",
}


def job_rows(db: sqlite3.Connection) -> list[JobRow]:
    """Every job with its last and next run."""
    return [
        {
            "name": name,
            "what": JOBS.get(name, name),
            "last_at": iso_or_none(row["last_at"]),
            "next_at": iso_or_none(row["next_at"]),
            "outcome": row["outcome"],
        }
        for name, row in jobs.rows(db).items()
    ]
