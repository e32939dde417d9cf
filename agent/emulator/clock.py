"""The clock by which lists and the change feed lag.

It runs as the machine's, or stands where a test has put it: five minutes of lag are then over as soon as the test
says so.
"""

import time


class Clock:
    """Seconds since 1970, or since whatever moment the test likes."""

    def __init__(self) -> None:
        self._stands_at: float | None = None

    def now(self) -> float:
        return time.time() if self._stands_at is None else self._stands_at

    def stand_at(self, seconds: float | None) -> None:
        """Stands at that moment until told otherwise; None: runs as the machine's again."""
        self._stands_at = seconds
