"""A photographer's folder that is not shared any more just as something of it is fetched: nothing untrue is said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.ledger import downloads
from agent.requests.ask import Agent
from agent.requests.control import Sync
from agent.requests.events import AddEvent
from agent.requests.troubles import ListActivity
from agent.workspace import Workspace
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.running import an_agent


async def test_nobody_is_said_to_have_removed_what_comes_again(
    workspace: Workspace, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each was "removed by the photographer"."""
    folder = anna.folder("Anna")
    permission = anna.share(folder)
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(AddEvent(name="Wedding", sources=(folder,)))
        await running.until(lambda now: now["safe_to_leave"]["code"] == "no_photo")
        fetching = Halt(monkeypatch, downloads, "known_photo")
        await asyncio.to_thread(anna.put, scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
        await service.ask(Sync())
        assert await asyncio.to_thread(fetching.reached.wait, PATIENCE * 20)
        await asyncio.to_thread(anna.unshare, folder, permission)
        fetching.begin.set()
        fetching.end.set()
        await running.until(lambda now: now["events"][1]["sync_status"] == "ERROR")
        async with within(20):  # what is shared again before Drive was asked of it by name was never out of reach
            while not await before_download(service):
                await asyncio.sleep(0.05)
        await asyncio.to_thread(anna.share, folder)
        await service.ask(Sync())
        await running.until(lambda now: now["photos"]["verified"] == 1)
        said = await before_download(service)
    assert said == ["Out of reach before download: DSC_1.jpg"]


async def before_download(agent: Agent) -> list[str]:
    """What was said to have been lost so."""
    return [one["text"] for one in await agent.ask(ListActivity()) if "before download" in one["text"]]
