"""Which screens there are, and the pages over them. A new screen is one entry: its tab, number key and `?` follow.

Each is imported when it is made, so that the first one does not wait for the others.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, cast

from textual.binding import Binding, BindingType

from agent.requests.people import PersonStatus
from agent.requests.photos import ListPhotos
from agent.requests.troubles import Trouble
from tui import words
from tui.state import ScreenState
from tui.widgets.dialogs import LONG, Attempt, Prompt, Question
from tui.widgets.notice import Note
from tui.widgets.tabs import Tab

if TYPE_CHECKING:
    from tui.app import Monitor
    from tui.pictures.picture import Pictured
    from tui.screens.frame import Frame
    from tui.verbs import Verb


def to_decide(state: ScreenState) -> int:
    """Groups of faces that nobody has named, and near misses."""
    faces = state.status["faces"] if state.status else None
    return faces["clusters"] + faces["to_review"] if faces else 0


def need_somebody(state: ScreenState) -> int:
    """Causes of trouble, and things that wait for a yes."""
    return len(state.troubles["open"]) + (state.status["held"] if state.status else 0)


TABS = (
    Tab("1", "Venue"),
    Tab("2", "People"),
    Tab("3", "Faces", to_decide),
    Tab("4", "Events"),
    Tab("5", "Errors", need_somebody),
    Tab("6", "Activity"),
)


def make(tab: Tab, monitor: Monitor) -> Frame:
    """The screen of this tab: the class of its name, in the module of its name."""
    return getattr(importlib.import_module(f"tui.screens.{tab.name.lower()}"), tab.name)(monitor)


def bindings() -> list[BindingType]:
    """The number keys."""
    return [
        Binding(tab.key, f"open('{tab.name}')", tab.name, id=tab.name.lower(), tooltip=f"Show {tab.name}", show=False)
        for tab in TABS
    ]


def key_of(name: str) -> str:
    """The key that opens the screen of this name; "" if there is none."""
    return next((tab.key for tab in TABS if tab.name == name), "")


class Pages:
    """Opens a photo, a person, a cause of trouble, a question over the screen that is shown.

    Each is a screen on top; what was beneath is there again, with its mark, when the page goes.
    """

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    @property
    def under(self) -> str:
        """The name of the tab that stays marked under a page."""
        from tui.screens.frame import Frame

        frames = [screen for screen in self._monitor.screen_stack if isinstance(screen, Frame)]
        return frames[-1].tab if frames else ""

    def find(self, beneath: Frame, typed: str = "") -> None:
        """People, photos, events, and what the keys do here; choosing one goes there, or does it."""
        from tui.screens.finder import Finder, Hit

        async def chosen(hit: Hit | None) -> None:
            if hit is not None and isawaitable(going := hit.go()):
                await going

        self._monitor.push_screen(Finder(self._monitor, beneath, typed), chosen)

    def show_photos(self, query: ListPhotos, title: str) -> None:
        """The photos that this query finds."""
        from tui.screens.photos import Search

        self._monitor.push_screen(Search(self._monitor, query, title))

    def show_photo(self, ids: Sequence[int], index: int) -> None:
        """One photo with all that is known of it; the others are its neighbours."""
        from tui.screens.photo import Photo

        if ids:
            self._monitor.push_screen(Photo(self._monitor, ids, index))

    def show_person(self, id: str) -> None:
        from tui.screens.people import Person

        self._monitor.push_screen(Person(self._monitor, id))

    async def show_event(self, id: str, name: str) -> None:
        """The row of an event; what lies over the events is left."""
        from tui.screens.events import Events

        await self._monitor.switch_mode(Events.NAME)
        self._monitor.action_open(Events.NAME)  # and not awaited: one that lies over them may be who asks
        cast(Events, self._monitor.screen).mark(id, name)

    def look(self, pane: Pictured) -> None:
        """The marked one's picture over the whole screen."""
        from tui.screens.look import Look

        self._monitor.push_screen(Look(self._monitor, pane))

    def show_link(self, person: PersonStatus) -> None:
        """A person's link and its QR code; to make and to take back."""
        from tui.screens.codes import Link

        self._monitor.push_screen(Link(self._monitor, person))

    def show_guests(self) -> None:
        """The guests' page and its code; cards with links."""
        from tui.screens.codes import Guests

        self._monitor.push_screen(Guests(self._monitor))

    def show_cause(self, trouble: Trouble) -> None:
        """A cause of trouble with all that suffers from it."""
        from tui.screens.errors import Cause

        self._monitor.push_screen(Cause(self._monitor, trouble))

    def add_event(self, event: tuple[str, str] | None) -> None:
        """Add an event, or a source to the one of this id and name."""
        from tui.screens.add_event import AddEventDialog

        self._monitor.push_screen(AddEventDialog(self._monitor, event))

    async def answer(self, question: str, attempt: Attempt) -> None:
        """How somebody consented, typed while a verb waits for it."""
        await self._monitor.push_screen_wait(Prompt(question, more=words.CONSENT, attempt=attempt))

    def prompt(
        self,
        title: str,
        then: Callable[[str], object] = lambda _line: None,
        *,
        attempt: Callable[[str], Verb] | None = None,
        value: str = "",
        more: str = "",
        names: Sequence[str] = (),
        only_known: bool = False,
        nobody: str = "Nobody is called so.",
        longest: int = LONG,
    ) -> None:
        """Ask for one line; `then` is given what was typed, never nothing. `only_known`: it is one of `names`.

        `attempt` makes a verb of it, which is run first: what it refuses, or nobody can be asked, stays to be mended.
        """

        def typed(line: str | None) -> None:
            if line:
                then(line)

        async def tried(line: str) -> Note | None:
            return await self._monitor.verbs.attempt(partial(made, attempt, line), prompt) if attempt else None

        prompt = Prompt(
            title,
            value=value,
            more=more,
            names=names,
            only_known=only_known,
            nobody=nobody,
            longest=longest,
            attempt=tried,
        )
        self._monitor.push_screen(prompt, typed)

    def ask(self, question: str, more: str, then: Callable[[], object]) -> None:
        """Ask before something that matters; `then` is what a yes does."""

        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self._monitor.push_screen(Question(question, more), answered)

    def copy(self, path: str | None, what: str) -> None:
        """To the clipboard of the terminal."""
        if not path:
            self._monitor.say(Note("There is no folder yet"))
        else:
            self._monitor.copy_to_clipboard(path)
            self._monitor.say(Note(what, f"{path} (copied)"))

    def open_folder(self, path: str | None, what: str) -> None:
        """On the desktop, where there is one; else say where it is."""
        if not path:
            self._monitor.say(Note("There is no folder yet"))
        elif not open_folder(path):
            self._monitor.copy_to_clipboard(path)
            self._monitor.say(Note(what, f"{path} (copied: there is no screen here to open it on)"))


async def made(attempt: Callable[[str], Verb], line: str) -> Note | None:
    """The verb of that line, made and run: a request may not be one already."""
    return await attempt(line)()


# ---- the desktop around the terminal, where there is one: folders are opened there


def opener() -> str | None:
    """The command that opens a folder on this machine's own screen; None over SSH and without one."""
    if os.environ.get("SSH_CONNECTION"):
        return None
    if sys.platform == "darwin":
        return shutil.which("open")
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return shutil.which("xdg-open")
    return None


def open_folder(path: str) -> bool:
    """Open it; False where there is no screen. What becomes of it is the desktop's."""
    command = opener()
    if command is None:
        return False
    subprocess.Popen(  # noqa: S603 - a folder of ours, as one argument
        [command, path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True
