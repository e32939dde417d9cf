"""`Errands`: small work behind a call that does not wait for it. None outlives the agent, none fails unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Errands:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin it. What it raises is logged."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("errand.failed", errand=task.get_name(), exc_info=error)

    async def close(self) -> None:
        """End those that are under way."""
        await end_all(self._tasks)


async def end_all(tasks: set[asyncio.Task[None]], seconds: float | None = None) -> None:
    """Cancel whatever of these is not ending already, and wait for all, for so long at most."""
    ending = set(tasks)
    for task in ending:
        if not task.cancelling():  # cancelled twice, it could not put down what it has in hand
            task.cancel()
    if ending:
        await asyncio.wait(ending, timeout=seconds)
