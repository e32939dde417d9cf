"""The monitor on this terminal: attached to the agent that runs, or around one of its own."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from agent.client import RemoteService
from agent.errors import UsageError, VenueError
from agent.model import DEFAULT_EVENT, LockRole, Mode
from agent.service import AgentService
from tui.app import Monitor
from tui.cli import say
from tui.cli.embed import (
    Place,
    check_folder,
    embed,
    is_workspace,
    new_workspace,
    place,
    start_log,
    take_or_attach,
)
from tui.cli.go_on import go_on_headless
from tui.first_run.welcome import FirstAnswers, Welcome
from tui.leaving import Leave
from tui.line import let_go, screen_is_over
from tui.notes import note_of
from tui.terminal import look


async def first_or_not(found: Place) -> int:
    """The monitor; where there is no workspace yet, after the three questions that make one."""
    if is_workspace(found.workspace):
        return await monitor(found)
    if not sys.stdin.isatty():
        raise UsageError("There is no workspace", str(found.workspace.root), "Make one: venuesync init")
    answers = await Welcome(found.workspace.root, check_folder, look()).run_async()
    screen_is_over()
    if answers is None:
        say.message("Nothing was made. `venuesync init DIR` makes a workspace, too")
        return 0
    new_workspace(answers.folder)
    return await monitor(place(answers.folder), answers)


async def settle(service: AgentService, answers: FirstAnswers, app: Monitor) -> None:
    """What was answered before there was an agent. What cannot be is said, and can be done in the monitor."""
    try:
        if answers.event:
            await service.set_event(DEFAULT_EVENT, "name", answers.event)
        if answers.incoming:
            await service.event_folder(DEFAULT_EVENT, "add", answers.incoming)
    except VenueError as error:
        app.opening_note = note_of(error)


async def monitor(found: Place, answers: FirstAnswers | None = None) -> int:
    """Show the monitor until it is closed; then do with an agent of its own what was decided."""
    lock, remote = await take_or_attach(found.workspace, LockRole.AGENT)
    if remote is not None:
        return await attached(found, remote)
    try:
        app = await around_its_own(found, answers)
    finally:
        if lock is not None:
            lock.release()
    return await carry_out(app, found)


async def attached(found: Place, remote: RemoteService) -> int:
    """The agent stays as it is, whatever becomes of this monitor."""
    asked = asyncio.create_task(remote.snapshot())  # the agent makes it while the screen is built
    app = Monitor(
        remote, first=lambda: asked, look=look(found.settings.monitor.theme), pictures=found.settings.monitor.pictures
    )
    try:
        with signals(app):
            await show(app)
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        await remote.close()
    return 0


async def around_its_own(found: Place, answers: FirstAnswers | None = None) -> Monitor:
    """The screen goes first, then the agent drains on the plain terminal; signals stay ours until it has."""
    start_log(found)
    chosen = found.settings.monitor
    with ExitStack() as until_drained:
        async with embed(found, Mode.MONITOR) as agent:
            app = Monitor(agent.service, parts=agent, look=look(chosen.theme), pictures=chosen.pictures, asks=True)
            app.on_hangup = Leave(chosen.on_hangup)
            until_drained.enter_context(signals(app))
            if answers is not None:
                await settle(agent.service, answers, app)
            await show(app)
            say.message("Putting everything down safely…")
    return app


async def carry_out(app: Monitor, found: Place) -> int:
    """What was decided in the monitor, now that the lock is free."""
    if app.left is Leave.HEADLESS:
        return await go_on_headless(found)
    if app.verdict is not None:
        say.line(app.verdict.reason)
        return app.verdict.code or 0
    return 0


@contextmanager
def signals(app: Monitor) -> Generator[None]:
    """Signals end it cleanly, as Textual handles neither SIGTERM nor SIGHUP; a second one changes nothing any more."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, app.leave, Leave.STOP)
    loop.add_signal_handler(signal.SIGINT, app.leave, Leave.STOP)
    loop.add_signal_handler(signal.SIGHUP, app.hang_up)
    try:
        yield
    finally:
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(one)


async def show(app: Monitor) -> None:
    """Run the application; a terminal that has gone is let go of."""
    await app.run_async()
    screen_is_over()
    if app.hung_up:
        let_go()
