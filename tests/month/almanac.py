"""Which day and hour it is on the machine of a month's agent: its clock, and how long it has been on.

The clock is moved by the agent's own door for that (`VENUESYNC_CLOCK_OFFSET`), the machine's uptime by a time namespace
where one can be had: then a day has passed for whatever waits, too. Elsewhere the clock alone moves.
"""

from __future__ import annotations

import subprocess
import time

from tests.venue.house import House

DAY = 86_400.0
HOUR = 3600.0


class Almanac:
    """Days begin at midnight in UTC; the first is tomorrow."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._midnight = time.time() // DAY * DAY
        self._uptime = can_move_uptime()
        house.environ["VENUESYNC_TIME__ZONE"] = "UTC"

    def at(self, day: int, hour: float) -> None:
        """Whoever is started from now on starts then."""
        ahead = self._midnight + (day + 1) * DAY + hour * HOUR - time.time()
        self._house.environ["VENUESYNC_CLOCK_OFFSET"] = str(ahead)
        self._house.emulator.clock(time.time() + ahead)
        if self._uptime:
            self._house.wrapped = moved(round(ahead))

    def date(self, day: int) -> str:
        """As times in documents begin."""
        return time.strftime("%Y-%m-%d", time.gmtime(self._midnight + (day + 1) * DAY))

    @property
    def passes_for_all(self) -> bool:
        """Whether days pass for what waits, too, and not for people alone."""
        return self._uptime


def moved(seconds: int) -> list[str]:
    """What to begin a command with that is to find the machine on for so much longer."""
    return ["unshare", "--time", "--boottime", str(seconds), "--monotonic", str(seconds)]


def can_move_uptime() -> bool:
    asked = "import time; print(time.clock_gettime(time.CLOCK_BOOTTIME))"
    try:
        done = subprocess.run(
            [*moved(10 * int(DAY)), "python3", "-c", asked], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0 and float(done.stdout) > time.clock_gettime(time.CLOCK_BOOTTIME) + 9 * DAY
