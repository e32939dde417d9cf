"""The jobs' part: does what is due, one after the other; what was missed is done once, as soon as the machine is up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from agent import clock
from agent.clock import iso_or_none
from agent.errors import Cause, VenueError
from agent.ledger import Ledger, meta, troubles
from agent.ledger.counts import plural
from agent.ledger.sqlite.rows import Db, Row
from agent.ledger.troubles import Subject
from agent.requests.control import JobRow

log = structlog.get_logger(__name__)

LOOK_EVERY = 60.0  # seconds at most; a clock that was set, or sleep, is noticed so
LOOK_FOR_QUIET = 30.0  # seconds, where something waits for that alone
WAIT_LONGEST = 6 * 3600.0  # seconds that a night's job waits for photos to stop arriving
JOBS = {
    "mark": "mark events that were not listed in full for long",
    "list": "list the marked events in full",
    "end": "switch off events whose end date has passed",
    "people": "back up the list of people, where it changed",
    "backup": "back up the ledger",
    "retention": "let go what may not be kept: consents that ended, faces of nobody known",
    "cleanup": "remove old downloads, logs and thumbnails",
}
DAY = 86_400.0  # seconds
SAME_NIGHT = DAY / 2
CLOCK = Subject("clock", "this machine's clock")


async def always() -> bool:
    return True


async def nobody_says() -> float | None:
    return None


@dataclass(frozen=True, slots=True)
class Job:
    """`name` is one of `JOBS`; `quietly`: waits while photos arrive. `do` returns what came of it, in words.

    `ready`: whether it may be done now; until then it stays due. `by_date`: what it does goes by the day that it is,
    and is not for a clock that is wrong.
    """

    name: str
    when: When
    do: Callable[[], Awaitable[str]]
    quietly: bool = False
    ready: Callable[[], Awaitable[bool]] = always
    by_date: bool = False


class Jobs:
    """`is_quiet`: whether no photo has arrived for a while. `ahead`: seconds by which this machine's clock is ahead of
    one that is right; `None`: nobody says.
    """

    def __init__(
        self,
        ledger: Ledger,
        all_jobs: Sequence[Job],
        is_quiet: Callable[[], Awaitable[bool]],
        ahead: Callable[[], Awaitable[float | None]] = nobody_says,
    ) -> None:
        self._ahead = ahead
        self._ledger = ledger
        self._jobs = all_jobs
        self._is_quiet = is_quiet
        self._due: dict[str, float] = {}  # on the steady line, for what goes by no clock
        self._ready_since: dict[str, float] = {}  # the same, for what waits for quiet

    async def run(self) -> None:
        while True:
            await self.round()
            rows = await self._ledger.read(meta.jobs)
            due = [self._due_in(job, rows[job.name]) for job in self._jobs]
            await asyncio.sleep(min([LOOK_EVERY, *(left if left > 0 else LOOK_FOR_QUIET for left in due)]))

    def _plan(self, db: Db, now: float) -> dict[str, Row]:
        """A job that is new, or was made more frequent, is due when its setting says; a missed one at once.

        A clock that was set makes no job due a second time, and leaves none waiting for a day that has gone.
        """
        known = meta.jobs(db)
        for job in self._jobs:
            row = known.get(job.name)
            if row is None or row["next_at"] is None:
                meta.plan_job(db, job.name, job.when.following(now))
            elif job.name in self._due and not job.when.nightly:
                meta.plan_job(db, job.name, clock.shown(self._due[job.name]))
            elif row["next_at"] > (due := job.when.due_after(now, row["last_at"])):
                meta.plan_job(db, job.name, due)
        return meta.jobs(db)

    async def round(self) -> None:
        """Everything that is due now."""
        rows = await self._ledger.write(self._plan, clock.wall())
        for job in self._jobs:
            overdue = -self._due_in(job, rows[job.name])
            if overdue < 0 or not await job.ready():
                continue
            since = self._ready_since.setdefault(job.name, clock.steady() - overdue)
            if job.quietly and clock.steady() < since + WAIT_LONGEST and not await self._is_quiet():
                continue
            await self.do(job)

    def _due_in(self, job: Job, row: Row) -> float:
        """Seconds until it is due; less than 0 if it is overdue."""
        left = float(row["next_at"]) - clock.wall()
        if job.when.nightly:
            return left
        return self._due.setdefault(job.name, clock.steady() + left) - clock.steady()

    async def do(self, job: Job) -> None:
        try:
            if job.by_date:
                await self._believe_the_date()
            outcome = await job.do()
        except VenueError as error:
            outcome = f"{error.title}: {error.detail}"
        log.info("job.done", job=job.name, outcome=outcome)
        now = clock.wall()
        due = job.when.due_after(now, now)
        self._ready_since.pop(job.name, None)
        self._due[job.name] = clock.steady() + due - now
        await self._ledger.write(meta.job_done, job.name, now, due, outcome)

    async def _believe_the_date(self) -> None:
        """Much of what goes at night goes for good. Raises `VenueError`, told until a night at which it is right."""
        ahead = await self._ahead() or 0.0
        if ahead < DAY:
            await self._ledger.write(troubles.heal, CLOCK.key, clock.wall())
            return
        told = clock_is_ahead(ahead)
        await self._ledger.write(troubles.open_trouble, CLOCK, told, clock.wall(), "warning")
        raise told


def clock_is_ahead(seconds: float) -> VenueError:
    return VenueError(
        "This machine's clock is ahead",
        f"It is {plural(int(seconds / DAY), 'day')} ahead of Drive's: no event ends by it, and nobody's faces go",
        "Let the network set it: sudo timedatectl set-ntp true",
        cause=Cause.USAGE,
        kind="clock_ahead",
    )


def job_rows(db: Db) -> list[JobRow]:
    """Every job with its last and next run."""
    return [
        {
            "name": name,
            "what": JOBS.get(name, name),
            "last_at": iso_or_none(row["last_at"]),
            "next_at": iso_or_none(row["next_at"]),
            "outcome": row["outcome"],
        }
        for name, row in meta.jobs(db).items()
    ]


@dataclass(frozen=True, slots=True)
class When:
    """`following`: from a moment to the next due one, both wall time. `nightly`: by the clock, once a night.

    What is not nightly is so many seconds after its last run, whatever the clock says.
    """

    following: Callable[[float], float]
    nightly: bool = False

    def due_after(self, now: float, last: float | None) -> float:
        """When it is due, seen from now: not in the night that its last run was for, though the clock was set."""
        due = self.following(now)
        if self.nightly and last is not None and abs(due - self.following(last - DAY)) < SAME_NIGHT:
            due = self.following(due)
        return due


def every(hours: float) -> When:
    """So many hours from then."""
    return When(lambda now: now + hours * 3600)


def daily(at: str) -> When:
    """The next time that the clock shows `at` (02:00) where the event is."""
    hour, minute = (int(part) for part in at.split(":"))

    def following(now: float) -> float:
        here = datetime.fromtimestamp(now)  # noqa: DTZ006 - naive: a day of 23 hours ends at midnight all the same
        due = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (due if due > here else due + timedelta(days=1)).timestamp()

    return When(following, nightly=True)
