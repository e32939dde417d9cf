"""What a verb has to say for itself: one sentence, good or bad, shown for a moment just above the keys."""

from __future__ import annotations

from dataclasses import dataclass

from textual.timer import Timer

from agent import __version__
from agent.errors import VenueError
from agent.requests.people import PersonChange
from agent.requests.status import StatusDocument
from tui import words
from tui.draw import Row, cut, width_of, wrap
from tui.keys.keymap import named
from tui.keys.remedies import by_key
from tui.state import ScreenState
from tui.widgets.rows import Pane
from tui.words import safe_text


@dataclass(frozen=True, slots=True)
class Note:
    """`title` is bold; `text` says more, `remedy` what to do: it is the last to go where there is no room."""

    title: str
    text: str = ""
    remedy: str = ""
    bad: bool = False


def note_of(error: VenueError) -> Note:
    return Note(error.title, error.detail, by_key(error.remedy), bad=True)


ALREADY = "It was so already"


def said(change: PersonChange, verb: str, already: str = ALREADY) -> Note:
    """What a verb about a person came to, and that it can be undone; where it was so, that it is so `already`."""
    if not change.get("changed", True):
        return Note(already, safe_text(change["name"]))
    told = "; ".join([words.moved(change["photos"]), "z undoes it", *map(safe_text, change.get("told", []))])
    return Note(f"{verb} {safe_text(change['name'])}", told)


def other_version(status: StatusDocument) -> Note | None:
    """That the agent is not of this monitor's version, so that each may know things that the other does not."""
    if status["version"] == __version__:
        return None
    versions = f"it is {status['version']}, this monitor {__version__}"
    return Note("The agent is another version", versions, "Update the older one", bad=True)


def draw_note(note: Note, width: int, height: int) -> list[Row]:
    """`Title: text. Remedy`, in at most `height` rows."""
    text, remedy = (safe_text(part).strip().rstrip(".") for part in (note.text, note.remedy))
    title = safe_text(note.title).strip()  # it may end with a name, and that with `Jr.`
    if remedy and len(wrap(_sentence(title, text, remedy), width, height + 1)) > height:
        room = width * height - width_of(title) - width_of(remedy) - 8 * height  # rows seldom end full
        text = cut(text, room) if room > 12 else ""
    lines = wrap(_sentence(title, text, remedy), width, height) or [""]
    bold = min(len(title) + 1, len(lines[0]))
    tone = "bold $bad" if note.bad else "bold $ink"
    return [[(lines[0][:bold], tone), (lines[0][bold:], "$ink")], *([(line, "$ink")] for line in lines[1:])]


def _sentence(title: str, text: str, remedy: str) -> str:
    told = (" " if text.endswith("…") else ". ").join(part for part in (text, remedy) if part)
    return f"{title}: {told}" if told else title


ROWS = 3
SECONDS, SECONDS_BAD = 5.0, 15.0


class Notice(Pane):
    """Not there until something is to be said.

    A refusal that answers, and is said beneath a dialog, stays until that has gone; the next answer waits behind it.
    """

    FADES = False

    def __init__(self) -> None:
        super().__init__()
        self._note = Note("")
        self._timer: Timer | None = None
        self._unseen = False  # a refusal that nobody can have read
        self._waiting: list[Note] = []
        self.display = False

    def say(self, note: Note, *, answer: bool = False) -> None:
        beneath = not self.screen.is_active
        if beneath and self._unseen and answer:
            self._waiting.append(note)
            return
        if beneath and self._unseen:
            self._waiting.insert(0, self._note)
        self._show(note, unseen=beneath and answer and note.bad)

    def is_on_top(self) -> None:
        """No dialog lies over it any more."""
        if self._unseen and self.screen.is_active:
            self._show(self._note, unseen=False)

    def _show(self, note: Note, *, unseen: bool) -> None:
        self._note, self._unseen = note, unseen
        self.display = True
        self.styles.height = len(draw_note(note, self.screen.size.width - 2 * self.margin, ROWS))
        self.redraw()
        if self._timer:
            self._timer.stop()
        if not unseen:
            self._timer = self.set_timer(SECONDS_BAD if note.bad else SECONDS, self.hush)

    def hush(self) -> None:
        self.display = self._unseen = False
        if self._waiting:
            self._show(self._waiting.pop(0), unseen=not self.screen.is_active)

    def draw(self, width: int, height: int) -> list[Row]:
        self.on_part(0, 0, width, self.hush)
        rows = draw_note(self._note, width - 2 * self.margin, ROWS)
        return [[(" " * self.margin, ""), *row] for row in rows]


# ---- a forgotten pause costs the evening: it is said again after a quarter of an hour, and every further one

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
        return Note(f"{what} still paused", f"for {words.span(now - since)}", f"Press {named(key)} to go on", bad=True)
