"""A limit in megabits a second, shared by all transfers of one direction, changeable while they run.

A token bucket that may be overdrawn by one piece: who takes waits until the debt is paid, so the average holds exactly.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PIECE = 262_144  # bytes handed over at once where there is no limit
SMALLEST = 8_192
BURST = 0.1  # seconds' worth of bytes that may go at once


class Bandwidth:
    """`mbps` 0: no limit."""

    def __init__(self, mbps: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rate = 0.0  # bytes a second
        self._credit = 0.0  # bytes; below zero: a debt
        self._at = clock()
        self._changed = asyncio.Event()
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
