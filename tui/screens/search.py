"""Search: photos by a part of their name, anywhere or among some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Mount

from agent.service_browse import PhotoQuery
from tui.host import Host
from tui.lists.list_pane import ListPane
from tui.panes.photo_list import PhotoList
from tui.panes.tabs import Tab
from tui.screens.frame import Frame


class Search(Frame):
    NAME = "Search"
    KEYS = ("back", "open_marked", "find", "actions", "help")
    FINDS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="back", key_display="esc", tooltip="Back to where you came from"),
    ]

    def __init__(
        self, tabs: Sequence[Tab], host: Host, under: str, query: PhotoQuery | None = None, title: str = ""
    ) -> None:
        """`query`: only among those; without it typing begins at once."""
        super().__init__(tabs, host, under)
        self._query = query
        self._heading = title or "Photos"

    def body(self) -> ComposeResult:
        yield PhotoList(self.host, self._query or {}, self._heading)

    @on(Mount)
    def _begin(self) -> None:
        if self._query is None:
            self.begin_find()

    def find(self, words: str) -> None:
        self.query_one(PhotoList).ask(words)

    @on(ListPane.Opened)
    def _open_photo(self) -> None:
        photos = self.query_one(PhotoList)
        self.host.show_photo(photos.ids, photos.mark.index)

    def action_back(self) -> None:
        self.dismiss()
