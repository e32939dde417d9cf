"""What Prometheus asks: how everything stands, as numbers (`agent.handlers.status.numbers`)."""

from __future__ import annotations

import asyncio

from agent.handlers.status.parts import Counted
from agent.handlers.status.publisher import Published, Publisher
from agent.requests.status import GetMetrics


class MetricsHandlers:
    def __init__(self, publisher: Publisher, counted: Counted) -> None:
        self._publisher = publisher
        self._counted = counted

    async def metrics(self, _asked: GetMetrics) -> str:
        return await asyncio.to_thread(self._page, await self._publisher.latest())

    def _page(self, latest: Published) -> str:
        from agent.handlers.status.numbers import page  # prometheus_client takes 0.2 s to import

        return page(latest, self._counted)
