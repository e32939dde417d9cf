"""Photos for whole venues: small, each with bytes of its own, some with drawn faces."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image, ImageDraw

FACES = Path(__file__).parents[1] / "faces" / "data"


def scene(path: Path, number: int, size: tuple[int, int] = (320, 210)) -> Path:
    """A picture without people, unlike any other number's."""
    dice = random.Random(number)
    picture = Image.new("RGB", size, (dice.randrange(90), dice.randrange(90), dice.randrange(90)))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y, r = dice.randrange(size[0]), dice.randrange(size[1]), dice.randrange(20, 90)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(dice.randrange(256) for _ in range(3)))
    picture.save(path, quality=88)
    return path


def variant(source: Path, path: Path, number: int) -> Path:
    """The same picture with other bytes: a comment behind the JPEG's end."""
    path.write_bytes(source.read_bytes() + b"\n" + str(number).encode())
    return path


def padded(path: Path, size: int, number: int) -> Path:
    """The same picture, `size` bytes long by JPEG comments of bytes that no other number has."""
    data, dice = path.read_bytes(), random.Random(number)
    filling = bytearray()
    left = size - len(data)
    while left > 4:
        length = min(65_533, left - 4) if left - 4 <= 65_533 or left - 4 > 65_537 else 65_000
        filling += b"\xff\xfe" + (length + 2).to_bytes(2, "big") + dice.randbytes(length)
        left -= length + 4
    path.write_bytes(data[:2] + filling + data[2:])
    return path


def longer(film: Path, size: int, number: int) -> Path:
    """The same MP4, `size` bytes long by a box at its end that nobody reads, of bytes that no other number has."""
    left = size - film.stat().st_size
    with film.open("ab") as file:
        file.write(left.to_bytes(4, "big") + b"free" + random.Random(number).randbytes(left - 8))
    return film
