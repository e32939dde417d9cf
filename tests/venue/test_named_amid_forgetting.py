"""What is still to be told of somebody as they are forgotten says neither their name nor their number afterwards."""

from __future__ import annotations

import asyncio
import json

import pytest

from agent.jobs.audit import GONE
from agent.requests.people import EnrollPerson, ForgetPerson
from agent.requests.troubles import ListActivity, ListTroubles
from agent.workspace import Workspace
from tests.halting import Halt, HaltAnswer
from tests.patience import PATIENCE, within
from tests.venue.running import an_agent, of
from tests.venue.test_guest_page import free_port, phone, send


async def test_the_line_of_an_enrolment_that_is_written_after_the_forgetting_is_nobodys(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose it had been stood in the audit for good."""
    async with an_agent(workspace) as running:
        service, roster = running.service, running.agent._opened.roster
        halt = Halt(monkeypatch, running.agent._audit, "note")
        enrolling = asyncio.create_task(service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])])))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        [mia] = roster.people()
        forgetting = asyncio.create_task(service.ask(ForgetPerson(person="Mia")))
        async with within(30):
            while roster.people() or roster.forgetting():
                await asyncio.sleep(0.05)
        halt.begin.set()
        halt.end.set()
        await asyncio.gather(enrolling, forgetting)
        lines = (workspace.state / "audit.jsonl").read_text()
    assert mia.id not in lines
    assert {json.loads(one)["what"]: json.loads(one)["person"] for one in lines.splitlines()} == {
        "enrolled": GONE,
        "forgotten": "",
    }


async def test_of_whoever_is_forgotten_as_they_ask_for_it_no_wish_is_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their name stood in the activity for good, and in an error that asked for what had been done."""
    site = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("VENUESYNC_API__LISTEN", site)
    monkeypatch.setenv("VENUESYNC_GUESTS__PAGE", "true")
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
        with phone(f"http://{site}") as guest:
            await asyncio.to_thread(send, guest, of("mia_lindqvist")[1])
            with monkeypatch.context() as once:
                halt = HaltAnswer(once, running.agent._here.planner, "known")
                asking = asyncio.create_task(asyncio.to_thread(guest.post, "/guest/forget", data={"never": ""}))
                async with within(20):
                    await halt.done.wait()
            told = await service.ask(ForgetPerson(person="Mia"))
            halt.end.set()
            answer = (await asking).text
        assert told["searched"]["found"] == []
        assert not [one["text"] for one in await service.ask(ListActivity()) if "Mia" in one["text"]]
        assert (await service.ask(ListTroubles()))["open"] == []
        assert "Mia" not in (workspace.state / "audit.jsonl").read_text()
    assert "is being deleted" in answer
