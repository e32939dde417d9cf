"""The JPEG that a camera puts into its raw file: what its display shows, mostly as large as the photo.

Developing a raw file takes seconds and a large library; for telling faces apart the camera's own picture does as well.
Every maker puts it elsewhere (a directory, a maker's note, a box), but a JPEG can be known by itself wherever it lies.
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from agent.faces.tiff_directories import ORIENTATION, directories

_START = b"\xff\xd8\xff"
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # within a scan all other ones are data
_SIZES = {0xC0, 0xC1, 0xC2}  # frames that every decoder reads; 0xC3 is lossless: the raw data themselves
_OTHER_SIZES = {0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)}
_BROKEN = (OSError, ValueError, SyntaxError, LookupError, TypeError, struct.error)  # EXIF is no reason to lose a photo
_MOST_STARTS, _MOST_PARTS = 4096, 2048  # raw data look like a start now and then; a preview has some twenty parts
_HEAD = 1 << 20  # bytes in which the boxes of a CR3 file lie


@dataclass(frozen=True, slots=True)
class Preview:
    """Where a JPEG lies in the file: its first byte, the first after it, and its size in pixels as stored."""

    start: int
    end: int
    width: int
    height: int


def largest_preview(data: bytes) -> Preview | None:
    """Return the largest JPEG in a raw file that is there as a whole."""
    return max(_jpegs(data), key=lambda one: (one.width * one.height, -one.start), default=None)


def _jpegs(data: bytes) -> Iterator[Preview]:
    """Bounded: strangers' files may begin a picture at every second byte, each of a million parts."""
    at, tried = data.find(_START), 0
    while at >= 0 and tried < _MOST_STARTS:
        tried += 1
        found = _jpeg_at(data, at)
        if found is not None:
            yield found
        at = data.find(_START, found.end if found else at + 1)


def _jpeg_at(data: bytes, start: int) -> Preview | None:
    """Walk a JPEG's segments from its start to its end."""
    at, size = start + 2, None
    for _ in range(_MOST_PARTS):
        if at + 4 > len(data) or data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            return None if size is None else Preview(start, at + 2, *size)
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or marker in _OTHER_SIZES or marker == 0xD8:
            return None
        if marker in _SIZES:
            size = (int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big"))
        at += 2 + length
        if marker == 0xDA:
            following = _NEXT_MARKER.search(data, at)
            if following is None:
                return None
            at = following.start()
    return None


def ends_early(data: bytes) -> bool:
    """Whether the file lacks its end, as far as its container tells: the picture may be there, and the rest not."""
    if data.startswith(b"FUJIFILMCCD-RAW"):
        offset, length = (int.from_bytes(data[at : at + 4], "big") for at in (100, 104))
        return offset + length > len(data)
    if data.startswith(b"IIU\0"):  # Panasonic counts otherwise, and says where the raw data begin
        return any(one.cut or max(one.values.get(0x0118) or [0]) >= len(data) for one in directories(data))
    return any(one.ends_after(len(data)) for one in directories(data))


def exif_of(data: bytes, preview: bytes) -> tuple[int, list[Image.Exif]]:
    """Return the orientation 1..8, and where to look for the time, the container's word before the preview's."""
    own = [_exif(block) for block in _blocks(data)]
    with contextlib.suppress(*_BROKEN), Image.open(BytesIO(preview), formats=("JPEG", "MPO")) as image:
        own.append(image.getexif())
    told = [int(one[ORIENTATION]) for one in own if one.get(ORIENTATION) in range(1, 9)]
    return (told[0] if told else 1), own


def _blocks(data: bytes) -> list[bytes]:
    """The TIFF structures with the camera's words: the file itself, or two boxes of a CR3."""
    if data[4:12] == b"ftypcrx ":
        at = [data.find(name, 0, _HEAD) for name in (b"CMT1", b"CMT2")]
        return [data[one + 4 : one + 4 + (64 << 10)] for one in at if one >= 0]
    return [data] if next(directories(data), None) is not None else []


def _exif(block: bytes) -> Image.Exif:
    """Panasonic and Olympus write another number than 42 where a TIFF has it; else theirs is one."""
    exif = Image.Exif()
    with contextlib.suppress(*_BROKEN):
        exif.load((b"II*\0" if block[:2] == b"II" else b"MM\0*") + block[4:])
    return exif
