"""Somebody is to be forgotten by their name, and another one is called so before it is their turn: not that one is."""

from __future__ import annotations

import asyncio

import pytest

from agent.jobs import traces
from agent.requests.people import EnrollPerson, ForgetPerson, ListPeople, RenamePerson
from agent.workspace import Workspace
from tests.halting import Halt
from tests.patience import PATIENCE
from tests.venue.running import an_agent, arrive, of


async def test_whoever_takes_the_name_meanwhile_is_not_forgotten_in_their_place(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was held of the wrong one went, for good, and whoever was meant stayed."""
    async with an_agent(workspace) as running:
        service = running.service
        for name, guest in (("Mia", "mia_lindqvist"), ("Anna", "anna_berg")):
            await service.ask(EnrollPerson(name=name, photos=[str(of(guest)[0])]))
        await arrive(running, of("mia_lindqvist")[1], of("anna_berg")[1])
        halt = Halt(monkeypatch, traces, "copies")
        forgetting = asyncio.create_task(service.ask(ForgetPerson(person="Mia")))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        await service.ask(RenamePerson(person="Mia", name="Maja"))
        await service.ask(RenamePerson(person="Anna", name="Mia"))
        halt.begin.set()
        halt.end.set()
        told = await forgetting
        assert told["searched"]["found"] == []
        now = await running.until(lambda now: now["photos"]["waiting"] == 0 and now)
        assert [(one["name"], one["solo"]) for one in now["people"]] == [("Mia", 1)]
        [left] = await service.ask(ListPeople())
        assert left["id"] != told["held"]["id"]
        assert (workspace.root / "People" / "Mia" / "Solo" / of("anna_berg")[1].name).exists()
