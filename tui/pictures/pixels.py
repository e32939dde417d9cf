"""A picture's bytes as pixels of a size: what half blocks, shades and kitty's protocol are drawn from.

Decoding blocks for some milliseconds; whoever calls does so outside the event loop.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from PIL.Image import Image

CONTRAST = 1.15  # so few pixels look flat otherwise
CELL = (10, 20)  # pixels that a cell is taken for, where real ones are sent
SHADES = " ░▒▓█"
OUTLINE, INK = (116, 192, 227), (6, 20, 28)  # of a box, of the number in it

Pixel = tuple[int, int, int]
Framed = tuple[float, float, float, float]  # left, top, right, bottom: shares of the picture


@dataclass(frozen=True, slots=True)
class Grid:
    """Two pixels a cell, one above the other: `rows` has an even number of rows of `width` pixels."""

    width: int
    rows: tuple[tuple[Pixel, ...], ...]

    @property
    def height(self) -> int:
        """In cells."""
        return len(self.rows) // 2

    def shade(self, x: int, y: int) -> str:
        """The cell as one of five shades."""
        light = sum(sum(self.rows[2 * y + half][x]) for half in (0, 1)) / 6
        return SHADES[min(4, int(light * 5 / 230))]


def grid(data: bytes, width: int, height: int, boxes: Sequence[Framed] = ()) -> Grid | None:
    """The whole picture in at most so many cells, with these boxes; None if it is none."""
    picture = _open(data)
    if picture is None or width < 1 or height < 1:
        return None
    wide, high = fitted(picture.size, width, 2 * height)
    high += high % 2
    from PIL import ImageEnhance

    small = ImageEnhance.Contrast(_resized(picture, wide, min(high, 2 * height))).enhance(CONTRAST)
    _outline(small, boxes)
    flat = small.tobytes()
    rows = tuple(
        tuple(
            cast(Pixel, tuple(flat[(y * small.width + x) * 3 : (y * small.width + x) * 3 + 3]))
            for x in range(small.width)
        )
        for y in range(small.height)
    )
    return Grid(small.width, rows)


def png(data: bytes, width: int, height: int, boxes: Sequence[Framed] = ()) -> tuple[str, int, int] | None:
    """The picture for so many cells, its boxes numbered, as base64 of a PNG, and the cells that it takes."""
    picture = _open(data)
    if picture is None or width < 1 or height < 1:
        return None
    wide, high = fitted(picture.size, width * CELL[0], height * CELL[1])
    small = _resized(picture, wide, high)
    _outline(small, boxes, 2)
    _number(small, boxes)
    made = io.BytesIO()
    small.save(made, "PNG")
    cells = max(1, round(wide / CELL[0])), max(1, round(high / CELL[1]))
    return base64.b64encode(made.getvalue()).decode(), *cells


def fitted(size: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """The largest size of this shape inside of so much room."""
    scale = min(width / size[0], height / size[1])
    return max(1, min(width, round(size[0] * scale))), max(1, min(height, round(size[1] * scale)))


def _outline(picture: Image, boxes: Sequence[Framed], thick: int = 1) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    for box in boxes:
        draw.rectangle(_placed(picture, box), outline=OUTLINE, width=thick)


def _number(picture: Image, boxes: Sequence[Framed]) -> None:
    from PIL import ImageDraw, ImageFont

    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(CELL[1] - 4)
    for number, box in enumerate(boxes, 1):
        column, row = number_at(box, round(picture.width / CELL[0]), round(picture.height / CELL[1]))
        left, top = column * CELL[0], row * CELL[1]
        draw.rectangle((left, top, left + CELL[0] * len(str(number)) - 1, top + CELL[1] - 1), fill=OUTLINE)
        draw.text((left + 1, top), str(number), fill=INK, font=font)


def number_at(box: Framed, columns: int, rows: int) -> tuple[int, int]:
    """The cell of a box's number, just above it where there is room."""
    return max(0, min(columns - 1, round(box[0] * (columns - 1)))), max(0, min(rows - 1, int(box[1] * rows)) - 1)


def _placed(picture: Image, box: Framed) -> tuple[int, int, int, int]:
    """The box's edges in pixels, inside of the picture."""
    wide, high = picture.width - 1, picture.height - 1
    left, right = (min(wide, max(0, round(edge * wide))) for edge in box[::2])
    top, bottom = (min(high, max(0, round(edge * high))) for edge in box[1::2])
    return left, top, max(left, right), max(top, bottom)


def _open(data: bytes) -> Image | None:
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(data))
        picture.draft("RGB", (640, 640))
        return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return None


def _resized(picture: Image, width: int, height: int) -> Image:
    from PIL import Image as Images

    return picture.resize((width, height), Images.Resampling.LANCZOS)
