"""One workspace a test, with its agent."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agent.model import LockRole
from agent.workspace import Workspace, WorkspaceLock, find_workspace, prepare
from tests.crash.lives import Lives
from tests.emulator.drive import Emulator
from tests.venue import models, warm
from tests.venue.house import House
from tests.venue.photographer import Photographer
from tests.venue.running import Running, an_agent
from tests.venue.two_accounts import BEN, Two


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path, emulator: Emulator) -> Iterator[House]:
    """`@pytest.mark.settings(VENUESYNC_…="…")` says what is set otherwise."""
    marker = request.node.get_closest_marker("settings")
    made = House(tmp_path / "venue", emulator, **(marker.kwargs if marker else {}))
    yield made
    made.close()


@pytest.fixture
def lives(request: pytest.FixtureRequest, tmp_path: Path, emulator: Emulator) -> Iterator[Lives]:
    """The same for whoever kills it at named moments."""
    marker = request.node.get_closest_marker("settings")
    made = Lives(tmp_path / "venue", emulator, **(marker.kwargs if marker else {}))
    yield made
    made.house.close()


@pytest.fixture
def anna(emulator: Emulator) -> Photographer:
    return Photographer(emulator)


@pytest.fixture
def two(house: House, tmp_path: Path) -> Two:
    made = Two(house, tmp_path)
    made.sign_in()
    made.gala = house.json("events", "add", "Gala", "--account", BEN)["status"]["id"]
    return made


@pytest.fixture
def workspace(tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Locked for an agent in this process."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("VENUESYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VENUESYNC_DRIVE__ENDPOINT", emulator.url)
    monkeypatch.setenv("VENUESYNC_DISK__KEEP_FREE", "0")
    monkeypatch.setenv("VENUESYNC_FACES__WORKERS", "1")
    made = find_workspace(tmp_path / "venue")
    prepare(made)
    models.keep_in(made.root / ".venuesync" / "cache")
    lock = WorkspaceLock(made)
    assert lock.acquire(LockRole.AGENT)
    with warm.workers():
        yield made
    lock.release()


@pytest.fixture(params=["near", "far"])
async def running(request: pytest.FixtureRequest, workspace: Workspace) -> AsyncIterator[Running]:
    async with an_agent(workspace, far=request.param == "far") as made:
        yield made
