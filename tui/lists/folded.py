"""Names as they are compared while typing: without accents, without case, with single blanks."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

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
