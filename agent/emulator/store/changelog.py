"""The change log: one live entry an item in each log, oldest first.

A newer change takes the older entry's place at the end, so that a reader sees each item once, as it is now. A user has
a log, and so has a shared drive.
"""

from collections.abc import Iterable
from typing import NamedTuple

from agent.emulator.clock import Clock
from agent.emulator.store.database import Database


class Entry(NamedTuple):
    seq: int
    item: str
    kind: str  # file | drive
    at: float
    removed: int


class ChangeLog:
    """Tokens are positions: the next entry a reader has not seen."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.lag = 0.0  # seconds until an entry is seen

    def record(self, logs: Iterable[str], item: str, *, removed: bool = False, kind: str = "file") -> None:
        at = self._clock.now()
        self._database.many(
            "INSERT OR REPLACE INTO changes (log, item, kind, at, removed) VALUES (?, ?, ?, ?, ?)",
            [(log, item, kind, at, int(removed)) for log in logs],
        )

    def head(self) -> int:
        """The position after all that can be seen by now."""
        if self.lag > 0:
            hidden = self._database.value("SELECT min(seq) FROM changes WHERE at > ?", (self._clock.now() - self.lag,))
            if hidden is not None:
                return hidden
        return self._end()

    def _end(self) -> int:
        last = self._database.value("SELECT seq FROM sqlite_sequence WHERE name = 'changes'")
        return (last or 0) + 1

    def page(self, log: str, start: int, end: int, limit: int) -> list[Entry]:
        rows = self._database.execute(
            "SELECT seq, item, kind, at, removed FROM changes WHERE log = ? AND seq >= ? AND seq < ? "
            "ORDER BY seq LIMIT ?",
            (log, start, end, limit),
        )
        return list(map(Entry._make, rows))

    def jump(self) -> int:
        """Skips a position, so that every token given out so far lies behind it; returns the first good one."""
        self.record(["nobody"], "nothing")
        return self._end()
