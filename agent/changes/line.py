"""How much of the line may be used: by the settings, by the time of day, or as somebody said while the agent runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent import clock
from agent.changes.pace import limits, local_now
from agent.drive.bandwidth import Bandwidth
from agent.settings import Settings

LOOK_EVERY = 10.0  # seconds


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

    def forget(self) -> None:
        """By rules and settings again, from the next `say` or look on."""
        self._said_up = self._said_down = None

    def apply(self) -> None:
        """What holds now, at once, also for transfers under way."""
        up, down = limits(self._settings, local_now(self._settings, self._clock))
        for line, said, usual in ((self._up, self._said_up, up), (self._down, self._said_down, down)):
            limit = usual if said is None else said
            if line.mbps != limit:
                line.set_limit(limit)

    async def run(self) -> None:
        while True:
            self.apply()
            await asyncio.sleep(LOOK_EVERY)
