"""A question with two answers: yes does it, no and esc leave everything as it is."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.draw import BLANK, Row, row_width
from tui.fit import wrap
from tui.rows import Rows

ROWS = 4  # of text at most


class _Asked(Rows):
    def __init__(self, question: str, more: str) -> None:
        super().__init__(id="asked")
        self._question, self._more = question, more

    def rows_at(self, width: int) -> list[Row]:
        question: list[Row] = [[(line, "bold $ink")] for line in wrap(self._question, width, ROWS)]
        more: list[Row] = [[(line, "$ink")] for line in wrap(self._more, width, ROWS)] if self._more else []
        return [*question, *more, BLANK]

    def draw(self, width: int, height: int) -> list[Row]:
        rows = self.rows_at(width)
        answers: Row = []
        for key, word, yes in (("y", "Yes", True), ("n", "No", False)):
            start = row_width(answers)
            answers += [(key, "bold $accent"), (f" {word}    ", "$ink")]
            act = partial(self.screen.run_action, f"answer({yes})")
            self.on_part(len(rows), start, row_width(answers) - start - 4, act)
        return [*rows, answers]


class Question(ModalScreen[bool]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="answer_yes", tooltip="Yes"),
        Binding("n,escape", "answer(False)", "No", id="answer_no", tooltip="No: everything stays as it is"),
    ]

    def __init__(self, question: str, more: str = "") -> None:
        super().__init__()
        self._asked = _Asked(question, more)

    def compose(self) -> ComposeResult:
        with Vertical(id="question", classes="dialog"):
            yield self._asked

    def on_mount(self) -> None:
        self._fit_height()

    def on_resize(self) -> None:
        self._fit_height()

    def _fit_height(self) -> None:
        width = min(60, self.size.width) - 6
        self._asked.styles.height = len(self._asked.rows_at(width)) + 1

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
