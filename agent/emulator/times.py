"""Drive's times: RFC 3339 in, `YYYY-MM-DDTHH:MM:SS.mmmZ` out.

Stored as that text, which sorts and compares as the instants do.
"""

import re
import time
from datetime import UTC, datetime, timedelta, timezone

_RFC3339 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*([Zz]|[+-]\d{2}:?\d{2})?"
)


def stamp(seconds: float) -> str:
    """Text of a moment given in seconds since 1970, cut (not rounded) to milliseconds."""
    milliseconds = int(seconds * 1000)
    whole = time.gmtime(milliseconds // 1000)
    return (
        f"{whole.tm_year:04d}-{whole.tm_mon:02d}-{whole.tm_mday:02d}"
        f"T{whole.tm_hour:02d}:{whole.tm_min:02d}:{whole.tm_sec:02d}.{milliseconds % 1000:03d}Z"
    )


def now() -> str:
    return stamp(time.time())


def parse(text: str) -> str:
    """The same moment as Drive writes it.

    Takes any offset, a missing one (UTC), a date alone, and fractions of any length (rclone sends nine digits).
    Raises ValueError for anything else.
    """
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    milliseconds = int((fraction or "0")[:3].ljust(3, "0"))
    moment = datetime(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        min(int(second or 0), 59),  # a leap second is the last one that datetime knows
        milliseconds * 1000,
        tzinfo=_zone(offset),
    ).astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _zone(offset: str | None) -> timezone:
    if offset is None or offset in "Zz":
        return UTC
    sign = -1 if offset[0] == "-" else 1
    digits = offset[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
