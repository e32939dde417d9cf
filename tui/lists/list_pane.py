"""`ListPane`: a pane of entries with a mark that keys, wheel and clicks move. What an entry is, its subclass says."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence, Set
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.draw import Part, Row
from tui.lists.mark import Mark
from tui.pane import Pane
from tui.view import View

Entry = TypeVar("Entry")

WHEEL = 3  # rows


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

    NEWEST_FIRST: ClassVar[bool] = False  # then the first row stays in sight until somebody goes further down

    class Told(Message):
        """Something about an entry of this list."""

        def __init__(self, pane: ListPane[Any], entry: Any) -> None:
            super().__init__()
            self.pane = pane
            self.entry = entry

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
        self._page = 1  # rows of entries in sight
        self._told: Hashable | None = None  # key of the entry that was told last

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
        rows = self.draw_head(width, height)
        if not entries:
            return rows + self.draw_empty(width)
        self.mark = self._placed(entries)
        shown = self._in_sight(entries, max(1, height - len(rows)))
        self._page = max(1, len(shown))
        for index in shown:
            drawn = self.draw_entry(entries[index], width, self.has_focus and index == self.mark.index)
            for row in range(len(drawn)):
                self.on_part(len(rows) + row, 0, width, partial(self._click, entries[index]))
            rows += drawn
        return rows

    def _in_sight(self, entries: Sequence[Entry], room: int) -> range:
        """The page that the mark is on: from the first entry on, as many as fit."""
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
            self.tell()

    # ---- the mark

    @property
    def marked(self) -> Entry | None:
        """What the mark stands on."""
        entries = self.entries()
        if not entries:
            return None
        self.mark = self._placed(entries)
        return entries[self.mark.index]

    def _placed(self, entries: Sequence[Entry]) -> Mark:
        return self.mark.on([self.key(entry) for entry in entries], newest_first=self.NEWEST_FIRST)

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
        """Say what is marked to whoever shows more of it."""
        entry = self.marked
        if entry is not None:
            self._told = self.key(entry)
            self.post_message(self.Marked(self, entry))

    def _click(self, entry: Entry) -> None:
        """A click marks; on the marked row it opens."""
        again = self.has_focus and self.mark.key == self.key(entry)
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
