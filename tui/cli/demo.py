"""`venuesync demo`: a wedding with drawn guests, on the monitor or, without a terminal, told line by line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from agent.demo import venue as demo
from agent.errors import VenueError
from agent.model import LockRole, Mode
from agent.service import AgentService
from tui.cli import say
from tui.cli.embed import Place, embed, place, start_log, take_or_attach
from tui.cli.headless import Running, run_parts

SECONDS = 60.0
GRACE = 15.0  # seconds more, if the last photos are still on their way
SHARE = 0.6  # of the time in which photos arrive; the rest is for the last ones to be sent

Spawn = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]


async def demonstrate(*, screen: bool, seconds: float | None) -> int:
    """Exit 0 if everything is verified at the end; with a screen, when it is closed."""
    with demo.venue() as venue:
        os.environ["VENUESYNC_DRIVE__ENDPOINT"] = venue.url
        os.environ["VENUESYNC_DISK__KEEP_FREE"] = "0"
        found = place(venue.folder)
        lock, _ = await take_or_attach(found.workspace, LockRole.AGENT)
        if lock is None:
            return 1
        try:
            start_log(found)
            if screen:
                return await on_screen(found, venue, seconds)
            return await in_lines(found, venue, seconds or SECONDS)
        finally:
            lock.release()


class Wedding:
    """The agent's parts, and one more: the photographer."""

    def __init__(self, agent: Running, venue: demo.Venue, seconds: float) -> None:
        self._agent = agent
        self._venue = venue
        self._seconds = seconds
        self.dropped = 0
        self.over = asyncio.Event()

    @property
    def service(self) -> AgentService:
        return self._agent.service

    def start(self, spawn: Spawn) -> None:
        self._agent.start(spawn)
        spawn("photographer", self._photograph)

    async def _photograph(self) -> None:
        with suppress(VenueError):
            self.dropped = await demo.hold(self._venue, self._agent.service, self._seconds * SHARE)
        self.over.set()


async def on_screen(found: Place, venue: demo.Venue, seconds: float | None) -> int:
    from tui.app import Monitor
    from tui.cli.monitor import show, signals

    async with embed(found, Mode.MONITOR) as agent:
        wedding = Wedding(agent, venue, seconds or SECONDS)
        app = Monitor(agent.service, parts=wedding)
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, app.leave)
        with signals(app):
            await show(app)
    return 0


async def in_lines(found: Place, venue: demo.Venue, seconds: float) -> int:
    """Told as it happens, for so many seconds; then the one line that counts."""
    say.line(f"A wedding in {venue.folder}, Drive is {venue.url}")
    async with embed(found, Mode.HEADLESS) as agent:
        wedding = Wedding(agent, venue, seconds)
        code = await run_parts(wedding, until_done=True, timeout=seconds + GRACE, begun=wedding.over)
        document = await agent.service.status()
    for person in document["people"]:
        say.line(f"  {person['name']}: {person['solo']} solo, {person['group']} group, {person['on_drive']} on Drive")
    return code
