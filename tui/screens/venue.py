"""Venue: the four live panes; what an operator leaves open all night. On the first evening, the first steps."""

from __future__ import annotations

from collections.abc import Set
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from agent.model import DEFAULT_EVENT
from agent.requests.events import ChangeEventFolder, SetEvent
from tui import state as states
from tui.feed import aside
from tui.first_run import first_steps
from tui.first_run.first_steps import FirstSteps, PhotoFolder
from tui.screens.frame import Frame
from tui.state import View
from tui.widgets.dialogs import LONGEST
from tui.widgets.errors import Errors
from tui.widgets.events import Events
from tui.widgets.list_pane import ListPane
from tui.widgets.notice import Note
from tui.widgets.people import People
from tui.widgets.photos import Latest
from tui.widgets.queue import Queue, Uploading
from tui.widgets.strangers import Strangers
from tui.words import safe_text


class Venue(Frame):
    NAME = "Venue"
    AUTO_FOCUS = ""  # nothing is marked until somebody goes to a pane
    KEYS = ("sign_in", "enroll", "pause", "sync", "retry", "find", "quit", "pause_all", "help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "app.retry", "Retry", id="retry", tooltip="Retry the first error, all of its cause"),
        Binding("a", "add_folder", "Folder", id="add_folder", tooltip="Watch another folder for photos"),
        Binding("r", "name_event", "Name", id="name_event", tooltip="Give the event its name"),
    ]

    def body(self) -> ComposeResult:
        with Container(id="top"):
            with Vertical(id="left"):
                yield Queue()
                yield Uploading()
                yield Events()
                yield Strangers(self.monitor)
            with Container(id="right"):
                yield People()
                yield Latest()
                yield FirstSteps()
        yield Errors()

    def follow(self, view: View, changed: Set[str]) -> int:
        due = first_steps.are_due(view.state)
        if due != self.has_class("-first"):
            self.set_class(due, "-first")
        if self.is_mounted:
            self.query_one(Strangers).follow(view)
        return super().follow(view, changed)

    @on(ListPane.Opened)
    def _open_photo(self, event: ListPane.Opened) -> None:
        ids, opened = [photo["id"] for photo in self.monitor.view.state.latest], event.entry["id"]
        if opened not in ids:  # gone from the list between key and page
            ids = [opened]
        self.monitor.pages.show_photo(ids, ids.index(opened))

    # ---- first steps: their keys outlive them, else a photo that comes first turns what is typed behind one into keys

    def action_add_folder(self) -> None:
        wanted, event = PhotoFolder(), self._event

        async def add(typed: str) -> Note:
            folder = await aside(lambda: wanted.place(typed))
            await self.monitor.agent.ask(ChangeEventFolder(event=event, change="add", folder=folder))
            return Note("Watching it, too", safe_text(folder))

        more = "where photos arrive: a camera's folder, a share, a card"
        self.monitor.pages.prompt(
            "Watch another folder", attempt=lambda typed: partial(add, typed), more=more, longest=LONGEST
        )

    def action_name_event(self) -> None:
        event = self._event

        async def give(name: str) -> Note:
            await self.monitor.agent.ask(SetEvent(event=event, key="name", value=name))
            return Note("The event has its name", safe_text(name))

        more = "as its folder is to be called on Drive"
        self.monitor.pages.prompt("The event's name", attempt=lambda typed: partial(give, typed), more=more)

    @property
    def _event(self) -> str:
        """The one in the head, which may be another one once a question about it is answered."""
        shown = states.shown_event(self.monitor.view.state)
        return shown["id"] if shown else DEFAULT_EVENT
