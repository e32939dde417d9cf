"""Somebody is enrolled by a picture of whoever is just being forgotten: it is theirs from then on, and stays."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from agent.ledger import forgotten
from agent.requests.people import EnrollPerson, ForgetPerson
from agent.workspace import Workspace
from tests.halting import Halt
from tests.patience import PATIENCE
from tests.venue.running import an_agent, arrive, of


async def test_a_picture_by_which_somebody_else_is_known_meanwhile_stays(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It went with the first one's: nobody could see it, nor learn by it again."""
    photo = of("mia_lindqvist")[0]
    picture = workspace.references / sha256(photo.read_bytes()).hexdigest()
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(EnrollPerson(name="Mia", photos=[str(photo)]))
        assert picture.exists()
        halt = Halt(monkeypatch, forgotten, "files_here")
        forgetting = asyncio.create_task(service.ask(ForgetPerson(person="Mia")))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        await service.ask(EnrollPerson(name="Maja", photos=[str(photo)]))
        halt.begin.set()
        halt.end.set()
        told = await forgetting
        assert told["searched"]["found"] == []
        assert picture.exists()
        await arrive(running, of("mia_lindqvist")[1])
        await running.until(lambda now: [(one["name"], one["solo"]) for one in now["people"]] == [("Maja", 1)])
