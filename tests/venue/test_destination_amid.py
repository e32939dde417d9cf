"""An event that is to be filed elsewhere on Drive, and then not after all, as a part of it lies there already."""

from __future__ import annotations

import asyncio

import pytest

from agent.requests.control import Pause, Resume
from agent.requests.events import AddEvent, SetEvent
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.photographer import operator
from tests.venue.pictures import scene
from tests.venue.running import an_agent


def photos(emulator: Emulator) -> list[str]:
    return sorted(one["path"] for one in emulator.files() if one.get("md5Checksum") and not one["trashed"])


@pytest.mark.slow
@pytest.mark.parametrize("before", ["ours", "theirs"])
@pytest.mark.parametrize("stopped_by", ["insufficientFilePermissions", "backendError"])
async def test_what_was_moved_before_the_earlier_destination_is_chosen_again_is_moved_back(
    workspace: Workspace, emulator: Emulator, before: str, stopped_by: str
) -> None:
    """It stayed there, in a folder that nobody had chosen any more, and was called safe."""
    emulator.grant("drive")
    first, second = await asyncio.to_thread(lambda: [operator(emulator).folder(name) for name in ("First", "Second")])
    chosen = first if before == "theirs" else None
    async with an_agent(workspace) as running:
        await running.service.ask(AddEvent(name="Gala", destination=chosen))
        incoming = workspace.root / "Events/Gala/Incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        await running.service.ask(SetEvent(event="Gala", key="all_photos", value="true"))
        scene(incoming / "DSC_0.jpg", 0)
        await running.until(lambda now: now["safe_to_leave"]["safe"] and now["uploads"]["verified"] == 2, 60)
        there = await asyncio.to_thread(photos, emulator)
        await asyncio.to_thread(
            emulator.faults,
            {"method": "files.update", "skip": 1, "reason": stopped_by, "times": None},
        )
        await running.service.ask(SetEvent(event="Gala", key="destination", value=second))
        async with within(20):
            while await asyncio.to_thread(photos, emulator) == there:
                await asyncio.sleep(0.05)
        await running.service.ask(Pause(what="all"))
        await running.service.ask(SetEvent(event="Gala", key="destination", value=chosen or ""))
        await asyncio.to_thread(emulator.clear_faults)
        await running.service.ask(Resume(what="all"))
        async with within(20):
            while await asyncio.to_thread(photos, emulator) != there:
                await asyncio.sleep(0.05)
        await running.until(lambda now: now["safe_to_leave"]["safe"] and not now["errors"])
