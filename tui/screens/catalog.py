"""Which screens there are. A new one is one entry here: its tab, its number key and its place in `?` follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from tui.host import Host
from tui.panes.tabs import Tab
from tui.screens.frame import Frame
from tui.screens.venue import Venue


@dataclass(frozen=True, slots=True)
class Entry:
    tab: Tab
    make: Callable[[Sequence[Tab], Host], Frame]


ENTRIES = (Entry(Tab("1", "Venue"), Venue),)


def bindings() -> list[BindingType]:
    """The number keys, once there is more than one screen to go to."""
    if len(ENTRIES) == 1:
        return []
    return [
        Binding(tab.key, f"open('{tab.name}')", tab.name, id=tab.name.lower(), tooltip=f"Show {tab.name}", show=False)
        for tab in tabs()
    ]


def tabs() -> list[Tab]:
    return [entry.tab for entry in ENTRIES]


def key_of(name: str) -> str:
    """The key that opens the screen of this name; "" if there is none."""
    return next((entry.tab.key for entry in ENTRIES if entry.tab.name == name), "")
