"""The same picture in fewer bytes: of a colour or weight only what changes is sent, not all of it for each piece.

Two thirds of what the toolkit writes says again which colours hold; over a thin line a screen waits for it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

STYLE = re.compile(r"\x1b\[([0-9;]*)m")
MOVES = re.compile(r"(?:\r\n|\x1b\[\d+;\d+H)+")
SEEN = frozenset({"4", "7", "9", "21", "53"})  # weights that show on a blank


class Ink(NamedTuple):
    """What holds, as the terminal is told it; all empty: nothing."""

    weights: frozenset[str] = frozenset()
    ink: str = ""
    ground: str = ""


NONE = Ink()


def thinned(text: str) -> str:
    """What begins and ends with no style, as all that the toolkit writes does, looks the same and is shorter."""
    made: list[str] = []
    holds, wanted, at = NONE, NONE, 0
    for found in [*STYLE.finditer(text), None]:
        piece = text[at : found.start() if found else len(text)]
        if piece and not MOVES.fullmatch(piece) and not (piece.isspace() and _alike_on_blanks(holds, wanted)):
            made.append(_change(holds, wanted))
            holds = wanted
        made.append(piece)
        if found is not None:
            known = _after(wanted, found[1])
            if known is None:
                return text
            wanted, at = known, found.end()
    return "".join([*made, _change(holds, NONE)])


def _alike_on_blanks(one: Ink, other: Ink) -> bool:
    return one.ground == other.ground and not SEEN & (one.weights | other.weights)


def _after(ink: Ink, codes: str) -> Ink | None:
    """None: something of it is not known here."""
    parts = codes.split(";") if codes else ["0"]
    while parts:
        code = parts.pop(0)
        if code in ("", "0"):
            ink = NONE
        elif code in ("38", "48"):
            count = {"2": 4, "5": 2}.get(parts[0] if parts else "", 0)
            whole = ";".join([code, *parts[:count]])
            if not count or len(parts) < count:
                return None
            del parts[:count]
            ink = ink._replace(ink=whole) if code == "38" else ink._replace(ground=whole)
        elif code in ("39", "49"):
            ink = ink._replace(ink="") if code == "39" else ink._replace(ground="")
        elif (len(code) > 1 and code[:-1] in ("3", "9")) or code[:-1] in ("4", "10"):
            ink = ink._replace(ink=code) if code[:-1] in ("3", "9") else ink._replace(ground=code)
        elif code in {"1", "2", "3", "5", "6", "7", "8"} | SEEN:
            ink = ink._replace(weights=ink.weights | {code})
        else:
            return None
    return ink


def _change(before: Ink, after: Ink) -> str:
    if before == after:
        return ""
    if after == NONE:
        return "\x1b[0m"
    codes: list[str] = []
    if not before.weights <= after.weights:
        codes, before = ["0"], NONE
    codes += sorted(after.weights - before.weights)
    if after.ink != before.ink:
        codes.append(after.ink or "39")
    if after.ground != before.ground:
        codes.append(after.ground or "49")
    return f"\x1b[{';'.join(codes)}m"
