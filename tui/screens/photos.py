"""Photos: found by a part of their name, or by a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Mount

from agent.requests.photos import ListPhotos
from tui.screens.frame import BACK, Frame
from tui.widgets.photos import PhotoList

if TYPE_CHECKING:
    from tui.app import Monitor


class Search(Frame):
    NAME = "Search"
    KEYS = ("back", "open_marked", "find", "actions", "help")
    FINDS = True
    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    def __init__(self, monitor: Monitor, query: ListPhotos | None = None, title: str = "") -> None:
        """`query`: only among those; without it typing begins at once."""
        super().__init__(monitor, monitor.pages.under)
        self._query = query
        self._heading = title or "Photos"

    def body(self) -> ComposeResult:
        yield PhotoList(self.monitor, self._query or ListPhotos(), self._heading)

    @on(Mount)
    def _begin(self) -> None:
        if self._query is None:
            self.begin_find()

    def find(self, words: str) -> None:
        self.query_one(PhotoList).ask(words)
