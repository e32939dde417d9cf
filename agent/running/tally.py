"""What one run of the agent counts of itself: how often something was done, and how long it took.

It begins at zero with the process, as whoever watches it for months expects; what outlives that stands in the ledger.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf

BOUNDS = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 28_800.0, inf)  # seconds


class Durations:
    """How many took so long. What is kept does not grow."""

    def __init__(self) -> None:
        self.seconds = 0.0  # of all
        self._counts = [0] * len(BOUNDS)

    def add(self, took: Iterable[float]) -> None:
        for seconds in took:
            self._counts[bisect_left(BOUNDS, seconds)] += 1
            self.seconds += seconds

    def up_to(self) -> list[tuple[float, int]]:
        """Each bound, and how many took no longer."""
        return list(zip(BOUNDS, accumulate(self._counts), strict=True))


@dataclass(slots=True)
class Tally:
    """How tries ended."""

    done: int = 0
    again: int = 0  # to be tried again
    failed: int = 0  # until somebody asks
    took: Durations = field(default_factory=Durations)
