"""Somebody is being enrolled by a picture of whoever is being forgotten, as what they were known by is taken out."""

from __future__ import annotations

import asyncio

import pytest

from agent import app
from agent.ledger import forgotten
from agent.people import enroll
from agent.requests.people import EnrollPerson, ForgetPerson
from agent.workspace import Workspace
from tests.halting import Halt
from tests.patience import PATIENCE
from tests.venue.running import an_agent, arrive, of


async def test_who_is_enrolled_as_it_is_taken_out_is_known_by_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was, between being written down and being theirs: none of their photos was, until it was learned anew."""
    monkeypatch.setattr(app, "CATCH_UP_EVERY", 600.0)
    photo, *others = of("mia_lindqvist")
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(EnrollPerson(name="Mia", photos=[str(photo)]))
        halt = Halt(monkeypatch, forgotten, "files_here")
        forgetting = asyncio.create_task(service.ask(ForgetPerson(person="Mia")))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        theirs, purge = Halt(monkeypatch, enroll, "not_denied"), Halt(monkeypatch, forgotten, "purge_lines")
        purge.begin.set()
        purge.end.set()
        enrolling = asyncio.create_task(service.ask(EnrollPerson(name="Maja", photos=[str(photo)])))
        assert await asyncio.to_thread(theirs.reached.wait, PATIENCE * 20)
        halt.begin.set()
        halt.end.set()
        await asyncio.to_thread(purge.done.wait, 5)  # where it does not wait for the decision
        theirs.begin.set()
        theirs.end.set()
        await enrolling
        await forgetting
        await arrive(running, *others)
        await running.until(lambda now: [(one["name"], one["solo"]) for one in now["people"]] == [("Maja", 2)], 5)
