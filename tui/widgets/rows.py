"""`Rows`: a widget made of rows, which repaints only those that differ from what stands there; `Pane`: about the agent.

`Rows` is the one door from text to terminal: whatever a part holds, it leaves as plain characters.

"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Set
from itertools import takewhile, zip_longest
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region, Size
from textual.message_pump import _MessagePumpMeta  # pyright: ignore[reportPrivateUsage] - Textual's own metaclass
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from tui.draw import BLANK, Row, ascii_only
from tui.state import View
from tui.terminal.osc import parted
from tui.words import safe_text


class AbstractMeta(ABCMeta, _MessagePumpMeta):
    """Both: `@abstractmethod` counts, and Textual still finds its handlers."""


# ---- what differs between a row that stands and its successor, and rows in as few pieces as they can be
# Every piece of another style costs some forty bytes on the line, and over SSH from a venue the line is thin.


def merged(row: Row) -> Row:
    """The same row with neighbours of one style as one part; blanks go with what stands before them."""
    made: Row = []
    for text, style in row:
        if not text:
            continue
        if made and (style == made[-1][1] or (text.isspace() and not _filled(style) and not _filled(made[-1][1]))):
            made[-1] = (made[-1][0] + text, made[-1][1])
        elif made and made[-1][0].isspace() and not _filled(style) and not _filled(made[-1][1]):
            made[-1] = (made[-1][0] + text, style)
        else:
            made.append((text, style))
    return made


def _filled(style: str) -> bool:
    """Whether a blank in this style can be seen, or clicked on."""
    alone, address = parted(style)
    return bool(address) or " on " in alone or "reverse" in alone or "underline" in alone


def changed_cells(before: Row, after: Row, width: int) -> tuple[int, int] | None:
    """From where to where (in cells, the end outside) two rows differ; `None` if they do not."""
    if before == after:
        return None
    old, new = _characters(before, width), _characters(after, width)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(old), reversed(new), strict=False)))
    start = cell_len("".join(character for character, _ in new[:same]))
    end = width - cell_len("".join(character for character, _ in new[len(new) - tail :]))
    return (start, end) if start < end else (0, width)


def _characters(row: Row, width: int) -> list[tuple[str, str]]:
    """As they stand on the screen: cut where the row is wider, blanks where it is narrower."""
    characters = [(character, style) for text, style in row for character in text]
    missing = width - cell_len("".join(character for character, _ in characters))
    while missing < 0:
        missing += cell_len(characters.pop()[0])
    return characters + [(" ", "")] * missing


class Rows(Widget, metaclass=AbstractMeta):
    """Drawn by `draw`, which the subclass writes."""

    ALLOW_SELECT = False
    utf8: ClassVar[bool] = True  # what this process's terminal can show; set once by the monitor

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: list[Row] = []
        self._drawn_at: Size | None = None
        self._inks: dict[str, RichStyle] = {}
        self._clicks: list[tuple[Region, Callable[[], object], str]] = []

    @abstractmethod
    def draw(self, width: int, height: int) -> list[Row]:
        """At most `height` rows of at most `width` cells."""

    def shown(self, rows: list[Row]) -> list[Row]:
        """The rows as they are to look now."""
        return rows

    def redraw(self) -> int:
        """Draw again and repaint the cells that changed. Returns how many are sent."""
        if self._drawn_at != self.size:
            self._drawn_at = None  # the next paint draws, also at the size from before it was hidden
            self.refresh()
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
            alone, address = parted(style)
            found = (self.visual_style + Style.parse(alone)).rich_style if alone else self.visual_style.rich_style
            self._inks[style] = found = found + RichStyle(link=address) if address else found
        return found

    def notify_style_update(self) -> None:
        self._inks.clear()
        super().notify_style_update()

    # ---- the mouse: what a part does when it is clicked

    def on_part(self, y: int, start: int, width: int, act: Callable[[], object], key: str = "") -> None:
        """A click on these cells acts; called while drawing. `key`: that does the same."""
        self._clicks.append((Region(start, y, width, 1), act, key))

    def on_click(self, event: events.Click) -> None:
        """As a key, none acts on what has just taken another one's place."""
        for region, act, key in self._clicks:
            if region.contains(event.x, event.y):
                event.stop()
                is_unseen = getattr(self.screen, "is_unseen", None)
                if not (key and is_unseen is not None and is_unseen(key, event.time)):
                    self.call_later(act)
                return


PALE = "$dim"


class Pane(Rows):
    """`SECTIONS` names the parts of the state it shows; `TICKS`: it shows how long something lasts, too.

    `FADES`: what it shows is the agent's, and turns pale while the agent cannot be heard.
    """

    SECTIONS: ClassVar[frozenset[str]] = frozenset()
    TICKS: ClassVar[bool] = False
    FADES: ClassVar[bool] = True

    view: View = View()

    @property
    def margin(self) -> int:
        """Blank columns at both sides of a row that runs from edge to edge."""
        return 2 if self.screen.size.width >= 120 else 1

    def follow(self, view: View, changed: Set[str]) -> int:
        """The state has changed in these sections; "time" stands for a second gone by, "all" for everything.

        Returns how many cells have to be painted.
        """
        turned = self.FADES and view.silent != self.view.silent
        self.view = view
        if turned or "all" in changed or self.SECTIONS & changed or (self.TICKS and "time" in changed):
            return self.redraw()
        return 0

    def shown(self, rows: list[Row]) -> list[Row]:
        if not (self.FADES and self.view.silent):
            return rows
        return [[(text, PALE) for text, _ in row] for row in rows]
