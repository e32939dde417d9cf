"""What crosses the line just now, up or down, and how fast."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from agent.running.tally import Tally

Number = TypeVar("Number", bound=int)
Transfer = TypeVar("Transfer")

WINDOW = 5.0  # seconds over which a rate is taken
GRAIN = 0.25  # seconds that are summed up in one entry


class Meter:
    """Bytes a second over the last seconds, without storing every block."""

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


class UnderWay(Generic[Number, Transfer]):
    """What is being transferred just now, by number, how fast all of it is, and how it ended so far.

    Where Drive is off, nothing ever is.
    """

    def __init__(self, beside: UnderWay[Number, Transfer] | None = None) -> None:
        """`beside`: another account's, with which it is counted together."""
        self.active: dict[Number, Transfer] = {}
        self._all: list[UnderWay[Number, Transfer]] = [] if beside is None else beside._all
        self._all.append(self)
        self.meter = Meter() if beside is None else beside.meter
        self.tally = Tally() if beside is None else beside.tally

    @property
    def of_all(self) -> list[Number]:
        """What is by any account: an event may have gone to another one meanwhile."""
        return [number for one in self._all for number in one.active]

    @property
    def moves(self) -> bool:
        return bool(self.active) or self.meter.rate() > 0


class AllUnderWay(Generic[Number, Transfer]):
    """The same of all accounts; `each` returns theirs, the first one always."""

    def __init__(self, each: Callable[[], Sequence[UnderWay[Number, Transfer]]]) -> None:
        self._each = each

    @property
    def active(self) -> Mapping[Number, Transfer]:
        return {number: one for each in self._each() for number, one in each.active.items()}

    @property
    def meter(self) -> Meter:
        return self._each()[0].meter

    @property
    def tally(self) -> Tally:
        return self._each()[0].tally

    @property
    def moves(self) -> bool:
        return any(one.moves for one in self._each())
