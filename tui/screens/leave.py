"""Leave: what becomes of the agent that runs inside this monitor; and when it closes by itself, as all is sent."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from agent.requests.status import StatusDocument
from tui.draw import BLANK, Row, cut, wrap
from tui.keys.keymap import named
from tui.keys.remedies import by_key
from tui.state import View
from tui.verdict import Ending, answer, ending_of, told
from tui.widgets.dialogs import Dialog, Fitted
from tui.widgets.notice import Note
from tui.words import safe_text

FINISHING = Note("Closing when all is sent", "q says otherwise")
DONE, DONE_BUT_SOME_FAILED = 0, 5  # codes of endings that nothing more can come after


class Leave(StrEnum):
    """What becomes of the agent when the screen goes."""

    CLOSE = "close"  # nothing: it runs elsewhere, or ends with its screen
    FINISH = "finish"  # stays until all is sent, then ends
    HEADLESS = "headless"  # goes on without the terminal
    STOP = "stop"  # puts everything down safely; the next start goes on


class Finishing:
    """Whether the monitor closes by itself when all is sent, and whether it is time."""

    def __init__(self) -> None:
        self.on = False
        self.ending: Ending | None = None  # the one that ended it
        self._stuck = ""

    def begin(self) -> None:
        self.on, self._stuck = True, ""

    def is_over(self, status: StatusDocument) -> bool:
        """All is done, as far as it can be."""
        if not self.on:
            return False
        ending = ending_of(status)
        if ending.code not in (DONE, DONE_BUT_SOME_FAILED):
            return False
        self.ending = ending
        return True

    def stuck(self, status: StatusDocument) -> Note | None:
        """Once: what keeps it from ever being over, until somebody acts."""
        ending = ending_of(status)
        reason = ending.reason if self.on and ending.code is not None else ""
        if reason == self._stuck:
            return None
        self._stuck = reason
        return Note("It cannot finish yet", by_key(reason), bad=True) if reason else None


# ---- the question


def standing(view: View) -> str:
    """What is still to be done, in words."""
    status = view.state.status
    said = told(status) if status is not None and not view.silent else answer(view).line
    return f"{safe_text(said)}. The agent runs in here."


NAME = 10  # cells of an answer's name
ROWS = 2  # of text about how it stands, at most

_FINISH = ("f", "Finish", "send what is left, then close by itself", "close when all is sent", Leave.FINISH)
_STAY = ("f", "Stay open", "do not close when all is sent", "even when all is sent", Leave.FINISH)
_OTHERS = (
    ("h", "Headless", "go on without a screen; venuesync comes back", "go on without screen", Leave.HEADLESS),
    ("s", "Stop", "put everything down; the next start goes on", "until the next start", Leave.STOP),
)


class _Answers(Fitted):
    def __init__(self, standing: str, finishing: bool) -> None:
        super().__init__(id="leave-answers")
        self._standing = standing
        self._answers = (_STAY if finishing else _FINISH, *_OTHERS)
        self._title = "Closing when all is sent" if finishing else "Close the monitor"

    def stand(self, standing: str) -> int:
        if standing == self._standing:
            return 0
        self._standing = standing
        self.refresh(layout=True)
        return self.redraw()

    def head(self, width: int) -> list[Row]:
        told = [[(line, "$ink")] for line in wrap(self._standing, width, ROWS)]
        return [[(cut(self._title, width), "bold $accent")], *told, BLANK]

    def rows_at(self, width: int) -> int:
        return len(self.head(width)) + len(self._answers) + 2

    def draw(self, width: int, height: int) -> list[Row]:
        rows = self.head(width)
        wide = max(len(named(answer[0])) for answer in self._answers)
        for key, name, long, short, how in self._answers:
            room = width - NAME - wide - 2
            what = long if len(long) <= room else short
            self.on_part(len(rows), 0, width, partial(self.screen.run_action, f"leave('{how.value}')"))
            told: Row = [(f"  {name:{NAME}}", "bold $ink"), (cut(what, room), "$dim")]
            rows.append([(f"{named(key):{wide}}", "bold $accent"), *told])
        self.on_part(len(rows) + 1, 0, 8, partial(self.screen.run_action, "stay"))
        return [*rows, BLANK, [("esc", "bold $accent"), (" Stay", "$dim")]]


class LeaveQuestion(Dialog[Leave]):
    """Dismissed with the answer, or with nothing: stay. `finishing`: it closes when all is sent, already."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "leave('finish')", "Finish", id="leave_finish", tooltip="Send what is left, then close"),
        Binding("h", "leave('headless')", "Headless", id="leave_headless", tooltip="Go on without a screen"),
        Binding("s", "leave('stop')", "Stop", id="leave_stop", tooltip="Put everything down; the next start goes on"),
        Binding("escape,q", "stay", "Stay", id="leave_stay", tooltip="Stay: nothing is closed"),
    ]

    def __init__(self, standing: str, finishing: bool = False) -> None:
        """`standing`: what is still to be done."""
        super().__init__()
        self._answers = _Answers(standing, finishing)

    def compose(self) -> ComposeResult:
        with Vertical(id="leave", classes="dialog"):
            yield self._answers

    def stand(self, view: View) -> int:
        return self._answers.stand(standing(view))

    def action_leave(self, how: str) -> None:
        self.dismiss(Leave(how))

    def action_stay(self) -> None:
        self.dismiss(None)
