"""`Frame`: what every screen has in common: head, answer, tabs and keys around a body of panes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence, Set
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.screen import Screen

from tui.abstract import AbstractMeta
from tui.answer import Tone, answer
from tui.host import Host
from tui.lists.find_bar import FindBar
from tui.lists.list_pane import ListPane
from tui.notes import Note
from tui.pane import Pane
from tui.panes.answer_band import AnswerBand
from tui.panes.head import Clock, Head
from tui.panes.keys import Keys
from tui.panes.notice import Notice
from tui.panes.tabs import Tab, Tabs
from tui.view import View


class Frame(Screen[None], metaclass=AbstractMeta):
    """`NAME` is its name in the tabs; `KEYS` are the ids of bindings in the keys row, the most needed first.

    `FINDS`: `/` narrows the list here, by `find`; else it looks for photos anywhere.
    """

    NAME: ClassVar[str]
    KEYS: ClassVar[tuple[str, ...]]
    FINDS: ClassVar[bool] = False
    AUTO_FOCUS: ClassVar[str | None] = "ListPane"

    def __init__(self, tabs: Sequence[Tab], host: Host, under: str = "") -> None:
        """`under`: the tab that stays marked, where this one has none of its own."""
        super().__init__()
        self.tab = under or self.NAME
        self._tabs = tabs
        self.host = host
        self._panes: list[Pane] = []
        self._tone: Tone | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="head"):
            yield Head()
            yield Clock()
        yield AnswerBand()
        with Container(id="body"):
            yield from self.body()
        if self.FINDS:
            yield FindBar()
        yield Tabs(self._tabs, self.tab)
        yield Keys(self.KEYS)
        yield Notice()

    @abstractmethod
    def body(self) -> ComposeResult:
        """The panes between the answer and the tabs."""

    def on_mount(self) -> None:
        self._panes = list(self.query(Pane))
        self.follow(self.host.view, {"all"})

    def follow(self, view: View, changed: Set[str]) -> int:
        """Hand the state to every pane; those it does not concern stay as they are. Answers how many cells change."""
        self._tone = answer(view.state, view.now, view.offers).tone
        return sum(pane.follow(view, changed) for pane in self._panes)

    def follow_beneath(self, view: View) -> int:
        """The same under a dialog, where every change paints the whole screen again: only when the tone is another."""
        tone = answer(view.state, view.now, view.offers).tone
        return self.follow(view, {"all"}) if tone != self._tone else 0

    def on_screen_resume(self) -> None:
        """A dialog has gone: what it hid is made up for."""
        self.follow(self.host.view, {"all"})

    def say(self, note: Note) -> None:
        self.query_one(Notice).say(note)

    def hush(self) -> None:
        self.query_one(Notice).hush()

    def undone(self) -> None:
        """A decision was taken back."""

    # ---- finding by typing

    def begin_find(self) -> None:
        if self.FINDS:
            self.query_one(FindBar).begin()
        else:
            self.host.find()

    def find(self, words: str) -> None:
        """Show what holds these words; none: all."""

    def on_key(self, event: events.Key) -> None:
        """`esc` ends it from the list, too, as the bar says for as long as it is there."""
        if event.key == "escape" and self.FINDS and (bar := self.query_one(FindBar)).display:
            event.stop()
            bar.action_close()

    @on(FindBar.Typed)
    def _typed(self, event: FindBar.Typed) -> None:
        self.find(event.words)

    @on(FindBar.Left)
    def _found(self) -> None:
        for pane in self.query(ListPane[Any]):
            if pane.display:
                pane.focus()
                return
