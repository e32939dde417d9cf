"""Walks the directories of a TIFF structure, which most raw files are: what they list and where it lies.

Bounded, whatever the bytes say: strangers' files may point in circles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

ORIENTATION = 0x0112
_SUB_DIRECTORIES = 0x014A
_PARTS = ((0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202))  # strips, tiles, a JPEG: offsets, lengths
_WANTED = frozenset({tag for pair in _PARTS for tag in pair} | {_SUB_DIRECTORIES, ORIENTATION, 0x00FE, 0x0118, 0xC612})
_SIZES = {1: 1, 3: 2, 4: 4, 7: 1, 9: 4, 13: 4}  # bytes of a value, by type
_MAGIC = {b"*\0", b"\0*", b"RO", b"RS", b"OR", b"U\0"}  # TIFF; Olympus; Panasonic
_MOST = 64  # directories; cameras write up to 12
_ENTRIES = 400
_VALUES = 100_000
_VALUES_IN_ALL = 400_000  # several lists may lie at one place, for nothing

_Order = Literal["little", "big"]


@dataclass(frozen=True, slots=True)
class Directory:
    """Whole numbers by tag; `cut`: the directory itself, or a list that it points to, ends after the file does."""

    values: Mapping[int, list[int]]
    cut: bool

    def ends_after(self, size: int) -> bool:
        """Whether anything it lists lies outside a file of so many bytes."""
        return self.cut or any(
            offset + length > size
            for offsets, lengths in _PARTS
            for offset, length in zip(self.values.get(offsets, ()), self.values.get(lengths, ()), strict=False)
        )


def directories(data: bytes) -> Iterator[Directory]:
    """The directories one after the other, and those below them; none for what is no TIFF structure."""
    if data[:2] not in (b"II", b"MM") or data[2:4] not in _MAGIC:
        return
    order: _Order = "little" if data[:2] == b"II" else "big"
    ahead, seen = [int.from_bytes(data[4:8], order)], set[int]()
    read = 0
    while ahead and len(seen) < _MOST and read < _VALUES_IN_ALL:
        at = ahead.pop(0)
        if not at or at in seen:
            continue
        seen.add(at)
        found, following = _directory(data, at, order)
        read += sum(map(len, found.values.values()))
        yield found
        ahead += [*found.values.get(_SUB_DIRECTORIES, ()), following]


def is_raw(data: bytes) -> bool:
    """Whether a TIFF structure is a camera's raw file: what else would be shown of it is a thumbnail."""
    if data[8:10] == b"CR" or data[2:4] not in (b"*\0", b"\0*"):
        return True
    first = next(directories(data), None)
    if first is None:
        return False
    dng, smaller = first.values.get(0xC612), first.values.get(0x00FE, [0])
    return dng is not None or bool(smaller and smaller[0] & 1)


def _directory(data: bytes, at: int, order: _Order) -> tuple[Directory, int]:
    count = int.from_bytes(data[at : at + 2], order)
    end = at + 2 + 12 * count
    if end > len(data):
        return Directory({}, cut=True), 0
    values: dict[int, list[int]] = {}
    cut = False
    for entry in range(at + 2, at + 2 + 12 * min(count, _ENTRIES), 12):
        tag = int.from_bytes(data[entry : entry + 2], order)
        numbers = _numbers(data, entry, order, wanted=tag in _WANTED and tag not in values)
        if numbers is None:
            cut = True
        elif tag not in values:
            values[tag] = numbers
    return Directory(values, cut), int.from_bytes(data[end : end + 4], order)


def _numbers(data: bytes, entry: int, order: _Order, *, wanted: bool) -> list[int] | None:
    """An entry's whole numbers; empty for other types, endless lists and what nobody wants, `None` where they lie
    outside the file."""
    size = _SIZES.get(int.from_bytes(data[entry + 2 : entry + 4], order))
    count = int.from_bytes(data[entry + 4 : entry + 8], order)
    if size is None or count > _VALUES:
        return []
    start = entry + 8 if count * size <= 4 else int.from_bytes(data[entry + 8 : entry + 12], order)
    if start + count * size > len(data):
        return None
    if not wanted or (size == 1 and count > 4):
        return []
    return [int.from_bytes(data[at : at + size], order) for at in range(start, start + count * size, size)]
