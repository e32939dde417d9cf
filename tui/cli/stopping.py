"""`stop`: the agent that runs here ends, at once or when all is sent; the command returns when it has."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from agent.errors import NoAgent, VenueError, WorkspaceBusy
from agent.model import LockRole
from tui.cli import say
from tui.cli.embed import Place, agent_pid, existing, remote_service, take_or_attach, until_free
from tui.cli.headless import wait_until_done

ANSWERS_IN = 5.0  # seconds; who does not is told by a signal, which every agent answers
ENDS_IN = 15.0  # seconds, of which it needs ten at most
DONE = (0, 5)  # exit codes of an evening that is over: all is sent, or nothing more can be


async def stop_agent(chosen: Path | None, *, finish: bool, json: bool) -> int:
    """Exit 0 once it has ended, 5 where it ended with some that failed; else what `--until-done` says.

    Raises `NoAgent` where none runs, `WorkspaceBusy` where it does not end.
    """
    found = existing(chosen)
    pid = await agent_pid(found.workspace)
    code = await finished(found) if finish else 0
    if code not in DONE:
        say.message(f"The agent, pid {pid}, goes on, and ends when all is sent")
        return code
    await ask(found, pid)
    if not await until_free(found.workspace, ENDS_IN):
        raise WorkspaceBusy("The agent does not end", f"pid {pid}", f"End it by force: kill -9 {pid}")
    if json:
        say.value({"pid": pid, "finish": finish})
    else:
        say.line(f"The agent has ended, pid {pid}")
    return code


async def ask(found: Place, pid: int) -> None:
    """One that is only beginning, or hangs, gets the signal that means the same."""
    try:
        async with asyncio.timeout(ANSWERS_IN):
            remote = remote_service(found.workspace)
            try:
                await remote.stop()
            finally:
                await remote.close()
    except (VenueError, TimeoutError, KeyError):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


async def finished(found: Place) -> int:
    """Have it end when all is sent, and wait for that. Answers how it went."""
    lock, remote = await take_or_attach(found.workspace, LockRole.COMMAND)
    if lock is not None:
        lock.release()
    if remote is None:
        return 0
    try:
        await remote.stop(finish=True)
        return await wait_until_done(remote, None)
    except NoAgent:  # it has ended, as it was to
        return 0
    finally:
        await remote.close()
