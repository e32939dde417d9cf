"""A forgotten pause costs the evening: it is said again after a quarter of an hour, and every further one."""

from __future__ import annotations

from tui import words
from tui.notes import Note
from tui.state import ScreenState

EVERY = 15 * 60.0  # seconds


class PauseReminder:
    """Counts the quarters of an hour of one pause; another pause is counted anew."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._told = 0

    def due(self, state: ScreenState, now: float) -> Note | None:
        """What to say now, once a quarter; `None` nearly always."""
        paused = state.status["paused"] if state.status else None
        since = words.moment(paused["since"]) if paused and (paused["uploads"] or paused["all"]) else None
        if since != self._since:
            self._since, self._told = since, 0
        if paused is None or since is None:
            return None
        quarters = int((now - since) // EVERY)
        if quarters <= self._told:
            return None
        self._told = quarters
        what, key = ("Everything is", "P") if paused["all"] else ("Uploads are", "p")
        return Note(f"{what} still paused", f"for {words.span(now - since)}", f"Press {key} to go on", bad=True)
