"""A picture as sixels: six rows of pixels a line, colour by colour, as terminals from the VT340 on draw them.

In plain Python, by whole rows at once: 640x440 pixels in 64 colours take 0.1 s, outside the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

BAND = 6  # rows of pixels in a line of sixels
MOST = 64  # colours: more of them are more lines, and look the same from a chair
FEW = 32  # with fewer, dots of two stand for a third
RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)


def palette(picture: Image, colours: int, besides: Sequence[tuple[int, int, int]] = ()) -> Image:
    """The colours that a picture, or a part of it, is drawn in: at most so many, and these besides among them."""
    from PIL import Image as Images

    colours = max(2, min(MOST, colours) - len(besides))
    found = picture.quantize(colours, Images.Quantize.MEDIANCUT, dither=Images.Dither.NONE).getpalette() or []
    made = Images.new("P", (1, 1))
    made.putpalette([*found[: 3 * colours], *chain.from_iterable(besides)])
    return made


def encoded(picture: Image, palette: Image) -> str:
    """What draws it at the cursor. The cursor stands below it then: in the last row, the terminal would scroll."""
    from PIL.Image import Dither

    few = len(palette.getpalette() or []) < 3 * FEW
    drawn = picture.quantize(palette=palette, dither=Dither.FLOYDSTEINBERG if few else Dither.NONE)
    (wide, high), flat, colours = drawn.size, drawn.tobytes(), drawn.getpalette() or []
    parts = [f'\x1bP0;1;0q"1;1;{wide};{high}']
    parts += [_colour(number, colours[3 * number : 3 * number + 3]) for number in sorted(set(flat))]
    for top in range(0, high, BAND):
        rows = [flat[y * wide : (y + 1) * wide] for y in range(top, min(high, top + BAND))]
        parts.append("$".join(_line(number, rows, wide) for number in sorted(set(b"".join(rows)))) + "-")
    return "".join(parts).removesuffix("-") + "\x1b\\"


def _colour(number: int, rgb: list[int]) -> str:
    red, green, blue = (round(value * 100 / 255) for value in rgb)
    return f"#{number};2;{red};{green};{blue}"


def _line(number: int, rows: list[bytes], wide: int) -> str:
    """Of one colour: a character for six pixels, one below the other."""
    bits = 0
    for row, pixels in enumerate(rows):
        bits |= int.from_bytes(pixels.translate(_bit(number, row)))
    drawn = (bits + int.from_bytes(b"?" * wide)).to_bytes(wide)
    return f"#{number}" + RUN.sub(_run, drawn.rstrip(b"?")).decode("ascii")


def _run(found: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(found[0]), found[1])


@cache
def _bit(number: int, row: int) -> bytes:
    """Translates this colour into the bit of its row, all others into none."""
    return bytes(1 << row if value == number else 0 for value in range(256))
