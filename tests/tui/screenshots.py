"""The pictures in screenshots/, each as SVG and PNG, and one that moves: the real monitor on the demo's wedding.

make screenshots
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PIL import Image
from textual.pilot import Pilot

from agent.app import Application
from agent.demo import venue as demo
from agent.model import LockRole, Mode
from agent.requests.status import GetStatus
from agent.settings import load_settings
from agent.workspace import WorkspaceLock, find_workspace, prepare
from tests.tui.picture import drawn, paint
from tui.app import Monitor

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"
GUEST = "Greta"
SECONDS = 12.0  # in which the photos arrive
LARGE, MEDIUM, SMALL, PHONE = (200, 60), (120, 36), (80, 24), (40, 15)
SCREENS = {"2": "people", "3": "faces", "4": "events", "5": "errors", "6": "activity"}
FONT_FACES = re.compile(r"@font-face \{.*?\}", re.DOTALL)  # of a server somewhere: the reader's own font will do


class Wedding:
    """The agent's parts and the photographer, who waits until `begin` is set."""

    def __init__(self, agent: Application, venue: demo.Venue) -> None:
        self._agent = agent
        self._venue = venue
        self.begin = asyncio.Event()

    def start(self, spawn: Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]) -> None:
        self._agent.start(spawn)
        spawn("photographer", self._photograph)

    async def _photograph(self) -> None:
        await self.begin.wait()
        await demo.hold(self._venue, self._agent.service, SECONDS)


class Film:
    """A picture that moves, of whole screens, each shown for its seconds."""

    WIDTH = 880  # pixels: letters of a terminal, in under 2 MB

    def __init__(self) -> None:
        self._frames: list[Image.Image] = []
        self._seconds: list[float] = []

    def add(self, app: Monitor, seconds: float) -> None:
        if (image := drawn(app)) is not None:
            self._frames.append(image.resize((self.WIDTH, image.height * self.WIDTH // image.width), Image.LANCZOS))
            self._seconds.append(seconds)

    def save(self, path: Path) -> None:
        if self._frames:
            first, *others = [one.quantize(64, dither=Image.Dither.NONE) for one in self._frames]
            times = [round(1000 * one) for one in self._seconds]
            first.save(path, save_all=True, append_images=others, duration=times, loop=0, optimize=True)


class Photographer:
    """Resizes the terminal, presses keys, waits until the picture stands, and takes it."""

    def __init__(self, app: Monitor, pilot: Pilot[Any]) -> None:
        self._app, self._pilot = app, pilot
        self.film = Film()

    async def roll(self, seconds: float, *keys: str, shown: float = 1.0) -> None:
        """Press keys, let so much time go by, and show for a while how it looks then."""
        await self._pilot.press(*keys)
        await self._pilot.pause(seconds)
        self.film.add(self._app, shown)

    async def shoot(self, name: str, size: tuple[int, int], *keys: str, seconds: float = 1.0) -> None:
        if tuple(self._app.size) != size:
            await self._pilot.resize_terminal(*size)
            await self._pilot.pause(0.5)
        await self._pilot.press(*keys)
        await self._pilot.pause(seconds)
        self._app.screen.query("Notice").set(display=False)
        await self._pilot.pause()
        paint(self._app, FOLDER / f"{name}.png")
        svg = FONT_FACES.sub("", self._app.export_screenshot(title="venuesync"))
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
        sys.stdout.write(f"{name}\n")

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)
        await self._pilot.pause(0.3)

    async def until(self, true: Callable[[], Coroutine[Any, Any, Any]], seconds: float = 120) -> None:
        async with asyncio.timeout(seconds):
            while not await true():
                await self._pilot.pause(0.2)


async def album(at: Photographer, agent: Application, wedding: Wedding, venue: demo.Venue) -> None:
    """One evening from the first steps to the question at its end."""
    service = agent.service

    async def online() -> bool:
        return (await service.ask(GetStatus()))["drive"]["state"] == "online"

    async def safe() -> bool:
        return (await service.ask(GetStatus()))["safe_to_leave"]["safe"]

    async def failed() -> bool:
        return bool((await service.ask(GetStatus()))["photos"]["failed"])

    await at.until(online)
    await at.shoot("first-steps-80x24", SMALL)
    await at.roll(0, shown=2)
    wedding.begin.set()
    for _ in range(8):
        await at.roll((SECONDS * 0.75 + 3) / 8, shown=0.7)
    await at.shoot("venue-80x24", SMALL)
    await at.shoot("paused-80x24", SMALL, "p", seconds=3)
    await at.press("p")
    await at.until(safe)
    await at.roll(2, "3", shown=2.5)
    await at.roll(0.5, "enter", shown=1)
    for letter in GUEST:
        await at.roll(0.1, letter, shown=0.15)
    await at.roll(2, "enter", shown=2)
    await at.roll(1.5, "2", shown=2)
    await at.roll(2.5, "enter", shown=2.5)
    await at.press("escape", "1")
    await at.until(safe)
    await at.roll(1, shown=5)
    at.film.save(FOLDER / "evening.gif")
    for size in (SMALL, MEDIUM, LARGE, PHONE):
        await at.shoot(f"safe-{size[0]}x{size[1]}", size)
    await at.shoot("safe-80x24-light", SMALL, "t")
    await at.shoot("people-120x36-light", MEDIUM, "2")
    await at.press("t")
    torn = next(path for path in sorted(venue.incoming.rglob("*.jpg")))
    (venue.incoming / "DSC_9999.jpg").write_bytes(torn.read_bytes()[: torn.stat().st_size // 3])
    for key, name in SCREENS.items():
        if name == "errors":
            await at.until(failed)
        await at.shoot(f"{name}-120x36", MEDIUM, key, seconds=2)
        await at.shoot(f"{name}-80x24", SMALL)
    await at.shoot("person-120x36", MEDIUM, "2", "enter", seconds=2)
    await at.shoot("person-80x24", SMALL)
    await at.press("escape", "ctrl+p", *"3Q4A0179")
    await at.shoot("photo-120x36", MEDIUM, "enter", seconds=2)
    await at.press("escape", "1")
    await at.shoot("enroll-80x24", SMALL, "e")
    await at.shoot("enroll-faces-80x24", SMALL, *"Ana", "f2", "space", seconds=3)
    await at.press("escape")
    await at.shoot("actions-80x24", SMALL, "ctrl+p")
    await at.press("escape")
    await at.shoot("keys-80x24", SMALL, "question_mark")
    await at.press("escape")
    await at.shoot("leave-80x24", SMALL, "q")
    await at.press("escape")


async def main() -> None:
    for old in FOLDER.iterdir():
        old.unlink()
    with demo.venue() as venue:
        os.environ.update(VENUESYNC_DRIVE__ENDPOINT=venue.url, VENUESYNC_DISK__KEEP_FREE="0", COLORTERM="truecolor")
        workspace = find_workspace(venue.folder)
        prepare(workspace)
        lock = WorkspaceLock(workspace)
        assert lock.acquire(LockRole.AGENT)
        async with Application(workspace, load_settings(workspace.root), Mode.MONITOR) as agent:
            wedding = Wedding(agent, venue)
            app = Monitor(agent.service, parts=wedding, look="dark", pictures="blocks", asks=True)
            async with app.run_test(size=SMALL) as pilot:
                await album(Photographer(app, pilot), agent, wedding, venue)
        lock.release()


if __name__ == "__main__":
    asyncio.run(main())
