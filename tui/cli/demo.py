"""Trying it out, without Google and without a wedding: `demo`, with drawn guests, and `emulator`."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.errors import VenueError, WorkspaceBusy
from agent.model import LockRole, Mode
from agent.requests.ask import Agent
from agent.requests.status import GetStatus
from agent.settings.layers import ALIASES, NOT_KEYS, PREFIX
from tui.cli import draws_nothing, not_a_terminal, say
from tui.cli.commands import finish, group
from tui.cli.embed import Place, embed, place, start_log, take_or_attach
from tui.cli.headless import ENDING, Running, Spawn, answered_by, run_parts

if TYPE_CHECKING:
    from agent.demo.venue import Venue

app = group()

SECONDS = 60.0
DAY = 86_400  # seconds
MINUTE = 60_000  # milliseconds
GRACE = 15.0  # seconds more, if the last photos are still on their way
SHARE = 0.6  # of the time in which photos arrive; the rest is for the last ones to be sent
OF_THE_MACHINE = {"VENUESYNC_FACES__WORKERS"}  # how much of it may be taken holds here, too


@app.command(epilog="Example: venuesync demo --no-ui --seconds 30")
def demo(
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Without a screen.")] = False,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=1, max=DAY, help="How long; 60 without a screen.")
    ] = None,
) -> None:
    """A whole venue in a temporary folder: emulator, agent, a photographer dropping photos."""
    screen = not no_ui and not_a_terminal() is None and not draws_nothing()
    finish(demonstrate(screen=screen, seconds=seconds))


@app.command(epilog="Example: venuesync emulator --port 8999")
def emulator(
    port: Annotated[int, typer.Option("--port", help="0: any free one", min=0, max=65535)] = 0,
    data: Annotated[Path | None, typer.Option("--data", help="Keep everything here; else in memory.")] = None,
    latency_ms: Annotated[float, typer.Option("--latency-ms", min=0, max=MINUTE, help="Added to each answer.")] = 0,
    uplink_mbps: Annotated[
        float, typer.Option("--uplink-mbps", min=0, max=100_000, help="Speed of the line; 0: no limit.")
    ] = 0,
) -> None:
    """A Google Drive v3 server on this machine, for trying out and for tests."""
    from agent.emulator.server import serve

    raise typer.Exit(serve(port, data, latency_ms, uplink_mbps))


async def demonstrate(*, screen: bool, seconds: float | None) -> int:
    """Exit 0 if everything is verified at the end; with a screen, when it is closed. Nothing of it is left."""
    from agent.demo.venue import venue as opened
    from agent.log import close_log

    forget_settings()
    stop = asyncio.Event()
    with answered_by(dict.fromkeys(ENDING, stop.set)), opened() as venue:
        os.environ["VENUESYNC_DRIVE__ENDPOINT"] = venue.url
        os.environ["VENUESYNC_DISK__KEEP_FREE"] = "0"
        os.environ.setdefault("XDG_RUNTIME_DIR", str(venue.folder.parent))  # its socket goes with it
        found = place(venue.folder)
        lock, another = await take_or_attach(found.workspace, LockRole.AGENT)
        if another is not None:
            await another.close()
        if lock is None:
            raise WorkspaceBusy("An agent runs here already", str(found.workspace.root), "Try again: venuesync demo")
        try:
            start_log(found)
            code = await (on_screen(found, venue, stop, seconds) if screen else in_lines(found, venue, stop, seconds))
        finally:
            close_log()  # before its folder goes
            lock.release()
    if screen:
        say.line("The demo is over, and nothing of it is left here. For your own photos: venuesync")
    return code


def forget_settings() -> None:
    """What the environment says of somebody's own evening is not the demo's: their folders and stores least of all."""
    for name in list(os.environ):
        ours = name in ALIASES or name in NOT_KEYS or (name.startswith(PREFIX) and "__" in name)
        if ours and name not in OF_THE_MACHINE:
            del os.environ[name]


class Wedding:
    """The agent's parts, and one more: the photographer."""

    def __init__(self, application: Running, venue: Venue, seconds: float) -> None:
        self._application = application
        self._venue = venue
        self._seconds = seconds
        self.over = asyncio.Event()

    @property
    def service(self) -> Agent:
        return self._application.service

    def start(self, spawn: Spawn) -> None:
        self._application.start(spawn)
        spawn("photographer", self._photograph)

    async def _photograph(self) -> None:
        """Ends early where the agent or the emulated Drive has gone: what is told of that is theirs to tell."""
        from httpx import HTTPError

        from agent.demo.venue import hold

        try:
            with suppress(VenueError, HTTPError, OSError):
                await hold(self._venue, self._application.service, self._seconds * SHARE)
        finally:
            self.over.set()


async def on_screen(found: Place, venue: Venue, stop: asyncio.Event, seconds: float | None) -> int:
    from tui.app import Monitor
    from tui.cli.monitor import show, signals
    from tui.terminal.fault import in_words

    async def when_asked() -> None:
        await stop.wait()
        app.leave()

    async with embed(found, Mode.MONITOR, end=stop.set) as application:
        app = Monitor(application.service, parts=Wedding(application, venue, seconds or SECONDS))
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


async def in_lines(found: Place, venue: Venue, stop: asyncio.Event, seconds: float | None) -> int:
    """Told as it happens, for so many seconds; then the one line that counts."""
    seconds = seconds or SECONDS
    say.line(f"A wedding in {venue.folder}, Drive is {venue.url}")
    async with embed(found, Mode.HEADLESS, end=stop.set) as application:
        wedding = Wedding(application, venue, seconds)
        code = await run_parts(wedding, stop, until_done=True, timeout=seconds + GRACE, begun=wedding.over)
        document = await application.service.ask(GetStatus())
    for person in document["people"]:
        say.line(f"  {person['name']}: {person['solo']} solo, {person['group']} group, {person['on_drive']} on Drive")
    return code
