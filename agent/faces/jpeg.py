"""Decodes and encodes JPEGs by libjpeg-turbo (simplejpeg): the one place that touches this untyped library.

12 megapixels into numpy: 41 ms here, 66 by Pillow (which copies once more); at half size 32 and 46. Only scales 1, 1/2,
1/4 and 1/8 are used: the ones between have no vector code and take longer than full size (6/8: 61 ms).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

_simplejpeg: Any = import_module("simplejpeg")


def decode_jpeg(data: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """Return (rows, columns, 3) uint8 RGB at the smallest scale that is at least `width` x `height`, as stored.

    `ValueError` for every irregularity, a cut file first of all, and for CMYK: Pillow then has the last word.
    """
    pixels = _simplejpeg.decode_jpeg(data, "RGB", min_width=width, min_height=height, strict=True)
    return cast("NDArray[np.uint8]", pixels)


def encode_jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    """Return a JPEG of contiguous (rows, columns, 3) uint8 RGB."""
    return cast("bytes", _simplejpeg.encode_jpeg(pixels, quality=quality, colorsubsampling="420"))
