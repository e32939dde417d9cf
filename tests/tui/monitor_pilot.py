"""The monitor on a scripted agent, run by a pilot: what a person would see and press."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from monitor_records import well_known
from monitor_scenes import clock_of, remembered, scene
from picture import rows
from scripted_service import ScriptedService
from textual.pilot import Pilot

from tests.patience import within
from tui.app import Monitor
from tui.terminal import Look


class Clock:
    """A time that stands until a test moves it."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Stage:
    """A running monitor, its agent and its clock."""

    def __init__(self, app: Monitor, pilot: Pilot[Any], service: ScriptedService, clock: Clock) -> None:
        self.app, self.pilot, self.service, self.clock = app, pilot, service, clock

    @property
    def rows(self) -> list[str]:
        return rows(self.app)

    @property
    def screen(self) -> str:
        return "\n".join(self.rows)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.press(*({" ": "space", "/": "slash", "*": "asterisk", ".": "full_stop"}.get(c, c) for c in text))

    async def until(self, true: Callable[[], bool], seconds: float = 5.0) -> None:
        async with within(seconds):
            while not true():
                await self.pilot.pause(0.02)

    async def shows(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        try:
            await self.until(lambda: all(text in self.screen for text in texts))
        except TimeoutError:
            missing = [text for text in texts if text not in self.screen]
            raise AssertionError(f"not shown: {missing}\n{self.screen}") from None

    async def click(self, text: str) -> None:
        """Click on the first place where this text stands."""
        for y, row in enumerate(self.rows):
            if text in row:
                await self.pilot.click(offset=(row.index(text) + 1, y))
                await self.pilot.pause()
                return
        raise AssertionError(f"not shown: {text}\n{self.screen}")


@asynccontextmanager
async def stage(
    state: str = "live", size: tuple[int, int] = (80, 24), look: Look = "dark", service: ScriptedService | None = None
) -> AsyncIterator[Stage]:
    service = service or ScriptedService(scene(state))
    clock = Clock(clock_of(state))
    app = Monitor(service, look=look, clock=clock)
    app.state = remembered(app.state, state)
    async with app.run_test(size=size) as pilot:
        made = Stage(app, pilot, service, clock)
        if not service.away:
            await made.until(lambda: app.state.status is not None and bool(service._readers))
        await pilot.pause()
        yield made


@asynccontextmanager
async def screen(
    key: str,
    *texts: str,
    size: tuple[int, int] = (80, 24),
    look: Look = "dark",
    service: ScriptedService | None = None,
) -> AsyncIterator[Stage]:
    """The screen behind this key, once these texts stand on it; its agent knows photos, persons and faces."""
    async with stage("live", size, look, service or well_known(ScriptedService(scene("live")))) as on:
        await on.press(key)
        await on.shows(*texts)
        yield on
