"""`Frame`: what every screen has in common: head, answer, tabs and keys around a body of panes."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.screen import Screen

from tui.answer import Tone, answer
from tui.host import Host
from tui.notes import Note
from tui.pane import Pane
from tui.panes.answer_band import AnswerBand
from tui.panes.head import Clock, Head
from tui.panes.keys import Keys
from tui.panes.notice import Notice
from tui.panes.tabs import Tab, Tabs
from tui.view import View


class Frame(Screen[None]):
    """`NAME` is its name in the tabs; `KEYS` are the ids of bindings in the keys row, the most needed first."""

    NAME: ClassVar[str]
    KEYS: ClassVar[tuple[str, ...]]

    def __init__(self, tabs: Sequence[Tab], host: Host) -> None:
        super().__init__()
        self._tabs = tabs
        self._host = host
        self._panes: list[Pane] = []
        self._tone: Tone | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="head"):
            yield Head()
            yield Clock()
        yield AnswerBand()
        with Container(id="body"):
            yield from self.body()
        yield Tabs(self._tabs, self.NAME)
        yield Keys(self.KEYS)
        yield Notice()

    def body(self) -> ComposeResult:
        raise NotImplementedError

    def on_mount(self) -> None:
        self._panes = list(self.query(Pane))
        self.follow(self._host.view, {"all"})

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
        self.follow(self._host.view, {"all"})

    def say(self, note: Note) -> None:
        self.query_one(Notice).say(note)

    def hush(self) -> None:
        self.query_one(Notice).hush()
