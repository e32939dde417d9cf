"""What stands between us and Drive right now, each trouble by itself, and the one state that people see.

Troubles do not replace each other: a Drive that is full stays full while the internet is away.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from agent.model import DriveState

# What people see when several hold: whatever they can do something about, or what stops the most, first.
GRAVITY = (DriveState.DISABLED, DriveState.NEEDS_LOGIN, DriveState.OFFLINE, DriveState.THROTTLED, DriveState.FULL)


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between looks at Drive, by what stands in the way."""

    first: float = 0.25  # offline: before the next look; it doubles
    longest: float = 1.0  # offline: a look costs little, and the line's return is not to be waited for
    slow: float = 5.0  # Drive answers with its own errors
    sure: float = 3.0  # without an answer: offline
    full: float = 60.0  # at most: it begins with `full_first` and doubles, as who frees space looks at once
    full_first: float = 5.0
    project: float = 1800.0  # the Cloud project's own quota or setting
    sign_in: float = 30.0  # for a sign-in that nobody told us of
    watch: float = 240.0  # all well: for the quota's figures
    nearly_full: float = 60.0  # the same while less than a tenth is free
    strikes: int = 5  # Drive's own errors in a row until everybody waits

    def growing(self, tries: int, longest: float) -> float:
        """Full jitter (a random part of a doubling pause): many machines do not come back in one wave."""
        return random.uniform(0, min(longest, self.first * 2.0 ** min(tries, 16)))

    def until_space(self, tries: int) -> float:
        """Between looks at a full Drive."""
        return min(self.full, self.full_first * 2.0 ** min(tries, 16))


@dataclass(slots=True)
class Trouble:
    """One thing in the way. `due`: when to look again, by the monotonic clock."""

    detail: str
    due: float
    tries: int = 0
    by_time: bool = False  # over at `due`, whatever else happens; else over when Drive answers well
    pause: float | None = None  # between looks; None: growing
    free: int | None = None  # bytes free on Drive when it was found full
    counted: bool = False  # whether `free` is known
    connecting: bool = False  # nothing is known yet


@dataclass(frozen=True, slots=True)
class DriveStatus:
    """Drive for everybody: `next_try_at` and `since` in seconds UTC; quota in bytes, `limit` `None` without one."""

    state: DriveState
    since: float
    detail: str
    next_try_at: float | None = None
    account: str | None = None
    used: int | None = None
    limit: int | None = None
    connecting: bool = False  # offline only as nothing is known yet


UNITS = ("B", "KB", "MB", "GB", "TB")  # as Google counts: 1024 to each


def amount(used: int, limit: int) -> str:
    """`14.9 of 15 GB`."""
    step = _step(limit)
    return f"{_short(used / 1024**step)} of {_short(limit / 1024**step)} {UNITS[step]}"


def size(bytes: int) -> str:
    """`14.9 GB`."""
    step = _step(bytes)
    return f"{_short(bytes / 1024**step)} {UNITS[step]}"


def _step(bytes: int) -> int:
    step = 0
    while bytes >= 1024 ** (step + 1) and step < len(UNITS) - 1:
        step += 1
    return step


def _short(number: float) -> str:
    """Three digits at least, and no exponent."""
    return f"{number:.0f}" if number >= 1000 else f"{number:.3g}"
