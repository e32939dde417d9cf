"""Where the mark of a list stands: on a thing, not on a row, so that it stays with it when the order changes.

Pure, so that every move is testable. Rows stand still while the mark walks: a list is shown a page at a time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """`key` names what is marked, `index` is where that stood when it was last seen."""

    key: Hashable | None = None
    index: int = 0

    def on(self, keys: Sequence[Hashable], *, newest_first: bool = False) -> Mark:
        """The mark in a list as it is now: with its thing, else where that stood.

        `newest_first`: on the first row it stays there, so that what is new is seen.
        """
        if not keys:
            return Mark(None, 0)
        if newest_first and self.index == 0:
            return Mark(keys[0], 0)
        if 0 <= self.index < len(keys) and keys[self.index] == self.key:
            return self
        if self.key is not None and self.key in keys:
            return Mark(self.key, keys.index(self.key))
        index = min(max(0, self.index), len(keys) - 1)
        return Mark(keys[index], index)

    def move(self, rows: int, keys: Sequence[Hashable]) -> Mark:
        """So many rows further down; it stops at the ends."""
        here = self.on(keys)
        return Mark(None, min(len(keys) - 1, max(0, here.index + rows))).on(keys) if keys else here

    def window(self, rows: int, count: int) -> range:
        """Which rows are in sight."""
        if rows <= 0:
            return range(0)
        first = min(self.index, max(0, count - 1)) // rows * rows
        return range(first, min(count, first + rows))
