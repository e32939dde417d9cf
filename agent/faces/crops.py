"""A face cut out of a photo as a square picture, for people to look at.

By a worker, as everything that decodes strangers' files.
"""

from __future__ import annotations

import io

from PIL import Image

from agent.faces.decode import decode
from agent.faces.seen import Box

AROUND = 0.35  # of the face's width, on each side: hair and chin
LARGEST = 1024  # pixels


def cut(data: bytes, box: Box, side: int) -> bytes:
    """A JPEG of `side` pixels around the face at `box` of the upright photo in `data`. Raises `LookError`."""
    side = max(16, min(side, LARGEST))
    picture = decode(data)
    rgb = picture.rgb
    scale = rgb.shape[1] / picture.width
    left, top, right, bottom = box
    half = max(right - left, bottom - top) * (0.5 + AROUND) * scale
    x, y = (left + right) / 2 * scale, (top + bottom) / 2 * scale
    half = min(half, rgb.shape[1] / 2, rgb.shape[0] / 2)
    x = min(max(x, half), rgb.shape[1] - half)
    y = min(max(y, half), rgb.shape[0] - half)
    width = max(1, int(2 * half))
    part = rgb[int(y - half) : int(y - half) + width, int(x - half) : int(x - half) + width]
    shown = Image.fromarray(part.copy()).resize((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=85)
    return out.getvalue()
