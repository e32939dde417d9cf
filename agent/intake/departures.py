"""Files that are gone, told in the right order: after what arrived before they went.

A rename is an arrival and a departure. Told the other way round, a photo would for a moment lie nowhere, and be
given up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

PATIENCE = 10.0  # seconds after which a departure is told, whatever is still arriving


class _Departure(NamedTuple):
    order: int
    noted_at: float


@dataclass(slots=True)
class Departures:
    """Paths at which a known file was, in the order in which they were missed. Times are monotonic seconds."""

    patience: float = PATIENCE
    _paths: dict[str, _Departure] = field(default_factory=dict[str, _Departure])

    def note(self, path: str, order: int, now: float) -> None:
        """`path` is gone; arrivals with a number below `order` came before that."""
        self._paths.setdefault(path, _Departure(order, now))

    def ripe(self, oldest_arrival: int | None, now: float) -> list[str]:
        """Take out those that may be told: `oldest_arrival` is the number of the oldest file not handed on yet."""
        ripe: list[str] = []
        for path, departure in self._paths.items():
            waits = oldest_arrival is not None and oldest_arrival < departure.order
            if waits and now - departure.noted_at < self.patience:
                break  # those after it came later, and wait as well
            ripe.append(path)
        for path in ripe:
            del self._paths[path]
        return ripe

    def next_at(self) -> float | None:
        """When the first one is told at the latest."""
        return next((departure.noted_at + self.patience for departure in self._paths.values()), None)
