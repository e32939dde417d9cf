"""Reads from a photo's EXIF data when it was taken.

A camera writes the time on its own clock, and newer ones how far that is from UTC. Only with that offset is the moment
known; without it the text is kept as it is, and nobody guesses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from PIL import Image

_EXIF_DIRECTORY = 0x8769
# (time, fraction of its second, offset from UTC), the best first: taken, digitized, file changed
_TAGS = ((0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012), (0x0132, 0x9290, 0x9010))
_TIME = re.compile(r"(\d{4})[:\-/](\d\d)[:\-/](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"([+\-])(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class CaptureTime:
    """`text`: ISO, in the camera's local time, with its offset where known; `epoch`: seconds UTC, or None without."""

    text: str
    epoch: float | None


def capture_time(exif: Image.Exif) -> CaptureTime | None:
    """Return when the photo was taken, or None where the camera did not say, or said nothing possible."""
    tags = {**exif.get_ifd(_EXIF_DIRECTORY), **dict(exif)}
    for when, fraction, offset in _TAGS:
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
        return datetime.fromisoformat("{}-{}-{}T{}:{}:{}".format(*found.groups())).replace(microsecond=micro)
    except ValueError:  # 0000:00:00, 31st of February, hour 24
        return None


def _zone(text: str) -> timezone | None:
    if text.strip() == "Z":
        return UTC
    found = _OFFSET.match(text.strip())
    if not found:
        return None
    away = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-away if found[1] == "-" else away) if away < timedelta(hours=24) else None
