"""How often all files are looked at, where folders' own times tell what changed in between; and how fast."""

from __future__ import annotations

import time

EVERY = 600.0  # seconds between two looks, should a file system keep no times, at least
TIMES = 400  # times as long as one took lie between two, of many files: 0.25 % of a core, if
AT_LEAST_EVERY = 3600.0  # seconds are not over
TURN = 0.1  # seconds of work without a rest,
RESTS = 7  # then times as long: an eighth of a core


def seconds_between(took: float) -> float:
    """From one look at all files to the next, where one takes that many seconds."""
    return min(max(EVERY, TIMES * took), AT_LEAST_EVERY)


def rest_after(worked: float) -> float:
    """Seconds to do nothing, where nobody waits for what took that many."""
    return RESTS * worked if worked > TURN else 0.0


class Turns:
    """The same within one long call on a thread of its own. `rested`: seconds, in all."""

    def __init__(self) -> None:
        self.rested = 0.0
        self._since: float | None = None

    def rest(self) -> None:
        """Now and then; it returns at once, unless a turn is over."""
        now = time.thread_time()
        if self._since is None:
            self._since = now
        if seconds := rest_after(now - self._since):
            time.sleep(seconds)
            self.rested += seconds
            self._since = time.thread_time()
