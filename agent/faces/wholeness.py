"""Tells whether a picture file is whole, from the lengths and checksums that its own container states.

"Only part of it has arrived" and "it is damaged" ask for different things of a photographer, and libraries report both
in the same words; some decoders even show half a picture, or a garbled one, without complaint.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Literal

from agent.faces import raw_preview
from agent.faces.sniff import AVIF, BMP, GIF, HEIF, JPEG, PNG, RAW, TIFF, WEBP, Format

_Order = Literal["little", "big"]
_MOST_VALUES = 1_000_000  # strips or tiles


def ends_early(data: bytes, form: Format) -> bool:
    """Whether `data`, of the given format, lacks its end. False where the container does not tell."""
    return _TESTS[form](data)


def checksums_hold(data: bytes, form: Format) -> bool:
    """Whether the checksums inside agree, where there are any: PNG's, which Pillow does not look at for pixels."""
    at = 8
    while form is PNG and data[at + 4 : at + 8] != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if zlib.crc32(memoryview(data)[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            return False
        at = end + 4
    return True


def _jpeg(data: bytes) -> bool:
    """Walks the segments up to the picture's data; behind these an end marker has to follow somewhere."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return False  # damaged rather than cut
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            return data.rfind(b"\xff\xd9") < at + 2 + length
        at += 2 + length
    return True


def _png(data: bytes) -> bool:
    at = 8
    while at + 12 <= len(data):
        if data[at + 4 : at + 8] == b"IEND":
            return False
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return True


def _webp(data: bytes) -> bool:
    return 8 + int.from_bytes(data[4:8], "little") > len(data)


def _boxes(data: bytes) -> bool:
    """HEIF and AVIF: boxes one after the other, each with its length."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 0:  # up to the end of the file, wherever that is
            return False
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            return False  # damaged rather than cut
        at += size
    return at > len(data)


def _gif(data: bytes) -> bool:
    at = 13 + _gif_colours(data[10:11])
    while at < len(data):
        if data[at] == 0x3B:
            return False
        if data[at] == 0x2C:  # a frame: its place, its own colours, a code size, blocks
            at += 11 + _gif_colours(data[at + 9 : at + 10])
        elif data[at] == 0x21:  # an extension: its label, blocks
            at += 2
        else:
            return False  # damaged rather than cut
        while data[at : at + 1] not in (b"", b"\0"):
            at += 1 + data[at]
        at += 1
    return True


def _gif_colours(flags: bytes) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _bmp(data: bytes) -> bool:
    return int.from_bytes(data[2:6], "little") > len(data)


def _tiff(data: bytes) -> bool:
    """Looks whether the first directory, and every strip or tile it lists, lies inside the file."""
    order: _Order = "little" if data[:2] == b"II" else "big"
    if data[2:4] not in (b"*\0", b"\0*"):
        return False  # BigTIFF: Pillow's word has to do
    first = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[first : first + 2], order)
    if first + 2 + 12 * count > len(data):
        return True
    tags: dict[int, list[int]] = {}
    for at in range(first + 2, first + 2 + 12 * count, 12):
        tags[int.from_bytes(data[at : at + 2], order)] = _numbers(data, at, order)
    parts = [*zip(tags.get(273, []), tags.get(279, []), strict=False)]  # strips: offsets, lengths
    parts += zip(tags.get(324, []), tags.get(325, []), strict=False)  # tiles
    return any(offset + length > len(data) for offset, length in parts)


def _numbers(data: bytes, at: int, order: _Order) -> list[int]:
    """The values of a directory entry of 16 or 32 bit integers; empty for other types. Past the end they read as 0."""
    size = {3: 2, 4: 4}.get(int.from_bytes(data[at + 2 : at + 4], order))
    if size is None:
        return []
    count = int.from_bytes(data[at + 4 : at + 8], order)
    start = at + 8 if count * size <= 4 else int.from_bytes(data[at + 8 : at + 12], order)
    if start + count * size > len(data):
        return [len(data), len(data)]  # the list itself is missing: counts as lying outside
    if count > _MOST_VALUES:
        return []
    return [int.from_bytes(data[p : p + size], order) for p in range(start, start + count * size, size)]


def _raw(data: bytes) -> bool:
    return _boxes(data) if data[4:8] == b"ftyp" else raw_preview.ends_early(data)


_TESTS: dict[Format, Callable[[bytes], bool]] = {
    JPEG: _jpeg,
    PNG: _png,
    WEBP: _webp,
    HEIF: _boxes,
    AVIF: _boxes,
    GIF: _gif,
    BMP: _bmp,
    TIFF: _tiff,
    RAW: _raw,
}
