"""Tells the service manager that the agent lives, for as long as it does; else it is ended, and started again.

A part that stands still is begun anew by its supervisor after a minute. Where that does not help, or where the event
loop or the ledger does not answer any more, nothing in the agent itself can help: that is when the word stays away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from agent.ledger import Ledger, meta
from agent.running.supervise import STANDSTILL_AFTER, Work
from agent.service.systemd import notify

log = structlog.get_logger(__name__)

A_BEAT = 1 / 3  # of the time within which one is expected: two may be missed
HELPLESS_AFTER = 3 * STANDSTILL_AFTER  # seconds that a part may stand still: it was begun anew twice


class Heartbeat:
    """`seconds`: within which a beat is expected. `work`: the parts that can be seen to stand still."""

    def __init__(self, ledger: Ledger, work: Mapping[str, Work], seconds: float) -> None:
        self._ledger = ledger
        self._work = work
        self._pause = seconds * A_BEAT
        self._begun = {name: one.begun for name, one in work.items()}
        self._still = dict.fromkeys(work, 0)  # looks in a row at which it did nothing, though work waited

    async def run(self) -> None:
        while True:
            if await self._lives():
                notify(WATCHDOG=1)
            await asyncio.sleep(self._pause)

    async def _lives(self) -> bool:
        try:
            async with asyncio.timeout(self._pause):
                await self._ledger.read(meta.planned_revision)
                still = [name for name, one in self._work.items() if await self._stands_still(name, one)]
        except TimeoutError:
            still = ["ledger"]
        if still:
            log.error("heartbeat.missed", still=", ".join(still))
        return not still

    async def _stands_still(self, name: str, part: Work) -> bool:
        """What is counted is time in which the agent itself ran; a disk that refuses to be written to excuses it."""
        idle = part.begun == self._begun[name] and self._ledger.trouble is None and await part.waits()
        self._still[name] = self._still[name] + 1 if idle else 0
        self._begun[name] = part.begun
        return self._still[name] * self._pause >= HELPLESS_AFTER
