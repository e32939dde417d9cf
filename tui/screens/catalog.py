"""Which screens there are. A new one is one entry here: its tab, its number key and its place in `?` follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from tui.host import Host
from tui.panes.tabs import Tab
from tui.screens.activity import Activity
from tui.screens.errors import Errors
from tui.screens.events import Events
from tui.screens.faces import Faces
from tui.screens.frame import Frame
from tui.screens.people import People
from tui.screens.venue import Venue
from tui.state import ScreenState


@dataclass(frozen=True, slots=True)
class Entry:
    tab: Tab
    make: Callable[[Sequence[Tab], Host], Frame]


def to_decide(state: ScreenState) -> int:
    """Groups of faces that nobody has named, and near misses."""
    faces = state.status["faces"] if state.status else None
    return faces["clusters"] + faces["to_review"] if faces else 0


def need_somebody(state: ScreenState) -> int:
    """Causes of trouble, and things that wait for a yes."""
    return len(state.troubles["open"]) + (state.status["held"] if state.status else 0)


ENTRIES = (
    Entry(Tab("1", "Venue"), Venue),
    Entry(Tab("2", "People"), People),
    Entry(Tab("3", "Faces", to_decide), Faces),
    Entry(Tab("4", "Events"), Events),
    Entry(Tab("5", "Errors", need_somebody), Errors),
    Entry(Tab("6", "Activity"), Activity),
)


def bindings() -> list[BindingType]:
    """The number keys."""
    return [
        Binding(tab.key, f"open('{tab.name}')", tab.name, id=tab.name.lower(), tooltip=f"Show {tab.name}", show=False)
        for tab in tabs()
    ]


def tabs() -> list[Tab]:
    return [entry.tab for entry in ENTRIES]


def key_of(name: str) -> str:
    """The key that opens the screen of this name; "" if there is none."""
    return next((entry.tab.key for entry in ENTRIES if entry.tab.name == name), "")
