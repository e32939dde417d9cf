"""The monitor on a real agent over a prepared workspace, run by a pilot: what a person would see and press."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from monitor_scenes import remembered
from picture import rows
from prepared import Evening, opened
from standing import Clock
from textual.pilot import Pilot

from agent.requests.snapshot import GetSnapshot
from tests.patience import within
from tui.app import Monitor
from tui.keys.keymap import Keyboard, Keymap
from tui.pictures.kitty import Wanted
from tui.terminal.looks import Look


class Stage:
    """A running monitor, the agent that it shows, the line between them, and the clock of both."""

    def __init__(self, app: Monitor, pilot: Pilot[Any], evening: Evening) -> None:
        self.app, self.pilot, self.evening = app, pilot, evening
        self.line = evening.line

    @property
    def clock(self) -> Clock:
        return self.evening.clock

    def person(self, name: str) -> str:
        """The id of somebody."""
        return next(one.id for one in self.evening.roster.people() if one.name == name)

    async def photo(self, name: str) -> int:
        """The number of a photo."""
        row = await self.evening.read(
            lambda db: db.execute("SELECT id FROM event_photo WHERE name = ?", (name,)).fetchone()
        )
        return int(row["id"])

    async def tick(self, seconds: float) -> None:
        """So much time has passed."""
        self.clock.now += seconds
        self.app._tick()

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
        try:
            async with within(seconds):
                while not true():
                    await self.pilot.pause(0.02)
        except TimeoutError:
            app = self.app
            under_way = [(one.name, one.group, one.node) for one in app.workers if not one.is_finished]
            stack = [type(one).__name__ for one in app.screen_stack]
            told = f"{stack}, {app.focused} has the keys, {app._typed.qsize()} are typed ahead, {under_way} go on"
            raise AssertionError(f"not within {seconds} s: {told}\n{self.screen}") from None

    async def shows(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        try:
            await self.until(lambda: all(text in self.screen for text in texts))
        except AssertionError:
            missing = [text for text in texts if text not in self.screen]
            raise AssertionError(f"not shown: {missing}\n{self.screen}") from None

    async def at_rest(self) -> list[object]:
        """What is painted from now on, once all is painted that opens the screen."""
        painted: list[object] = [None]
        self.app._display = lambda screen, update: painted.append(update)  # type: ignore[method-assign]
        async with within(20):
            while painted:
                painted.clear()
                await self.pilot.pause(0.3)
        return painted

    async def click(self, text: str) -> None:
        """Click on the first place where this text stands."""
        for y, row in enumerate(self.rows):
            if text in row:
                await self.pilot.click(offset=(row.index(text) + 1, y))
                await self.pilot.pause()
                return
        raise AssertionError(f"not shown: {text}\n{self.screen}")


Prepare = Callable[[Evening], Awaitable[object]]


async def nothing(_: Evening) -> None:
    """The evening is as it is."""


@asynccontextmanager
async def stage(
    state: str = "live",
    size: tuple[int, int] = (80, 24),
    look: Look = "dark",
    *,
    first: Prepare = nothing,
    pictures: Wanted = "auto",
    keys: Mapping[str, str] | None = None,
    **how: Any,
) -> AsyncIterator[Stage]:
    """The monitor on that evening. `first`: what happens to it before anybody looks."""
    async with opened(state, **how) as evening:
        await first(evening)
        app = Monitor(evening.line, look=look, pictures=pictures, keys=keys, clock=evening.clock)
        app.state = remembered(app.state, state)
        async with app.run_test(size=size) as pilot:
            made = Stage(app, pilot, evening)
            await made.until(lambda: app.state.status is not None and bool(evening.line.readers), 20)
            await pilot.pause()
            try:
                yield made
            finally:
                Keyboard.keymap = Keymap({})
                if app.is_running:  # left as a person leaves it: `run_test` breaks it off, whatever it is about
                    app.exit()


@asynccontextmanager
async def unheard(state: str = "live", size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Stage, asyncio.Event]]:
    """The monitor on that evening before the agent's first word, which comes once the event is set."""
    async with opened(state) as evening:
        word = evening.line.holds[GetSnapshot] = asyncio.Event()
        app = Monitor(evening.line, look="dark", clock=evening.clock)
        async with app.run_test(size=size) as pilot:
            yield Stage(app, pilot, evening), word
            app.exit()


@asynccontextmanager
async def screen(
    key: str, *texts: str, state: str = "live", size: tuple[int, int] = (80, 24), **how: Any
) -> AsyncIterator[Stage]:
    """The screen behind this key, once these texts stand on it. Decisions are quick where the evening is `small`."""
    async with stage(state, size, **how) as on:
        await on.press(key)
        await on.shows(*texts)
        yield on
