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

from agent.errors import UsageError, VenueError
from tui.draw import Row, wrap
from tui.first_run.first_steps import PhotoFolder
from tui.terminal import looks
from tui.terminal.fault import OwnFault
from tui.widgets.dialogs import LONG, LONGEST, Field, Key, Label, Result, Told, keys_row
from tui.widgets.notice import note_of
from tui.widgets.rows import Rows

WHAT = "venuesync files event photos by the people on them, here and on Google Drive. "
TOLD = "It keeps everything in one folder. Enter takes what stands there."
FIELDS = (
    ("folder", "Folder", "everything is kept in it"),
    ("event", "Event", "its name on Drive: may come later"),
    ("incoming", "Photos", "a folder besides Incoming, or none"),
)


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """`event` and `incoming` are empty where nothing was typed."""

    folder: Path
    event: str
    incoming: str


class Welcome(OwnFault[FirstAnswers]):
    """Returns `None` where somebody leaves. `check` and `make` raise `VenueError` for a folder that cannot be one."""

    CSS_PATH: ClassVar[CSSPathType | None] = [Path("../venue.tcss"), Path("../screens.tcss")]
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = looks.WIDTHS
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = looks.HEIGHTS
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,ctrl+q", "leave", "Leave", id="welcome_leave", priority=True),
        Binding("down,tab", "focus_next", "Next", id="welcome_next", priority=True),
        Binding("up", "focus_previous", "Previous", id="welcome_previous", priority=True),
    ]

    def __init__(
        self,
        folder: Path,
        check: Callable[[Path], object],
        make: Callable[[Path], object],
        look: looks.Look | None = None,
    ) -> None:
        """`make` makes the workspace; called again where anything else is still to be mended, it changes nothing."""
        look = look or looks.look()
        super().__init__(ansi_color=True if look in ("plain", "sixteen") else None)
        Rows.utf8 = looks.has_utf8()
        self._folder, self._check, self._make = folder, check, make
        self._incoming = PhotoFolder()
        self.animation_level = "none"
        for made in looks.themes():
            self.register_theme(made)
        self.theme = f"venue-{look}"

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome"):
            yield Told("title", lambda _w, _h: [[("Welcome to venuesync", "bold $accent")]])
            yield Told("welcome-told", self._draw_told)
            for id, name, more in FIELDS:
                with Horizontal(classes="field"):
                    yield Label(f"{id}-label", name)
                    yield Field(id, longest=LONG if id == "event" else LONGEST)
                yield Told(f"{id}-more", partial(self._draw_more, more), classes="more")
            yield Result()
            yield Told("welcome-keys", self._draw_keys)

    def on_mount(self) -> None:
        folder = self.query_one("#folder", Field)
        folder.fill(str(self._folder))
        folder.focus()

    @staticmethod
    def _draw_told(width: int, height: int) -> list[Row]:
        """What it is goes first, where there is no room for both."""
        whole = wrap(WHAT + TOLD, width, height + 1)
        return [[(row, "$ink")] for row in (whole if len(whole) <= height else wrap(TOLD, width, height))]

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
        last = not isinstance(focused, Field) or focused.id == FIELDS[-1][0]
        if isinstance(focused, Field) and focused.id == "folder" and not self._well("folder", self._check_folder):
            return
        if not last:
            self.action_focus_next()
        elif self._well("incoming", self._place_incoming) and self._well("folder", self._make_folder):
            incoming = self._place_incoming()
            self.exit(FirstAnswers(self._typed_folder(), self._answer("event"), incoming))

    def _answer(self, id: str) -> str:
        return self.query_one(f"#{id}", Field).value.strip()

    def _typed_folder(self) -> Path:
        try:
            return Path(self._answer("folder") or str(self._folder)).expanduser()
        except RuntimeError:
            raise UsageError("There is no such home", self._answer("folder"), "Write the folder's whole path") from None

    def _check_folder(self) -> None:
        self._check(self._typed_folder())

    def _make_folder(self) -> None:
        self._check_folder()
        try:
            self._make(self._typed_folder())
        except VenueError as error:
            raise UsageError(error.title, error.detail, "Type another folder") from None

    def _place_incoming(self) -> str:
        return self._incoming.place(typed) if (typed := self._answer("incoming")) else ""

    def _well(self, id: str, look: Callable[[], object]) -> bool:
        """What is wrong with this answer is said at once, and asked again."""
        try:
            look()
        except VenueError as error:
            self.query_one(Result).say(note_of(error))
            self.query_one(f"#{id}", Field).focus()
            return False
        return True

    def action_leave(self) -> None:
        self.exit(None)
