"""A disk that is full once more amid a decision, as another program writes to it: what was said holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import VenueError
from agent.requests.control import Pause, Resume, Sync
from agent.requests.events import AddEvent, ChangeEventSource, GetEvent
from agent.requests.status import GetStatus
from agent.workspace import Workspace
from tests.halting import Halt
from tests.patience import PATIENCE
from tests.venue.disks import Disk, needs_mounts
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.running import an_agent

pytestmark = needs_mounts()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Of the workspace that is made behind it."""
    with Disk(tmp_path / "venue") as made:
        yield made


async def test_photos_of_a_source_that_was_removed_and_could_not_be_forgotten_are_not_fetched(
    disk: Disk, workspace: Workspace, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room that is kept for decisions was filled between the list of people's word and the ledger's."""
    folder = anna.folder("Anna", share=True)
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(AddEvent(name="Wedding", sources=(folder,)))
        await service.ask(Pause(what="all"))
        anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
        await service.ask(Sync())
        await running.until(lambda now: now["downloads"]["queued"] == 1)
        said = Halt(monkeypatch, running.agent._here._opened.roster, "change_event")
        said.begin.set()
        disk.fill()
        removing = asyncio.create_task(service.ask(ChangeEventSource(event="Wedding", change="remove", source="Anna")))
        assert await asyncio.to_thread(said.done.wait, PATIENCE * 20)
        disk.fill()
        said.end.set()
        with pytest.raises(VenueError, match="The disk is full"):
            await removing
        assert (await service.ask(GetEvent(id="Wedding")))["sources"] == []
        disk.free()
        await running.until(lambda now: now["disk"]["state"] != "full")
        await service.ask(Resume(what="all"))
        await running.until(lambda now: now["downloads"]["queued"] == now["downloads"]["active"] == 0)
        assert (await service.ask(GetStatus()))["photos"]["seen"] == 0
