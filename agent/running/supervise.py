"""What watches over all that runs: parts that die or stand still, small work besides, the event loop, the clock.

A part that dies is logged, shown, and started again with growing pauses; the others go on.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from types import CoroutineType
from typing import Any, Protocol, cast

import structlog

from agent import clock
from agent.clock import span
from agent.disk.atomic import disk_trouble
from agent.errors import VenueError
from agent.ledger import Ledger, meta, troubles
from agent.ledger.meta import Anchor
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.running.waiting import DEATH, patient, pause

log = structlog.get_logger(__name__)

HEALTHY_AFTER = 30.0  # seconds that a part has to run for its next death to count as its first
STANDSTILL_AFTER = float(os.environ.get("VENUESYNC_STANDSTILL_AFTER", "60"))  # seconds; tests have less time
STANDSTILL_LOOKS = 12  # in that time: what is counted is time in which the agent itself ran
TICK = 0.5  # seconds between looks at the loop: each wakes the machine
LATE = 1.0  # seconds that the loop is late, told at once
WORTH_A_WORD = 0.2  # seconds, in the account of each minute
TELL_EVERY = 60.0  # seconds
FRAMES = 6  # of what holds it up
LOOK_EVERY = 1.0  # seconds between looks at the clock
STEP = 2.0  # seconds by which it has to be set to be worth a word
HOLD_EVERY = 60.0  # seconds between times that the place of the steady line is kept


async def supervise(
    name: str, run: Callable[[], Awaitable[None]], ledger: Ledger, deaths_of: Counter[str], work: Work | None = None
) -> None:
    """Run a part until it is done or cancelled, again after each death. What it writes waits for a full disk.

    Each death is counted in `deaths_of`. `work`: what it can be seen to do; if it does nothing for a minute while
    something waits, that is a death.
    """
    deaths = 0
    with patient():
        while True:
            began = time.monotonic()
            later = asyncio.get_running_loop().call_later(HEALTHY_AFTER, healthy, ledger, name)
            try:
                await (run() if work is None else live(run, work, lambda: ledger.trouble is None))
                healthy(ledger, name)
                return
            except Exception as error:
                log.exception("part.died", part=name)
                deaths_of[name] += 1
                show_death(ledger, name, error)
            finally:
                later.cancel()
            deaths = 1 if time.monotonic() - began > HEALTHY_AFTER else deaths + 1
            await asyncio.sleep(pause(DEATH, deaths))


def show_death(ledger: Ledger, name: str, error: Exception) -> None:
    """A dead part is a trouble, as soon as the ledger can hold one; nobody waits for that. Of several tasks of it the
    first that failed says why.
    """
    while isinstance(error, ExceptionGroup):
        error = cast(ExceptionGroup[Exception], error).exceptions[0]
    if isinstance(error, OSError) and error.filename is not None:
        error = disk_trouble(error)
    detail = str(error) if isinstance(error, VenueError) else f"{type(error).__name__}: {error}"
    told = VenueError(f"The {name} stopped", detail, "Nothing to do: it is started again", kind="part_died")
    ledger.submit(troubles.open_trouble, Subject(f"part:{name}", name), told, clock.wall())


def healthy(ledger: Ledger, name: str) -> None:
    ledger.submit(troubles.heal, f"part:{name}", clock.wall())


# ---- a part that does nothing though work waits is taken for one that has died: it is ended, and begins anew. Nothing
# is known to make one stand still; should it happen once, an evening must not wait for somebody who notices.


class Work(Protocol):
    """What a part can be seen to do."""

    @property
    def begun(self) -> int:
        """How many things it took up so far."""
        ...

    async def waits(self) -> bool:
        """Whether it could take up one more at this moment, and nothing that it knows of stands in its way."""
        ...


async def live(run: Callable[[], Awaitable[None]], work: Work, may: Callable[[], bool]) -> None:
    """Run a part until it ends. Raises `VenueError` where it stood still; the part has ended then. `may`: it could."""
    task = asyncio.ensure_future(run())
    try:
        still, before = 0, work.begun
        while not (await asyncio.wait({task}, timeout=STANDSTILL_AFTER / STANDSTILL_LOOKS))[0]:
            still = still + 1 if may() and work.begun == before and await work.waits() else 0
            before = work.begun
            if still >= STANDSTILL_LOOKS:
                log.error("part.standstill", at=awaited(task))
                raise VenueError(
                    "It stood still", f"for {STANDSTILL_AFTER:g} seconds, while work waited", kind="part_stalled"
                )
        task.result()
    finally:
        task.cancel()
        await asyncio.wait({task})


def awaited(task: asyncio.Future[None]) -> str:
    """What a task waits in, the innermost last."""
    found: list[str] = []
    one: object = task.get_coro() if isinstance(task, asyncio.Task) else None
    while isinstance(one, CoroutineType):
        found.append(one.cr_code.co_qualname)
        one = one.cr_await
    return " > ".join(found)


# ---- small work besides


class Errands:
    """Work behind a call that does not wait for it. None outlives the agent, none fails unseen."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin it. What it raises is logged."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("errand.failed", errand=task.get_name(), exc_info=error)

    async def close(self) -> None:
        """End those that are under way."""
        await end_all(self._tasks)


async def end_all(tasks: set[asyncio.Task[None]], seconds: float | None = None) -> None:
    """Cancel whatever of these is not ending already, and wait for all, for so long at most."""
    ending = set(tasks)
    for task in ending:
        if not task.cancelling():  # cancelled twice, it could not put down what it has in hand
            task.cancel()
    if ending:
        await asyncio.wait(ending, timeout=seconds)


# ---- the event loop


class LoopWatch:
    """Tells the log how late the loop was at worst in each minute, and at once of a second and more.

    Every part, command and screen waits for it, so that what blocks it for seconds looks like a fault of all others.
    """

    def __init__(self) -> None:
        self._at = time.monotonic()  # when it came by last
        self._worst, self._worst_before = 0.0, 0.0

    @property
    def worst(self) -> float:
        """Seconds that the loop was late at worst, in this minute and the one before."""
        return max(self._worst, self._worst_before)

    async def run(self) -> None:
        over = threading.Event()
        threading.Thread(target=self._look, args=(threading.get_ident(), over), name="loop watch", daemon=True).start()
        told_at = time.monotonic()
        try:
            while True:
                self._at = began = time.monotonic()
                await asyncio.sleep(TICK)
                late = time.monotonic() - began - TICK
                self._worst = max(self._worst, late)
                if late >= LATE:
                    log.warning("loop.late", seconds=round(late, 1))
                if began - told_at >= TELL_EVERY:
                    if self._worst >= WORTH_A_WORD:
                        log.info("loop.lag", worst=round(self._worst, 2))
                    self._worst, self._worst_before, told_at = 0.0, self._worst, began
        finally:
            over.set()

    def _look(self, loop: int, over: threading.Event) -> None:
        """On a thread of its own: while the loop is held up, say by what, once."""
        told = 0.0
        while not over.wait(LATE / 2):
            at = self._at
            if at != told and time.monotonic() - at >= LATE + TICK:
                told = at
                log.warning("loop.held_up", by=stack_of(loop))


def stack_of(thread: int) -> str:
    """What a thread is at, the innermost call last."""
    frame = sys._current_frames().get(thread)  # pyright: ignore[reportPrivateUsage] - documented, for this
    found = traceback.extract_stack(frame)[-FRAMES:] if frame is not None else []
    return " > ".join(f"{one.filename.rpartition('/')[2]}:{one.lineno} {one.name}" for one in found)


# ---- the clock


class ClockWatch:
    """Says when somebody set the machine's clock, and keeps where the steady line is; `stepped` is called then.

    Nothing waits by the clock, so nothing has to be put right when it steps; but people read times, and should know.
    """

    def __init__(self, ledger: Ledger, stepped: Callable[[], None]) -> None:
        self._ledger = ledger
        self._stepped = stepped

    async def run(self) -> None:
        before, held = clock.stepped(), clock.steady()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = clock.stepped()
            if abs(now - before) >= STEP:
                log.warning("clock.stepped", seconds=round(now - before, 1))
                await self._ledger.write(say_stepped, now - before, clock.wall(), here())
                self._stepped()
            elif clock.steady() - held >= HOLD_EVERY:
                await self._ledger.write(meta.keep_steady_line, here())
            else:
                continue
            before, held = now, clock.steady()


def here() -> Anchor:
    """Where the steady line is now."""
    return Anchor(clock.steady(), clock.wall(), clock.boot(), clock.uptime())


def say_stepped(db: Db, seconds: float, now: float, line: Anchor) -> None:
    meta.keep_steady_line(db, line)
    way = "forward" if seconds > 0 else "back"
    meta.note_activity(db, "clock", f"This machine's clock was set {way} by {span(abs(seconds))}", now)
