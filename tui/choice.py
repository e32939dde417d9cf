"""Choosing photos: what is offered, what is taken, and where the mark stands. Pure, so that every key is testable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.photo_search import Found


@dataclass(frozen=True, slots=True)
class Choice:
    offered: tuple[Found, ...] = ()
    taken: tuple[Found, ...] = ()  # in the order of taking
    mark: int = 0

    @property
    def marked(self) -> Found | None:
        return self.offered[self.mark] if self.mark < len(self.offered) else None

    @property
    def paths(self) -> list[str]:
        return [found.path for found in self.taken]

    def offer(self, found: Sequence[Found]) -> Choice:
        """Other offers; the mark goes to the first, unless nothing changed."""
        offered = tuple(found)
        return self if offered == self.offered else replace(self, offered=offered, mark=0)

    def move(self, rows: int) -> Choice:
        last = max(0, len(self.offered) - 1)
        return replace(self, mark=min(last, max(0, self.mark + rows)))

    def take(self, photos: Sequence[Found]) -> Choice:
        """Each photo once; folders are gone into, never taken."""
        new = [photo for photo in photos if not photo.folder and photo not in self.taken]
        return replace(self, taken=(*self.taken, *new))

    def toggle(self, index: int) -> Choice:
        """Take the photo of this row, or put it back."""
        if not 0 <= index < len(self.offered):
            return self
        photo = self.offered[index]
        marked = replace(self, mark=index)
        if photo in self.taken:
            return replace(marked, taken=tuple(taken for taken in self.taken if taken != photo))
        return marked.take([photo])

    def window(self, rows: int) -> range:
        """Which offers are in sight: a page at a time, so that rows stand still while the mark walks."""
        first = self.mark // rows * rows if rows > 0 else 0
        return range(first, min(len(self.offered), first + rows))
