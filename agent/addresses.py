"""Addresses from outside, taken apart: what is none has no parts, and raises nothing."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

NOTHING = SplitResult("", "", "", "", "")


def split(address: str) -> SplitResult:
    """As `urlsplit`; of `http://[::1`, or a port that is no number, nothing."""
    try:
        parts = urlsplit(address)
        _ = parts.port, parts.hostname  # found out when they are asked for, else
    except ValueError:
        return NOTHING
    return parts
