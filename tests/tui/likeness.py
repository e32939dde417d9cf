"""What a made-up person looks like to the product: encodings as far apart as a test wants them, and a picture."""

from __future__ import annotations

import hashlib
import io
from functools import cache

import numpy as np
from PIL import Image, ImageDraw
from wedding import Shot

from agent.ledger.faces import Encoding, Face
from agent.model import Box

SIDE, SMALL = 200, 90  # pixels of a face, of one that does not stand out
APART = 0.31  # of a face from its person's first reference
NEAR_MISS = 0.55


def picture(shade: int = 200, size: tuple[int, int] = (160, 160)) -> bytes:
    """A JPEG with something in it, so that half blocks differ."""
    image = Image.new("RGB", size, (shade, 120, 60))
    ImageDraw.Draw(image).ellipse([size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4], fill=(240, 220, 90))
    made = io.BytesIO()
    image.save(made, "JPEG")
    return made.getvalue()


def unit(seed: int) -> Encoding:
    """A direction that no other seed has: two of them are some 1.4 apart."""
    made = np.random.default_rng(seed).normal(size=128)
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


@cache
def looks(name: str) -> Encoding:
    return unit(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]))


def near(middle: Encoding, apart: float, seed: int) -> Encoding:
    """Exactly so far from the middle."""
    return np.asarray(middle + apart * unit(seed), dtype=np.float32)


def face(place: int, encoding: Encoding, side: int = SIDE, sharpness: float = 100.0) -> Face:
    left = 100 + 260 * place
    return Face(Box(left, 100, left + side, 100 + side), 1.0, sharpness, encoding)


def faces_of(shot: Shot, number: int) -> list[Face]:
    found = [face(n, near(looks(name), APART, number * 40 + n)) for n, name in enumerate(shot.who)]
    if len(shot.who) == 1 and not shot.alone:  # somebody out of focus stands beside
        found.append(face(1, unit(number + 900_000), sharpness=0.0))
    return found
