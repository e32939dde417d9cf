"""One person on a page of her own: folders, link and code, and all her photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Mount

from tui.host import Host
from tui.lists.list_pane import ListPane
from tui.panes.person_facts import PersonFacts
from tui.panes.photo_list import PhotoList
from tui.panes.reference_faces import ReferenceFaces
from tui.panes.tabs import Tab
from tui.screens.person_keys import PersonKeys


class Person(PersonKeys):
    NAME = "People"
    KEYS = ("back", "open_marked", "find", "rename", "merge", "link", "open_folder", "undo", "actions", "help")
    FINDS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *PersonKeys.BINDINGS,
        Binding("escape", "back", "Back", id="back", key_display="esc", tooltip="Back to where you came from"),
    ]

    def __init__(self, tabs: Sequence[Tab], host: Host, id: str) -> None:
        super().__init__(tabs, host)
        self.person_id = id

    def body(self) -> ComposeResult:
        with Container(id="person-page"):
            yield PersonFacts(self.host)
            yield ReferenceFaces(self.host)
            yield PhotoList(self.host, {"person": self.person_id}, "Photos", whose=self._whose(), count=self._count)

    def _whose(self) -> str:
        people = self.host.view.state.status["people"] if self.host.view.state.status else []
        return next((person["name"] for person in people if person["id"] == self.person_id), "")

    def _count(self) -> int | None:
        person = self.facts.person
        return person["solo"] + person["group"] if person else None

    @on(Mount)
    def _whom(self) -> None:
        self.facts.show(self.person_id)

    def find(self, words: str) -> None:
        self.query_one(PhotoList).ask(words)

    @on(ListPane.Opened)
    def _open_photo(self) -> None:
        photos = self.query_one(PhotoList)
        self.host.show_photo(photos.ids, photos.mark.index)

    def action_back(self) -> None:
        self.dismiss()
