"""One workspace a test, with its agent."""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.app import Application
from agent.client import Remote
from agent.model import LockRole, Mode
from agent.settings import load_settings
from agent.workspace import WorkspaceLock, find_workspace, prepare
from tests.emulator.drive import Emulator
from tests.venue import models
from tests.venue.house import House
from tests.venue.photographer import Photographer
from tests.venue.running import Running


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path, emulator: Emulator) -> Iterator[House]:
    """`@pytest.mark.settings(VENUESYNC_…="…")` says what is set otherwise."""
    marker = request.node.get_closest_marker("settings")
    made = House(tmp_path / "venue", emulator, **(marker.kwargs if marker else {}))
    yield made
    made.close()


@pytest.fixture
def anna(emulator: Emulator) -> Photographer:
    return Photographer(emulator)


@pytest.fixture(params=["near", "far"])
async def running(
    request: pytest.FixtureRequest, tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("VENUESYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VENUESYNC_DRIVE__ENDPOINT", emulator.url)
    monkeypatch.setenv("VENUESYNC_DISK__KEEP_FREE", "0")
    monkeypatch.setenv("VENUESYNC_FACES__WORKERS", "1")
    workspace = find_workspace(tmp_path / "venue")
    prepare(workspace)
    models.keep_in(workspace.root / ".venuesync" / "cache")
    lock = WorkspaceLock(workspace)
    assert lock.acquire(LockRole.AGENT)
    tasks: set[asyncio.Task[None]] = set()

    def spawn(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        tasks.add(asyncio.create_task(run(), name=name))

    async with Application(workspace, load_settings(workspace.root), Mode.HEADLESS) as agent:
        agent.start(spawn)
        async with asyncio.timeout(60):
            while not workspace.agent_file.exists():
                await asyncio.sleep(0.02)
        remote = Remote(workspace.socket())
        yield Running(agent, agent.service if request.param == "near" else remote, workspace.incoming)
        await remote.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    lock.release()


@pytest.fixture
def sign_in_port() -> Iterator[None]:
    """The port that a sign-in listens on is one for the whole machine: tests that need it wait for each other."""
    with (Path(tempfile.gettempdir()) / f"venuesync-tests-{os.getuid()}.sign-in").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
