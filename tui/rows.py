"""`Rows`: a widget made of rows, which repaints only those that differ from what stands there.

This is the one door from text to terminal: whatever a part holds, it leaves as plain characters.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from itertools import zip_longest
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from tui.abstract import AbstractMeta
from tui.changes import changed_cells, merged
from tui.draw import BLANK, Row, ascii_only
from tui.safe_text import safe_text


class Rows(Widget, metaclass=AbstractMeta):
    """Drawn by `draw`, which the subclass writes."""

    ALLOW_SELECT = False
    utf8: ClassVar[bool] = True  # what this process's terminal can show; set once by the monitor

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: list[Row] = []
        self._drawn_at: Size | None = None
        self._inks: dict[str, RichStyle] = {}
        self._clicks: list[tuple[Region, Callable[[], object]]] = []

    @abstractmethod
    def draw(self, width: int, height: int) -> list[Row]:
        """At most `height` rows of at most `width` cells."""

    def shown(self, rows: list[Row]) -> list[Row]:
        """The rows as they are to look now."""
        return rows

    def redraw(self) -> int:
        """Draw again and repaint the cells that changed. Answers how many are sent."""
        if self._drawn_at != self.size:
            self.refresh()  # the next paint draws at the new size
            return self.size.area
        before = self._rows
        self._draw()
        changed: list[Region] = []
        for y, (old, new) in enumerate(zip_longest(before, self._rows, fillvalue=BLANK)):
            cells = changed_cells(old, new, self.size.width)
            if cells:
                changed.append(Region(cells[0], y, cells[1] - cells[0], 1))
        if changed:
            self.refresh(*changed)
        return sum(region.right for region in changed)  # what is written begins at the left edge

    def _draw(self) -> None:
        width, height = self._drawn_at = self.size
        self._clicks.clear()
        rows = self.shown(self.draw(width, height)[:height]) if width and height else []
        self._rows = [merged([(self._clean(text), style) for text, style in row]) for row in rows]

    def render_line(self, y: int) -> Strip:
        if self._drawn_at != self.size:
            self._draw()
        ground = self.visual_style.rich_style
        if y >= len(self._rows):
            return Strip.blank(self.size.width, ground)
        segments = [Segment(text, self._ink(style)) for text, style in self._rows[y]]
        return Strip(segments).adjust_cell_length(self.size.width, ground)

    def _clean(self, text: str) -> str:
        return safe_text(text) if Rows.utf8 else ascii_only(safe_text(text))

    def _ink(self, style: str) -> RichStyle:
        found = self._inks.get(style)
        if found is None:
            found = (self.visual_style + Style.parse(style)).rich_style if style else self.visual_style.rich_style
            self._inks[style] = found
        return found

    def notify_style_update(self) -> None:
        self._inks.clear()
        super().notify_style_update()

    # ---- the mouse: what a part does when it is clicked

    def on_part(self, y: int, start: int, width: int, act: Callable[[], object]) -> None:
        """A click on these cells acts; called while drawing."""
        self._clicks.append((Region(start, y, width, 1), act))

    def on_click(self, event: events.Click) -> None:
        for region, act in self._clicks:
            if region.contains(event.x, event.y):
                event.stop()
                self.call_later(act)
                return
