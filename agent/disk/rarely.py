"""How often all files are looked at, where folders' own times tell what changed in between."""

from __future__ import annotations

EVERY = 600.0  # seconds between two looks, should a file system keep no times, at least
TIMES = 400  # times as long as one took lie between two, of many files: 0.25 % of a core, if
AT_LEAST_EVERY = 3600.0  # seconds are not over


def seconds_between(took: float) -> float:
    """From one look at all files to the next, where one takes that many seconds."""
    return min(max(EVERY, TIMES * took), AT_LEAST_EVERY)
