"""`ListPane`: entries with a mark that keys, wheel and clicks move; the mark, and pages of a long list."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Callable, Hashable, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.draw import BLANK, Part, Row, heading, row_width, width_of
from tui.state import View
from tui.widgets.rows import Pane

Entry = TypeVar("Entry")


# ---- the mark: on a thing, not on a row, so that it stays with it when the order changes
# Pure, so that every move is testable. Rows stand still while the mark walks: a list is shown a page at a time.


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
        """Which rows are in sight: a page, the last one as full as the others."""
        if rows <= 0:
            return range(0)
        first = min(self.index, max(0, count - 1)) // rows * rows
        return range(max(0, min(first, count - rows)), min(count, first + rows))


# ---- pages of a long list, as far as they are kept: 500 rows at most; others are asked for when the mark comes
# Pure: whoever has it asks for `wanted` and hands the answer to `take`.

PAGE, KEPT = 100, 5  # rows in a page, pages kept


@dataclass(frozen=True, slots=True)
class Ask:
    """The page to fetch: its number and the id below which it begins; 0: from the newest on."""

    page: int
    before: int


@dataclass(frozen=True, slots=True)
class Paged(Generic[Entry]):
    """Neighbouring pages, `first` the number of the first one. `starts[n]`: the id below which page n begins."""

    pages: tuple[tuple[Entry, ...], ...] = ()
    first: int = 0
    starts: tuple[int, ...] = (0,)
    before: int = 0  # rows of those that went before the first one
    more: bool = True  # after the last one
    known: bool = field(default=False)  # whether anything was answered yet

    @property
    def rows(self) -> list[Entry]:
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

    def take(self, ask: Ask, rows: Sequence[Entry], last_id: int, more: bool) -> Paged[Entry]:
        """With this page in it; what is too much goes at the other end. `last_id`: of the page's last row."""
        page = tuple(rows)
        if ask.page == self.first - 1:
            kept, before = (page, *self.pages)[:KEPT], self.before - len(page)
            more = self.more or len(self.pages) >= KEPT
            return replace(self, pages=kept, first=ask.page, before=before, more=more, known=True)
        if ask.page != self.first + len(self.pages):
            return self  # an answer to an older question
        starts = (*self.starts[: ask.page + 1], last_id)
        pages = (*self.pages, page)
        dropped = max(0, len(pages) - KEPT)
        before = self.before + sum(len(page) for page in pages[:dropped])
        return Paged(pages[dropped:], self.first + dropped, starts, before, more, True)

    def place(self, index: int) -> str:
        """`41 of 150`, `41 of 500+`: of row `index` of `rows` among all."""
        count = self.before + sum(len(page) for page in self.pages)
        return f"{self.before + index + 1:,} of {count:,}{'+' if self.more else ''}"


WHEEL = 3  # rows
MOVES = frozenset({"up", "down", "pageup", "pagedown", "home", "end", "tab", "shift+tab"})  # and does nothing else
OWN = 10.0  # seconds after a key in which what becomes of the marked one counts as that key's doing
BAR = 2  # cells that the scroll bar takes, where there is one


class ListPane(Pane, Generic[Entry], can_focus=True):
    """`entries`, `key` and the `draw_…` are the subclass's; the mark shows while the list has the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "mark(-1)", "Up", id="mark_up", tooltip="Mark the row above", show=False),
        Binding("down", "mark(1)", "Down", id="mark_down", tooltip="Mark the row below", show=False),
        Binding("pageup", "mark_page(-1)", "Page up", id="mark_page_up", tooltip="A page up", show=False),
        Binding("pagedown", "mark_page(1)", "Page down", id="mark_page_down", tooltip="A page down", show=False),
        Binding("home", "mark_end(-1)", "First", id="mark_first", tooltip="Mark the first row", show=False),
        Binding("end", "mark_end(1)", "Last", id="mark_last", tooltip="Mark the last row", show=False),
        Binding("enter", "open", "Open", id="open_marked", tooltip="Open the marked row"),
    ]

    SCROLLS: ClassVar[bool] = True  # else only its beginning is of interest: it has no scroll bar
    ALWAYS: ClassVar[bool] = False  # keys act on its mark whichever list has them
    NEWEST_FIRST: ClassVar[bool] = False  # then the first row stays in sight until somebody goes further down

    @dataclass
    class Told(Message):
        """Something about an entry of this list."""

        pane: ListPane[Any]
        entry: Any

        @property
        def control(self) -> ListPane[Any]:
            return self.pane

    class Opened(Told):
        """It is to be opened."""

    class Marked(Told):
        """The mark stands on it now."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.mark = Mark()
        self.scrolls = False  # whether there are more than are in sight
        self._page = 1  # rows of entries in sight
        self._slipped_at = -math.inf
        self._told: Hashable | None = None  # key of the entry that was told last
        self._pressed: tuple[Hashable, float] = (None, 0.0)  # on which entry a key was pressed last, and when
        self._has_keys_since = -math.inf
        self._click_gives_keys = False

    # ---- what the subclass says

    @abstractmethod
    def entries(self) -> Sequence[Entry]:
        """All of them, from the first row on."""

    @abstractmethod
    def key(self, entry: Entry) -> Hashable:
        """What the mark stays on while entries come and go."""

    @abstractmethod
    def draw_head(self, width: int, height: int) -> list[Row]:
        """The rows above the entries."""

    @abstractmethod
    def draw_entry(self, entry: Entry, width: int, marked: bool) -> list[Row]:
        """As many rows as `rows_of` says."""

    def rows_of(self, entry: Entry) -> int:
        return 1

    def draw_empty(self, width: int) -> list[Row]:
        """In place of entries where there are none."""
        return []

    # ---- drawing

    def draw(self, width: int, height: int) -> list[Row]:
        entries = self.entries()
        self.scrolls = False
        rows = self.draw_head(width, height)
        if not entries:
            return rows + self.draw_empty(width)
        self.mark = self._placed(entries)
        room = max(1, height - len(rows))
        shown = self._in_sight(entries, room)
        self._page = max(1, len(shown))
        if len(shown) < len(entries) and self.SCROLLS:
            self.scrolls = True
            self._clicks.clear()
            width -= BAR
            rows = self.draw_head(width, height)
        head = len(rows)
        for index in shown:
            drawn = self.draw_entry(entries[index], width, self.has_focus and index == self.mark.index)
            for row in range(len(drawn)):
                self.on_part(len(rows) + row, 0, width, partial(self._click, entries[index]))
            rows += drawn
        return self._with_bar(rows, head, room, width, shown, entries) if self.scrolls else rows

    def _with_bar(
        self, rows: list[Row], head: int, room: int, width: int, shown: range, entries: Sequence[Entry]
    ) -> list[Row]:
        """Which part of all is in sight, at the right edge; a click there goes to it."""
        count = len(entries)
        long = max(1, round(room * len(shown) / count))
        top = round((room - long) * shown.start / max(1, count - len(shown)))
        barred = [*rows, *[BLANK] * (head + room - len(rows))]
        for y in range(room):
            self.on_part(head + y, width, BAR, partial(self._click, entries[min(count - 1, y * count // room)]))
            if top <= y < top + long:
                row = barred[head + y]
                barred[head + y] = [*row, (" " * (width + BAR - 1 - row_width(row)), ""), ("█", "$rule")]
        return barred

    def counted(self, count: int) -> str:
        """How many there are; where not all are in sight: which of them is marked (`41 of 150`)."""
        return f"{self.mark.index + 1:,} of {count:,}" if self.scrolls and self.has_focus else f"{count:,}"

    def _in_sight(self, entries: Sequence[Entry], room: int) -> range:
        """The page that the mark is on, from the first entry on as many as fit; the last one is filled from its end."""
        heights = [self.rows_of(entry) for entry in entries]
        if len(heights) * max(heights) == sum(heights):
            return self.mark.window(max(1, room // heights[0]), len(entries))
        first = used = 0
        for index, height in enumerate(heights):
            if used and used + height > room:
                if index > self.mark.index:
                    return range(first, index)
                first, used = index, 0
            used += height
        while first and used + heights[first - 1] <= room:
            first -= 1
            used += heights[first]
        return range(first, len(entries))

    def follow(self, view: View, changed: Set[str]) -> int:
        cells = super().follow(view, changed)
        if self.marked is not None and self._told != self.mark.key:
            self.tell()
        return cells

    def watch_has_focus(self, focused: bool) -> None:
        super().watch_has_focus(focused)
        self.redraw()
        if focused:
            self._has_keys_since = time.monotonic()
            self.tell()
        else:
            self.refresh_bindings()

    # ---- the mark

    @property
    def marked(self) -> Entry | None:
        """What the mark stands on."""
        entries = self.entries()
        if not entries:
            return None
        self.mark = self._placed(entries)
        return entries[self.mark.index]

    @property
    def slipped_at(self) -> float:
        """Since when another one stands under the mark than was looked at, where no key has done that."""
        _ = self.marked
        return self._slipped_at

    def _placed(self, entries: Sequence[Entry]) -> Mark:
        before, placed = self.mark.key, self.mark.on([self.key(one) for one in entries], newest_first=self.NEWEST_FIRST)
        has_keys = self.has_focus or (self.ALWAYS and isinstance(self.screen.focused, ListPane))
        if has_keys and before is not None and placed.key not in (None, before):
            pressed_on, at = self._pressed
            if pressed_on != before or time.monotonic() - at > OWN:
                self._slipped_at = time.monotonic()
        return placed

    def on_key(self, event: events.Key) -> None:
        if event.key not in MOVES:
            self._pressed = (self.mark.key, time.monotonic())

    def action_mark(self, rows: int) -> None:
        entries = self.entries()
        before = self._placed(entries)
        self.mark = before.move(rows, [self.key(entry) for entry in entries])
        if self.mark != before:
            self.redraw()
            self.tell()

    def action_mark_page(self, pages: int) -> None:
        self.action_mark(pages * self._page)

    def action_mark_end(self, where: int) -> None:
        self.action_mark(where * len(self.entries()))

    def action_open(self) -> None:
        entry = self.marked
        if entry is not None:
            self.post_message(self.Opened(self, entry))

    def tell(self) -> None:
        """Say what is marked to whoever shows more of it; the row of keys tells at once what they do to it."""
        self.refresh_bindings()
        entry = self.marked
        if entry is not None:
            self._told = self.key(entry)
            self.post_message(self.Marked(self, entry))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """By then it has the keys, whoever had them before."""
        self._click_gives_keys = not self.has_focus or self._has_keys_since > event.time

    def _click(self, entry: Entry) -> None:
        """A click marks; on the row that was marked in sight it opens."""
        again = not self._click_gives_keys and self.mark.key == self.key(entry)
        self.mark = Mark(self.key(entry), self.mark.index)
        self.focus()
        self.redraw()
        if again:
            self.action_open()
        else:
            self.tell()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.focus()
        self.action_mark(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.focus()
        self.action_mark(-WHEEL)


def pointer(marked: bool) -> Part:
    """The column of the mark."""
    return ("> " if marked else "  ", "bold $accent")


# ---- lists that can be sorted: by the next column with `c`, by any with a click on its head


@dataclass(frozen=True, slots=True)
class Column(Generic[Entry]):
    """`said` is the order by it (`by name`); `head` "": none of its own. Shown from a list's width `since` on."""

    head: str
    said: str
    order: Callable[[Entry], Any]
    width: int = 0
    since: int = 0
    left: bool = False

    def drawn(self, width: int) -> str:
        return f"{self.head:<{width}}" if self.left else f"{self.head:>{width}}"


class SortedPane(ListPane[Entry]):
    """`COLUMNS`: the orders that there are, the first one from the beginning; its list is `unsorted`."""

    COLUMNS: ClassVar[Sequence[Column[Any]]]
    TITLE: ClassVar[str]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "order", "Order", id="order", tooltip="The order: by the next column; a click on its head does it")
    ]

    @dataclass
    class Ordered(Message):
        said: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.by = self.COLUMNS[0]
        self._sorted: tuple[Sequence[Entry], Any, list[Entry]] | None = None

    @abstractmethod
    def unsorted(self) -> Sequence[Entry]:
        """All of them; another object where it is another list."""

    def entries(self) -> Sequence[Entry]:
        given = self.unsorted()
        if self._sorted is None or self._sorted[0] is not given or self._sorted[1] is not self.by:
            self._sorted = (given, self.by, sorted(given, key=self.by.order))
        return self._sorted[2]

    def action_order(self) -> None:
        """Of the columns in sight."""
        columns = [one for one in self.COLUMNS if self.size.width >= one.since]
        at = columns.index(self.by) + 1 if self.by in columns else 0
        self.sort(columns[at % len(columns)])

    def sort(self, by: Column[Any]) -> None:
        self.by, self.mark = by, Mark()
        self.redraw()
        self.tell()
        self.post_message(self.Ordered(by.said))

    def head_width(self, column: Column[Any], width: int, room: int) -> int:
        """Cells of its head; `room`: what the title and the other heads leave of the width. 0: it has none now."""
        return column.width

    def head_text(self, column: Column[Any], cells: int) -> str:
        return column.drawn(cells)

    def draw_heads(self, width: int, note: str, title: str = "") -> Row:
        """The heading; the head of the column that it is sorted by is bold."""
        title = title or self.TITLE
        shown = [one for one in self.COLUMNS if one.head and width >= one.since]
        room = width - sum(one.width for one in shown) - width_of(title) - 5
        told = any(one.said == self.by.said for one in shown)
        if not told and width_of(note) + 2 + width_of(self.by.said) <= room:
            note = f"{note}  {self.by.said}"
        widths = [self.head_width(one, width, room - width_of(note)) for one in shown]
        heads: Row = []
        at = width - sum(widths)
        for one, cells in zip(shown, widths, strict=True):
            heads.append(
                (self.head_text(one, cells) if cells else "", "bold $ink" if one.said == self.by.said else "$dim")
            )
            self.on_part(0, at, cells, partial(self.sort, one))
            at += cells
        if heads:
            heads[0] = (heads[0][0].lstrip(), heads[0][1])
        return heading(title, width, heads, note)
