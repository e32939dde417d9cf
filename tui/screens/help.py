"""Help: every key that works, and what it does; made from the keys themselves, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from tui.draw import Row
from tui.fit import cut
from tui.panes.keys import key_name
from tui.rows import Rows

KEY = 9  # cells


class KeyList(Rows):
    def __init__(self, bindings: Sequence[Binding]) -> None:
        super().__init__()
        self._listed = [binding for binding in bindings if binding.id and binding.tooltip and binding.id != "interrupt"]
        self.styles.height = len(self._listed)

    def draw(self, width: int, height: int) -> list[Row]:
        return [
            [(key_name(binding).ljust(KEY), "bold $accent"), (cut(binding.tooltip, width - KEY), "$ink")]
            for binding in self._listed
        ]


class HelpTitle(Rows):
    def draw(self, width: int, height: int) -> list[Row]:
        close = "esc Close"
        self.on_part(0, width - len(close), len(close), partial(self.screen.run_action, "dismiss"))
        name = "Keys".ljust(width - len(close))
        return [[(name, "bold $accent"), ("esc", "bold $accent"), (" Close", "$dim")]]


class Help(ModalScreen[None]):
    """Closed by escape, `?` again, enter, or a click on the word."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,enter,q", "dismiss", "Close", id="close_help", tooltip="Close the list"),
    ]

    def __init__(self, bindings: Sequence[Binding]) -> None:
        super().__init__()
        self._listed = bindings

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help", classes="dialog"):
            yield HelpTitle()
            yield KeyList(self._listed)
