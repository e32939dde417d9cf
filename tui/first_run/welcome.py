"""Welcome: there is no workspace yet. Three answers, all with a default, and the monitor opens around a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.types import CSSPathType
from textual.widgets import Input

from agent.errors import VenueError
from tui import terminal
from tui.draw import Row, wrap
from tui.terminal import Look, OwnFault
from tui.widgets.dialogs import Field, Key, Label, Result, Told, keys_row
from tui.widgets.notice import Note, note_of
from tui.widgets.rows import Rows

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
    """Returns `None` where somebody leaves. `check` raises `VenueError` for a folder that cannot be one."""

    CSS_PATH: ClassVar[CSSPathType | None] = [Path("../venue.tcss"), Path("../screens.tcss")]
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = terminal.WIDTHS
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = terminal.HEIGHTS
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
        for made in terminal.themes():
            self.register_theme(made)
        self.theme = f"venue-{look}"

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome"):
            yield Told("title", lambda _w, _h: [[("Welcome to venuesync", "bold $accent")]])
            yield Told("welcome-told", lambda width, height: [[(row, "$ink")] for row in wrap(TOLD, width, height)])
            for id, name, more in FIELDS:
                with Horizontal(classes="field"):
                    yield Label(f"{id}-label", name)
                    yield Field(id)
                yield Told(f"{id}-more", partial(self._draw_more, more), classes="more")
            yield Result()
            yield Told("welcome-keys", self._draw_keys)

    def on_mount(self) -> None:
        Rows.utf8 = terminal.has_utf8()
        folder = self.query_one("#folder", Field)
        folder.fill(str(self._folder))
        folder.focus()

    @staticmethod
    def _draw_more(more: str, width: int, _height: int) -> list[Row]:
        return [[(row, "$dim")] for row in wrap(more, width, 1)]

    def _draw_keys(self, _width: int, _height: int) -> list[Row]:
        keys: list[Key] = [("enter", "Next", self._go_on), ("esc", "Leave", self.action_leave)]
        return [keys_row(self.query_one("#welcome-keys", Told), 0, keys)]

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
            self.query_one(Result).say(note)
            self.query_one("#folder", Field).focus()
            return note
        return None

    def action_leave(self) -> None:
        self.exit(None)
