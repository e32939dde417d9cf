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
from collections.abc import Mapping
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
_BEFORE_PHONES = 1990  # a camera whose clock was never set says 1904


def ends_early(file: BinaryIO) -> bool:
    """Whether a part of the video is missing, also where its tables come first and it plays so far."""
    size = file.seek(0, os.SEEK_END)
    return any(end > size and kind in _MEDIA for kind, end in boxes(file))


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
