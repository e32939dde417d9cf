"""What a verb has to say for itself: one sentence, good or bad, shown for a moment."""

from __future__ import annotations

from dataclasses import dataclass

from agent.errors import VenueError
from agent.service_people import PersonChange
from tui import words
from tui.draw import Row
from tui.fit import cut, width_of, wrap
from tui.safe_text import safe_text


@dataclass(frozen=True, slots=True)
class Note:
    """`title` is bold; `text` says more, `remedy` what to do: it is the last to go where there is no room."""

    title: str
    text: str = ""
    remedy: str = ""
    bad: bool = False


def note_of(error: VenueError) -> Note:
    return Note(error.title, error.detail, error.remedy, bad=True)


def said(change: PersonChange, verb: str) -> Note:
    """What a verb about a person came to, and that it can be undone."""
    return Note(f"{verb} {safe_text(change['name'])}", f"{words.moved(change['photos'])}; z undoes it")


def draw_note(note: Note, width: int, height: int) -> list[Row]:
    """`Title: text. Remedy`, in at most `height` rows."""
    title, text, remedy = (safe_text(part).strip().rstrip(".") for part in (note.title, note.text, note.remedy))
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
