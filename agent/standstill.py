"""A part that does nothing though work waits is taken for one that has died: it is ended, and begins anew.

Nothing is known to make one stand still; should it happen once, an evening must not wait for somebody who notices.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from types import CoroutineType
from typing import Protocol

import structlog

from agent.errors import VenueError

log = structlog.get_logger(__name__)

AFTER = float(os.environ.get("VENUESYNC_STANDSTILL_AFTER", "60"))  # seconds; tests have less time
LOOKS = 12  # in that time: what is counted is time in which the agent itself ran


class Work(Protocol):
    """What a part can be seen to do."""

    @property
    def begun(self) -> int:
        """How many things it took up so far."""
        ...

    async def waits(self) -> bool:
        """Whether it could take up one more at this moment, and nothing that it knows of stands in its way."""
        ...


async def live(run: Callable[[], Awaitable[None]], work: Work, may: Callable[[], bool]) -> None:
    """Run a part until it ends. Raises `VenueError` where it stood still; the part has ended then. `may`: it could."""
    task = asyncio.ensure_future(run())
    try:
        still, before = 0, work.begun
        while not (await asyncio.wait({task}, timeout=AFTER / LOOKS))[0]:
            still = still + 1 if may() and work.begun == before and await work.waits() else 0
            before = work.begun
            if still >= LOOKS:
                log.error("part.standstill", at=where(task))
                raise VenueError("It stood still", f"for {AFTER:g} seconds, while work waited", kind="part_stalled")
        task.result()
    finally:
        task.cancel()
        await asyncio.wait({task})


def where(task: asyncio.Future[None]) -> str:
    """What a task waits in, the innermost last."""
    found: list[str] = []
    one: object = task.get_coro() if isinstance(task, asyncio.Task) else None
    while isinstance(one, CoroutineType):
        found.append(one.cr_code.co_qualname)
        one = one.cr_await
    return " > ".join(found)
