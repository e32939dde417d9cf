"""Which screens there are. A new one is one entry here: its tab, its number key and its place in `?` follow.

Each is imported when it is made, so that the first one does not wait for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from tui.host import Host
from tui.panes.tabs import Tab
from tui.state import ScreenState

if TYPE_CHECKING:
    from tui.screens.frame import Frame


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


def _venue(tabs: Sequence[Tab], host: Host) -> Frame:
    from tui.screens.venue import Venue

    return Venue(tabs, host)


def _people(tabs: Sequence[Tab], host: Host) -> Frame:
    from tui.screens.people import People

    return People(tabs, host)


def _faces(tabs: Sequence[Tab], host: Host) -> Frame:
    from tui.screens.faces import Faces

    return Faces(tabs, host)


def _events(tabs: Sequence[Tab], host: Host) -> Frame:
    from tui.screens.events import Events

    return Events(tabs, host)


def _errors(tabs: Sequence[Tab], host: Host) -> Frame:
    from tui.screens.errors import Errors

    return Errors(tabs, host)


def _activity(tabs: Sequence[Tab], host: Host) -> Frame:
    from tui.screens.activity import Activity

    return Activity(tabs, host)


ENTRIES = (
    Entry(Tab("1", "Venue"), _venue),
    Entry(Tab("2", "People"), _people),
    Entry(Tab("3", "Faces", to_decide), _faces),
    Entry(Tab("4", "Events"), _events),
    Entry(Tab("5", "Errors", need_somebody), _errors),
    Entry(Tab("6", "Activity"), _activity),
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
