"""`venuesync demo`: a wedding with drawn guests, on the monitor or, without a terminal, told line by line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from httpx import HTTPError

from agent.demo import venue as demo
from agent.errors import VenueError
from agent.model import LockRole, Mode
from agent.service import AgentService
from tui.cli import say
from tui.cli.embed import Place, embed, end_log, place, start_log, take_or_attach
from tui.cli.headless import Running, run_parts
from tui.cli.signals import ENDING, answered_by
from tui.own_fault import in_words

SECONDS = 60.0
GRACE = 15.0  # seconds more, if the last photos are still on their way
SHARE = 0.6  # of the time in which photos arrive; the rest is for the last ones to be sent

Spawn = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]


async def demonstrate(*, screen: bool, seconds: float | None) -> int:
    """Exit 0 if everything is verified at the end; with a screen, when it is closed. Nothing of it is left."""
    stop = asyncio.Event()
    with answered_by(dict.fromkeys(ENDING, stop.set)), demo.venue() as venue:
        os.environ["VENUESYNC_DRIVE__ENDPOINT"] = venue.url
        os.environ["VENUESYNC_DISK__KEEP_FREE"] = "0"
        os.environ.setdefault("XDG_RUNTIME_DIR", str(venue.folder.parent))  # its socket goes with it
        found = place(venue.folder)
        lock, _ = await take_or_attach(found.workspace, LockRole.AGENT)
        if lock is None:
            return 1
        try:
            start_log(found)
            code = await (on_screen(found, venue, stop, seconds) if screen else in_lines(found, venue, stop, seconds))
        finally:
            end_log()
            lock.release()
    if screen:
        say.line("The demo is over, and nothing of it is left here. For your own photos: venuesync")
    return code


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
        """Ends early where the agent or the emulated Drive has gone: what is told of that is theirs to tell."""
        try:
            with suppress(VenueError, HTTPError, OSError):
                self.dropped = await demo.hold(self._venue, self._agent.service, self._seconds * SHARE)
        finally:
            self.over.set()


async def on_screen(found: Place, venue: demo.Venue, stop: asyncio.Event, seconds: float | None) -> int:
    from tui.app import Monitor
    from tui.cli.monitor import show, signals

    async def when_asked() -> None:
        await stop.wait()
        app.leave()

    async with embed(found, Mode.MONITOR, end=stop.set) as agent:
        app = Monitor(agent.service, parts=Wedding(agent, venue, seconds or SECONDS))
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, app.leave)
        if not stop.is_set():
            with signals(app):
                asked = asyncio.create_task(when_asked())
                await show(app)
                asked.cancel()
    if app.fault is not None:
        say.message(f"venuesync: The monitor closed by a fault of its own. {in_words(app.fault)}")
    return int(app.fault is not None)


async def in_lines(found: Place, venue: demo.Venue, stop: asyncio.Event, seconds: float | None) -> int:
    """Told as it happens, for so many seconds; then the one line that counts."""
    seconds = seconds or SECONDS
    say.line(f"A wedding in {venue.folder}, Drive is {venue.url}")
    async with embed(found, Mode.HEADLESS, end=stop.set) as agent:
        wedding = Wedding(agent, venue, seconds)
        code = await run_parts(wedding, stop, until_done=True, timeout=seconds + GRACE, begun=wedding.over)
        document = await agent.service.status()
    for person in document["people"]:
        say.line(f"  {person['name']}: {person['solo']} solo, {person['group']} group, {person['on_drive']} on Drive")
    return code
