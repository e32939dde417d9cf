"""The pictures in screenshots/: the real monitor around a real agent, on the demo's wedding.

make screenshots
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from agent.agent import Agent
from agent.demo import venue as demo
from agent.model import LockRole, Mode
from agent.settings import load_settings
from agent.workspace import WorkspaceLock, find_workspace, prepare
from tests.tui.picture import paint
from tui.app import Monitor

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"
SECONDS = 12.0  # in which the photos arrive
SIZES = ((80, 24), (120, 36), (200, 60), (40, 15))


class Wedding:
    """The agent's parts and the photographer, as `venuesync demo` has them."""

    def __init__(self, agent: Agent, venue: demo.Venue) -> None:
        self._agent = agent
        self._venue = venue

    def start(self, spawn: Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]) -> None:
        self._agent.start(spawn)
        spawn("photographer", self._photograph)

    async def _photograph(self) -> None:
        await demo.hold(self._venue, self._agent.service, SECONDS)


async def shoot() -> None:
    """One wedding: pictures while photos arrive, and when all is safe."""
    with demo.venue() as venue:
        os.environ.update(VENUESYNC_DRIVE__ENDPOINT=venue.url, VENUESYNC_DISK__KEEP_FREE="0")
        workspace = find_workspace(venue.folder)
        prepare(workspace)
        lock = WorkspaceLock(workspace)
        assert lock.acquire(LockRole.AGENT)
        async with Agent(workspace, load_settings(workspace.root), Mode.MONITOR) as agent:
            app = Monitor(agent.service, parts=Wedding(agent, venue), look="dark")
            async with app.run_test(size=(80, 24)) as pilot:
                await pilot.pause(SECONDS * 0.75 + 3)
                paint(app, FOLDER / "venue-80x24.png")
                async with asyncio.timeout(90):
                    while not (await agent.service.status())["safe_to_leave"]["safe"]:
                        await pilot.pause(0.2)
                await pilot.pause(1)
                for width, height in SIZES:
                    await pilot.resize_terminal(width, height)
                    await pilot.pause(0.5)
                    paint(app, FOLDER / f"safe-{width}x{height}.png")
                await pilot.resize_terminal(80, 24)
                await pilot.press("t")
                await pilot.pause(0.5)
                paint(app, FOLDER / "safe-80x24-light.png")
                await pilot.press("t", "e")
                await pilot.pause(0.5)
                paint(app, FOLDER / "enroll-80x24.png")
        lock.release()


if __name__ == "__main__":
    asyncio.run(shoot())
