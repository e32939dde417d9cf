"""What nobody is to blame for and is tried again later: each thing for itself, and all at once when the line is back.

Kept here and not in the ledger: an agent that starts again may try everything at once, and no clock has a say.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from agent.pauses import OUTAGE, pause

K = TypeVar("K", bound=int)


class PutOff(Generic[K]):
    """By number: how often each stumbled in a row, and until when it rests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stumbles: dict[K, int] = {}
        self._until: dict[K, float] = {}

    def stumbled(self, key: K, at_least: float | None = None) -> int:
        """It rests, longer each time. Answers how often it has stumbled in a row."""
        times = self._stumbles[key] = self._stumbles.get(key, 0) + 1
        self._until[key] = self._clock() + pause(OUTAGE, times, at_least)
        return times

    def went_well(self, key: K) -> None:
        self._stumbles.pop(key, None)
        self._until.pop(key, None)

    def resting(self) -> list[K]:
        """What is not to be tried now."""
        now = self._clock()
        self._until = {key: until for key, until in self._until.items() if until > now}
        return list(self._until)

    def next_in(self) -> float | None:
        """Seconds until the next one may be tried."""
        return None if not self._until else max(0.0, min(self._until.values()) - self._clock())

    def end(self) -> None:
        """The line is back: everything may be tried at once."""
        self._until.clear()
