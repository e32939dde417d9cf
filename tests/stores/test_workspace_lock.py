"""One agent or command at a time in a workspace, and a killed one is in nobody's way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agent.errors import AgentEnded, NoAgent, WorkspaceBusy
from agent.model import LockRole
from agent.requests.status import GetStatus
from agent.workspace import Workspace, WorkspaceLock
from tests.conftest import Venuesync
from tests.patience import latest
from tui.cli import embed

HOLD = """
import sys, time
from pathlib import Path
from agent.model import LockRole
from agent.workspace import Workspace, WorkspaceLock
lock = WorkspaceLock(Workspace(Path(sys.argv[1]), Path(sys.argv[1]) / ".venuesync"))
print(lock.acquire(LockRole(sys.argv[2])), flush=True)
time.sleep(float(sys.argv[3]))
lock.release()
print("released", flush=True)
time.sleep(60)
"""

Hold = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def hold(workspace: Workspace) -> Iterator[Hold]:
    """Another process that takes the lock in a role, and lets it go after some seconds."""
    started: list[subprocess.Popen[str]] = []

    def begin(role: LockRole, seconds: float = 60) -> subprocess.Popen[str]:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(workspace.root), role.value, str(seconds)],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        return holder

    yield begin
    for one in started:
        one.kill()
        one.wait()


@pytest.mark.parametrize("role", list(LockRole))
def test_who_holds_it_is_told_by_role_and_pid(role: LockRole, workspace: Workspace, hold: Hold) -> None:
    holder = hold(role)
    lock = WorkspaceLock(workspace)
    assert not lock.acquire(LockRole.COMMAND)
    assert lock.holder() == {"role": role, "pid": holder.pid}
    busy = lock.busy()
    assert busy.exit_code == 1
    assert f"{role} with pid {holder.pid}" in str(busy)


@pytest.mark.parametrize("role", list(LockRole))
def test_a_killed_holder_is_in_nobodys_way(role: LockRole, workspace: Workspace, hold: Hold) -> None:
    holder = hold(role)
    lock = WorkspaceLock(workspace)
    assert not lock.acquire(LockRole.AGENT)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert lock.acquire(LockRole.AGENT)
    assert lock.holder() == {"role": "agent", "pid": os.getpid()}
    lock.release()


def test_a_released_lock_can_be_taken_and_only_once(workspace: Workspace) -> None:
    first, second = WorkspaceLock(workspace), WorkspaceLock(workspace)
    assert first.acquire(LockRole.COMMAND)
    assert not second.acquire(LockRole.COMMAND)
    first.release()
    first.release()
    assert second.acquire(LockRole.AGENT)
    second.release()


def test_the_lock_is_not_handed_on_to_children(workspace: Workspace) -> None:
    lock = WorkspaceLock(workspace)
    assert lock.acquire(LockRole.AGENT)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    lock.release()
    other, end = WorkspaceLock(workspace), latest(5)
    while not other.acquire(LockRole.COMMAND):  # the kernel lets go of it a moment after the child's exec
        assert time.monotonic() < end
    child.kill()
    child.wait()
    other.release()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"role": 5}'])
def test_a_lock_file_that_says_nothing_is_no_trouble(text: str, workspace: Workspace) -> None:
    lock = WorkspaceLock(workspace)
    lock.path.write_text(text)
    assert "with pid unknown" in str(lock.busy())
    assert lock.acquire(LockRole.COMMAND)
    lock.release()


async def test_an_agent_that_is_gone_is_told_from_one_that_comes(
    workspace: Workspace, hold: Hold, runtime_dir: Path
) -> None:
    """A monitor said of both that there was no word from the agent, and that it asks again."""
    following = embed.Following(workspace, embed.line_to(runtime_dir / "nobody.sock"))
    for role in (None, LockRole.COMMAND):
        if role is not None:
            hold(role, 0.5)
        with pytest.raises(AgentEnded, match=r"No agent runs here: it has ended.* Press S to start it again"):
            await following.ask(GetStatus())
    assert await embed.until_free(workspace, latest(10) - time.monotonic())
    holder = hold(LockRole.AGENT)
    with pytest.raises(NoAgent, match=r"it starts, or ends.* Wait a moment"):
        await following.ask(GetStatus())
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with pytest.raises(AgentEnded):
        await following.ask(GetStatus())
    await following.close()


# ---- waiting for one's turn


async def test_a_commands_end_is_waited_for(workspace: Workspace, hold: Hold) -> None:
    hold(LockRole.COMMAND, 0.5)
    began = time.monotonic()
    lock, remote = await embed.take_or_attach(workspace, LockRole.COMMAND)
    assert lock is not None
    assert remote is None
    assert 0.3 < time.monotonic() - began < 10
    lock.release()


async def test_an_agent_that_never_answers_is_named_by_its_pid(
    workspace: Workspace, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "PATIENCE", 0.3)
    holder = hold(LockRole.AGENT)
    with pytest.raises(WorkspaceBusy, match=f"agent with pid {holder.pid}"):
        await embed.take_or_attach(workspace, LockRole.AGENT)


async def test_a_killed_agents_file_deceives_nobody(workspace: Workspace, hold: Hold, runtime_dir: Path) -> None:
    holder = hold(LockRole.AGENT)
    stale = {"socket": str(runtime_dir / "gone.sock"), "pid": holder.pid}
    workspace.agent_file.write_text(json.dumps(stale))
    holder.kill()
    holder.wait()
    lock, remote = await embed.take_or_attach(workspace, LockRole.COMMAND)
    assert remote is None
    assert lock is not None
    lock.release()


# ---- the command


@pytest.mark.slow
def test_a_second_agent_is_refused_naming_the_first_ones_pid(
    workspace: Workspace, venuesync: Venuesync, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "tui.cli", "--workspace", str(workspace.root), "--no-ui"]
    settings = {"VENUESYNC_DRIVE__ENABLED": "false", "VENUESYNC_FACES__WORKERS": "1"}
    first = subprocess.Popen(command, env={**environment, **settings}, cwd=Path(__file__).parents[2])
    try:
        end = latest(20)
        while not workspace.agent_file.exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        second = venuesync("--workspace", workspace.root, "--no-ui", **settings)
        assert second.returncode == 1
        assert f"pid {first.pid}" in second.stderr
        first.send_signal(signal.SIGKILL)
        first.wait()
        third = venuesync(
            "--workspace", workspace.root, "--no-ui", "--until-done", "--timeout", "20", **settings, timeout=40
        )
        assert third.returncode == 0, third.stderr
    finally:
        with suppress(ProcessLookupError):
            first.kill()
        first.wait()
