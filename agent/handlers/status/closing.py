"""Closing time: when nothing moves any more, the folders and the sources are looked through once more; and the end.

Nobody has to wait for the next minute's sweep to hear that all may be packed up.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.handlers.status.publisher import Publisher
from agent.handlers.status.verdict import WAITS
from agent.intake.folders import Unwatched
from agent.model import Outlook, SafeCode
from agent.pipeline import Pipeline
from agent.requests.control import Stop, Stopping
from agent.requests.status import StatusDocument
from agent.sync.all_feeds import AllFeeds

if TYPE_CHECKING:
    from agent.intake.watcher import Watcher

LOOK_EVERY = 1.0  # seconds
TO_BE_SURE = frozenset({SafeCode.SWEEP_PENDING, SafeCode.SOURCE_NOT_CHECKED})
MOVES = WAITS - TO_BE_SURE
STANDS = frozenset({SafeCode.DRIVE_FULL, SafeCode.DRIVE_OFFLINE})  # what is here can be looked through meanwhile


@dataclass(eq=False, slots=True)
class Closer:
    """Asks for one sweep, and one look at Drive, after the last photo is done."""

    _publisher: Publisher
    _pipeline: Pipeline
    _watcher: Watcher | Unwatched
    _feeds: AllFeeds

    async def run(self) -> None:
        looked = -1
        while True:
            await asyncio.sleep(LOOK_EVERY)
            verdict, arrivals = self._publisher.verdict, self._publisher.arrivals
            if verdict is None or verdict.codes & (MOVES - STANDS) or self._pipeline.looking:
                continue
            if SafeCode.SWEEP_PENDING in verdict.codes and not self._watcher.is_catching_up:
                await self._watcher.sweep_now()
                self._pipeline.bell.ring()
            if SafeCode.SOURCE_NOT_CHECKED in verdict.codes and looked != arrivals and not verdict.codes & STANDS:
                looked = arrivals  # once for each last photo: the feeds' own pace does the rest
                self._feeds.look_now()


# ---- the agent's end, where somebody asked for it: at once, or when all is sent


class Ending:
    """`end` has whoever runs the agent end it. As a part it waits until all is sent, once that was asked."""

    def __init__(self, publisher: Publisher, end: Callable[[], object]) -> None:
        self._publisher = publisher
        self._end = end
        self._when_sent = asyncio.Event()

    async def stop(self, asked: Stop) -> Stopping:
        if asked.finish:
            self._when_sent.set()
        else:
            self._now()
        return {"pid": os.getpid(), "finish": asked.finish}

    def _now(self) -> None:
        """After the answer to whoever asked."""
        asyncio.get_running_loop().call_soon(self._end)

    async def run(self) -> None:
        await self._when_sent.wait()
        while not await self._seen_sent():
            pass
        self._now()

    async def _seen_sent(self) -> bool:
        """Follow the changes until one says that all is sent, or that some were lost."""
        snapshot = await self._publisher.snapshot()
        if all_sent(snapshot["status"]):
            return True
        async for change in self._publisher.events(snapshot["boot"], snapshot["seq"]):
            if change["section"] == "resync":
                return False
            if change["section"] == "status" and all_sent(change["data"]):
                return True
        return False


def all_sent(document: StatusDocument) -> bool:
    """All that can be: what failed waits for somebody, whether or not an agent runs."""
    return document["safe_to_leave"]["outlook"] in (Outlook.DONE, Outlook.FAILED)
