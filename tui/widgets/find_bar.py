"""The line that appears at `/` below a list: what is typed narrows it; esc ends it, enter goes to the list.

`/` again, or `ctrl+p`, looks everywhere (`tui/screens/finder.py`).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui.draw import Row, row_width
from tui.widgets.dialogs import Field
from tui.widgets.rows import Rows

# ---- names as they are compared while typing: without accents, without case, with single blanks

# Letters of their own that no rule of Unicode takes apart, as people type them without their keyboard.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


@lru_cache(8192)
def folded(text: str) -> str:
    """`Åsa  Østergård` and `asa ostergard` are one."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return " ".join("".join(part for part in parts if not unicodedata.combining(part)).split())


def holds(text: str, words: str) -> bool:
    """Whether every word of these stands somewhere in the text."""
    inside = folded(text)
    return all(word in inside for word in folded(words).split(" "))


def likeness(text: str, typed: str) -> float:
    """How well a text fits what is typed, 0: not at all. Each word of that is somewhere in it: at a word's beginning
    at best, inside one, or as letters with others between."""
    inside = folded(text)
    each = [_fits(inside, word) for word in folded(typed).split(" ") if word]
    return min(each, default=0) and sum(each) / len(each)


def _fits(inside: str, word: str) -> float:
    if word in inside:
        return (3 if f" {word}" in f" {inside}" else 2) + len(word) / len(inside)
    letters = iter(inside)
    return len(word) / len(inside) if all(letter in letters for letter in word) else 0


ENDS = 14  # cells of how to end it


class _Slash(Rows):
    def draw(self, width: int, height: int) -> list[Row]:
        return [[(" /", "bold $accent")]]


class _Close(Rows):
    def draw(self, width: int, height: int) -> list[Row]:
        anywhere: Row = [("ctrl+p", "bold $accent"), (" Anywhere   ", "$dim")] if width > ENDS else []
        start = row_width(anywhere)
        self.on_part(0, 0, start, lambda: self.post_message(FindBar.Anywhere()))
        self.on_part(0, start, width - start, lambda: self.post_message(FindBar.Closing()))
        return [[*anywhere, ("esc", "bold $accent"), (" Ends it", "$dim")]]


class _Field(Field):
    """With nothing typed, `/` is no letter: one looks everywhere."""

    def on_key(self, event: events.Key) -> None:
        if event.key == "slash" and not self.value:
            event.prevent_default()
            event.stop()
            self.post_message(FindBar.Anywhere())


class FindBar(Horizontal):
    """Hidden until `begin`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "End find", id="find_end", tooltip="End finding: show all again", show=False),
        Binding("down,enter", "leave", "To the list", id="find_leave", tooltip="Go to what was found", show=False),
    ]

    @dataclass
    class Typed(Message):
        words: str

    class Left(Message):
        """On to the list: what is typed stays."""

    class Anywhere(Message):
        """Not only in this list."""

    class Closing(Message):
        """The word was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.display = False

    def compose(self) -> ComposeResult:
        yield _Slash()
        yield _Field("words", "find")
        yield _Close()

    @property
    def field(self) -> Field:
        return self.query_one(Field)

    def begin(self) -> None:
        """What was looked for last is marked, so that typing replaces it."""
        self.display = True
        self.field.focus()
        self.field.action_select_all()

    def end(self) -> None:
        """Away with it, and with what was typed."""
        self.field.value = ""
        self.display = False

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Left())

    def on_find_bar_closing(self, event: FindBar.Closing) -> None:
        event.stop()
        self.action_close()

    def action_close(self) -> None:
        self.end()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        self.post_message(self.Left())
