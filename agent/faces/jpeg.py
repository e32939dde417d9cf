"""JPEGs: their segments, those that lie in raw files, and decoding and encoding by libjpeg-turbo.

The one place that touches the untyped library simplejpeg. 12 megapixels into numpy: 41 ms here, 45 by Pillow and 25
more for its copy; at half size 32 and 34 and the copy. Only scales 1, 1/2, 1/4 and 1/8 are used: the others have no
vector code and take longer than full size (6/8: 61 ms).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

_simplejpeg: Any = import_module("simplejpeg")
_START = b"\xff\xd8\xff"
_START_AGAIN, END, SCAN = 0xD8, 0xD9, 0xDA  # markers
_SIZES = {0xC0, 0xC1, 0xC2}  # frames that every decoder reads; 0xC3 is lossless: the raw data themselves
_OTHER_SIZES = {0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)}
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # within a scan all other ones are data
_COUNTED = 10_000
_MOST_SCANS = 100  # progressive photos have some ten
_MOST_WORK = 3_000_000_000  # scans x pixels: some four seconds; a photo of 200 megapixels in ten scans has two thirds
_MOST_STARTS, _MOST_PARTS = 4096, 2048  # raw data look like a start now and then; a preview has some twenty parts
_HOLES = (  # what libjpeg says of 98 in 100 files with 200 bytes zeroed; Pillow shows these without a word
    "premature end of data segment",
    "bad huffman code",
    "before marker 0xc4",  # stray bytes between the parts of a progressive picture
    "before marker 0xda",
)


class BrokenInside(ValueError):
    """The picture's own data have a hole or a wrong bit in them: half a picture, grey below."""


class Segment(NamedTuple):
    """`at`: its marker's first byte; `end`: the first byte behind it, of a scan the first of its data."""

    marker: int
    at: int
    end: int


def segments(data: bytes, start: int = 0, most: int = sys.maxsize) -> Iterator[Segment]:
    """Walk the JPEG at `start`, in at most so many steps, as far as one segment follows another.

    What follows the end marker is walked, too: whom that concerns has to stop there.
    """
    at = start + 2
    for _ in range(most):
        if at + 4 > len(data) or data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield Segment(marker, at, end)
        if marker == SCAN:
            following = _NEXT_MARKER.search(data, end)
            if following is None:
                return
            end = following.start()
        at = end


def too_many_scans(data: bytes, pixels: int) -> int | None:
    """How many scans draw the picture, if those are far more than a photo has: a few kB can cost minutes so.

    Each is work for the whole picture, whatever it adds. A file of 10 MB with one takes 8 ms here.
    """
    scans = 0
    for segment in segments(data):
        scans += segment.marker == SCAN
        if segment.marker == END or scans > _COUNTED:
            break
    return scans if scans > min(_MOST_SCANS, max(10, _MOST_WORK // max(1, pixels))) else None


# ---- the JPEG that a camera puts into its raw file: what its display shows, mostly as large as the photo


@dataclass(frozen=True, slots=True)
class Preview:
    """Where a JPEG lies in the file: its first byte, the first after it, and its size in pixels as stored."""

    start: int
    end: int
    width: int
    height: int


def largest_preview(data: bytes) -> Preview | None:
    """Return the largest JPEG in a raw file that is there as a whole.

    Developing a raw file takes seconds and a large library; for telling faces apart the camera's own picture does as
    well. Every maker puts it elsewhere (a directory, a maker's note, a box), but a JPEG can be known by itself wherever
    it lies.
    """
    return max(_previews(data), key=lambda one: (one.width * one.height, -one.start), default=None)


def _previews(data: bytes) -> Iterator[Preview]:
    """Bounded: strangers' files may begin a picture at every second byte, each of a million parts."""
    at, tried = data.find(_START), 0
    while at >= 0 and tried < _MOST_STARTS:
        tried += 1
        found = _preview_at(data, at)
        if found is not None:
            yield found
        at = data.find(_START, found.end if found else at + 1)


def _preview_at(data: bytes, start: int) -> Preview | None:
    size = None
    for marker, at, end in segments(data, start, _MOST_PARTS):
        if marker == END:
            return None if size is None else Preview(start, at + 2, *size)
        if end < at + 4 or marker in _OTHER_SIZES or marker == _START_AGAIN:
            return None
        if marker in _SIZES:
            size = (int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big"))
    return None


# ---- pixels


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
