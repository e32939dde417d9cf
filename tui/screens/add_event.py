"""Add an event: its name, and the folders on Drive that its photos come from; both may also be set later."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from agent.errors import VenueError
from tui.draw import Row, row_width
from tui.fields import Field, Told
from tui.host import Host
from tui.notes import Note, draw_note, note_of
from tui.panes.folder_list import FolderList
from tui.safe_text import safe_text

NO_NAME = Note("Type a name", "as the folder is to be called, here and on Drive")


class AddEvent(ModalScreen[str]):
    """Dismissed with the new event's id; with `event`, a source is added to that one instead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="add_close", tooltip="Close: nothing is added"),
        Binding("tab", "next_field", "Next", id="add_next", tooltip="The next field"),
        Binding("ctrl+s", "add", "Add", id="add_add", key_display="ctrl+s", tooltip="Add it as it stands"),
    ]

    def __init__(self, host: Host, event: tuple[str, str] | None = None) -> None:
        """`event`: id and name."""
        super().__init__()
        self._host = host
        self._event = event
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="add-event", classes="dialog"):
            yield Told("title")
            if self._event is None:
                with Horizontal(classes="field"):
                    yield Told("name-label", "label")
                    yield Field("name", "Mia & Jonas")
            with Horizontal(classes="field"):
                yield Told("from-label", "label")
                yield Field("from", "a folder's address on Drive, or choose below")
            yield FolderList(self._host)
            yield Told("result")
            yield Told("add-keys")

    def on_mount(self) -> None:
        title = "Add an event" if self._event is None else f"Add a source to {safe_text(self._event[1])}"
        self._told("title").tell(lambda width, _height: [self._title_row(title, width)])
        if self._event is None:
            self._told("name-label").tell(lambda _width, _height: [[("Name", "$dim")]])
        self._told("from-label").tell(lambda _width, _height: [[("From", "$dim")]])
        self._told("add-keys").tell(self._draw_keys)
        self.query(Field).first().focus()

    def _told(self, id: str) -> Told:
        return self.query_one(f"#{id}", Told)

    def _title_row(self, title: str, width: int) -> Row:
        close = "esc Close"
        self._told("title").on_part(0, width - len(close), len(close), self.action_close)
        row: Row = [(title[: width - len(close) - 1], "bold $accent")]
        return [*row, (" " * (width - row_width(row) - len(close)), ""), ("esc", "bold $accent"), (" Close", "$dim")]

    def _draw_keys(self, width: int, _height: int) -> list[Row]:
        keys = [("enter", "Next, then add"), ("tab", "Folders"), ("space", "Use or not"), ("ctrl+s", "Add")]
        row: Row = []
        told = self._told("add-keys")
        for key, label in keys if width >= 60 else keys[1:]:
            start = row_width(row)
            row += [(key, "bold $accent"), (f" {label}   ", "$dim")]
            if key == "ctrl+s":
                told.on_part(0, start, row_width(row) - start, self.action_add)
        return [row]

    # ---- keys

    def action_next_field(self) -> None:
        self.focus_next()

    @on(Input.Submitted, "#name")
    def _named(self) -> None:
        self.query_one("#from", Field).focus()

    @on(Input.Submitted, "#from")
    def action_add(self) -> None:
        name = self.query_one("#name", Field).value.strip() if self._event is None else ""
        typed = self.query_one("#from", Field).value.strip()
        sources = [*([typed] if typed else []), *self.query_one(FolderList).folders.chosen]
        if self._event is None and not name:
            self._note(NO_NAME)
            self.query_one("#name", Field).focus()
        elif self._event is not None and not sources:
            self._note(Note("Choose a folder", "space takes the marked one"))
        elif not self._busy:
            self._busy = True
            self._note(Note("Adding it", "asking Drive"))
            self.run_worker(self._add(name, sources), group="add", exit_on_error=False)

    async def _add(self, name: str, sources: list[str]) -> None:
        service = self._host.service
        try:
            if self._event is None:
                made = (await service.add_event(name, sources))["status"]
                self._host.say(Note(f"Added {safe_text(made['name'])}", "its first look is on the way"))
                self.dismiss(made["id"])
                return
            for source in sources:
                await service.event_source(self._event[0], "add", source)
            self._host.say(Note("Added", f"{len(sources)} to {safe_text(self._event[1])}"))
            self.dismiss(self._event[0])
        except VenueError as error:
            self._note(note_of(error))
        finally:
            self._busy = False

    def _note(self, note: Note) -> None:
        self._told("result").tell(lambda width, height: draw_note(note, width, height))

    def action_close(self) -> None:
        self.dismiss(None)
