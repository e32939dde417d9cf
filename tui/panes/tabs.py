"""Tabs: which screens there are, and how many things wait in each. A screen is one entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tui.draw import Row, row_width
from tui.pane import Pane
from tui.state import ScreenState

SLOT = 6  # cells kept for a count in parentheses, so that nothing moves when it comes or goes


@dataclass(frozen=True, slots=True)
class Tab:
    """`count` is given where a number stands behind the name."""

    key: str
    name: str
    count: Callable[[ScreenState], int] | None = None


class Tabs(Pane):
    FADES = False
    SECTIONS = frozenset({"status", "troubles"})

    def __init__(self, tabs: Sequence[Tab], here: str) -> None:
        super().__init__()
        self._tabs = tabs
        self._here = here

    def draw(self, width: int, height: int) -> list[Row]:
        row: Row = [(" " * (self.margin - 1), "")]
        for tab in self._tabs:
            start = row_width(row)
            number = tab.count(self.view.state) if tab.count else 0
            count = f" ({number})" if number else ""
            slot = " " * (SLOT - len(count)) if tab.count else ""
            if tab.name == self._here:
                row += [(f"[{tab.key} {tab.name}]", "bold $ink"), (count, "bold $ink"), (slot + " ", "")]
            else:
                row += [(f" {tab.key} ", "bold $accent"), (tab.name, "$dim"), (count, "bold $ink"), (slot + "  ", "")]
            self.on_part(0, start, row_width(row) - start, partial(self.screen.run_action, f"app.open('{tab.name}')"))
        return [row]
