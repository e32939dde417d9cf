"""A whole agent in the test's own process, asked from its near or its far end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.agent import Agent
from agent.service import AgentService


class Running:
    """A whole agent in this process, and its service from the near or the far end."""

    def __init__(self, agent: Agent, service: AgentService, incoming: Path) -> None:
        self.agent = agent
        self.service = service
        self.incoming = incoming

    async def until(self, done: Callable[[Any], Any], seconds: float = 20) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := done(await self.service.status())):
                await asyncio.sleep(0.05)
        return found
