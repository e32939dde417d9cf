"""A whole agent in the test's own process, asked from its near or its far end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from agent.app import Application
from agent.client import Remote
from agent.errors import VenueError
from agent.model import Mode
from agent.requests.ask import Agent
from agent.requests.people import EnrollPerson, LinkPerson
from agent.requests.status import GetStatus
from agent.settings import load_settings
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import latest, within

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


@asynccontextmanager
async def an_agent(workspace: Workspace, *, far: bool = False) -> AsyncIterator[Running]:
    """An agent in a workspace that is locked for it, until it is told to end."""
    tasks: set[asyncio.Task[None]] = set()

    def spawn(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        tasks.add(asyncio.create_task(run(), name=name))

    async with Application(workspace, load_settings(workspace.root), Mode.HEADLESS) as agent:
        agent.start(spawn)
        async with asyncio.timeout(60):
            while not workspace.agent_file.exists():
                await asyncio.sleep(0.02)
        remote = Remote(workspace.socket())
        yield Running(agent, remote if far else agent.service, workspace.incoming)
        await remote.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def of(person: str) -> list[Path]:
    """Three portraits of a drawn guest."""
    return sorted(REFERENCES.glob(f"{person}_*.jpg"))


async def arrive(running: Running, *photos: Path) -> None:
    seen = len(photos) + (await running.service.ask(GetStatus()))["photos"]["seen"]
    for photo in photos:
        (running.incoming / photo.name).write_bytes(photo.read_bytes())
    await running.until(lambda now: now["photos"]["seen"] == seen and now["photos"]["waiting"] == 0, 60)


def shared(emulator: Emulator, folder: str, account: str = "stranger@example.org") -> bool:
    """Whether somebody else's account may read it."""
    token = emulator.token(account=account)
    url = f"{emulator.url}/drive/v3/files/{folder}?fields=id"
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=60).is_success


async def linked(running: Running) -> str | None:
    """Mia's link, once her folder is there."""
    await running.service.ask(EnrollPerson(name="Mia", photos=[str(path) for path in of("mia_lindqvist")]))
    await running.until(lambda now: now["drive"]["state"] == "online")
    end = latest(20)
    while True:
        try:
            return await running.service.ask(LinkPerson(person="Mia", on=True))
        except VenueError as error:
            assert "not on Drive yet" in error.title and time.monotonic() < end, error.title
        await asyncio.sleep(0.1)
