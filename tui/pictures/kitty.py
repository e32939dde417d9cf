"""How pictures can be shown on this terminal, and real pixels by kitty's protocol where they can."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import count
from random import randint
from typing import Literal

# ---- how pictures can be shown, by the environment; what only the terminal can tell (`over.py`) comes later
# Placeholder characters (kitty's protocol) move, scroll and disappear with the text around them.

PictureKind = Literal["pixels", "blocks", "shades", "off"]
Wanted = Literal["auto", "pixels", "blocks", "off"]  # the setting `monitor.pictures`


def picture_kind(wanted: Wanted, *, coloured: bool, environ: Mapping[str, str] | None = None) -> PictureKind:
    """`coloured`: the terminal has more than sixteen colours and may use them."""
    environ = os.environ if environ is None else environ
    if wanted == "off":
        return "off"
    if not coloured:
        return "shades"
    if wanted == "blocks" or not draws_placeholders(environ):
        return "blocks"
    return "pixels" if wanted == "pixels" or not between(environ) else "blocks"


def draws_placeholders(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is one that does; tmux and screen hand on no picture that they do not know."""
    if environ.get("TMUX") or environ.get("STY"):
        return False
    known = environ.get("TERM") in ("xterm-kitty", "xterm-ghostty") or "KITTY_WINDOW_ID" in environ
    return known or environ.get("TERM_PROGRAM") == "ghostty"


def between(environ: Mapping[str, str]) -> bool:
    """Whether something stands between the terminal and us: a line that may be thin, or what may change terminals."""
    return any(environ.get(name) for name in ("TMUX", "STY", "SSH_CONNECTION"))


# ---- the protocol: a picture is sent once, then stands where its placeholder characters are
# https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders

PLACEHOLDER = "\U0010eeee"
CHUNK = 4096  # characters of base64 in one message
# The marks that say which row of the picture a cell shows; a cell without takes the next column of its neighbour's row.
ROW_MARKS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352\u0357\u035b\u0363\u0364"
    "\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f\u0483\u0484\u0485\u0486\u0487\u0592\u0593\u0594"
    "\u0595\u0597\u0598\u0599\u059c\u059d\u059e\u059f\u05a0\u05a1\u05a8\u05a9\u05ab\u05ac\u05af\u05c4\u0610\u0611\u0612"
    "\u0613\u0614\u0615\u0616\u0617\u0657\u0658"
)
MOST_ROWS = len(ROW_MARKS)

_numbers = count(randint(0x10000, 0x800000))  # other programs in that window have numbers of their own


def next_number() -> int:
    """A number for a picture: it is also the colour of its placeholders."""
    return next(_numbers) & 0xFFFFFF


def sending(number: int, png: str, columns: int, rows: int) -> str:
    """What hands the picture to the terminal, to be shown in so many cells."""
    parts = [png[start : start + CHUNK] for start in range(0, len(png), CHUNK)] or [""]
    sent = "".join(
        f"\x1b_Gq=2,i={number},f=100,m={int(index < len(parts) - 1)};{part}\x1b\\" for index, part in enumerate(parts)
    )
    return f"{sent}\x1b_Gq=2,a=p,U=1,i={number},c={columns},r={rows}\x1b\\"


def removing(number: int) -> str:
    return f"\x1b_Gq=2,a=d,d=I,i={number}\x1b\\"


def row_text(row: int, columns: int, first: int = 0) -> str:
    """The placeholders of one row of the picture, from a column on that is among the marks."""
    return f"{PLACEHOLDER}{ROW_MARKS[row]}{ROW_MARKS[first]}" + PLACEHOLDER * (columns - first - 1)


def colour(number: int) -> tuple[int, int, int]:
    return number >> 16 & 255, number >> 8 & 255, number & 255
