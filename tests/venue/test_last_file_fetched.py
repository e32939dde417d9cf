"""What was fetched of a photo is the last file that holds it as it is: it stays, for `retry` to file it anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.requests.control import Retry, Sync
from agent.requests.events import ChangeEventSource, SetEvent
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.photographer import Photographer, operator
from tests.venue.pictures import scene
from tests.venue.running import an_agent
from tests.venue.test_on_drive_amid import sent


@pytest.mark.slow
@pytest.mark.parametrize("how", ["small", "deleted"])
async def test_it_is_kept_where_nothing_else_holds_it(
    workspace: Workspace,
    emulator: Emulator,
    anna: Photographer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    """The photographer cleared her folder, and its filed file was deleted by hand; on Drive lay something smaller, or
    nothing any more: a week later it was gone for good.
    """
    monkeypatch.setenv("VENUESYNC_INCOMING__SWEEP", "1")
    folder = anna.folder("party", share=True)
    hers = anna.put(photo := scene(tmp_path / "DSC_0.jpg", 0), "DSC_0.jpg", folder)
    async with an_agent(workspace) as running:
        service, ledger = running.service, running.agent._ledger
        if how == "small":
            await service.ask(SetEvent(event="default", key="long_side", value="640"))
        await running.until(lambda now: now["drive"]["state"] == "online")
        await service.ask(ChangeEventSource(event="default", change="add", source=folder))
        await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
        await asyncio.to_thread(anna.delete, hers)
        filed = workspace.root / "Unsorted/No Faces/DSC_0.jpg"
        filed.unlink()
        if how == "deleted":
            [ours] = [one for one in await asyncio.to_thread(sent, emulator) if one != hers]
            await asyncio.to_thread(operator(emulator).trash, ours)
        await service.ask(Sync())
        await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away", 60)
        async with within(20):
            while not await ledger.read(lambda db: db.has("SELECT 1 FROM source_file WHERE state = 'gone'")):
                await asyncio.sleep(0.05)
        await ledger.write(lambda db: db.execute("UPDATE source_file SET done_at = 0"))  # a week ago, or more
        (night,) = [one for one in running.agent._jobs()._jobs if one.name == "cleanup"]
        await night.do()
        await service.ask(Retry(all=True))
        async with within(20):
            while not filed.exists():
                await asyncio.sleep(0.05)
        assert filed.read_bytes() == photo.read_bytes()
        await running.until(lambda now: now["safe_to_leave"]["safe"])
        await night.do()
        assert await ledger.read(lambda db: db.value("SELECT path FROM source_file")) is None, "then it goes"
