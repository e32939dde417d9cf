"""Tabs and keys: which screens there are, how many things wait in each, and what works here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from textual.binding import Binding
from textual.screen import Screen

from tui.draw import Row, row_width
from tui.keys.keymap import named
from tui.state import ScreenState
from tui.widgets.rows import Pane

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

    def __init__(self, tabs: Sequence[Tab], here: str, *, keys: bool = True) -> None:
        """`keys`: whether their numbers lead there."""
        super().__init__()
        self._tabs = tabs
        self._here = here
        self._keys = keys

    def draw(self, width: int, height: int) -> list[Row]:
        row: Row = [(" " * (self.margin - 1), "")]
        for tab in self._tabs:
            start = row_width(row)
            number = tab.count(self.view.state) if tab.count else 0
            count = f" ({number})" if number else ""
            slot = " " * (SLOT - len(count)) if tab.count else ""
            key = f"{tab.key} " if self._keys else ""
            if not self._keys:
                slot += "  "
            if tab.name == self._here:
                row += [(f"[{key}{tab.name}]", "bold $ink"), (count, "bold $ink"), (slot + " ", "")]
            else:
                row += [(f" {key}", "bold $accent"), (tab.name, "$dim"), (count, "bold $ink"), (slot + "  ", "")]
            self.on_part(0, start, row_width(row) - start, partial(self.screen.run_action, f"app.open('{tab.name}')"))
        return [row]


# ---- keys: they drop from the right where there is no room; `? Keys` always stays

LAST = "help"
TABS_FROM = 80  # columns
SCREENS = Binding("1-6", "app.help", "Screens", id="screens")  # told where there is no room for tabs


def label(binding: Binding, state: ScreenState) -> str:
    """What the key does now: a pause that is on is ended by the same key."""
    paused = state.status["paused"] if state.status else None
    if paused and binding.id == "pause" and (paused["uploads"] or paused["all"]):
        return "Go on"
    if paused and binding.id == "pause_all" and paused["all"]:
        return "Go on"
    return binding.description


def key_name(binding: Binding) -> str:
    return named(binding.key_display or binding.key)


class Keys(Pane):
    FADES = False
    SECTIONS = frozenset({"status"})

    def __init__(self, shown: Sequence[str], *, digits: bool = True) -> None:
        """`shown` are the ids of bindings, the most needed first; `digits`: numbers lead to screens here."""
        super().__init__()
        self._shown = shown
        self._digits = digits

    def tell(self, shown: Sequence[str]) -> None:
        """Others are needed most now."""
        if shown != self._shown:
            self._shown = shown
            self.redraw()

    def on_mount(self) -> None:
        """At once: in the paint that shows the list as it is now."""
        cast(Any, self.screen).bindings_updated_signal.subscribe(self, self._bindings_changed, immediate=True)

    def _bindings_changed(self, _screen: Screen[Any]) -> None:
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        active = {found.binding.id: found for found in self.screen.active_bindings.values()}
        bindings = [active[name].binding for name in self._shown if name in active]
        kept = [binding for binding in bindings if binding.id == LAST]
        if self._digits and LAST in active and self.screen.size.width < TABS_FROM:  # in a field they are digits
            kept.insert(0, SCREENS)
        bindings = [*(binding for binding in bindings if binding.id != LAST), *kept]
        gap = "   " if self._width(bindings, 3) <= width else "  "
        while len(bindings) > len(kept) and self._width(bindings, len(gap)) > width:
            bindings.pop(-len(kept) - 1)
        row: Row = [(" " * self.margin, "")]
        for binding in bindings:
            start = row_width(row)
            row += [(key_name(binding), "bold $accent"), (f" {label(binding, self.view.state)}", "$dim")]
            node = active[binding.id].node if binding.id in active else self.screen
            act = partial(cast(Any, self).app.run_action, binding.action, node)
            self.on_part(0, start, row_width(row) - start, act, binding.key)
            row.append((gap, ""))
        return [row]

    def _width(self, bindings: Sequence[Binding], gap: int) -> int:
        cells = sum(len(key_name(binding)) + 1 + len(label(binding, self.view.state)) for binding in bindings)
        return cells + gap * (len(bindings) - 1) + 2 * self.margin
