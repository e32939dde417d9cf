"""`Pane`: rows about the agent, drawn again only when what they speak of has changed."""

from __future__ import annotations

from collections.abc import Set
from typing import ClassVar

from tui.draw import Row
from tui.rows import Rows
from tui.view import View

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

        Answers how many cells have to be painted.
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
