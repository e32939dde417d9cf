"""`--no-ui`: the agent without a screen, until a signal, or until all is done."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Protocol

from agent.errors import VenueError, WorkspaceBusy
from agent.model import LockRole, Mode
from agent.service import AgentService
from agent.service_status import StatusDocument
from tui.cli import say
from tui.cli.embed import Place, embed, start_log, take_or_attach
from tui.cli.signals import ENDING, answered_by
from tui.cli.telling import Teller
from tui.done import Ending, ending_of

Spawn = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]

FORCED = 130  # exit code when asked twice


async def headless(found: Place, *, until_done: bool, timeout: float | None) -> int:
    """Run the agent here; beside one that runs already, wait for it (`until_done`) or refuse."""
    lock, remote = await take_or_attach(found.workspace, LockRole.AGENT)
    if remote is not None:
        try:
            if not until_done:
                document = await remote.status()
                raise WorkspaceBusy(
                    "An agent runs here already", f"pid {document['pid']}", "See it with `venuesync`, or end it"
                )
            return await wait_until_done(remote, timeout)
        finally:
            await remote.close()
    if lock is None:
        return 1
    try:
        with stop_signal() as stop:
            start_log(found)
            async with embed(found, Mode.HEADLESS, end=stop.set) as agent:
                return await run_parts(agent, stop, until_done=until_done, timeout=timeout)
    finally:
        lock.release()


class Running(Protocol):
    """An agent, or one with more parts around it."""

    @property
    def service(self) -> AgentService: ...

    def start(self, spawn: Spawn) -> None: ...


async def run_parts(
    agent: Running,
    stop: asyncio.Event,
    *,
    until_done: bool,
    timeout: float | None,
    begun: asyncio.Event | None = None,
) -> int:
    """Run an agent's parts as tasks until `stop`, or until all is done (asked for once `begun` is set)."""
    tasks: set[asyncio.Task[None]] = set()

    def spawn(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        tasks.add(asyncio.create_task(run(), name=name))

    agent.start(spawn)
    telling = asyncio.create_task(tell(agent.service))
    waiting = asyncio.create_task(wait_until_done(agent.service, timeout, begun)) if until_done else None
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopped, *([waiting] if waiting else [])}, return_when=asyncio.FIRST_COMPLETED)
        if waiting is not None and waiting.done():
            return waiting.result()
        return 0 if not until_done else 1
    finally:
        ending: set[asyncio.Task[Any]] = {*tasks, telling, stopped, *([waiting] if waiting else [])}
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)


@contextmanager
def stop_signal() -> Generator[asyncio.Event]:
    """Set by SIGTERM, SIGINT or SIGHUP; a second signal ends the process at once, by whomever it was asked before."""
    stop, signalled = asyncio.Event(), asyncio.Event()
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # nohup: a terminal that goes away is no matter

    def asked() -> None:
        if signalled.is_set():
            os._exit(FORCED)
        signalled.set()
        stop.set()

    with answered_by({one: asked for one in ENDING if not (ignored and one is signal.SIGHUP)}):
        yield stop


async def tell(service: AgentService) -> None:
    """Print what happens as it happens."""
    snapshot = await service.snapshot()
    teller = Teller()
    try:
        async for change in service.events(snapshot["boot"], snapshot["seq"]):
            if change["section"] == "activity":
                for entry in change["data"]:
                    at = datetime.fromtimestamp(entry["at"]).astimezone()
                    teller.line(f"{at:%H:%M:%S}  {entry['text']}")
    finally:
        teller.close()


async def wait_until_done(service: AgentService, timeout: float | None, begun: asyncio.Event | None = None) -> int:
    """Wait until everything is filed and verified, or cannot be; say which."""
    ending = Ending(None, "nothing is known yet")
    try:
        async with asyncio.timeout(timeout):
            if begun is not None:
                await begun.wait()
            snapshot = await service.snapshot()
            document: StatusDocument = snapshot["status"]
            ending = ending_of(document)
            changes = service.events(snapshot["boot"], snapshot["seq"])
            while ending.code is None:
                change = await anext(changes)
                if change["section"] == "resync":
                    document = await service.status()
                elif change["section"] == "status":
                    document = change["data"]
                ending = ending_of(document)
    except TimeoutError:
        with suppress(VenueError):
            ending = ending_of(await service.status())
        say.message(f"Not done within {timeout:g} s: {ending.reason}")
        return 1
    (say.line if ending.code == 0 else say.message)(ending.reason)
    return ending.code
