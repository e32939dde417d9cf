"""How often to look, and how much of the line may be used: by the settings, by the time of day, or as somebody said.

The shortest interval of an account's events is the longest wait; sooner while photos arrive.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from datetime import datetime

from agent import clock
from agent.drive.limiter import Bandwidth
from agent.model import Event
from agent.settings import Settings
from agent.settings.keys import PaceRule

BUSY, LIVELY = 120.0, 600.0  # seconds since the last change
SOONEST, SOON = 5.0, 15.0  # seconds between looks then
LOOK_EVERY = 10.0  # seconds


def interval_of(event: Event, settings: Settings) -> float:
    """An event's longest wait between two looks, in minutes."""
    return settings.sync.interval if event.interval is None else event.interval


def wait(settings: Settings, events: Iterable[Event], idle: float | None, now: datetime) -> float:
    """Seconds until the next look. `idle`: seconds since the feed last brought something; `None`: never.

    Never longer than the shortest interval; jitter makes it shorter, not longer.
    """
    rule = rule_at(settings, now)
    longest = min((interval_of(event, settings) for event in events), default=settings.sync.interval) * 60
    if rule is not None and rule.interval is not None:
        longest = rule.interval * 60
    seconds = longest
    if settings.sync.adaptive and idle is not None:
        if idle < BUSY:
            seconds = min(longest, SOONEST)
        elif idle < LIVELY:
            seconds = min(longest, SOON)
    return seconds * (random.uniform(0.9, 1.0) if settings.sync.adaptive else 1.0)


def rule_at(settings: Settings, now: datetime) -> PaceRule | None:
    """The first rule of `schedule.pace` that holds at this time of day; one may go over midnight."""
    time = f"{now:%H:%M}"
    for rule in settings.schedule.pace:
        inside = rule.start <= time < rule.end if rule.start <= rule.end else time >= rule.start or time < rule.end
        if inside:
            return rule
    return None


def limits(settings: Settings, now: datetime) -> tuple[float, float]:
    """Most megabits a second to send and to fetch at this time of day; 0: no limit."""
    rule = rule_at(settings, now)
    up = settings.drive.up_mbps if rule is None or rule.up_mbps is None else rule.up_mbps
    down = settings.drive.down_mbps if rule is None or rule.down_mbps is None else rule.down_mbps
    return up, down


class LineLimits:
    """Megabits a second for each direction; 0: no limit. What somebody said goes before rules and settings."""

    def __init__(
        self, up: Bandwidth, down: Bandwidth, settings: Settings, clock: Callable[[], float] = clock.wall
    ) -> None:
        self._up = up
        self._down = down
        self._settings = settings
        self._clock = clock
        self._said_up: float | None = None
        self._said_down: float | None = None

    def say(self, up: float | None, down: float | None) -> None:
        """Until the agent ends; `None`: as it is."""
        self._said_up = self._said_up if up is None else up
        self._said_down = self._said_down if down is None else down
        self.apply()

    def follow(self, settings: Settings) -> None:
        """Go by these settings from now on."""
        self._settings = settings
        self.apply()

    @property
    def now(self) -> tuple[float, float]:
        """What holds, to send and to fetch."""
        return self._up.mbps, self._down.mbps

    def forget(self) -> None:
        """By rules and settings again, from the next `say` or look on."""
        self._said_up = self._said_down = None

    def apply(self) -> None:
        """What holds now, at once, also for transfers under way."""
        up, down = limits(self._settings, clock.local(self._clock()))
        for line, said, usual in ((self._up, self._said_up, up), (self._down, self._said_down, down)):
            limit = usual if said is None else said
            if line.mbps != limit:
                line.set_limit(limit)

    async def run(self) -> None:
        while True:
            self.apply()
            await asyncio.sleep(LOOK_EVERY)
