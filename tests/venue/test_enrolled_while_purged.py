"""Somebody is being enrolled by a picture of whoever is being forgotten, as what they were known by is taken out."""

from __future__ import annotations

import asyncio

import pytest

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
    """It was, between its being looked at and its being theirs: nobody knew them, until the next start."""
    photo = of("mia_lindqvist")[0]
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(EnrollPerson(name="Mia", photos=[str(photo)]))
        halt = Halt(monkeypatch, forgotten, "files_here")
        forgetting = asyncio.create_task(service.ask(ForgetPerson(person="Mia")))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        theirs, purge = Halt(monkeypatch, enroll, "not_denied"), Halt(monkeypatch, forgotten, "purge")
        purge.begin.set()
        purge.end.set()
        enrolling = asyncio.create_task(service.ask(EnrollPerson(name="Maja", photos=[str(photo)])))
        assert await asyncio.to_thread(theirs.reached.wait, PATIENCE * 20)
        halt.begin.set()
        halt.end.set()
        print("PURGED", await asyncio.to_thread(purge.done.wait, 5), running.agent._opened.ledger.ask(lambda db: [tuple(r) for r in db.execute("SELECT sha256,box FROM reference")]))  # where it does not wait for the decision
        theirs.begin.set()
        theirs.end.set()
        await enrolling
        print("AFTER", running.agent._opened.ledger.ask(lambda db: [tuple(r) for r in db.execute("SELECT sha256,box FROM reference")]))
        print((await forgetting)["waits"])
        await arrive(running, of("mia_lindqvist")[1])
        await running.until(lambda now: [(one["name"], one["solo"]) for one in now["people"]] == [("Maja", 1)])
        print("END", running.agent._opened.ledger.ask(lambda db: [tuple(r) for r in db.execute("SELECT sha256,box FROM reference")]), [ (p.name, len(p.references)) for p in running.agent._opened.roster.people()])
