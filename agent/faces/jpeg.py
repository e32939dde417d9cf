"""Decodes and encodes JPEGs by libjpeg-turbo (simplejpeg): the one place that touches this untyped library.

12 megapixels into numpy: 41 ms here, 45 by Pillow and 25 more for its copy; at half size 32 and 34 and the copy. Only
scales 1, 1/2, 1/4 and 1/8 are used: the others have no vector code and take longer than full size (6/8: 61 ms).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

_simplejpeg: Any = import_module("simplejpeg")
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # within a scan all other ones are data
_COUNTED = 10_000
_MOST_SCANS = 100  # progressive photos have some ten
_MOST_WORK = 3_000_000_000  # scans x pixels: some four seconds; a photo of 200 megapixels in ten scans has two thirds
_HOLES = (  # what libjpeg says of 98 in 100 files with 200 bytes zeroed; Pillow shows these without a word
    "premature end of data segment",
    "bad huffman code",
    "before marker 0xc4",  # stray bytes between the parts of a progressive picture
    "before marker 0xda",
)


class BrokenInside(ValueError):
    """The picture's own data have a hole or a wrong bit in them: half a picture, grey below."""


def too_many_scans(data: bytes, pixels: int) -> int | None:
    """How many scans draw the picture, if those are far more than a photo has: a few kB can cost minutes so.

    Each is work for the whole picture, whatever it adds. A file of 10 MB with one takes 8 ms here.
    """
    at, scans = 2, 0
    most = min(_MOST_SCANS, max(10, _MOST_WORK // max(1, pixels)))
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            break
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            scans += 1
            following = _NEXT_MARKER.search(data, at)
            if following is None:
                break
            at = following.start()
        if scans > _COUNTED:
            break
    return scans if scans > most else None


def decode_jpeg(data: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """Return (rows, columns, 3) uint8 RGB at the smallest scale that is at least `width` x `height`, as stored.

    `BrokenInside` for damage that Pillow does not report; any other `ValueError` is for Pillow to judge: CMYK, stray
    bytes before the end (some cameras write them), structures that no decoder takes.
    """
    try:
        pixels = _simplejpeg.decode_jpeg(data, "RGB", min_width=width, min_height=height, strict=True)
    except ValueError as error:
        if any(hole in str(error).lower() for hole in _HOLES):
            raise BrokenInside(str(error)) from error
        raise
    return cast("NDArray[np.uint8]", pixels)


def encode_jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    """Return a JPEG of contiguous (rows, columns, 3) uint8 RGB."""
    return cast("bytes", _simplejpeg.encode_jpeg(pixels, quality=quality, colorsubsampling="420"))
