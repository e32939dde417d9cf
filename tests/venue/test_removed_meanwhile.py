"""An event that is removed while something goes on that named it before: nothing else is undone or left by that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.errors import NotThere
from agent.handlers import verifying
from agent.handlers.status import publisher
from agent.ledger.sqlite.rows import Db
from agent.requests.control import Verify
from agent.requests.events import AddEvent, GetEvent, RemoveEvent
from agent.workspace import Workspace
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.running import an_agent


async def test_who_looks_at_it_is_told_that_it_is_not_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_agent(workspace, far=True) as running:
        await running.service.ask(AddEvent(name="Wedding"))
        reading = Halt(monkeypatch, publisher, "at_once")
        looking = asyncio.create_task(running.service.ask(GetEvent(id="Wedding")))
        assert await asyncio.to_thread(reading.reached.wait, PATIENCE * 20)
        await running.service.ask(RemoveEvent(event="Wedding"))
        reading.begin.set()
        reading.end.set()
        with pytest.raises(NotThere):
            await looking


async def test_what_is_compared_is_mended_all_the_same(
    workspace: Workspace, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`verify --repair` ended with that there is no such event, and no source was looked at."""
    async with an_agent(workspace) as running:
        service = running.service
        for number, name in enumerate(("Wedding", "Party")):
            folder = anna.folder(name, share=True)
            anna.put(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg", folder)
            await service.ask(AddEvent(name=name, sources=(folder,)))
        await running.until(lambda now: now["photos"]["verified"] == 2 and now["safe_to_leave"]["safe"])
        await running.agent._ledger.write(missed)
        compared = Halt(monkeypatch, verifying, "come_meanwhile")
        mending = asyncio.create_task(service.ask(Verify(repair=True)))
        assert await asyncio.to_thread(compared.reached.wait, PATIENCE * 20)
        await service.ask(RemoveEvent(event="Wedding"))
        compared.begin.set()
        compared.end.set()
        told = [(one["where"], one["path"]) for one in (await mending)["differences"]]
        assert told == [("source", "Party/DSC_1.jpg"), ("source", "Wedding/DSC_0.jpg")]
        async with within(20):
            while not (await service.ask(GetEvent(id="Party")))["sources"][0]["photos"]:
                await asyncio.sleep(0.05)


def missed(db: Db) -> None:
    """No feed told of what lies there."""
    for table in ("source_file", "listing_again"):
        db.execute(f"DELETE FROM {table}")
