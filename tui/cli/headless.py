"""`--no-ui`: the agent without a screen, until a signal, or until all is done; and who answers the signals."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from agent.clock import from_iso
from agent.errors import NoAgent, VenueError, WorkspaceBusy
from agent.model import LockRole, Mode, SafeCode
from agent.requests.ask import Agent
from agent.requests.control import ReadSettings
from agent.requests.snapshot import GetSnapshot
from agent.requests.status import GetStatus, StatusDocument
from agent.service.systemd import is_heard, notify
from tui import words
from tui.cli import say
from tui.cli.embed import (
    Place,
    agent_file,
    embed,
    existing,
    listening,
    reach,
    start_log,
    take_or_attach,
    take_or_look_on,
)
from tui.verdict import Ending, ending_of, in_short

Spawn = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]
Handler = Callable[[], object]

FORCED = 130  # exit code when asked twice
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LOG = "headless.log"
PATIENCE = 30.0  # seconds for a new agent to answer


async def headless(found: Place, *, until_done: bool, timeout: float | None) -> int:
    """Run the agent here; beside one that runs already, wait for it (`until_done`) or refuse."""
    lock, remote = await take_or_attach(found.workspace, LockRole.AGENT)
    if remote is not None:
        try:
            if not until_done:
                document = await remote.ask(GetStatus())
                raise WorkspaceBusy(
                    "An agent runs here already", f"pid {document['pid']}", "See it with `venuesync`, or end it"
                )
            return await wait_beside(found, remote, timeout)
        finally:
            await remote.close()
    if lock is None:
        return 1
    reading = asyncio.Event()
    try:
        with stop_signal(reading.set) as stop:
            start_log(found)
            async with embed(found, Mode.HEADLESS, end=stop.set) as application:
                beside = [read_settings(application.service, reading), *told_to_systemd(found, application.service)]
                try:
                    return await run_parts(application, stop, *beside, until_done=until_done, timeout=timeout)
                finally:
                    notify(STOPPING=1, STATUS="putting everything down safely")
    finally:
        lock.release()


async def wait_beside(found: Place, remote: Agent, timeout: float | None) -> int:
    """The same of an agent that somebody else may end meanwhile: then by what it left."""
    from tui.cli.control import status_of, tell_ended

    pid = (await remote.ask(GetStatus()))["pid"]
    try:
        return await wait_until_done(remote, timeout)
    except NoAgent:
        document = await status_of(found)
        if document["pid"] == pid:
            raise
        return tell_ended(pid, document, json=False)


class Running(Protocol):
    """An agent, or one with more parts around it."""

    @property
    def service(self) -> Agent: ...

    def start(self, spawn: Spawn) -> None: ...


async def run_parts(
    application: Running,
    stop: asyncio.Event,
    *beside: Coroutine[Any, Any, None],
    until_done: bool,
    timeout: float | None,
    begun: asyncio.Event | None = None,
) -> int:
    """Run an agent's parts, and what goes `beside` them, as tasks until `stop`, or until all is done.

    That is asked for once `begun` is set.
    """
    tasks = {asyncio.create_task(one) for one in beside}

    def spawn(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        tasks.add(asyncio.create_task(run(), name=name))

    application.start(spawn)
    telling = asyncio.create_task(tell(application.service))
    waiting = (
        asyncio.create_task(wait_until_done(application.service, timeout, begun, ends=True)) if until_done else None
    )
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
def stop_signal(hung_up: Handler | None = None) -> Generator[asyncio.Event]:
    """Set by SIGTERM or SIGINT; a second signal ends the process at once, by whomever it was asked before.

    SIGHUP is one of them, unless `hung_up` is called for it instead.
    """
    stop, signalled = asyncio.Event(), asyncio.Event()
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # nohup: a terminal that goes away is no matter

    def asked() -> None:
        if signalled.is_set():
            os._exit(FORCED)
        signalled.set()
        stop.set()

    handlers: dict[signal.Signals, Handler] = {**dict.fromkeys(ENDING, asked), signal.SIGHUP: hung_up or asked}
    if ignored:
        del handlers[signal.SIGHUP]
    with answered_by(handlers):
        yield stop


async def tell(agent: Agent) -> None:
    """Print what happens as it happens."""
    snapshot = await agent.ask(GetSnapshot())
    teller = say.Teller()
    try:
        async for change in agent.events(snapshot["boot"], snapshot["seq"]):
            if change["section"] == "activity":
                for entry in change["data"]:
                    teller.line(f"{words.clock(from_iso(entry['at']))}  {entry['text']}")
    finally:
        teller.close()


async def read_settings(agent: Agent, asked: asyncio.Event) -> None:
    """Whenever somebody asks; what came of it is told as it happens. What is wrong in them changes nothing."""
    while True:
        await asked.wait()
        asked.clear()
        notify(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)
        with suppress(VenueError):  # it was told
            await agent.ask(ReadSettings())
        notify(READY=1)


def told_to_systemd(found: Place, agent: Agent) -> list[Coroutine[Any, Any, None]]:
    """What has to be said to whoever started the agent as a service; nothing where nobody hears it."""
    return [tell_systemd(found, agent)] if is_heard() else []


async def tell_systemd(found: Place, agent: Agent) -> None:
    """That commands can reach it; from then on how it stands, in the words of `status --check`."""
    from tui.cli.status import statuses

    with suppress(TimeoutError):  # a disk without room for the word of where it listens
        async with asyncio.timeout(PATIENCE):
            while await listening(found.workspace) is None:  # noqa: ASYNC110 - another part's socket
                await asyncio.sleep(0.05)
    said = in_short(await agent.ask(GetStatus()))
    notify(READY=1, STATUS=said)
    async for document in statuses(agent):
        before, said = said, in_short(document)
        if said != before:
            notify(STATUS=said)


ANOTHER_DAY = "Again on another day; or at once: VENUESYNC_DRIVE__DAILY_MB=0 venuesync --no-ui --until-done"


async def wait_until_done(
    agent: Agent,
    timeout: float | None,
    begun: asyncio.Event | None = None,
    say_done: Callable[[str], None] = say.line,
    *,
    ends: bool = False,
) -> int:
    """Wait until everything is filed and verified, or cannot be; say which. `ends`: the agent ends then."""
    ending = Ending(None, "nothing is known yet")
    try:
        async with asyncio.timeout(timeout):
            if begun is not None:
                await begun.wait()
            snapshot = await agent.ask(GetSnapshot())
            document: StatusDocument = snapshot["status"]
            ending = ending_here(document, ends=ends)
            changes = agent.events(snapshot["boot"], snapshot["seq"])
            while ending.code is None:
                change = await anext(changes)
                if change["section"] == "resync":
                    document = await agent.ask(GetStatus())
                elif change["section"] == "status":
                    document = change["data"]
                ending = ending_here(document, ends=ends)
    except TimeoutError:
        with suppress(VenueError):
            ending = ending_here(await agent.ask(GetStatus()), ends=ends)
        if ending.code is None:
            say.message(f"Not done within {timeout:g} s: {ending.reason}")
            return 1
    (say_done if ending.code == 0 else say.message)(ending.reason)
    return ending.code


def ending_here(document: StatusDocument, *, ends: bool) -> Ending:
    """What holds for as long as an agent runs is no advice where that one ends with the wait (`ends`)."""
    told = document["safe_to_leave"]
    if ends and told["code"] == SafeCode.DAY_SPENT:
        document = {**document, "safe_to_leave": {**told, "remedy": ANOTHER_DAY}}
    return ending_of(document)


# ---- signals

_answering: dict[signal.Signals, Handler] = {}


@contextmanager
def answered_by(handlers: Mapping[signal.Signals, Handler]) -> Generator[None]:
    """These are called in the running loop; afterwards whoever was before is again.

    asyncio knows one handler a signal and forgets the one before it: between two of them a signal would kill.
    """
    before = {one: _answering.get(one) for one in handlers}
    _install(handlers)
    try:
        yield
    finally:
        _install(before)


def _install(handlers: Mapping[signal.Signals, Handler | None]) -> None:
    loop = asyncio.get_running_loop()
    for one, handler in handlers.items():
        if handler is None:
            _answering.pop(one, None)
            loop.remove_signal_handler(one)
        else:
            _answering[one] = handler
            loop.add_signal_handler(one, handler)


# ---- going on without the terminal


async def go_on_headless(found: Place) -> int:
    """Start an agent that no hang-up reaches, and say its pid once it listens; exit 1 if it ended, naming its log."""
    process = await asyncio.to_thread(start_headless, found)
    end = asyncio.get_running_loop().time() + PATIENCE
    while process.poll() is None and asyncio.get_running_loop().time() < end:
        about = agent_file(found.workspace)
        if about.get("pid") == process.pid:
            say.line(f"The agent goes on without a screen, pid {process.pid}. `venuesync` shows it again")
            return 0
        await asyncio.sleep(0.05)
    if process.poll() is None:
        say.message(f"The agent has been started, pid {process.pid}, and does not answer yet: see `venuesync status`")
        return 0
    say.message(f"venuesync: The agent could not go on: see {found.workspace.logs / LOG}")
    return 1


def start_headless(found: Place) -> subprocess.Popen[bytes]:
    """In a new session, with nothing of this terminal; `-P`: no module is taken from the folder it runs in."""
    command = [sys.executable, "-P", "-m", "tui.cli", "--workspace", str(found.workspace.root), "--no-ui"]
    own = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    with os.fdopen(os.open(found.workspace.logs / LOG, own, 0o600), "ab") as log:
        return subprocess.Popen(  # noqa: S603 - ourselves, on this very interpreter
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=found.workspace.root,
            start_new_session=True,
        )


# ---- on a terminal that draws nothing (`TERM=dumb`: an editor's shell, a log): plain lines instead of the monitor


async def plain(chosen: Path | None) -> int:
    """What happens, line by line: of the agent that runs here, or of one of its own, which ends with it."""
    found = existing(chosen)
    say.message("This terminal draws no screen (TERM=dumb): what happens is told in lines. Ctrl-C ends them")
    lock = None if found.far else await take_or_look_on(found.workspace)
    if lock is not None:
        lock.release()
        return await headless(found, until_done=False, timeout=None)
    from tui.cli.status import print_status

    async with reach(found) as reached:
        print_status(await reached.agent.ask(GetStatus()), json=False, in_one_line=False)
        await tell(reached.agent)
    return 0
