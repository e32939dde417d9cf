"""`Pane`: rows about the agent, drawn again only when what they speak of has changed."""

from __future__ import annotations

from collections.abc import Set
from typing import ClassVar

from tui.rows import Rows
from tui.view import View


class Pane(Rows):
    """`SECTIONS` names the parts of the state it shows; `TICKS`: it shows how long something lasts, too."""

    SECTIONS: ClassVar[frozenset[str]] = frozenset()
    TICKS: ClassVar[bool] = False

    view: View = View()

    @property
    def margin(self) -> int:
        """Blank columns at both sides of a row that runs from edge to edge."""
        return 2 if self.screen.size.width >= 120 else 1

    def follow(self, view: View, changed: Set[str]) -> int:
        """The state has changed in these sections; "time" stands for a second gone by, "all" for everything.

        Answers how many cells have to be painted.
        """
        self.view = view
        if "all" in changed or self.SECTIONS & changed or (self.TICKS and "time" in changed):
            return self.redraw()
        return 0
