"""Reaching an agent: the one that runs, or, where none does, the stores themselves under the workspace's lock.

The only file of `tui` that knows the agent by more than its requests. The agent itself, with all its libraries, is
imported only where one is embedded: a command that asks a running one starts in a third of the time. So are the line to
a running one and the settings, which the monitor's first paint does not wait for.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from agent import clock
from agent.errors import AgentEnded, AgentSilent, NoAgent, UsageError
from agent.model import LockRole, Mode
from agent.requests.ask import Agent, Request
from agent.settings.environment import take_network
from agent.settings.layers import glance, merged_layers
from agent.workspace import STATE_FOLDER, USUAL, Workspace, WorkspaceLock, absolute, find_workspace, prepare, user
from tui.cli import say
from tui.keys.remedies import press_to_start

if TYPE_CHECKING:
    from agent.app import Application
    from agent.client import Remote
    from agent.requests.snapshot import Change
    from agent.settings import Settings

Answer = TypeVar("Answer")
Found = TypeVar("Found")

SHORT = 1.0  # minutes

PATIENCE = 30.0  # seconds that a command waits for another one to end, or for an agent to answer


class Far:
    """The line to an agent of another machine that was named before the command (`tui/cli/far.py`)."""

    socket: Path | None = None


class Place:
    """A workspace with its settings, which are read and checked when they are first needed.

    `far`: where the line to another machine's agent ends; the workspace is then this machine's, of which only the
    monitor's settings are read.
    """

    def __init__(self, workspace: Workspace, far: Path | None = None) -> None:
        self.workspace = workspace
        self.far = far

    @cached_property
    def settings(self) -> Settings:
        """Raises `UsageError` for a wrong one."""
        from agent.settings import load_settings

        return load_settings(self.workspace.root)

    def glance(self, key: str) -> Any:
        """A setting as it is written, not checked; `None` where it is not set."""
        return glance(self.workspace.root, key)

    @property
    def keys(self) -> dict[str, str]:
        """The monitor's own keys that others take the place of; only who chose some waits for their check. Raises
        `UsageError`.
        """
        chosen = any(key.startswith("keys.") for key in merged_layers(self.workspace.root))
        return self.settings.keys.moved() if chosen else {}

    @property
    def warning(self) -> str:
        """What to tell of a setting that is accepted and unwise; mostly empty."""
        interval = self.settings.sync.interval
        if interval >= SHORT:
            return ""
        return f"sync.interval is {interval:g} minutes: looks under a minute apart use up Google's quota"


class Refused:
    """What of the command that is carried out could not be done."""

    by_disk = False


@dataclass(frozen=True, slots=True)
class Reached:
    """An agent that runs; or, `embedded`, this process's own, without parts."""

    agent: Agent
    embedded: Application | None = None

    @property
    def remote(self) -> bool:
        return self.embedded is None

    async def file_now(self) -> None:
        """Bring the disk to what is wanted, where no agent runs that does."""
        if self.embedded is not None and not await self.embedded.file_now():
            Refused.by_disk = True


def place(chosen: Path | None) -> Place:
    """The workspace that this command is about. Raises `UsageError` for a wrong setting."""
    found = unchecked_place(chosen)
    if found.warning:
        say.message(found.warning)
    return found


def unchecked_place(chosen: Path | None) -> Place:
    """The same, before its settings are looked at."""
    if Far.socket is not None:
        root = absolute(USUAL)
        return Place(Workspace(root, root / STATE_FOLDER), Far.socket)
    workspace = find_workspace(chosen)
    take_network(workspace.root)
    with suppress(UsageError):  # said by whoever reads the settings
        clock.be_in(str(glance(workspace.root, "time.zone") or clock.SYSTEM))
    return Place(workspace)


def existing(chosen: Path | None) -> Place:
    """The same, and it has to be there already."""
    return be_there(place(chosen))


def be_there(found: Place) -> Place:
    """Raises `UsageError` where there is no workspace yet."""
    if found.far is None and not is_workspace(found.workspace) and not agent_file(found.workspace):
        root = found.workspace.root
        raise UsageError("There is no workspace", str(root), f"Make one: venuesync init {shlex.quote(str(root))}")
    return found


def agent_file(workspace: Workspace) -> dict[str, Any]:
    """What the running agent said of itself; empty where none did. Of one whose disk is away only where it listens."""
    try:
        found = json.loads(workspace.agent_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        if not workspace.state.exists() and (path := workspace.socket()).exists():
            return {"socket": str(path)}
        return {}
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def remote_agent(found: Place) -> Remote:
    """The line to the agent that has said where it listens."""
    return line_to(found.far or Path(agent_file(found.workspace)["socket"]))


def followed_agent(found: Place) -> Remote | Following:
    """The same for whoever stays; another machine's is followed by nobody."""
    line = remote_agent(found)
    return line if found.far is not None else Following(found.workspace, line)


def line_to(socket: Path) -> Remote:
    from agent.client import Remote

    return Remote(socket)


class Following:
    """The agent of a workspace, over the line to it. One that is started again may listen elsewhere, as a service's
    does: where nobody answers any more, the next question goes to where it says.

    Raises `AgentEnded` where nobody has the workspace any more, `NoAgent` while one comes or goes.
    """

    def __init__(self, workspace: Workspace, line: Remote) -> None:
        self._workspace = workspace
        self._lines = [line]  # the last one is in use

    async def ask(self, request: Request[Answer]) -> Answer:
        try:
            return await self._lines[-1].ask(request)
        except NoAgent as error:
            there = await asyncio.to_thread(agent_file, self._workspace)
            if "socket" in there and Path(there["socket"]) != self._lines[-1].socket:
                self._lines.append(line_to(Path(there["socket"])))
            raise await asyncio.to_thread(self._in_words, error) from error

    def _in_words(self, error: NoAgent) -> NoAgent:
        """What may be done though no answer came is said as it is."""
        from agent.client import UNDER_WAY

        if (error.detail, error.remedy) == UNDER_WAY:
            return error
        lock = WorkspaceLock(self._workspace)
        if lock.is_free() or lock.holder().get("role") == LockRole.COMMAND:
            return AgentEnded("No agent runs here", "it has ended", press_to_start())
        return NoAgent(error.title, "it starts, or ends", "Wait a moment", cause=error.cause)

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        return self._lines[-1].events(boot, since)

    async def close(self) -> None:
        for one in self._lines:
            await one.close()


async def connect(workspace: Workspace) -> Remote | None:
    """The line to the running agent, if it answers. Raises `AgentSilent` where it listens and does not."""
    about = agent_file(workspace)
    if not about.get("socket"):
        return None
    agent = line_to(Path(about["socket"]))
    try:
        await agent.ping()
    except NoAgent:
        await agent.close()
        return None
    except AgentSilent as error:
        await agent.close()
        pid = about.get("pid")
        raise AgentSilent(error.title, f"pid {pid}: {error.detail}", f"{error.remedy}: kill -9 {pid}") from error
    return agent


async def listening(workspace: Workspace) -> bool | None:
    """Whether somebody listens where the agent said that it does; `None` if not. Asks nothing."""
    path = agent_file(workspace).get("socket")
    if not path:
        return None
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        try:
            line.connect(str(path))
        except OSError:
            return None
    return True


async def take_or_attach(workspace: Workspace, role: LockRole) -> tuple[WorkspaceLock | None, Remote | None]:
    """The lock, if it is free or becomes so; else the agent that holds it, once it answers.

    Raises `WorkspaceBusy`, naming the pid, when neither came within half a minute.
    """
    return await _take_or(workspace, role, connect)


async def take_or_look_on(workspace: Workspace) -> WorkspaceLock | None:
    """The lock; `None`: an agent holds it, and listens. Raises `WorkspaceBusy` as above."""
    lock, _ = await _take_or(workspace, LockRole.AGENT, listening)
    return lock


async def _take_or(
    workspace: Workspace, role: LockRole, reached: Callable[[Workspace], Awaitable[Found | None]]
) -> tuple[WorkspaceLock | None, Found | None]:
    if not await asyncio.to_thread(workspace.state.is_dir):  # the lock lies in it
        if (found := await reached(workspace)) is not None:  # its disk is away
            return None, found
        await asyncio.to_thread(prepare, workspace)
    lock = WorkspaceLock(workspace)
    if reached is not _holder and lock.is_free():
        await asyncio.to_thread(refuse_root, workspace)
    end = asyncio.get_running_loop().time() + PATIENCE
    while not lock.acquire(role):
        if lock.holder().get("role") == LockRole.AGENT:
            found = await reached(workspace)
            if found is not None:
                return None, found
        if asyncio.get_running_loop().time() > end:
            raise lock.busy()
        await asyncio.sleep(0.05)
    await asyncio.to_thread(prepare, workspace)  # not beside an agent: its disk may be away, and is missed
    return lock, None


def refuse_root(workspace: Workspace) -> None:
    """Raises `UsageError` where root would write into a workspace what whoever works in it could not read any more."""
    if os.geteuid() != 0 or not workspace.state.is_dir():
        return
    owner = (workspace.roster if workspace.roster.exists() else workspace.state).stat().st_uid
    if owner == 0:
        return
    with tempfile.TemporaryFile(dir=workspace.state) as made:
        if os.fstat(made.fileno()).st_uid == owner:  # some disks have one owner for all
            return
    raise UsageError(
        "The workspace is another user's",
        f"{user(owner)} could read nothing any more of what root writes into {workspace.state}",
        f"Run it as {user(owner)}, without sudo",
    )


async def agent_pid(workspace: Workspace) -> int:
    """Of the agent that holds the workspace; a command that does is waited for. Raises `NoAgent`, `WorkspaceBusy`."""
    lock, pid = await _take_or(workspace, LockRole.COMMAND, _holder)
    if lock is not None:
        lock.release()
    if pid is None:
        raise no_agent(workspace)
    return pid


async def _holder(workspace: Workspace) -> int | None:
    pid = WorkspaceLock(workspace).holder().get("pid")
    return None if pid is None else int(pid)


def unheard_agent(workspace: Workspace) -> int | None:
    """Of one that has the workspace, whether or not it listens already, or still."""
    lock = WorkspaceLock(workspace)
    holder = {} if lock.is_free() else lock.holder()
    return int(holder["pid"]) if holder.get("role") == LockRole.AGENT else None


def no_agent(workspace: Workspace) -> NoAgent:
    return NoAgent("No agent runs in this workspace", str(workspace.root), "Start it with `venuesync`")


async def until_free(workspace: Workspace, seconds: float) -> bool:
    """Whether whoever holds the workspace has let go of it within that time."""
    lock = WorkspaceLock(workspace)
    end = asyncio.get_running_loop().time() + seconds
    while not lock.acquire(LockRole.COMMAND):
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(0.05)
    lock.release()
    return True


@asynccontextmanager
async def reach(found: Place, *, drive: bool = False) -> AsyncGenerator[Reached]:
    """The agent that runs, or the stores under the lock (`drive`: and a line to Drive); put down again afterwards."""
    if found.far is not None:
        lock, remote = None, line_to(found.far)
    else:
        lock, remote = await take_or_attach(found.workspace, LockRole.COMMAND)
    if remote is not None:
        try:
            yield Reached(remote)
        finally:
            await remote.close()
        return
    try:
        start_log(found)  # what parts of the agent say goes nowhere near the answer on stdout
        async with embed(found, Mode.STOPPED, watching=False, drive=drive) as application:
            tasks: set[asyncio.Task[None]] = set()
            if drive:  # they end with the agent
                application.start(lambda name, run: tasks.add(asyncio.create_task(run(), name=name)))
            yield Reached(application.service, application)
    finally:
        if lock is not None:
            lock.release()


@asynccontextmanager
async def running(found: Place) -> AsyncGenerator[Agent]:
    """The agent that runs. Raises `NoAgent` where none does."""
    async with reach(found) as reached:
        if not reached.remote:
            raise no_agent(found.workspace)
        yield reached.agent


def embed(
    found: Place, mode: Mode, *, watching: bool = True, drive: bool = True, end: Callable[[], object] = lambda: None
) -> Application:
    """An agent in this process; the lock has to be ours. `end` is called when somebody asks it to end."""
    from agent.app import Application

    return Application(found.workspace, found.settings, mode, watching=watching, drive=drive, end=end)


def start_log(found: Place) -> None:
    """Everything goes to the workspace's log; the screen and stdout stay free."""
    with _without_rich():
        from agent.log import set_up_log

    set_up_log(found.workspace.logs, found.settings.log.level, found.settings.log.format)


@contextmanager
def _without_rich() -> Generator[None]:
    """structlog would import rich and pygments for tracebacks that we never draw: a tenth of an agent's start."""
    modules = cast(dict[str, Any], sys.modules)
    if "rich" in modules:
        yield
        return
    modules["rich"] = None
    try:
        yield
    finally:
        del modules["rich"]


def new_workspace(chosen: Path | None) -> tuple[Workspace, bool]:
    """Make a workspace where there is none. Returns whether there was one, too."""
    workspace = find_workspace(chosen)
    there = (workspace.root / "config.toml").exists()
    prepare(workspace)
    return workspace, there


def is_workspace(workspace: Workspace) -> bool:
    """Whether it has been made already, by whichever command."""
    return workspace.state.is_dir() or (workspace.root / "config.toml").exists()
