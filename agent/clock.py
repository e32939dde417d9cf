"""What time it is: for people, and for waiting. The one place that asks the machine's clock.

A clock may step: set by hand or by the network, hours at a time, in the middle of an evening. People read `wall`, and
the jobs of the night go by it. Nothing waits by it: every wait, kept ones too, is counted on `steady`, which no step
moves (docs/decisions/13).
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

OFFSET_FILE = "VENUESYNC_CLOCK_OFFSET"  # for tests: names a file with the seconds by which the clock is set otherwise

_set_otherwise = os.environ.get(OFFSET_FILE, "")


def uptime() -> float:
    """Seconds since the machine started. Goes on while it sleeps, and knows nothing of the clock."""
    return time.clock_gettime(_UPTIME)


def wall() -> float:
    """Seconds since 1970 in UTC, as the machine's clock has it now: for what people read."""
    return time.time() + (_offset() if _set_otherwise else 0.0)


def steady() -> float:
    """Seconds on a line that begins as `wall` does when the process starts and that nobody can set: for waiting."""
    return _BEGAN + uptime()


def stepped() -> float:
    """Seconds by which the clock was set since the process started; 0 where it was not, but for its drift."""
    return wall() - steady()


def shown(moment: float) -> float:
    """A moment of `steady`, as the machine's clock will show it: for the eye."""
    return moment + stepped()


def boot() -> str:
    """Names the time since the machine was switched on last; empty where it cannot be told."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def age(changed_at: float, at_wall: float, at_steady: float) -> float:
    """Seconds since a file's change, by a clock that may have been set before or after it: the least that can be.

    0 where the change lies in the future: whoever wants to know has to watch the file for a while.
    """
    return min((one for one in (at_wall - changed_at, at_steady - changed_at) if one >= 0), default=0.0)


def _offset() -> float:
    with suppress(OSError, ValueError):
        return float(Path(_set_otherwise).read_text())
    return 0.0


# On Linux CLOCK_MONOTONIC stands still while the machine sleeps, CLOCK_BOOTTIME does not; on macOS the former goes on.
_UPTIME: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_BEGAN = wall() - uptime()
