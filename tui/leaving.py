"""How the monitor is left with an agent of its own inside; and when it closes by itself, as all is sent."""

from __future__ import annotations

from enum import StrEnum

from agent.service_status import StatusDocument
from tui.done import Ending, ending_of
from tui.notes import Note

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

    def call_off(self) -> None:
        self.on = False

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
        return Note("It cannot finish yet", reason, bad=True) if reason else None
