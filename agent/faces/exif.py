"""TIFF directories, of which EXIF and most raw files are made: what lies where, how the camera was held, and when.

Bounded, whatever the bytes say: strangers' files may point in circles. A camera writes the time on its own clock, and
newer ones how far that is from UTC. Only with that offset is the moment known; without it the text is kept as it is,
and nobody guesses.
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Literal, cast

from PIL import Image

SMALLER, ORIENTATION, RAW_DATA, DNG_VERSION = 0x00FE, 0x0112, 0x0118, 0xC612
_SUB_DIRECTORIES, _EXIF_DIRECTORY = 0x014A, 0x8769
STRIPS, TILES, INNER_JPEG = (0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202)  # offsets, lengths
_PARTS = frozenset({*STRIPS, *TILES, *INNER_JPEG})
_WANTED = _PARTS | {SMALLER, ORIENTATION, RAW_DATA, DNG_VERSION, _SUB_DIRECTORIES}
_SIZES = {1: 1, 3: 2, 4: 4, 7: 1, 9: 4, 13: 4}  # bytes of a value, by type
_TIFF = (b"*\0", b"\0*")
_MAGIC = {*_TIFF, b"RO", b"RS", b"OR", b"U\0"}  # Olympus; Panasonic
_MOST = 64  # directories; cameras write up to 12
_ENTRIES = 400
_VALUES = 1_000_000  # strips or tiles
_VALUES_IN_ALL = 2_000_000  # several lists may lie at one place, for nothing

# (time, fraction of its second, offset from UTC), the best first: taken, digitized, file changed
_TIMES = ((0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012), (0x0132, 0x9290, 0x9010))
_TIME = re.compile(r"(\d{4})[:\-/](\d\d)[:\-/](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"([+\-])(\d\d):(\d\d)")
_BROKEN = (OSError, ValueError, SyntaxError, LookupError, TypeError, struct.error)  # EXIF is no reason to lose a photo
_CR3, _CR3_HEAD = b"ftypcrx ", 1 << 20  # bytes in which the boxes of a CR3 file lie
YEARS = range(1800, 2200)  # in which photos are taken: near the calendar's ends no time can be put right, or moved

_MAKE, _MODEL, _BODY_NUMBER, _DNG_NUMBER = 0x010F, 0x0110, 0xA431, 0xC62F
_GPS_DIRECTORY, _GPS_CLOCK, _GPS_DAY = 0x8825, 7, 29
_LONGEST = 60  # characters of a make, a model or a number

_COLOUR_SPACE, _UNCALIBRATED, _INTEROP, _ADOBE = 0xA001, 0xFFFF, 0xA005, "R03"

_Order = Literal["little", "big"]


@dataclass(frozen=True, slots=True)
class Directory:
    """Whole numbers by tag; `cut`: the directory itself, or a list that it points to, ends after the file does.

    What such a list would have said of strips and the like lies behind the file's end, too.
    """

    values: Mapping[int, list[int]]
    cut: bool

    def ends_after(self, size: int, *parts: tuple[int, int]) -> bool:
        """Whether a strip, a tile or whatever else of these lies outside a file of so many bytes."""
        return any(
            offset + length > size
            for offsets, lengths in parts
            for offset, length in zip(self.values.get(offsets, ()), self.values.get(lengths, ()), strict=False)
        )


def is_tiff(data: bytes) -> bool:
    """Whether it says so of itself, as some raw files do not, and no BigTIFF does."""
    return data[2:4] in _TIFF


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


def _directory(data: bytes, at: int, order: _Order) -> tuple[Directory, int]:
    count = int.from_bytes(data[at : at + 2], order)
    end = at + 2 + 12 * count
    if end > len(data):
        return Directory({tag: [len(data)] for tag in _PARTS}, cut=True), 0
    values: dict[int, list[int]] = {}
    cut = False
    for entry in range(at + 2, at + 2 + 12 * min(count, _ENTRIES), 12):
        tag = int.from_bytes(data[entry : entry + 2], order)
        numbers = _numbers(data, entry, order, wanted=tag in _WANTED and tag not in values)
        if numbers is not None:
            values.setdefault(tag, numbers)
            continue
        cut = True
        if tag in _PARTS:
            values.setdefault(tag, [len(data)])
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


# ---- EXIF: how the camera was held, when, and which it was


@dataclass(frozen=True, slots=True)
class Told:
    """What a camera says besides the picture. `device`: make, model and, behind a #, its number; "": not said.

    `gps_at`: seconds UTC by the satellites, whatever the camera's own clock says.
    """

    orientation: int = 1
    taken: CaptureTime | None = None
    device: str = ""
    gps_at: float | None = None


NOTHING_TOLD = Told()


def told_by(exif: Image.Exif) -> Told:
    """Broken EXIF may raise any of `_BROKEN`."""
    orientation = exif.get(ORIENTATION, 1)
    held = orientation if orientation in range(1, 9) else 1
    return Told(held, capture_time(exif), device_of(exif), gps_time(exif))


def device_of(exif: Image.Exif) -> str:
    """`Canon EOS R6 #012345`: the same for every photo of one camera, by all that it says of itself."""
    own = exif.get_ifd(_EXIF_DIRECTORY)
    device = named(words(exif.get(_MAKE)), words(exif.get(_MODEL)))
    number = words(own.get(_BODY_NUMBER)) or words(exif.get(_DNG_NUMBER))
    return f"{device} #{number}" if device and number.strip("0 ") else device


def named(make: str, model: str) -> str:
    """A camera by its make and model, that of its photos and of its videos; "": it does not say its model."""
    if not model or model.casefold().startswith(make.partition(" ")[0].casefold()):
        return model
    return f"{make} {model}"


def words(value: object) -> str:
    """A short text of the camera's, whatever it wrote: one line that can be shown and typed."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value)
    printable = "".join(one if one.isprintable() else " " for one in text.partition("\0")[0])
    return " ".join(printable.replace("#", " ").split())[:_LONGEST]


def gps_time(exif: Image.Exif) -> float | None:
    """Seconds UTC by GPS, or None where it is not said, or said nothing possible."""
    gps = exif.get_ifd(_GPS_DIRECTORY)
    day = re.match(r"(\d{4})[:\-](\d\d)[:\-](\d\d)", str(gps.get(_GPS_DAY, "")).strip())
    parts = gps.get(_GPS_CLOCK)
    if day is None or not isinstance(parts, tuple | list) or len(cast("Sequence[object]", parts)) != 3:
        return None
    try:
        hours, minutes, seconds = (float(one) for one in cast("Sequence[float]", parts))
        clock = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if not timedelta(0) <= clock < timedelta(days=1):
            return None
        midnight = datetime(*map(int, day.groups()), tzinfo=UTC)  # pyright: ignore[reportArgumentType]
        return (midnight + clock).timestamp() if midnight.year in YEARS else None
    except (*_BROKEN, ArithmeticError):  # nan; a denominator of zero; 31st of February
        return None


@dataclass(frozen=True, slots=True)
class CaptureTime:
    """`text`: ISO, in the camera's local time, with its offset where known; `epoch`: seconds UTC, or None without."""

    text: str
    epoch: float | None


def capture_time(exif: Image.Exif) -> CaptureTime | None:
    """Return when the photo was taken, or None where the camera did not say, or said nothing possible."""
    tags = {**exif.get_ifd(_EXIF_DIRECTORY), **dict(exif)}
    for when, fraction, offset in _TIMES:
        local = _local(str(tags.get(when, "")), str(tags.get(fraction, "")))
        if local is None:
            continue
        zone = _zone(str(tags.get(offset, "")))
        if zone is None:
            return CaptureTime(local.isoformat(), None)
        moment = local.replace(tzinfo=zone)
        return CaptureTime(moment.isoformat(), moment.astimezone(UTC).timestamp())
    return None


def _local(text: str, fraction: str) -> datetime | None:
    found = _TIME.match(text.strip())
    if not found:
        return None
    digits = re.match(r"\d{1,6}", fraction.strip())
    micro = int(digits[0].ljust(6, "0")) if digits else 0
    try:
        local = datetime.fromisoformat("{}-{}-{}T{}:{}:{}".format(*found.groups())).replace(microsecond=micro)
    except ValueError:  # 0000:00:00, 31st of February, hour 24
        return None
    return local if local.year in YEARS else None


def _zone(text: str) -> timezone | None:
    if text.strip() == "Z":
        return UTC
    found = _OFFSET.match(text.strip())
    if not found:
        return None
    away = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-away if found[1] == "-" else away) if away < timedelta(hours=24) else None


def says_adobe(exif: Image.Exif) -> bool:
    """Whether the colours are Adobe RGB: cameras say so by `R03` and no profile (DCF 2.0, optional colour space)."""
    return str(exif.get_ifd(_INTEROP).get(1, "")).startswith(_ADOBE)


def colour_exif() -> Image.Exif:
    """EXIF that says just that."""
    exif = Image.Exif()
    exif[_EXIF_DIRECTORY] = {_COLOUR_SPACE: _UNCALIBRATED, _INTEROP: {1: _ADOBE, 2: b"0100"}}
    return exif


def raw_exif(data: bytes, preview: bytes) -> Told:
    """What a raw file's camera says: the container's word before its preview's."""
    told = [_exif(block) for block in _blocks(data)]
    with contextlib.suppress(*_BROKEN), Image.open(BytesIO(preview), formats=("JPEG", "MPO")) as image:
        told.append(image.getexif())
    held = [int(one[ORIENTATION]) for one in told if one.get(ORIENTATION) in range(1, 9)]
    return Told(
        held[0] if held else 1,
        next(filter(None, map(capture_time, told)), None),
        max(map(device_of, told), key=len, default=""),  # a CR3 has the model in one block, the number in another
        next(filter(None, map(gps_time, told)), None),
    )


def _blocks(data: bytes) -> list[bytes]:
    """The TIFF structures with the camera's words: the file itself, or two boxes of a CR3."""
    if data[4:12] == _CR3:
        at = [data.find(name, 0, _CR3_HEAD) for name in (b"CMT1", b"CMT2")]
        return [data[one + 4 : one + 4 + (64 << 10)] for one in at if one >= 0]
    return [data] if next(directories(data), None) is not None else []


def _exif(block: bytes) -> Image.Exif:
    """Panasonic and Olympus write another number than 42 where a TIFF has it; else theirs is one."""
    exif = Image.Exif()
    with contextlib.suppress(*_BROKEN):
        exif.load((b"II*\0" if block[:2] == b"II" else b"MM\0*") + block[4:])
    return exif
