"""The head: which event, whether Drive can be reached, and how fast bytes go.

Always one row; the clock beside it is a widget of its own, so that a second costs eight cells.
"""

from __future__ import annotations

from agent.model import DriveState
from agent.service_status import StatusDocument
from tui import words
from tui.draw import Row, pill, row_width
from tui.fit import fit
from tui.pane import Pane
from tui.state import event_name
from tui.view import View

WIDE = 68  # cells that the head needs for its rates

_WORDS = {
    DriveState.ONLINE: ("online", "ok"),
    DriveState.THROTTLED: ("slowed", "warn"),
    DriveState.DISABLED: ("off", ""),
    DriveState.OFFLINE: ("OFFLINE", "bad"),
    DriveState.NEEDS_LOGIN: ("NEEDS SIGN-IN", "bad"),
    DriveState.FULL: ("FULL", "bad"),
}


def draw_head(view: View, width: int) -> Row:
    """The event's name in what room there is, then the facts at the right."""
    status = view.state.status
    if status is None:
        return [(fit("venuesync", width), "bold $ink")]
    facts = _drive(view, status, narrow=width < WIDE)
    if width >= WIDE and not view.silent:
        facts += [("  ", ""), *_up(view, status), ("  ", ""), *_rate("down", status["downloads"]["bytes_per_second"])]
    if view.closing:
        facts = [(" CLOSING ", pill("hold", view.plain)), ("  ", ""), *facts]
    name = fit(event_name(view.state), width - row_width(facts) - 2)
    return [(name, "bold $ink"), ("  ", ""), *facts]


def _drive(view: View, status: StatusDocument, narrow: bool) -> Row:
    label = ("Drive ", "$dim")
    if view.silent:
        return [label, ("not known", "$dim")]
    known = {state.value: words for state, words in _WORDS.items()}
    word, tone = known.get(status["drive"]["state"], (status["drive"]["state"], ""))
    if status["drive"]["connecting"]:
        word, tone = "connecting", ""
    if narrow and word == "NEEDS SIGN-IN":
        word = "SIGN IN"
    if word.isupper():
        return [label, (f" {word} ", pill(tone, view.plain))]
    return [label, (word, f"bold ${tone}" if tone else "$dim")]


def _up(view: View, status: StatusDocument) -> Row:
    paused = status["paused"]
    if paused["all"]:
        return [(" ALL PAUSED ", pill("hold", view.plain))]
    if paused["uploads"]:
        return [(" ", ""), (" up PAUSED ", pill("hold", view.plain))]
    return _rate("up", status["uploads"]["bytes_per_second"])


def _rate(name: str, bytes_per_second: float) -> Row:
    moves = bytes_per_second >= 50_000  # less is shown as 0.0
    return [(f"{name} ", "$dim"), (f"{words.rate(bytes_per_second):>9}", "$ink" if moves else "$dim")]


class Head(Pane):
    FADES = False
    SECTIONS = frozenset({"status"})
    TICKS = True  # only for the moment when the agent falls silent

    def draw(self, width: int, height: int) -> list[Row]:
        return [[(" " * self.margin, ""), *draw_head(self.view, width - self.margin)]]


class Clock(Pane):
    """The time; without seconds where there is little room."""

    FADES = False
    TICKS = True

    def draw(self, width: int, height: int) -> list[Row]:
        return [[("  ", ""), (words.clock(self.view.now, seconds=width >= 11), "bold $ink")]]
