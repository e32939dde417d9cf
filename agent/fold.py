"""Equal log lines are folded: the first is written, the others are counted and told in one line.

Trouble that comes round and round would push everything else out of the log. What differs only in its values (a photo,
an address) is told some times before it is counted, too.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

WINDOW = 10.0  # seconds
ALIKE = 50  # lines of one event in a window, each with values of its own
KINDS = 500  # events that are remembered at once
TOLD = "log_fold"  # marks a line of ours


@dataclass(slots=True)
class Seen:
    """One event in its window."""

    since: float
    lines: set[int]  # hashes of those that were written
    level: int
    event: str
    left_out: int = 0


class Fold(logging.Filter):
    """For a handler. Lets a line through, or counts it; `tell` says what was counted, at the window's end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, int, str], Seen] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        if hasattr(record, TOLD):
            return True
        event, line = words_of(record)
        key = (record.name, record.levelno, event)
        now = self._clock()
        with self._lock:
            over = self._take_over(now)
            seen = self._seen.get(key)
            if seen is None:
                if len(self._seen) >= KINDS:
                    oldest = next(iter(self._seen))
                    over.append((oldest[0], self._seen.pop(oldest)))
                seen = self._seen[key] = Seen(now, set(), record.levelno, event)
            written = line not in seen.lines and len(seen.lines) < ALIKE
            if written:
                seen.lines.add(line)
            else:
                seen.left_out += 1
        say(over)
        return written

    def tell(self, *, everything: bool = False) -> None:
        """Say what was counted in windows that are over, or in all."""
        with self._lock:
            over = self._take_over(float("inf") if everything else self._clock())
        say(over)

    def _take_over(self, now: float) -> list[tuple[str, Seen]]:
        """The windows that are over; they were begun in this order."""
        over: list[tuple[str, Seen]] = []
        for key, seen in list(self._seen.items()):
            if now - seen.since < WINDOW:
                break
            over.append((key[0], self._seen.pop(key)))
        return over


def say(over: list[tuple[str, Seen]]) -> None:
    for name, seen in over:
        if seen.left_out:
            text = f"{seen.event}: {seen.left_out:,} times more in {WINDOW:g} s"
            logging.getLogger(name).log(seen.level, "%s", text, extra={TOLD: True})


def words_of(record: logging.LogRecord) -> tuple[str, int]:
    """What happened, and a hash of the same with all its values."""
    said: Any = record.msg
    if isinstance(said, dict):  # ours, by structlog
        entry = cast(dict[str, Any], said)
        values = sorted((key, str(value)) for key, value in entry.items() if key not in ("timestamp", "level"))
        return str(entry.get("event", "")), hash(tuple(values))
    return str(said).partition("\n")[0], hash(record.getMessage())  # a library's values stand in lines of their own
