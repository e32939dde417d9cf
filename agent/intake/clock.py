"""The clocks by which files are judged: one that people and files go by, two that nobody sets.

Passed in, so that tests can let a night pass; a machine that slept shows as the latter two parting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from agent import clock


@dataclass(frozen=True, slots=True)
class Clock:
    """`wall` and `steady` as `agent.clock` has them; `monotonic` stands still while the machine sleeps."""

    wall: Callable[[], float] = clock.wall
    steady: Callable[[], float] = clock.steady
    monotonic: Callable[[], float] = time.monotonic

    def moment(self) -> Moment:
        return Moment(self.wall(), self.steady())


@dataclass(frozen=True, slots=True)
class Moment:
    wall: float
    steady: float

    def age(self, changed_at: float) -> float:
        """Seconds since a change on this machine, or as few as they can be where the clock was set."""
        return clock.age(changed_at, self.wall, self.steady)


SYSTEM_CLOCK = Clock()
