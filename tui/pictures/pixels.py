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
MARKED, MARKED_INK = (245, 180, 23), (28, 19, 0)  # of the number that is marked
OF_LABELS = (OUTLINE, INK, MARKED)

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
    cells = max(1, round(wide / CELL[0])), max(1, round(high / CELL[1]))
    _outline(small, boxes, 2)
    _number(small, Over(small, *cells, CELL, tuple(boxes)))
    made = io.BytesIO()
    small.save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode(), *cells


@dataclass(frozen=True, slots=True)
class Over:
    """A picture of whole cells with the boxes in it, whose numbers are drawn as it is sent."""

    image: Image
    columns: int
    rows: int
    cell: tuple[int, int]  # of this image, in pixels
    boxes: tuple[Framed, ...]


def over(
    data: bytes, width: int, height: int, cell: tuple[int, int], boxes: Sequence[Framed], most: int, enlarged: bool
) -> Over | None:
    """The whole picture in at most so many cells of that size; None if it is none.

    Of more than `most` pixels, the terminal enlarges fewer, or it is smaller.
    """
    picture = _open(data)
    if picture is None or width < 1 or height < 1:
        return None
    wide, high = fitted(picture.size, width * cell[0], height * cell[1])
    shrink = min(1.0, (most / (wide * high)) ** 0.5)
    if enlarged:
        sizes = wide / cell[0], high / cell[1]
        cell = max(1, round(cell[0] * shrink)), max(1, round(cell[1] * shrink))
    else:
        sizes = wide * shrink / cell[0], high * shrink / cell[1]
    columns, rows = max(1, round(sizes[0])), max(1, round(sizes[1]))
    image = _resized(picture, columns * cell[0], rows * cell[1])
    _outline(image, boxes, 2)
    return Over(image, columns, rows, cell, tuple(boxes))


def part(framed: Over, left: int, top: int, right: int, bottom: int, marked: int) -> Image:
    """What it has in these cells, with the numbers of its boxes."""
    wide, high = framed.cell
    image = framed.image.crop((left * wide, top * high, right * wide, bottom * high))
    _number(image, framed, marked, (left, top))
    return image


def label(framed: Over, number: int, marked: int) -> tuple[int, int, str]:
    """What stands at the box of this number, and in which cell it begins."""
    text = f">{number}" if number == marked else str(number)
    column, row = number_at(framed.boxes[number - 1], framed.columns, framed.rows)
    return max(0, min(column, framed.columns - len(text))), row, text


def fitted(size: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """The largest size of this shape inside of so much room."""
    scale = min(width / size[0], height / size[1])
    return max(1, min(width, round(size[0] * scale))), max(1, min(height, round(size[1] * scale)))


def _outline(picture: Image, boxes: Sequence[Framed], thick: int = 1) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    for box in boxes:
        draw.rectangle(_placed(picture, box), outline=OUTLINE, width=thick)


def _number(picture: Image, framed: Over, marked: int = 0, corner: tuple[int, int] = (0, 0)) -> None:
    """Into a part of it that begins at this cell."""
    from PIL import ImageDraw, ImageFont

    wide, high = framed.cell
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(max(6, high - 4))
    for number in range(1, len(framed.boxes) + 1):
        column, row, text = label(framed, number, marked)
        left, top = (column - corner[0]) * wide, (row - corner[1]) * high
        ground, ink = (MARKED, MARKED_INK) if number == marked else (OUTLINE, INK)
        draw.rectangle((left, top, left + wide * len(text) - 1, top + high - 1), fill=ground)
        draw.text((left + 1, top), text, fill=ink, font=font)


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
