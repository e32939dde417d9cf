"""Welcome: there is no workspace yet. Three answers, all with a default, and the monitor opens around a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.types import CSSPathType
from textual.widgets import Input

from agent.errors import VenueError
from tui import breakpoints, terminal, theme
from tui.draw import Row
from tui.fields import Field, Told
from tui.fit import wrap
from tui.notes import Note, draw_note, note_of
from tui.own_fault import OwnFault
from tui.rows import Rows
from tui.terminal import Look

TOLD = (
    "venuesync files event photos by the people on them, here and on Google Drive. "
    "It keeps everything in one folder. Enter takes what stands there."
)
FIELDS = (
    ("folder", "Folder", "everything is kept in it"),
    ("event", "Event", "its name, as on Drive: may come later"),
    ("incoming", "Photos", "a further folder that they arrive in, beside Incoming: may stay empty"),
)


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """`event` and `incoming` are empty where nothing was typed."""

    folder: Path
    event: str
    incoming: str


class Welcome(OwnFault[FirstAnswers]):
    """Answers `None` where somebody leaves. `check` raises `VenueError` for a folder that cannot be one."""

    CSS_PATH: ClassVar[CSSPathType | None] = [Path("../venue.tcss"), Path("../screens.tcss")]
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = breakpoints.WIDTHS
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = breakpoints.HEIGHTS
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,ctrl+q", "leave", "Leave", id="welcome_leave", priority=True),
        Binding("down,tab", "focus_next", "Next", id="welcome_next", priority=True),
        Binding("up", "focus_previous", "Previous", id="welcome_previous", priority=True),
    ]

    def __init__(self, folder: Path, check: Callable[[Path], object], look: Look | None = None) -> None:
        look = look or terminal.look()
        super().__init__(ansi_color=True if look in ("plain", "sixteen") else None)
        self._folder, self._check = folder, check
        self.animation_level = "none"
        for made in theme.themes():
            self.register_theme(made)
        self.theme = f"venue-{look}"

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome"):
            yield Told("title")
            yield Told("welcome-told")
            for id, _, _ in FIELDS:
                with Horizontal(classes="field"):
                    yield Told(f"{id}-label", "label")
                    yield Field(id)
                yield Told(f"{id}-more", "more")
            yield Told("result")
            yield Told("welcome-keys")

    def on_mount(self) -> None:
        Rows.utf8 = terminal.has_utf8()
        self._told("title").tell(lambda _w, _h: [[("Welcome to venuesync", "bold $accent")]])
        self._told("welcome-told").tell(lambda width, height: [[(row, "$ink")] for row in wrap(TOLD, width, height)])
        for id, name, more in FIELDS:
            self._told(f"{id}-label").tell(lambda _w, _h, name=name: [[(name, "$dim")]])
            self._told(f"{id}-more").tell(
                lambda width, _h, more=more: [[(row, "$dim")] for row in wrap(more, width, 1)]
            )
        self._told("welcome-keys").tell(self._draw_keys)
        folder = self.query_one("#folder", Field)
        folder.value = str(self._folder)
        folder.cursor_position = len(folder.value)
        folder.focus()

    def _told(self, id: str) -> Told:
        return self.query_one(f"#{id}", Told)

    def _draw_keys(self, _width: int, _height: int) -> list[Row]:
        told = self._told("welcome-keys")
        told.on_part(0, 0, 10, self._go_on)
        told.on_part(0, 13, 9, self.action_leave)
        return [[("enter", "bold $accent"), (" Next   ", "$dim"), ("esc", "bold $accent"), (" Leave", "$dim")]]

    # ---- answering

    @on(Input.Submitted)
    def _go_on(self) -> None:
        """To the next field; from the last one, on to the monitor."""
        focused = self.focused
        if isinstance(focused, Field) and focused.id == "folder" and self._refused() is not None:
            return
        if isinstance(focused, Field) and focused.id != FIELDS[-1][0]:
            self.action_focus_next()
            return
        folder = self._refused()
        if folder is None:
            values = {id: self.query_one(f"#{id}", Field).value.strip() for id, _, _ in FIELDS}
            self.exit(FirstAnswers(self._typed_folder(), values["event"], values["incoming"]))

    def _typed_folder(self) -> Path:
        return Path(self.query_one("#folder", Field).value.strip() or str(self._folder)).expanduser()

    def _refused(self) -> Note | None:
        """What is wrong with the folder, said at once."""
        try:
            self._check(self._typed_folder())
        except VenueError as error:
            note = note_of(error)
            self._told("result").tell(lambda width, height: draw_note(note, width, height))
            self.query_one("#folder", Field).focus()
            return note
        return None

    def action_leave(self) -> None:
        self.exit(None)
