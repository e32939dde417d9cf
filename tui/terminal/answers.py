"""What the terminal answers to a question, taken out of what is typed: it is neither a key nor text, whenever it comes.

Asked are only what it is (DA1), how many colours its sixels have and how large its cells are. All that nobody asks here
goes through as it came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from textual.message import Message

WHAT_IT_IS, COLOURS, CELL = "\x1b[c", "\x1b[?1;1;0S", "\x1b[16t"  # the questions

ANSWER = r"\x1b\[(?:\?[\d;]*c|\?1;[\d;]*S|6;\d+;\d+t)"
BROKEN = r"\x1b\[\?[\d;]*(?![\d;cSun$]|\Z)"  # the line lost the rest, and a key stands behind it
FOUND = re.compile(rf"({ANSWER})|{BROKEN}")
BEGUN = re.compile(r"\x1b\[(?:\?[\d;]*|6(?:;\d*){0,2})\Z")


class Told(Enum):
    """By the letter that ends it, what an answer tells."""

    WHAT_IT_IS = "c"
    COLOURS = "S"
    CELL = "t"


class Answered(Message):
    """The terminal has answered: what it tells, and the numbers in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.told = Told(text[-1])
        self.numbers = [int(one) for one in re.findall(r"\d+", text)]


@dataclass(frozen=True, slots=True)
class Taken:
    typed: str
    answers: list[str]
    begun: str  # of an answer, whose rest is still to come


def taken(data: str) -> Taken:
    answers: list[str] = []

    def keep(found: re.Match[str]) -> str:
        if found[1]:
            answers.append(found[1])
        return ""

    typed = FOUND.sub(keep, data)
    begun = BEGUN.search(typed)
    return Taken(typed[: begun.start()] if begun else typed, answers, begun[0] if begun else "")


def begins(data: str) -> bool:
    """Whether it begins with an answer, or with what may become one."""
    return bool(re.match(ANSWER, data) or BEGUN.match(data))
