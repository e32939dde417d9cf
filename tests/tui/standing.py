"""A clock that stands until a test moves it, for the agent and the monitor alike."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from agent import clock as clocks

DAY = "2026-11-20"


def at(clock: str, day: str = DAY) -> float:
    """That time of the made-up evening, in the machine's zone."""
    return time.mktime(time.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M:%S"))


class Clock:
    """Seconds since 1970, `now` until a test lets time pass; `set_by`: somebody has set it, and none has passed."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.set_by = 0.0

    def __call__(self) -> float:
        return self.now + self.set_by


class _Time:
    """The module `time` as `agent.clock` sees it: both its lines, `wall` and `steady`, stand at the clock's time.

    Where it was set, only what people read goes by that.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        return self._clock()

    def clock_gettime(self, _which: int) -> float:
        return self._clock.now - clocks._BEGAN

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@contextmanager
def standing(clock: Clock) -> Generator[None]:
    """The agent's code in this process goes by that clock meanwhile."""
    before = clocks.time
    clocks.time = _Time(clock)  # type: ignore[assignment]
    try:
        yield
    finally:
        clocks.time = before
