"""What is told to somebody who looks elsewhere: that all is safe, that somebody is needed, that Drive is long away.

Each is told once, when it begins and has lasted for a moment; what is so already when the monitor opens is not news.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.model import DriveState, SafeCode
from tui import words
from tui.state import View
from tui.verdict import answer

What = Literal["safe", "red", "offline"]

LASTS = 3.0  # seconds
OFFLINE = 300.0  # seconds


@dataclass(frozen=True, slots=True)
class Alert:
    text: str
    detail: str


class Alerts:
    def __init__(self) -> None:
        self._since: dict[What, float] | None = None  # since when each is so; `None`: nothing is known yet
        self._told: set[What] = set()
        self._moved = False  # something was on its way since it was safe: an agent that starts is not safe at first
        self._verified: int | None = None

    def due(self, view: View) -> Alert | None:
        """What is to be told now."""
        status = view.state.status
        if status is None:
            return None
        now, said = view.now, answer(view)
        safe = status["safe_to_leave"]
        before, self._verified = self._verified, safe["verified"]
        self._moved = self._moved or safe["on_the_way"] > 0 or (before is not None and safe["verified"] > before)
        offline = status["drive"]["state"] == DriveState.OFFLINE and not view.silent
        so: dict[What, bool] = {
            "safe": self._moved and safe["code"] == SafeCode.SAFE and said.tone == "ok",
            "red": said.tone == "bad" and not offline,
            "offline": offline and now - (words.moment(status["drive"]["since"]) or now) >= OFFLINE,
        }
        first, since = self._since is None, self._since or {}
        self._since = {what: since.get(what, view.steady) for what, is_so in so.items() if is_so}
        self._told &= self._since.keys()
        if first:
            self._told |= self._since.keys()
        for what, began in self._since.items():
            if what not in self._told and view.steady - began >= LASTS:
                self._told.add(what)
                self._moved = self._moved and what != "safe"
                if what == "offline":
                    return Alert("Drive is away", f"for {words.span(OFFLINE)} and more; photos wait here")
                return Alert(said.line, said.more)
        return None
