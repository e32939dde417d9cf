"""Photos that a question finds, narrowed by a part of their name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

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

    def __init__(self, monitor: Monitor, query: ListPhotos, title: str) -> None:
        super().__init__(monitor, monitor.pages.under)
        self._query = query
        self._heading = title

    def body(self) -> ComposeResult:
        yield PhotoList(self.monitor, self._query, self._heading)

    def find(self, words: str) -> None:
        self.query_one(PhotoList).ask(words)
