"""The agent's end, where somebody asked for it: at once, or when all is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent.desk.publisher import Publisher
from agent.model import Outlook
from agent.service_status import StatusDocument


class Ending:
    """`end` has whoever runs the agent end it. As a part it waits until all is sent, once that was asked."""

    def __init__(self, publisher: Publisher, end: Callable[[], object]) -> None:
        self._publisher = publisher
        self._end = end
        self._when_sent = asyncio.Event()

    def now(self) -> None:
        """After the answer to whoever asked."""
        asyncio.get_running_loop().call_soon(self._end)

    def when_sent(self) -> None:
        self._when_sent.set()

    async def run(self) -> None:
        await self._when_sent.wait()
        while not await self._seen_sent():
            pass
        self.now()

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
