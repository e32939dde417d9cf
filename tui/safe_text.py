"""`safe_text`: text from outside, fit to stand on the screen: literal, one line, as wide as it is counted.

Names of files and people may hold terminal codes, line breaks, direction overrides or anything else. Nothing here is
ever read as markup: the panes draw plain segments, and every text passes through this on its way to one.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Joiners, variation selectors, skin tones and tags only change how neighbours are drawn, and terminals disagree on
# how wide the result is: without them each part is drawn by itself, and a row keeps its columns.
_DROPPED = frozenset(
    [
        0x200C,
        0x200D,
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
        *range(0x1F3FB, 0x1F400),
        *range(0xE0020, 0xE0080),
    ]
)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)  # two make a flag, or two boxes: shown as their letters
_UNSHOWN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})  # controls, direction overrides, private use, line breaks
_MARKS_IN_A_ROW = 3  # as many as living scripts need; more climb into the rows above


@lru_cache(8192)
def safe_text(text: str) -> str:
    """The text with every control and invisible character as `?`; calling it twice changes nothing more."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        if ord(character) in _DROPPED:
            continue
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MARKS_IN_A_ROW:
            shown.append(shown_as(character))
    return "".join(shown)


def safe_value(text: str) -> str:
    """The same for a text that is edited: joiners and their like stay, as a name may need them."""
    return "".join(character if ord(character) in _DROPPED else shown_as(character) for character in text)


def shown_as(character: str) -> str:
    """One character as it may be drawn, always one character: what is edited keeps its positions."""
    number = ord(character)
    if number in _FLAG_LETTERS:
        return chr(ord("A") + number - _FLAG_LETTERS.start)
    return "?" if unicodedata.category(character) in _UNSHOWN else character
