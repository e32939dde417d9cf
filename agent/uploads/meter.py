"""How fast bytes move: a rate over the last seconds, without storing every block."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW = 5.0  # seconds
GRAIN = 0.25  # seconds that are summed up in one entry


class Meter:
    """Bytes a second over the last seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: deque[tuple[float, int]] = deque()
        self.total = 0

    def add(self, count: int) -> None:
        now = self._clock()
        self.total += count
        if self._entries and now - self._entries[-1][0] < GRAIN:
            at, before = self._entries[-1]
            self._entries[-1] = (at, before + count)
        else:
            self._entries.append((now, count))
        self._drop(now)

    def rate(self) -> float:
        now = self._clock()
        self._drop(now)
        if not self._entries:
            return 0.0
        span = max(GRAIN, min(WINDOW, now - self._entries[0][0] + GRAIN))
        return sum(count for _, count in self._entries) / span

    def _drop(self, now: float) -> None:
        while self._entries and now - self._entries[0][0] > WINDOW:
            self._entries.popleft()
