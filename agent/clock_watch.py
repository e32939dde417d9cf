"""Watches the machine's clock: says when somebody set it, and keeps where the steady line is.

Nothing waits by the clock, so nothing has to be put right when it steps; but people read times, and should know.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

import structlog

from agent import clock
from agent.ledger import Ledger, activity, waits
from agent.ledger.waits import Anchor
from agent.times import span

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0  # seconds
STEP = 2.0  # seconds by which it has to be set to be worth a word
HOLD_EVERY = 60.0  # seconds


class ClockWatch:
    """`stepped` is called when the clock was set."""

    def __init__(self, ledger: Ledger, stepped: Callable[[], None]) -> None:
        self._ledger = ledger
        self._stepped = stepped

    async def run(self) -> None:
        before, held = clock.stepped(), clock.steady()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = clock.stepped()
            if abs(now - before) >= STEP:
                log.warning("clock.stepped", seconds=round(now - before, 1))
                await self._ledger.write(say, now - before, clock.wall(), here())
                self._stepped()
            elif clock.steady() - held >= HOLD_EVERY:
                await self._ledger.write(waits.hold, here())
            else:
                continue
            before, held = now, clock.steady()


def here() -> Anchor:
    """Where the steady line is now."""
    return Anchor(clock.steady(), clock.wall(), clock.boot(), clock.uptime())


def say(db: sqlite3.Connection, seconds: float, now: float, line: Anchor) -> None:
    waits.hold(db, line)
    way = "forward" if seconds > 0 else "back"
    activity.note(db, "clock", f"This machine's clock was set {way} by {span(abs(seconds))}", now)
