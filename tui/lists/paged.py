"""Pages of a long list, as far as they are kept: 500 rows at most, the others are asked for again when the mark comes.

Pure: whoever has it asks for `wanted` and hands the answer to `take`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

Row = TypeVar("Row")

PAGE, KEPT = 100, 5  # rows in a page, pages kept


@dataclass(frozen=True, slots=True)
class Ask:
    """The page to fetch: its number and the id below which it begins; 0: from the newest on."""

    page: int
    before: int


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """Neighbouring pages, `first` the number of the first one. `starts[n]`: the id below which page n begins."""

    pages: tuple[tuple[Row, ...], ...] = ()
    first: int = 0
    starts: tuple[int, ...] = (0,)
    more: bool = True  # after the last one
    known: bool = field(default=False)  # whether anything was answered yet

    @property
    def rows(self) -> list[Row]:
        return [row for page in self.pages for row in page]

    def wanted(self, index: int) -> Ask | None:
        """The page that is needed next while the mark stands on row `index` of `rows`; None: all is here."""
        count = sum(len(page) for page in self.pages)
        if not self.pages:
            return Ask(0, 0) if self.more else None
        if self.more and index >= count - PAGE // 4:
            last = self.first + len(self.pages)
            return Ask(last, self.starts[last])
        if self.first and index < PAGE // 4:
            return Ask(self.first - 1, self.starts[self.first - 1])
        return None

    def take(self, ask: Ask, rows: Sequence[Row], last_id: int, more: bool) -> Paged[Row]:
        """With this page in it; what is too much goes at the other end. `last_id`: of the page's last row."""
        page = tuple(rows)
        if ask.page == self.first - 1:
            kept = (page, *self.pages)[:KEPT]
            return replace(self, pages=kept, first=ask.page, more=self.more or len(self.pages) >= KEPT, known=True)
        if ask.page != self.first + len(self.pages):
            return self  # an answer to an older question
        starts = (*self.starts[: ask.page + 1], last_id)
        pages = (*self.pages, page)
        dropped = max(0, len(pages) - KEPT)
        return Paged(pages[dropped:], self.first + dropped, starts, more, True)

    def begin_with(self, rows: Sequence[Row]) -> Paged[Row]:
        """New rows before the first one, while that is here; a page takes them until it is full twice over."""
        if self.first or not self.known:
            return self
        head = (*rows, *(self.pages[0] if self.pages else ()))
        return replace(self, pages=(head[: 2 * PAGE], *self.pages[1:])) if len(head) <= 2 * PAGE else self
