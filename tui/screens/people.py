"""People: everybody with a folder; narrowed by typing, and more of the marked one beside or below."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Resize

from tui.lists.list_pane import ListPane
from tui.notes import Note
from tui.panes.people_list import SAID, PeopleList
from tui.panes.person_facts import PersonFacts
from tui.panes.photo_list import PhotoList
from tui.panes.reference_faces import ReferenceFaces
from tui.screens.person_keys import PersonKeys

BESIDE = 120  # columns from which on her photos stand beside the list


class People(PersonKeys):
    NAME = "People"
    KEYS = (
        "open_marked", "find", "enroll", "rename", "merge", "link", "open_folder", "order", "undo", "actions", "help",
    )  # fmt: skip
    FINDS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *PersonKeys.BINDINGS,
        Binding("c", "order", "Order", id="order", tooltip="Change the order: by photos, by name, by last seen"),
    ]

    def body(self) -> ComposeResult:
        with Container(id="people"):
            yield PeopleList()
            with Vertical(id="person"):
                yield PersonFacts(self.host)
                yield ReferenceFaces(self.host)
                yield PhotoList(self.host, None, "Photos")

    @property
    def list(self) -> PeopleList:
        return self.query_one(PeopleList)

    def find(self, words: str) -> None:
        self.list.narrow(words)

    def action_order(self) -> None:
        self.say(Note("Order", SAID[self.list.next_order()]))

    @on(ListPane.Marked, "#people-list")
    def _look_at(self, event: ListPane.Marked) -> None:
        self._show(event.entry["id"], event.entry["name"])

    def _show(self, id: str, name: str) -> None:
        self.query_one(PersonFacts).show(id)
        photos = self.query_one(PhotoList)
        if self.size.width >= BESIDE:
            photos.of_person(id, name)

    def on_resize(self, event: Resize) -> None:
        marked = self.list.marked
        if marked is not None and event.size.width >= BESIDE:
            self._show(marked["id"], marked["name"])

    @on(ListPane.Opened, "#people-list")
    def _open_person(self, event: ListPane.Opened) -> None:
        self.host.show_person(event.entry["id"])

    @on(ListPane.Opened, "#photo-list")
    def _open_photo(self) -> None:
        photos = self.query_one(PhotoList)
        self.host.show_photo(photos.ids, photos.mark.index)
