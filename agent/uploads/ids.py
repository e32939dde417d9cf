"""Ids for files that do not exist yet: asked of Drive by the thousand, kept in the ledger, each for one file.

With the id written down before the first byte, a send whose answer was lost is asked for by its id, never made twice.
"""

from __future__ import annotations

import asyncio

from agent.drive.client import DriveClient
from agent.ledger import Ledger, drive_queue

ASK_FOR = 1000  # the most that Drive gives at once
LOW = 200


class IdPool:
    """`fill` is called before ids are taken; asking for more happens in one place at a time."""

    def __init__(self, ledger: Ledger, client: DriveClient) -> None:
        self._ledger = ledger
        self._client = client
        self._lock = asyncio.Lock()

    async def fill(self, at_least: int = LOW) -> None:
        """Make sure of that many ids. Raises `DriveError`."""
        async with self._lock:
            have = await self._ledger.read(drive_queue.pool_size)
            if have < at_least:
                ids = await self._client.generate_ids(ASK_FOR)
                await self._ledger.write(drive_queue.fill_pool, ids)

    async def distrust(self) -> None:
        """Drive refused one of these ids: it does not know them (any more)."""
        await self._ledger.write(drive_queue.empty_pool)
