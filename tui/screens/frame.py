"""`Frame`: what every screen has in common: head, answer, tabs and keys around a body of panes."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Set
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal
from textual.screen import Screen
from textual.widget import Widget

from tui.keys.typeahead import SEEN, STOPS
from tui.screens import catalog
from tui.state import View
from tui.verdict import Tone, answer
from tui.widgets.dialogs import OnTop
from tui.widgets.find_bar import FindBar
from tui.widgets.head import AnswerBand, Clock, Head
from tui.widgets.list_pane import ListPane, SortedPane
from tui.widgets.notice import Note, Notice
from tui.widgets.rows import AbstractMeta, Pane
from tui.widgets.tabs import Keys, Tabs

if TYPE_CHECKING:
    from tui.app import Monitor


BENEATH = 10.0  # seconds from which on what says a time is painted anew under a dialog, with the whole screen
ANOTHER = Note("This is another one", "what stood here has gone, or something newer came; nothing was done")
EVERY = ""  # key, but those that stop
BACK = Binding("escape", "back", "Back", id="back", key_display="esc", tooltip="Back to where you came from")


class Frame(OnTop, Screen[None], metaclass=AbstractMeta):
    """`NAME` is its name in the tabs; `KEYS` are the ids of bindings in the keys row, the most needed first.

    `FINDS`: `/` narrows the list here, by `find`, and looks everywhere when it is pressed again; else at once.
    """

    NAME: ClassVar[str]
    KEYS: ClassVar[tuple[str, ...]]
    FINDS: ClassVar[bool] = False
    DIGITS: ClassVar[bool] = False  # they mean something of its own here, and lead to no other screen
    DECIDES: ClassVar[frozenset[str]] = frozenset()  # keys of its own that decide: of one that is held, once
    ABOUT: ClassVar[frozenset[str]] = frozenset()  # those that do something to what is marked, or ask what to do to it
    ASKS: ClassVar[frozenset[str]] = frozenset()  # keys that decide elsewhere, and open a field here
    AUTO_FOCUS: ClassVar[str | None] = "ListPane"

    def __init__(self, monitor: Monitor, under: str = "") -> None:
        """`under`: the tab that stays marked, where this one has none of its own."""
        super().__init__()
        self.tab = under or self.NAME
        self.monitor = monitor
        self._panes: list[Pane] = []
        self._tone: Tone | None = None
        self._followed_at = 0.0
        self._had_keys: Widget | None = None
        self._unseen: dict[str, float] = {}  # keys, and until when what they act on cannot have been looked at

    def compose(self) -> ComposeResult:
        with Horizontal(id="head"):
            yield Head()
            yield Clock()
        yield AnswerBand()
        with Container(id="body"):
            yield from self.body()
        if self.FINDS:
            yield FindBar()
        yield Tabs(catalog.TABS, self.tab, keys=not self.DIGITS)
        yield Keys(self.KEYS, digits=not self.DIGITS)
        yield Notice()

    @abstractmethod
    def body(self) -> ComposeResult:
        """The panes between the answer and the tabs."""

    def on_mount(self) -> None:
        self._panes = list(self.query(Pane))
        self.follow(self.monitor.view, {"all"})

    def follow(self, view: View, changed: Set[str]) -> int:
        """Hand the state to every pane; those it does not concern stay as they are. Returns how many cells change."""
        self._tone, self._followed_at = answer(view).tone, view.now
        return sum(pane.follow(view, changed) for pane in self._panes)

    def follow_beneath(self, view: View) -> int:
        """The same under a dialog, where every change paints the whole screen again: only when the tone is another; and
        what says a time, now and then.
        """
        if answer(view).tone != self._tone:
            return self.follow(view, {"all"})
        return self.follow(view, {"time"}) if abs(view.now - self._followed_at) >= BENEATH else 0

    def on_screen_resume(self) -> None:
        """A dialog has gone: what it hid is made up for."""
        self.follow(self.monitor.view, {"all"})
        self.query_one(Notice).is_on_top()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where there is no room for what it shows, its own keys do nothing to that."""
        own = not hasattr(Frame, f"action_{action}")
        return not (own and self.is_mounted and not self.query_one("#body").display)

    # ---- who has the keys: hidden for a while, where there was no room, it has them again

    @on(events.DescendantFocus)
    def _note_keys(self, event: events.DescendantFocus) -> None:
        self._had_keys = event.widget

    @on(events.Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._give_keys_back)

    def _give_keys_back(self) -> None:
        self.refresh_bindings()
        had = self._had_keys
        if self.focused is None and had is not None:
            self.set_focus(had if had.is_attached and had.focusable and had.region else self._list)

    def stands_instead(self, keys: Set[str]) -> None:
        """What these keys act on has gone by itself, and something else stands in its place."""
        self._unseen |= dict.fromkeys(keys, time.monotonic() + SEEN)

    def is_unseen(self, key: str, typed_at: float) -> bool:
        """Whether that key was typed about what has gone, which is said then."""
        always = (one for one in self.query(ListPane[Any]) if one.ALWAYS)
        marked = next(always, self.focused) if key in self.ABOUT else None
        slipped_at = marked.slipped_at if isinstance(marked, ListPane) else -math.inf
        until = [self._unseen.get(one, -math.inf) for one in (key, EVERY)]
        if key in STOPS or typed_at >= max(*until, slipped_at + SEEN):
            return False
        self.say(ANOTHER)
        return True

    def gives_way(self) -> None:
        """What it is about has gone by itself, and so does it: whatever is typed meanwhile was meant for that."""
        if self.is_active:
            beneath = self.monitor.screen_stack[-2]
            self.dismiss()
            if isinstance(beneath, Frame):
                beneath.stands_instead({EVERY})

    def say(self, note: Note, *, answer: bool = False) -> None:
        self.query_one(Notice).say(note, answer=answer)

    def hush(self) -> None:
        self.query_one(Notice).hush()

    def taking_back(self) -> None:
        """The agent is asked now to take a decision back; `undone` follows, also where it could not."""

    def undone(self) -> None:
        """A decision was taken back."""

    def action_back(self) -> None:
        """For those that lie over another one: it is there again, as it was."""
        self.dismiss()

    # ---- finding by typing

    def begin_find(self) -> None:
        if self.FINDS:
            self.query_one(FindBar).begin()
        else:
            self.find_anywhere()

    @on(FindBar.Anywhere)
    def find_anywhere(self) -> None:
        """People, photos, events, actions; what was typed here is looked for there."""
        typed = ""
        if self.FINDS:
            typed = self.query_one(FindBar).field.value
            self.query_one(FindBar).end()
            self._to_the_list()
        self.monitor.pages.find(self, typed)

    @property
    def _list(self) -> ListPane[Any] | None:
        return next((one for one in self.query(ListPane[Any]) if one.display), None)

    def _to_the_list(self) -> None:
        if self._list is not None:
            self.set_focus(self._list)

    def find(self, words: str) -> None:
        """Show what holds these words; none: all."""

    def on_key(self, event: events.Key) -> None:
        """`esc` ends it from the list, too, as the bar says for as long as it is there."""
        if event.key == "escape" and self.FINDS and (bar := self.query_one(FindBar)).display:
            event.stop()
            bar.action_close()

    @on(SortedPane.Ordered)
    def _ordered(self, event: SortedPane.Ordered) -> None:  # pyright: ignore[reportUnknownParameterType, reportMissingTypeArgument]
        self.say(Note("Order", event.said))

    @on(FindBar.Typed)
    def _typed(self, event: FindBar.Typed) -> None:
        self.find(event.words)

    @on(FindBar.Left)
    def _found(self) -> None:
        shown, typed = self._list, self.query_one(FindBar).field.value
        looks = any(one.node is shown and not one.is_finished for one in self.monitor.workers)
        if shown is not None and typed and not shown.entries() and not looks:
            self.find_anywhere()  # nothing here is called so
        else:
            self._to_the_list()
