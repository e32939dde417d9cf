"""What lies in a photo's place: upright, its own data left out, its colours kept; smaller, marked, faces blurred.

All that a photo says of itself, where it was taken and by which camera, stays out; of it only what its colours mean is
kept, as else they would be shown wrongly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from agent.faces.decode import MOST_PIXELS, decode, header_of
from agent.faces.exif import colour_exif
from agent.faces.formats import PNG
from agent.faces.results import Area, Fault, LookError
from agent.faces.watermark import read_watermark
from agent.model import Rendition

MARK_PIXELS = 16_000_000  # of a watermark
MARK_SIDE = 0.2  # of the picture's width or a half of that of its height, whichever is less
MARGIN = 0.02  # of the long side, to the edges
AROUND, ABOVE, BELOW = 0.5, 0.75, 0.45  # of a face's width and height: ears, hair and chin
CELLS = 4  # in which all that is left of a face is one colour each, along its longer side


def render(
    data: bytes,
    rendition: Rendition,
    watermark: str = "",
    blurred: Sequence[Area] = (),
    *,
    most_pixels: int = MOST_PIXELS,
) -> bytes:
    """Return the JPEG. The same bytes and libraries make the same one. `blurred`: faces, in parts of the picture.

    Raises `LookError` as `decode` does, and for `WATERMARK`: that file, at this path, is not what it was.
    """
    if bool(blurred) != bool(rendition.blurred):
        raise LookError(Fault.ENGINE, "It is not known which faces are to be blurred", "It is tried again by itself")
    header = header_of(data)
    narrow = min(header.width, header.height) / max(header.width, header.height, 1)
    enough = int(rendition.long_side**2 * narrow) if rendition.long_side else most_pixels
    picture = decode(data, most_pixels=most_pixels, enough=enough)
    shown = Image.fromarray(np.ascontiguousarray(picture.rgb))
    zoom = min(1.0, (rendition.long_side or math.inf) / max(picture.width, picture.height))
    size = (max(1, round(picture.width * zoom)), max(1, round(picture.height * zoom)))
    if size != shown.size:
        shown = shown.resize(size, Image.Resampling.LANCZOS)
    for area in blurred:
        _blur(shown, area)
    if rendition.watermark:
        _put_on(shown, _mark(Path(watermark), rendition.watermark))
    out = BytesIO()
    shown.save(
        out,
        "JPEG",
        quality=rendition.quality,
        optimize=True,
        subsampling=-1 if rendition.long_side else "4:4:4",  # else the rest would lose by it
        icc_profile=header.profile,
        exif=colour_exif() if header.is_adobe else b"",
    )
    return out.getvalue()


def _blur(picture: Image.Image, area: Area) -> None:
    """A few colours are all that is left of a face and of what is around it, and nothing tells where they met."""
    left, top, right, bottom = area
    wide, high = right - left, bottom - top
    around = (left - AROUND * wide, top - ABOVE * high, right + AROUND * wide, bottom + BELOW * high)
    edges = [int(side * of) for side, of in zip(around, picture.size * 2, strict=True)]
    box = (max(0, edges[0]), max(0, edges[1]), min(picture.width, edges[2] + 1), min(picture.height, edges[3] + 1))
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    face = picture.crop(box)
    zoom = CELLS / max(face.size)
    cells = face.resize([max(1, round(side * zoom)) for side in face.size], Image.Resampling.BOX)
    picture.paste(cells.resize(face.size, Image.Resampling.BILINEAR), box)


def _mark(path: Path, digest: str) -> Image.Image:
    try:
        data, found = read_watermark(path)
        if found != digest:
            raise ValueError(f"{path} is another one than was set")
        with Image.open(BytesIO(data), formats=PNG.pillow) as image:
            if image.width * image.height > MARK_PIXELS:
                raise ValueError(f"{path} has {image.width:,} x {image.height:,} pixels: a tenth is enough")
            return image.convert("RGBA")
    except (OSError, ValueError, SyntaxError) as error:
        raise LookError(
            Fault.WATERMARK, f"The watermark {error}", "Put that file back, or set the event's watermark anew"
        ) from error


def _put_on(picture: Image.Image, mark: Image.Image) -> None:
    """Into the lower right corner."""
    zoom = min(MARK_SIDE * picture.width / mark.width, MARK_SIDE / 2 * picture.height / mark.height)
    size = (max(1, round(mark.width * zoom)), max(1, round(mark.height * zoom)))
    small = mark.resize(size, Image.Resampling.LANCZOS)
    margin = round(MARGIN * max(picture.size))
    at = (max(0, picture.width - size[0] - margin), max(0, picture.height - size[1] - margin))
    picture.paste(small, at, small)
