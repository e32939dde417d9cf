"""Photos that a question finds, narrowed by a part of their name."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from agent.model import PhotoState
from agent.requests.photos import ApprovePhotos, ListPhotos
from tui.screens.frame import BACK, Frame
from tui.state import View
from tui.widgets.notice import Note
from tui.widgets.photos import PhotoList
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor


NOBODYS = "It waits for nobody's yes"


class Search(Frame):
    NAME = "Search"
    KEYS = ("back", "open_marked", "approve", "find", "actions", "help")
    FINDS = True
    ABOUT = frozenset({"y"})
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("y", "approve", "Approve", id="approve", tooltip="It waits for your yes: file and send it"),
    ]

    def __init__(self, monitor: Monitor, query: ListPhotos, title: str) -> None:
        super().__init__(monitor, monitor.pages.under)
        self._query = query
        self._heading = title

    def body(self) -> ComposeResult:
        yield PhotoList(self.monitor, self._query, self._heading)

    @property
    def list(self) -> PhotoList:
        return self.query_one(PhotoList)

    def follow(self, view: View, changed: Set[str]) -> int:
        """The photos of an event that was removed meanwhile go with it."""
        if self.is_current and {"all", "status"} & changed and self._is_removed(view):
            self.gives_way()
            self.monitor.call_later(
                self.monitor.say, Note("The event was removed meanwhile", safe_text(self._heading), bad=True)
            )
            return 0
        return super().follow(view, changed)

    def _is_removed(self, view: View) -> bool:
        state = view.state
        return bool(self._query.event and state.events) and self._query.event not in {one["id"] for one in state.events}

    def find(self, words: str) -> None:
        self.list.ask(words)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "approve":
            marked = self.list.marked if self.is_mounted else None
            return marked is not None and marked["state"] == PhotoState.HELD
        return super().check_action(action, parameters)

    def action_approve(self) -> None:
        """The marked one; the next has the mark then."""
        photo = self.list.marked
        if photo is None:
            return
        id, name = photo["id"], safe_text(photo["name"])

        async def approve() -> Note:
            count = await self.monitor.agent.ask(ApprovePhotos(ids=[id]))
            if self.is_attached and self._query.state == PhotoState.HELD:
                self.list.drop(id)
                self.refresh_bindings()
            return Note(f"Approved {name}", "it is filed and sent now; z undoes it") if count else Note(NOBODYS, name)

        self.monitor.verbs.decide(f"approve {id}", approve, about=f"photo {id}", keys_wait=True)
