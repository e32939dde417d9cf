"""Times as documents write them."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(seconds: float) -> str:
    """`2026-11-20T22:14:07.123Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(seconds: float | None) -> str | None:
    return None if seconds is None else iso(seconds)


def span(seconds: float) -> str:
    """`2 h 3 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if not hours and not minutes:
        return f"{rest} s"
    return " ".join(f"{number:,} {unit}" for number, unit in ((hours, "h"), (minutes, "min")) if number)
