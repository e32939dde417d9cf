"""Fewer bytes, and every cell of the terminal as before."""

from __future__ import annotations

import random
import re

import pytest
from rich.color import Color, ColorType
from rich.console import ColorSystem
from rich.style import Style

from tui.terminal.ink import thinned

PIECES = re.compile(r"\x1b\[([0-9;]*)m|(\x1b\[[0-9;]*[A-Za-z]|\r\n)|([^\x1b\r]+)")
VISIBLE_ON_BLANKS = ("4", "7", "9")


def cells(text: str) -> list[tuple[object, ...]]:
    """Each character with what holds for it, told apart without the product's help: one attribute at a time."""
    weights: set[str] = set()
    ink = ground = ""
    found: list[tuple[object, ...]] = []
    for style, move, piece in PIECES.findall(text):
        if move:
            found.append((move,))
            continue
        if piece:
            for one in piece:
                kept = weights if one != " " else weights & set(VISIBLE_ON_BLANKS)
                found.append((one, tuple(sorted(kept)), ink if one != " " or kept else "", ground))
            continue
        codes = iter(style.split(";") if style else ["0"])
        for code in codes:
            if code == "0":
                weights, ink, ground = set(), "", ""
            elif code in ("38", "48"):
                kind = next(codes)
                colour = ";".join([code, kind, *(next(codes) for _ in range(3 if kind == "2" else 1))])
                ink, ground = (colour, ground) if code == "38" else (ink, colour)
            elif code in ("39", "49"):
                ink, ground = ("", ground) if code == "39" else (ink, "")
            elif int(code) >= 30:
                is_ink = int(code) // 10 in (3, 9)
                ink, ground = (code, ground) if is_ink else (ink, code)
            else:
                weights.add(code)
    return found


def colour(dice: random.Random, kind: str) -> Color | None:
    if dice.random() < 0.2:
        return None
    if kind == "truecolor":
        return Color.from_rgb(*(dice.choice([0, 128, 255]) for _ in range(3)))
    return Color("x", ColorType.STANDARD if kind == "16" else ColorType.EIGHT_BIT, number=dice.randrange(16))


@pytest.mark.parametrize("kind", ["truecolor", "256", "16"])
def test_every_cell_is_as_before_in_fewer_bytes(kind: str) -> None:
    dice = random.Random(1)
    system = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT, "16": ColorSystem.STANDARD}[kind]
    before = after = 0
    for _ in range(300):
        text = ""
        for row in range(dice.randrange(1, 6)):
            text += f"\x1b[{row + 1};1H"
            for _ in range(dice.randrange(8)):
                style = Style(
                    color=colour(dice, kind),
                    bgcolor=colour(dice, kind),
                    **{
                        name: True for name in ("bold", "dim", "italic", "underline", "reverse") if dice.random() < 0.15
                    },
                )
                text += style.render(dice.choice(["Mia", "   ", "é漢", " a "]), color_system=system)
            text += "\r\n"
        made = thinned(text)
        assert cells(made) == cells(text), (text, made)
        before, after = before + len(text), after + len(made)
    assert after < before


def test_what_it_does_not_know_stays_as_it_is() -> None:
    for text in ("\x1b[58;5;3mx\x1b[0m", "\x1b[38mx", "\x1b]52;c;aGVsbG8=\x07", "\x1b[?2026h"):
        assert thinned(text) == text
