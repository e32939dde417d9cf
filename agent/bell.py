"""A bell: one part tells another that there is something to do.

A ring while nobody listens is kept, many rings are one, and whoever waits also looks by itself after a while, so a
ring that never came costs a pause and not a photo.
"""

from __future__ import annotations

import asyncio
import contextlib


class Bell:
    """Rung on the event loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, timeout: float) -> None:
        """Until the next ring (or one since the last wait), at most `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, timeout)):
                await self._event.wait()
        self._event.clear()
