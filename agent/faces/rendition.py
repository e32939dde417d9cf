"""A photo made smaller for Drive: upright, its own data left out, its colours kept, a watermark if wanted.

All that a photo says of itself, where it was taken and by which camera, stays out; of it only what its colours mean is
kept, as else they would be shown wrongly.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from agent.faces.decode import MOST_PIXELS, decode, header_of
from agent.faces.exif import colour_exif
from agent.faces.formats import PNG
from agent.faces.results import Fault, LookError
from agent.faces.watermark import read_watermark
from agent.model import Rendition

MARK_PIXELS = 16_000_000  # of a watermark
MARK_SIDE = 0.2  # of the picture's width or a half of that of its height, whichever is less
MARGIN = 0.02  # of the long side, to the edges


def render(data: bytes, rendition: Rendition, watermark: str = "", *, most_pixels: int = MOST_PIXELS) -> bytes:
    """Return the JPEG. The same bytes and libraries make the same one.

    Raises `LookError` as `decode` does, and for `WATERMARK`: that file, at this path, is not what it was.
    """
    header = header_of(data)
    narrow = min(header.width, header.height) / max(header.width, header.height, 1)
    picture = decode(data, most_pixels=most_pixels, enough=int(rendition.long_side**2 * narrow))
    shown = Image.fromarray(np.ascontiguousarray(picture.rgb))
    zoom = min(1.0, rendition.long_side / max(picture.width, picture.height))
    size = (max(1, round(picture.width * zoom)), max(1, round(picture.height * zoom)))
    if size != shown.size:
        shown = shown.resize(size, Image.Resampling.LANCZOS)
    if rendition.watermark:
        _put_on(shown, _mark(Path(watermark), rendition.watermark))
    out = BytesIO()
    shown.save(
        out,
        "JPEG",
        quality=rendition.quality,
        optimize=True,
        icc_profile=header.profile,
        exif=colour_exif() if header.is_adobe else b"",
    )
    return out.getvalue()


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
