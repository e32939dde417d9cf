"""How fast: how many calls of an account may be under way, when nobody may begin, and bytes a second each way.

Additive increase, multiplicative decrease: Google's real limits are not known, they differ by project and year, so the
pace is found by going faster until a rate answer comes. Folders and small calls go before bytes.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from enum import IntEnum

from tenacity import wait_random_exponential

from agent.drive.errors import DriveError
from agent.drive.reasons import Scope
from agent.running.waiting import pause

START = 8  # calls in flight
GROW_AFTER = 20  # successes
LONGEST = 1800.0  # seconds of a pause, whatever Drive, or who answers in its place, asks for
CALM = 300.0  # seconds without a rate answer, before more go at once because the line wants it
SLOWED = wait_random_exponential(multiplier=1, max=64)  # seconds, by rate answers in a row


class Priority(IntEnum):
    """Who goes first."""

    SMALL = 0  # folders and other metadata
    BYTES = 1  # a photo, for seconds or minutes


class Limiter:
    """`limit` calls at once, and for small ones half as many more: a folder never waits for a photo's last byte."""

    def __init__(self, maximum: int = 16, *, start: int = START, clock: Callable[[], float] = time.monotonic) -> None:
        self._maximum = max(1, maximum)
        self._limit = min(start, self._maximum)
        self._wider = 0
        self._clock = clock
        self._in_flight = 0
        self._successes = 0
        self._bursts = 0  # rate answers in a row, for the length of the next pause
        self._slowed_at = float("-inf")
        self._paused_until = float("-inf")
        self._waiting: dict[Priority, deque[asyncio.Future[None]]] = {one: deque() for one in Priority}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def limit(self) -> int:
        return self._limit + self._wider

    @property
    def waiting(self) -> int:
        """Calls that wait for their turn."""
        return sum(map(len, self._waiting.values()))

    @property
    def pause_left(self) -> float:
        """Seconds until anybody may begin; 0 when there is no pause."""
        return max(0.0, self._paused_until - self._clock())

    def widen(self, by: int) -> bool:
        """So many more at once, as the line wants it; `False`, and none, where Drive asked for less a while ago."""
        may = self._clock() - self._slowed_at >= CALM
        self._wider = by if may else 0
        self._admit()
        return may

    @asynccontextmanager
    async def slot(self, priority: Priority) -> AsyncGenerator[None]:
        """A turn for one call. How the call ends tells the limiter: a rate answer slows everybody down."""
        await self._enter(priority)
        began = self._clock()
        try:
            yield
        except DriveError as error:
            if error.scope is Scope.RATE:
                error.retry_after = self.refused(error.retry_after, began)
            raise
        else:
            self.succeeded(began)
        finally:
            self._in_flight -= 1
            self._admit()

    def succeeded(self, began: float) -> None:
        """A call that `began` then went well: one more at once after every twenty; after a pause, the next is short."""
        if began >= self._paused_until:
            self._bursts = 0
        self._successes += 1
        if self._successes >= GROW_AFTER:
            self._successes = 0
            self._limit = min(self._limit + 1, self._maximum)

    def refused(self, retry_after: float | None, began: float | None = None) -> float:
        """A rate answer to a call that `began` then. Returns the pause in seconds that everybody keeps from now.

        The limit is halved once for a burst: an answer to a call begun before the last halving only prolongs the pause.
        """
        now = self._clock()
        if began is None or began >= self._slowed_at:
            self._limit = max(1, self._limit // 2)
            self._wider = 0
            self._bursts += 1
            self._slowed_at = now
        self._successes = 0
        wait = pause(SLOWED, self._bursts) if retry_after is None else min(retry_after, LONGEST)
        self._paused_until = max(self._paused_until, now + wait)
        return self.pause_left

    # ---- whose turn it is

    def _may_begin(self, priority: Priority) -> bool:
        if self.pause_left:
            return False
        extra = max(1, self.limit // 2) if priority is Priority.SMALL else 0
        return self._in_flight < self.limit + extra

    async def _enter(self, priority: Priority) -> None:
        if self._may_begin(priority) and not any(self._waiting[one] for one in Priority if one <= priority):
            self._in_flight += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[priority].append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # its turn had come: the next one has it
                self._in_flight -= 1
                self._admit()
            else:
                with suppress(ValueError):
                    self._waiting[priority].remove(turn)
            raise

    def _admit(self) -> None:
        for priority in Priority:
            queue = self._waiting[priority]
            while queue and self._may_begin(priority):
                turn = queue.popleft()
                if not turn.done():
                    self._in_flight += 1
                    turn.set_result(None)
        if self.pause_left and self.waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.pause_left + 0.001, self._pause_ended)

    def _pause_ended(self) -> None:
        self._timer = None
        self._admit()


PIECE = 262_144  # bytes handed over at once where there is no limit
SMALLEST = 8_192
BURST = 0.1  # seconds' worth of bytes that may go at once


class Bandwidth:
    """A limit in megabits a second, shared by all transfers of one direction, changeable while they run; 0: none.

    A token bucket that may be overdrawn by one piece: who takes waits until the debt is paid, so the average holds
    exactly.
    """

    def __init__(self, mbps: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rate = 0.0  # bytes a second
        self._credit = 0.0  # bytes; below zero: a debt
        self._at = clock()
        self._changed = asyncio.Event()
        self.total = 0  # bytes that were taken
        self.set_limit(mbps)

    def set_limit(self, mbps: float) -> None:
        """Another limit, at once, also for those who wait."""
        self._rate = mbps * 1_000_000 / 8
        self._credit = min(self._credit, self._rate * BURST)
        self._at = self._clock()
        self._changed.set()

    @property
    def mbps(self) -> float:
        """The limit in force; 0: none."""
        return self._rate * 8 / 1_000_000

    @property
    def piece(self) -> int:
        """Bytes to take at once, so that a slow line is not used in bursts."""
        return PIECE if not self._rate else max(SMALLEST, min(PIECE, int(self._rate * BURST)))

    async def take(self, count: int) -> None:
        """Wait until `count` bytes may go."""
        self.total += count
        if not self._rate:
            return
        self._refill()
        self._credit -= count
        while self._rate and self._credit < 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(-self._credit / self._rate):
                    await self._changed.wait()
            except TimeoutError:
                return  # the debt at this taker's time is paid; later takers pay for themselves
            self._refill()

    def _refill(self) -> None:
        now = self._clock()
        self._credit = min(self._credit + (now - self._at) * self._rate, self._rate * BURST)
        self._at = now
