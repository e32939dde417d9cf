"""With `incoming.after = "move"`: what is said, or ends, while originals are put away."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from agent.filing import processed
from agent.requests.control import Retry, Verify
from agent.requests.events import AddEvent, ChangeEventFolder
from agent.workspace import Workspace
from tests.crash.lives import Lives, Role
from tests.halting import Halt
from tests.making import files_below
from tests.patience import PATIENCE, within
from tests.venue.disks import Disk, needs_mounts
from tests.venue.house import wait_for
from tests.venue.pictures import scene
from tests.venue.running import an_agent

COPIED = "create filing.files._new < filing.files.copy < filing.processed._across"
RENAMED = "rename filing.files._libc_rename.rename < filing.files.rename_new < filing.files"
GONE = "unlink filing.files._put_back < filing.files.take_away < filing.processed._across"
IN_INCOMING = "SELECT 1 FROM sighting WHERE path LIKE '%/Incoming/DSC_1.jpg'"


async def test_originals_in_a_folder_that_is_another_events_by_now_are_that_ones(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They went to the first one's Processed, one after the other, and the other event never had them."""
    monkeypatch.setenv("VENUESYNC_INCOMING__AFTER", "move")
    card, events = tmp_path / "card", workspace.root / "Events"
    card.mkdir()
    for number in (1, 2, 3):
        scene(card / f"DSC_{number}.jpg", number)
    putting = Halt(monkeypatch, processed, "put_away")
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(AddEvent(name="Wedding", folders=(str(card),)))
        await service.ask(AddEvent(name="Party"))
        assert await asyncio.to_thread(putting.reached.wait, PATIENCE * 20)
        await running.until(lambda now: now["photos"]["unsorted"] == 3)
        await service.ask(ChangeEventFolder(event="Wedding", change="remove", folder=str(card)))
        putting.begin.set()
        putting.end.set()
        scene(running.incoming / "DSC_4.jpg", 4)
        async with within(20):  # of all that was filed by then somebody has asked again
            while not [*files_below(workspace.root / "Processed")]:
                await asyncio.sleep(0.05)
        left = sorted(one.name for one in card.iterdir())
        await service.ask(ChangeEventFolder(event="Party", change="add", folder=str(card)))
        async with within(20):
            while [*card.iterdir()]:
                await asyncio.sleep(0.05)
    assert len(left) == 2
    assert sorted(files_below(events / "Party/Processed")) == left
    assert len([*files_below(events / "Wedding/Processed")]) == 1


async def test_an_original_that_is_put_away_as_the_agent_is_stopped_is_known_where_it_lies(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the next agent nobody knew of it, and `retry` did not bring it back."""
    monkeypatch.setenv("VENUESYNC_INCOMING__AFTER", "move")
    putting = Halt(monkeypatch, processed, "put_away")
    putting.begin.set()
    async with an_agent(workspace) as running:
        scene(running.incoming / "DSC_1.jpg", 1)
        assert await asyncio.to_thread(putting.done.wait, PATIENCE * 20)
        asyncio.get_running_loop().call_later(0.5, putting.end.set)
    [filed] = (workspace.root / "Unsorted").rglob("*.jpg")
    async with an_agent(workspace) as running:
        async with within(20):
            while await running.agent._ledger.read(lambda db: db.has(IN_INCOMING)):
                await asyncio.sleep(0.05)
        filed.unlink()
        await running.service.ask(Verify())
        await running.service.ask(Retry(all=True))
        async with within(10):
            while not filed.exists():
                await asyncio.sleep(0.05)


@needs_mounts()
@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_INCOMING__AFTER="move")
@pytest.mark.parametrize("moment", [COPIED, f"{RENAMED}.publish", f"{RENAMED}.take_away", GONE])
def test_an_original_that_is_brought_to_another_disk_as_the_plug_is_pulled_lies_there_once(
    lives: Lives, tmp_path: Path, moment: str
) -> None:
    """By the next agent it was copied once more, beside that copy; or a file of ours stayed on the card."""
    house = lives.house
    with Disk(tmp_path / "card") as card:
        assert house.run("events", "folder", "add", "default", str(card.path)).returncode == 0
        lives.start()
        lives.arm(Role.AGENT, COPIED, 1, signal.SIGSTOP)
        scene(card.path / "DSC_1.jpg", 1)
        pid = wait_for(lives.met, 30, "it is put away")
        lives.killed_at()
        if moment == COPIED:
            lives.kill()
        else:
            lives.arm(Role.AGENT, moment, 1)
            lives.go_on(pid)
            wait_for(lambda: not lives.alive, 30, "it is killed")
        lives.start()
        wait_for(lambda: not (card.path / "DSC_1.jpg").exists(), 40, "it is away")
        assert lives.until_rest()
        assert [*files_below(house.root / "Processed")] == ["DSC_1.jpg"]
        assert [*card.path.iterdir()] == []
