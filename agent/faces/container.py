"""What a video's container tells: whether all of it is here, which camera took it, and when.

`creation_time` is UTC by the standard for MP4 (ISO 14496-12). Apple's description of QuickTime gives it no zone, calls
local time common practice, and recommends UTC; ExifTool takes it for local time unless told otherwise. What people
report of their own files: phones of all makers, Sony (a6000) and Canon (PowerShot) write UTC; Nikon (Z 30, DSLRs) and
GoPros (until HERO11 at least) write what their clock shows. So, the surest first:

1. `com.apple.quicktime.creationdate` says its offset. Some Android phones write it, too.
2. A phone, a Sony or a Canon that says so: `creation_time` is UTC.
3. Another camera that says which it is: what its clock shows, without a zone, like photos without `OffsetTime`. What
   its photos say of the zone, and of the clock, counts then (`agent/people/films.py`).
4. No camera is named, as in most cameras' own MP4s: UTC by the standard. It may be wrong by the zone, and photos' pages
   say what it was taken for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import BinaryIO

from agent.faces.exif import YEARS, CaptureTime, named, words
from agent.faces.formats import boxes
from agent.faces.makers import UTC_IN_VIDEOS

_ANDROID = "com.android."
_WHOSE = (
    "com.apple.quicktime.",
    _ANDROID,
    "",
)  # the last: QuickTime's user data (\xa9mak, \xa9mod), 3GPP's (manu, modl)
_MEDIA = {b"mdat", b"moov", b"moof"}  # boxes without which it does not play; some cameras write no boxes behind them
_RIFF, _EBML, _SEGMENT = b"RIFF", b"\x1aE\xdf\xa3", b"\x18S\x80g"
_PACKETS = (188, 0), (192, 4)  # bytes of a transport stream's, and where in them a G stands
HEAD = 600  # bytes that tell what a file is: three of these
_UNTOLD = 0xFFFFFFFF
_BEFORE_PHONES = 1990  # a camera whose clock was never set says 1904


def ends_early(file: BinaryIO) -> bool:
    """Whether a part of the video is missing, also where its tables come first and it plays so far."""
    size = file.seek(0, os.SEEK_END)
    ends = (end for kind, end in boxes(file) if kind in _MEDIA)
    return any(end > size for told in (ends, _told_ends(file, size)) for end in told)


def is_played_elsewhere(head: bytes) -> bool:
    """Whether what begins so is a video of a kind that is not looked at here: AVI, Matroska, MPEG transport stream."""
    is_avi = head[:4] == _RIFF and head[8:12] == b"AVI "
    return is_avi or head[:4] == _EBML or any(_has_packets(head, *one) for one in _PACKETS)


def _told_ends(file: BinaryIO, size: int) -> Iterator[int]:
    """Of such a video: where parts of it end by their own word. What lost its power amid the writing says nothing."""
    file.seek(0)
    head = file.read(HEAD)
    if head[:4] == _EBML:
        length, at = _ebml_size(head, 4)
        if head[at + length :][:4] == _SEGMENT:
            length, at = _ebml_size(head, at + length + 4)
            yield at + length
    at = 0
    while head[:4] == _RIFF and (length := int.from_bytes(head[4:8], "little")) != _UNTOLD:
        yield at + length  # and 8 more, which some cameras count in
        at += 8 + length + length % 2
        file.seek(at)
        head = file.read(8)
    for packet, sync in _PACKETS:
        rest = size % packet
        if _has_packets(head, packet, sync) and file.seek(size - rest) and file.read(packet)[sync:][:1] == b"G":
            yield size - rest + packet


def _has_packets(head: bytes, packet: int, sync: int) -> bool:
    return head[sync::packet][:3] == b"GGG"


def _ebml_size(data: bytes, at: int) -> tuple[int, int]:
    """A size in as many bytes as the first of them says, and where these end; of one that is not told 0."""
    width = 9 - data[at : at + 1].ljust(1, b"\1")[0].bit_length()
    most = (1 << 7 * width) - 1
    told = int.from_bytes(data[at : at + width], "big") & most
    return 0 if told == most else told, at + width


def device_said(said: Mapping[str, str]) -> str:
    """`Apple iPhone 15 Pro`, as its photos have it; "": not said. A container has no number of a camera."""
    for whose in _WHOSE:
        maker = "manufacturer" if whose == _ANDROID else "make"
        if device := named(words(said.get(whose + maker)), words(said.get(whose + "model"))):
            return device
    return ""


def taken_said(said: Mapping[str, str]) -> CaptureTime | None:
    """Without an offset where `creation_time` is what the camera's clock showed. `None`: nothing possible is said."""
    moment = _moment(said.get("com.apple.quicktime.creationdate", ""))
    if moment is None:
        moment = _moment(said.get("creation_time", ""))
        if moment is not None and not _is_utc(said):
            return CaptureTime(moment.replace(tzinfo=None).isoformat(), None)
    return moment and CaptureTime(moment.isoformat(), moment.timestamp())


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if _BEFORE_PHONES <= found.year < YEARS.stop and found.tzinfo is not None else None


def _is_utc(said: Mapping[str, str]) -> bool:
    device = device_said(said)
    return not device or any(one.startswith(_ANDROID) for one in said) or device.split()[0].casefold() in UTC_IN_VIDEOS
