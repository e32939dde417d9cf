"""A picture in `Enroll/` that nobody may move is used once, also by the next agent: what was decided since stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.disk.own_folders import OwnFolders
from agent.filing.files import Spot
from agent.people import enroll_folder
from agent.people.enroll_folder import Dropped
from agent.requests.people import ForgetPerson, ListPeople, RenamePerson
from agent.workspace import Workspace
from tests.making import rows
from tests.patience import within
from tests.venue.running import Running, an_agent, of

MIA, MIA_2, _ = of("mia_lindqvist")


class Share:
    """`Enroll/Mia/1.jpg` on a share that lets nobody rename: it is a photographer's own, dropped over FTP."""

    def __init__(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workspace = workspace
        self.picture = workspace.root / "Enroll" / "Mia" / "1.jpg"
        self.looks = 0
        dropped_in, rename_new = enroll_folder.dropped_in, enroll_folder.files.rename_new

        def refused(old: Spot, new: Spot) -> bool:
            if old.name != self.picture.name:
                return rename_new(old, new)
            raise PermissionError(13, "Permission denied")

        def looked(own: OwnFolders, below: str) -> list[Dropped]:
            self.looks += 1
            return dropped_in(own, below)

        monkeypatch.setattr(enroll_folder.files, "rename_new", refused)
        monkeypatch.setattr(enroll_folder, "dropped_in", looked)
        monkeypatch.setattr(enroll_folder, "LOOK_EVERY", 0.3)
        monkeypatch.setattr(enroll_folder, "STILL_FOR", 0.2)

    @asynccontextmanager
    async def agent(self) -> AsyncIterator[Running]:
        """One that has looked there often enough to enroll whoever it would."""
        async with an_agent(self.workspace) as running:
            await self.looked()
            yield running

    async def looked(self) -> None:
        looks = self.looks
        async with within(60):
            while self.looks < looks + 6:
                await asyncio.sleep(0.1)


async def names(running: Running) -> list[str]:
    return [one["name"] for one in await running.service.ask(ListPeople())]


@pytest.mark.slow
async def test_whoever_is_called_otherwise_or_forgotten_since_then_stays_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She was two people whom nobody can tell apart, and known again."""
    share = Share(workspace, monkeypatch)
    share.picture.parent.mkdir(parents=True)
    share.picture.write_bytes(MIA.read_bytes())
    async with share.agent() as running:
        assert await names(running) == ["Mia"]
        await running.service.ask(RenamePerson(person="Mia", name="Maria Berg"))
    async with share.agent() as running:
        assert await names(running) == ["Maria Berg"]
        await running.service.ask(ForgetPerson(person="Maria Berg"))
    async with share.agent() as running:
        assert await names(running) == []
        facts = [tuple(row) for row in rows(running.agent._opened.ledger, "SELECT key, value FROM meta")]
        assert "Mia" not in str(facts)
        share.picture.write_bytes(MIA_2.read_bytes())
        await share.looked()
        assert await names(running) == ["Mia"], "that is another picture"


async def test_a_picture_that_was_put_away_is_used_again_when_it_comes_again(workspace: Workspace) -> None:
    """With the same time, as a copy of it has."""
    dropped = workspace.root / "Enroll" / "Mia.jpg"
    kept = Path(dropped.parent, "Enrolled", dropped.name)
    dropped.parent.mkdir()
    dropped.write_bytes(MIA.read_bytes())
    async with an_agent(workspace) as running:
        async with within(30):
            while not kept.exists():
                await asyncio.sleep(0.1)
        await running.service.ask(ForgetPerson(person="Mia"))
    kept.rename(dropped)
    async with an_agent(workspace) as running:
        async with within(30):
            while await names(running) != ["Mia"]:
                await asyncio.sleep(0.1)
