"""How many uploads go at once: as the settings say, and more over a line that loses packets.

TCP slows down for each packet that is lost, however much of the line is free: with 2 % lost and a round trip of 300 ms
a connection comes to half a megabit a second, and eight to four, of fifty. So where many are lost and none waits in
front of the line, more go at once, for as long as all together get on faster by it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from agent.drive.tcp import Sent

log = structlog.get_logger(__name__)

MOST = 64  # at once
WISHED = 8  # by the settings, at least: who has fewer go has a reason
LOSSY = 0.005  # of all segments are lost, and more: so it is over radio that is weak, and over congested lines
CLEAN = 0.001  # and less: so few make no connection slow
STRETCHED = 1.5  # times the shortest round trip, and more: so much waits in front of the line that it is full
ENOUGH = 200  # segments, to tell a loss by
SETTLES = 2  # looks until new connections stand, and go as fast as they will
FULL = 0.875  # of the limit: as many go as may, one or the other is just being taken up
TRIAL = 2  # looks, then, until it is judged
LONG = 10  # looks without loss until fewer go at once again
GAIN = 0.15  # of what twice as many would get on faster by, if each did as well as before
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 480.0  # seconds after a trial that gained nothing; doubling
FORGOTTEN = 600.0  # seconds that it is kept while there is less to send than might go at once


@dataclass(frozen=True, slots=True)
class Trial:
    """`before` that many went, at `rate` (bytes a second)."""

    before: int
    rate: float


class Concurrency:
    """`limit` uploads at once; `look` is called every second or so.

    `sent`: what went since it was last asked. `may`: whether so many more than usual may go, as far as Drive lets them:
    it is told each time, and asked on. `free`: whether the line is free of limits that we keep ourselves.
    """

    def __init__(
        self,
        usual: int,
        *,
        sent: Callable[[], Sent] = Sent,
        may: Callable[[int], bool] = lambda _: True,
        free: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = self._usual = usual
        self._going: Callable[[], int] = lambda: 0
        self._changed: Callable[[], None] = lambda: None
        self._most = max(usual, MOST) if usual >= WISHED else usual
        self._sent, self._may, self._free, self._clock = sent, may, free, clock
        self._trial: Trial | None = None
        self._not_before = self._full_at = self._looked_at = clock()
        self._pause = FIRST_PAUSE
        self._settles = 0
        self._begin_window()

    def of(self, going: Callable[[], int], changed: Callable[[], None]) -> None:
        """Whose uploads these are: how many go just now, and who is to hear that it is another number that may."""
        self._going, self._changed = going, changed

    def look(self) -> None:
        now = self._clock()
        since, self._looked_at = now - self._looked_at, now
        wider = self.limit > self._usual
        if not self._free() or (wider and not self._may(self.limit - self._usual)):
            self._set(self._usual)
        if self._going() < FULL * self.limit:
            if now - self._full_at > FORGOTTEN:
                self._set(self._usual)
            self._settles = max(self._settles, 1)  # what the next look sees is of a time, too, when fewer went
            return
        self._full_at = now
        sent = self._sent()
        if self._settles:
            self._settles -= 1
            self._begin_window()
            return
        self._window += sent
        self._seconds += since
        self._looks += 1
        self._judge(now)

    def _judge(self, now: float) -> None:
        if self._window.segments < ENOUGH or self._looks < (TRIAL if self._trial else 1):
            return
        rate = self._window.bytes / self._seconds
        if self._trial is not None and not self._passed(self._trial, rate):
            self._not_before = now + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            self._set(self._trial.before)
        elif self._is_lossy() and now >= self._not_before and self.limit < self._most and self._free():
            wider = min(self._most, self.limit * (4 if self.limit == self._usual else 2))
            self._set(wider, Trial(self.limit, rate))
        elif self._trial is not None:
            self._trial = None
            self._begin_window()
        elif self._looks >= LONG:
            if self.limit > self._usual and self._window.lost < CLEAN:
                self._set(max(self._usual, self.limit // 2))
            self._begin_window()

    def _passed(self, trial: Trial, rate: float) -> bool:
        passed = rate >= trial.rate * (1 + GAIN * (self.limit / trial.before - 1))
        if passed:
            self._pause = FIRST_PAUSE
        return passed

    def _is_lossy(self) -> bool:
        return self._window.lost >= LOSSY and self._window.stretched <= STRETCHED

    def _set(self, limit: int, trial: Trial | None = None) -> None:
        self._trial = None
        if limit == self.limit or (not self._may(limit - self._usual) and limit > self.limit):
            return
        self._trial = trial
        log.info("uploads.at_once", limit=limit, before=self.limit, lost=round(self._window.lost, 4))
        self.limit = limit
        self._settles = SETTLES
        self._begin_window()
        self._changed()

    def _begin_window(self) -> None:
        self._window, self._seconds, self._looks = Sent(), 0.0, 0
