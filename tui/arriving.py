"""`Arriving`: an agent's service that is still on its way. The screen is there before it; its questions wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

from agent.service import AgentService
from agent.service_snapshot import Change


class Arriving:
    """Stands in for an `AgentService` until one has come, and for ever passes everything on to it."""

    def __init__(self) -> None:
        self._coming: asyncio.Future[AgentService] = asyncio.get_running_loop().create_future()

    def arrived(self, service: AgentService) -> None:
        """Called once."""
        self._coming.set_result(service)

    @property
    def service(self) -> AgentService:
        """Itself, as what it stands in for."""
        return cast(AgentService, self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        async def ask(*arguments: Any, **named: Any) -> Any:
            service = await asyncio.shield(self._coming)
            return await getattr(service, name)(*arguments, **named)

        return ask

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        """After a snapshot, which only one that has come can have given."""
        return self._coming.result().events(boot, since)
