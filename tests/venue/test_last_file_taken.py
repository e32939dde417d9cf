"""The last file of a photo goes from a folder of ours by a plan, as all others were deleted by hand: it is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.requests.control import Retry
from agent.requests.events import SetEvent
from agent.workspace import Workspace
from tests.patience import within
from tests.venue.pictures import scene
from tests.venue.running import an_agent, arrive


@pytest.mark.slow
@pytest.mark.parametrize("seen", [True, False])
async def test_what_lies_in_all_photos_alone_is_not_lost_as_there_are_none(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seen: bool
) -> None:
    """Its other file had been deleted by hand, and the card erased: the last one was removed for good."""
    monkeypatch.setenv("VENUESYNC_DRIVE__ENABLED", "false")
    monkeypatch.setenv("VENUESYNC_INCOMING__SWEEP", "1" if seen else "15")
    async with an_agent(workspace) as running:
        every, plain = (workspace.root / folder / "DSC_0.jpg" for folder in ("All Photos", "Unsorted/No Faces"))
        await running.service.ask(SetEvent(event="default", key="all_photos", value="true"))
        await arrive(running, photo := scene(tmp_path / "DSC_0.jpg", 0))
        await running.until(lambda now: now["safe_to_leave"]["safe"])
        assert every.exists()
        (running.incoming / photo.name).unlink()
        plain.unlink()
        async with within(60):
            while seen and not await running.agent._ledger.read(
                lambda db: db.has("SELECT 1 FROM placement WHERE disk = 'removed'")
            ):
                await asyncio.sleep(0.05)
        await running.service.ask(SetEvent(event="default", key="all_photos", value="false"))
        async with within(20):
            while every.exists():
                await asyncio.sleep(0.05)
        await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away", 60)
        await running.service.ask(Retry(all=True))
        await running.until(lambda now: now["safe_to_leave"]["safe"])
        assert plain.read_bytes() == photo.read_bytes()
