"""A whole agent in the test's own process, asked from its near or its far end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from agent.app import Application
from agent.errors import VenueError
from agent.requests.ask import Agent
from agent.requests.people import EnrollPerson, LinkPerson
from agent.requests.status import GetStatus
from tests.emulator.drive import Emulator
from tests.patience import within

REFERENCES = Path(__file__).parents[2] / "agent" / "demo" / "references"
PHOTOS = Path(__file__).parents[2] / "agent" / "demo" / "photos"


class Running:
    """A whole agent in this process, and its service from the near or the far end."""

    def __init__(self, agent: Application, service: Agent, incoming: Path) -> None:
        self.agent = agent
        self.service = service
        self.incoming = incoming

    async def until(self, done: Callable[[Any], Any], seconds: float = 20) -> Any:
        async with within(seconds):
            while not (found := done(await self.service.ask(GetStatus()))):
                await asyncio.sleep(0.05)
        return found


def of(person: str) -> list[Path]:
    """Three portraits of a drawn guest."""
    return sorted(REFERENCES.glob(f"{person}_*.jpg"))


async def arrive(running: Running, *photos: Path) -> None:
    seen = len(photos) + (await running.service.ask(GetStatus()))["photos"]["seen"]
    for photo in photos:
        (running.incoming / photo.name).write_bytes(photo.read_bytes())
    await running.until(lambda now: now["photos"]["seen"] == seen and now["photos"]["waiting"] == 0, 60)


def shared(emulator: Emulator, folder: str) -> bool:
    """Whether somebody else's account may read it."""
    token = emulator.token(account="stranger@example.org")
    url = f"{emulator.url}/drive/v3/files/{folder}?fields=id"
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False).is_success


async def linked(running: Running) -> str | None:
    """Mia's link, once her folder is there."""
    await running.service.ask(EnrollPerson(name="Mia", photos=[str(path) for path in of("mia_lindqvist")]))
    await running.until(lambda now: now["drive"]["state"] == "online")
    for _ in range(100):
        try:
            return await running.service.ask(LinkPerson(person="Mia", on=True))
        except VenueError as error:
            assert "not on Drive yet" in error.title
            await asyncio.sleep(0.1)
    raise AssertionError("the folder was never made")
