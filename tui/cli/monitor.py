"""The monitor on this terminal: attached to the agent that runs, or around one of its own."""

from __future__ import annotations

import asyncio
import signal

from agent.model import LockRole, Mode
from tui.app import Monitor
from tui.cli import say
from tui.cli.embed import Place, embed, start_log, take_or_attach


async def monitor(found: Place) -> int:
    """Show the monitor until it is closed; then, around an agent of its own, drain on the plain terminal."""
    lock, remote = await take_or_attach(found.workspace, LockRole.AGENT)
    if remote is not None:
        try:
            await show(Monitor(remote))
        finally:
            await remote.close()
        return 0
    try:
        start_log(found)
        async with embed(found, Mode.MONITOR) as agent:
            await show(Monitor(agent.service, parts=agent))
            say.message("Putting everything down safely…")
    finally:
        if lock is not None:
            lock.release()
    return 0


async def show(app: Monitor) -> None:
    """Run the application; signals end it cleanly, as Textual handles neither SIGTERM nor SIGHUP."""
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(one, app.leave)
    try:
        await app.run_async()
    finally:
        for one in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(one)
