"""The monitor on this terminal: attached to the agent that runs, or around one of its own.

The screen comes first: what takes its time, the settings' check, the line to an agent or the agent itself with all its
libraries, is fetched while it stands already.
"""

from __future__ import annotations

import asyncio
import importlib
import signal
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from typing_extensions import TypedDict

from agent import clock
from agent.errors import VenueError
from agent.model import DEFAULT_EVENT, Mode
from agent.requests.ask import Agent
from agent.requests.events import ChangeEventFolder, SetEvent
from tui.app import Monitor
from tui.cli import say
from tui.cli.embed import (
    Place,
    embed,
    followed_agent,
    is_workspace,
    new_workspace,
    start_log,
    take_or_look_on,
    unchecked_place,
)
from tui.cli.headless import answered_by, go_on_headless, start_headless
from tui.feed import Arriving
from tui.pictures.kitty import Wanted as Pictures
from tui.screens.leave import Leave
from tui.terminal.fault import in_words, write_down
from tui.terminal.garbage import look_while_calm
from tui.terminal.line import let_go, screen_is_over
from tui.terminal.looks import Look, look
from tui.terminal.looks import Wanted as Ground
from tui.terminal.osc import Desktop, Host
from tui.widgets.notice import Note, note_of

if TYPE_CHECKING:
    from textual.theme import Theme

    from tui.first_run.welcome import FirstAnswers


LATER = ("people", "faces", "events", "errors", "activity", "photos", "enroll", "add_event", "leave")


async def first_or_not(chosen: Path | None) -> int:
    """The monitor; where there is no workspace yet, after the three questions that make one."""
    found = unchecked_place(chosen)
    if found.far is not None:
        return await attached(found)
    if is_workspace(found.workspace):
        return await monitor(found)
    from tui.first_run.welcome import Welcome

    _ = found.settings  # a wrong one is told before the first question
    welcome = Welcome(found.workspace.root, unchecked_place, new_workspace, look())
    answers = await welcome.run_async()
    screen_is_over()
    if welcome.fault is not None:
        say.message(f"venuesync: The questions ended by a fault of their own. {in_words(welcome.fault)}")
        return 1
    if answers is None:
        say.message("Nothing was made. `venuesync init DIR` makes a workspace, too")
        return 0
    return await monitor(unchecked_place(answers.folder), answers)


async def settle(agent: Agent, answers: FirstAnswers, app: Monitor) -> None:
    """What was answered before there was an agent. What cannot be is said, and can be done in the monitor."""
    given: list[SetEvent | ChangeEventFolder] = []
    if answers.event:
        given.append(SetEvent(event=DEFAULT_EVENT, key="name", value=answers.event))
    if answers.incoming:
        given.append(ChangeEventFolder(event=DEFAULT_EVENT, change="add", folder=answers.incoming))
    for one in given:
        try:
            await agent.ask(one)
        except VenueError as error:
            app.call_later(app.say, note_of(error))


async def monitor(found: Place, answers: FirstAnswers | None = None) -> int:
    """Show the monitor until it is closed; then do with an agent of its own what was decided."""
    lock = await take_or_look_on(found.workspace)
    if lock is None:
        return await attached(found)
    try:
        app = await around_its_own(found, answers)
    finally:
        lock.release()
    return await carry_out(app, found)


async def attached(found: Place) -> int:
    """The agent stays as it is, whatever becomes of this monitor."""
    coming = Arriving()
    app = Monitor(coming, keys=found.keys, **chosen(found))
    if found.far is None:
        app.start_agent = partial(start_again, found)
    async with on_screen(app) as showing:
        remote = await asyncio.to_thread(followed_agent, found)
        try:
            coming.arrived(remote)
            await asyncio.to_thread(import_the_rest)
            await asyncio.to_thread(lambda: found.settings)  # a wrong one is said here, too, as by any command
            await showing
        finally:
            await remote.close()
    if app.fault is not None:
        tell_fault(app.fault, found)
    if app.state.status and not app.hung_up and not app.view.silent:
        say.message(f"The agent goes on, pid {app.state.status['pid']}. `venuesync` shows it again")
    elif app.state.ended and app.view.silent and not app.hung_up:
        say.message("No agent runs here: photos wait until `venuesync` starts one")
    return int(app.fault is not None)


async def start_again(found: Place) -> Note:
    """An agent without a screen, where the one that was shown has ended."""
    process = await asyncio.to_thread(start_headless, found)
    return Note("Starting the agent", f"pid {process.pid}; it goes on when this monitor is closed")


async def around_its_own(found: Place, answers: FirstAnswers | None = None) -> Monitor:
    """The screen goes first, then the agent drains on the plain terminal; signals stay ours until it has."""
    coming = Arriving()
    app = Monitor(coming, keys=found.keys, asks=True, **chosen(found))
    async with on_screen(app) as showing:
        settings = await asyncio.to_thread(lambda: found.settings)
        app.on_hangup = Leave(settings.monitor.on_hangup)
        start_log(found)
        stop = partial(app.leave, Leave.STOP)
        with ExitStack() as leaving:
            async with await asyncio.to_thread(embed, found, Mode.MONITOR, end=stop) as application:
                if not showing.done():
                    app.call_later(app.run_parts, application)
                    coming.arrived(application.service)
                    if found.warning:
                        app.call_later(app.say, Note("A short interval", found.warning))
                    if answers is not None:
                        await settle(application.service, answers, app)
                await asyncio.to_thread(import_the_rest)
                await showing
                last = partial(has_a_last_word, app)
                leaving.enter_context(say.meanwhile("Putting everything down safely…", last))
    return app


def has_a_last_word(app: Monitor) -> bool:
    """Whether `carry_out` says how it went on."""
    return app.fault is None and (app.left is Leave.HEADLESS or app.ending is not None)


@asynccontextmanager
async def on_screen(app: Monitor) -> AsyncGenerator[asyncio.Task[None]]:
    """The application from its first paint on, as the task that shows it; what fails meanwhile ends it first."""
    with signals(app):
        showing = asyncio.create_task(show(app))
        painted = asyncio.create_task(app.painted.wait())
        await asyncio.wait({showing, painted}, return_when=asyncio.FIRST_COMPLETED)
        painted.cancel()
        tidying = asyncio.create_task(look_while_calm(lambda: app.typed_at))
        try:
            yield showing
        finally:
            tidying.cancel()
            if not showing.done():
                app.leave(Leave.STOP)
            await showing


def import_the_rest() -> None:
    """The other screens, while nobody waits for them: a first visit does not pay for it."""
    for name in LATER:
        importlib.import_module(f"tui.screens.{name}")


class Chosen(TypedDict):
    """What the settings say of this terminal."""

    look: Look
    theme: Theme | None
    pictures: Pictures
    bell: bool
    desktop: Desktop


def chosen(found: Place) -> Chosen:
    """At a glance, before they are checked; what is none counts as it is by itself until it is refused."""
    Host.name = Host.here() if found.far is None else ""
    desktop = found.glance("monitor.desktop")
    return {
        "look": ground(found),
        "theme": colours(found),
        "pictures": pictures(found),
        "bell": str(found.glance("monitor.bell")).lower() not in ("false", "0", "no", "off"),
        "desktop": desktop if desktop in get_args(Desktop) else "auto",
    }


def ground(found: Place) -> Look:
    """What to draw for; a setting that is none counts as `auto` until it is refused."""
    wanted = found.glance("monitor.theme")
    return look(wanted if wanted in get_args(Ground) else "auto")


def colours(found: Place) -> Theme | None:
    """Of a theme that is chosen by name. Raises `UsageError`."""
    wanted = found.glance("monitor.theme")
    if wanted is None or wanted in get_args(Ground):
        return None
    from tui.terminal.themes import theme

    return theme(str(wanted))


def pictures(found: Place) -> Pictures:
    wanted = found.glance("monitor.pictures")
    return wanted if wanted in get_args(Pictures) else "auto"


async def carry_out(app: Monitor, found: Place) -> int:
    """What was decided in the monitor, now that the lock is free. A fault of the screen's stops no agent."""
    if app.fault is not None:
        tell_fault(app.fault, found)
        await go_on_headless(found)
        return 1
    if app.left is Leave.HEADLESS:
        return await go_on_headless(found)
    if app.ending is not None:
        say.line(app.ending.reason)
        return app.ending.code or 0
    return 0


def tell_fault(fault: Exception, found: Place) -> None:
    told = write_down(fault, found.workspace.logs, clock.wall())
    say.message(f"venuesync: The monitor closed by a fault of its own. {told}")


def signals(app: Monitor) -> AbstractContextManager[None]:
    """Signals end it cleanly, as Textual handles neither SIGTERM nor SIGHUP; a second one changes nothing any more."""
    stop = partial(app.leave, Leave.STOP)
    return answered_by({signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: app.hang_up})


async def show(app: Monitor) -> None:
    """Run the application; a terminal that has gone is let go of."""
    await app.run_async()
    screen_is_over()
    if app.hung_up:
        let_go()
