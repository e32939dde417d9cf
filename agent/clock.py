"""What time it is: for people, and for waiting, and how it is written. The one place that asks the machine's clock.

A clock may step: set by hand or by the network, hours at a time, in the middle of an evening. People read `wall`, and
the jobs of the night go by it. Nothing waits by it: every wait, kept ones too, is counted on `steady`, which no step
moves (docs/decisions/13).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ASLEEP = 5.0  # seconds by which `steady` and the monotonic clock part where the machine slept, and did not just drift
OFFSET_FILE = "VENUESYNC_CLOCK_OFFSET"  # for tests: seconds by which the clock is set otherwise, or a file with them

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
    with suppress(ValueError):
        return float(_set_otherwise)
    with suppress(OSError, ValueError):
        return float(Path(_set_otherwise).read_text())
    return 0.0


# On Linux CLOCK_MONOTONIC stands still while the machine sleeps, CLOCK_BOOTTIME does not; on macOS the former goes on.
_UPTIME: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_BEGAN = wall() - uptime()


# ---- clocks that are passed in


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks by which files are judged, passed in so that tests can let a night pass.

    `monotonic` stands still while the machine sleeps.
    """

    wall: Callable[[], float] = wall
    steady: Callable[[], float] = steady
    monotonic: Callable[[], float] = time.monotonic

    def moment(self) -> Moment:
        return Moment(self.wall(), self.steady())


@dataclass(frozen=True, slots=True)
class Moment:
    wall: float
    steady: float

    def age(self, changed_at: float) -> float:
        """Seconds since a change on this machine, or as few as they can be where the clock was set."""
        return age(changed_at, self.wall, self.steady)


SYSTEM_CLOCK = Clock()


class SleepWatch:
    """Notices that the machine slept: `steady` went on meanwhile, `monotonic` did not."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._apart = clock.steady() - clock.monotonic()

    def slept(self) -> float:
        """Seconds that it slept since this was asked last; 0 for less than five."""
        before, self._apart = self._apart, self._clock.steady() - self._clock.monotonic()
        slept = self._apart - before
        return slept if abs(slept) > ASLEEP else 0.0


# ---- where the event is

SYSTEM = "system"  # the machine's own zone

_left: list[str] = []  # the machine's own `TZ`, '' where it had none, while this process is in another zone


def be_in(zone: str) -> None:
    """All of this process is there from now on (`Europe/Stockholm`): its days, times that say no zone, SQLite's
    `localtime`, and the processes that it starts. A zone that is none is not gone to: the settings' check says so.
    """
    if zone != SYSTEM and is_zone(zone):
        _left[:] = _left or [os.environ.get("TZ", "")]
        os.environ["TZ"] = zone
    elif zone == SYSTEM and _left:
        os.environ["TZ"] = _left.pop()
        if not os.environ["TZ"]:  # empty would be UTC
            del os.environ["TZ"]
    time.tzset()


def is_zone(name: str) -> bool:
    """Whether the machine knows a zone of this name. What it does not know would silently be UTC."""
    from zoneinfo import ZoneInfo  # not needed by most, and read from the disk

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def local(moment: float) -> datetime:
    """Seconds UTC, as a clock on the wall shows it there."""
    return datetime.fromtimestamp(moment, UTC).astimezone()


# ---- times as documents and people write them

FIRST, LAST = -62_135_510_400.0, 253_402_214_400.0  # a day within what a date can name: a file may claim any time


def iso(seconds: float) -> str:
    """`2026-11-20T22:14:07.123Z`. Of two such texts the earlier moment's is the lesser one."""
    moment = datetime.fromtimestamp(min(max(seconds, FIRST), LAST), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(seconds: float | None) -> str | None:
    return None if seconds is None else iso(seconds)


def from_iso(text: str | float) -> float:
    """Seconds since 1970 of such a text; agents of before tell them so. Raises `ValueError` for what is none."""
    return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else float(text)


def from_iso_or_none(text: str | float | None) -> float | None:
    return None if text is None else from_iso(text)


def span(seconds: float) -> str:
    """`2 h 3 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if not hours and not minutes:
        return f"{rest} s"
    return " ".join(f"{number:,} {unit}" for number, unit in ((hours, "h"), (minutes, "min")) if number)
