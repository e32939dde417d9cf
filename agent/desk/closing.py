"""Closing time: when nothing moves any more, the folders and the sources are looked through once more.

Nobody has to wait for the next minute's sweep to hear that all may be packed up.
"""

from __future__ import annotations

import asyncio

from agent.desk.house import House
from agent.desk.publisher import Publisher
from agent.desk.verdict import WAITS
from agent.model import SafeCode

LOOK_EVERY = 1.0  # seconds
TO_BE_SURE = frozenset({SafeCode.SWEEP_PENDING, SafeCode.SOURCE_NOT_CHECKED})
MOVES = WAITS - TO_BE_SURE


class Closer:
    """Asks for one sweep, and one look at Drive, after the last photo is done."""

    def __init__(self, house: House, publisher: Publisher) -> None:
        self._house = house
        self._publisher = publisher

    async def run(self) -> None:
        looked = -1
        while True:
            await asyncio.sleep(LOOK_EVERY)
            house, verdict, arrivals = self._house, self._publisher.verdict, self._publisher.arrivals
            if verdict is None or verdict.codes & MOVES or house.pipeline.looking:
                continue
            if SafeCode.SWEEP_PENDING in verdict.codes and house.watcher is not None:
                await house.watcher.sweep_now()
                house.pipeline.bell.ring()
            if SafeCode.SOURCE_NOT_CHECKED in verdict.codes and house.feeds is not None and looked != arrivals:
                looked = arrivals  # once for each last photo: the feeds' own pace does the rest
                house.feeds.look_now()
