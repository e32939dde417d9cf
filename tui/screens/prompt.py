"""One line to be typed: a name, a number. Known names complete themselves; esc leaves everything as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.draw import Row, row_width
from tui.fields import Field, KnownNames, Told
from tui.fit import cut


class Prompt(ModalScreen[str]):
    """Dismissed with what was typed; `only_known`: it has to be one of the names."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="prompt_cancel", tooltip="Close: everything stays as it is"),
        Binding("tab", "complete", "Complete", id="prompt_complete", tooltip="Complete to a known name"),
    ]

    def __init__(
        self, title: str, *, value: str = "", more: str = "", names: Sequence[str] = (), only_known: bool = False
    ) -> None:
        super().__init__()
        self._heading, self._value, self._more = title, value, more
        self._names = KnownNames(names)
        self._by_fold = {name.casefold(): name for name in names}
        self._only_known = only_known

    def compose(self) -> ComposeResult:
        with Vertical(id="prompt", classes="dialog"):
            yield Told("title")
            yield Field("typed", suggester=self._names)
            yield Told("prompt-more")
            yield Told("prompt-keys")

    def on_mount(self) -> None:
        self.query_one("#title", Told).tell(self._draw_title)
        self.query_one("#prompt-more", Told).tell(lambda width, _height: [[(cut(self._more, width), "$dim")]])
        self.query_one("#prompt-keys", Told).tell(self._draw_keys)
        field = self.query_one(Field)
        field.value = self._value
        field.cursor_position = len(self._value)
        field.focus()

    def _draw_title(self, width: int, _height: int) -> list[Row]:
        close = "esc Close"
        self.query_one("#title", Told).on_part(0, width - len(close), len(close), self.action_cancel)
        name = cut(self._heading, width - len(close) - 2)
        row: Row = [(name, "bold $accent")]
        return [[*row, (" " * (width - row_width(row) - len(close)), ""), ("esc", "bold $accent"), (" Close", "$dim")]]

    def _draw_keys(self, _width: int, _height: int) -> list[Row]:
        told = self.query_one("#prompt-keys", Told)
        told.on_part(0, 0, 8, self._submit)
        row: Row = [("enter", "bold $accent"), (" OK   ", "$dim")]
        if self._by_fold:
            told.on_part(0, row_width(row), 12, self.action_complete)
            row += [("tab", "bold $accent"), (" Complete", "$dim")]
        return [row]

    @on(Input.Submitted)
    def _submit(self) -> None:
        typed = self.query_one(Field).value.strip()
        known = self._by_fold.get(typed.casefold())
        if self._only_known and known is None:
            self._say("Nobody is called so. tab completes a name." if typed else self._more)
        elif typed:
            self.dismiss(known if self._only_known and known else typed)

    def _say(self, text: str) -> None:
        self.query_one("#prompt-more", Told).tell(lambda width, _height: [[(cut(text, width), "bold $warn")]])

    def action_complete(self) -> None:
        field = self.query_one(Field)
        longer = self._names.match(field.value)
        if longer:
            field.value = longer
            field.cursor_position = len(longer)

    def action_cancel(self) -> None:
        self.dismiss(None)
