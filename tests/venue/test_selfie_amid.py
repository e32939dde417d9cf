"""A guest at the guests' page while somebody else says who that face is: what was said last is not undone by it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from agent.jobs import traces
from agent.people import enroll
from agent.requests.people import RenamePerson
from agent.requests.troubles import ListActivity
from agent.workspace import Workspace
from tests.halting import Halt, HaltAnswer
from tests.patience import PATIENCE, within
from tests.venue.running import an_agent, arrive, of
from tests.venue.test_guest_page import free_port, phone, send


@pytest.fixture
def site(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("VENUESYNC_API__LISTEN", address)
    monkeypatch.setenv("VENUESYNC_GUESTS__PAGE", "true")
    return f"http://{address}"


def seen(site: str, selfie: Path, name: str) -> httpx.Response:
    with phone(site) as guest:
        return send(guest, selfie, name)


async def test_who_is_named_while_a_selfie_is_looked_at_is_not_enrolled_beside_that(
    workspace: Workspace, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There were two with one face: their photos were nobody's, as nobody could tell whose they are."""
    async with an_agent(workspace) as running:
        await arrive(running, *of("mia_lindqvist"))
        await running.until(lambda now: [(one["name"], one["solo"]) for one in now["people"]] == [("Guest 01", 3)])
        halt = HaltAnswer(monkeypatch, enroll, "examine")
        looking = asyncio.create_task(asyncio.to_thread(seen, site, of("mia_lindqvist")[0], "Mimi"))
        async with within(20):
            await halt.done.wait()
        await running.service.ask(RenamePerson(person="Guest 01", name="Mia"))
        halt.end.set()
        answer = await looking
        now = await running.until(lambda now: now["photos"]["waiting"] == 0 and now)
        assert [(one["name"], one["solo"]) for one in now["people"]] == [("Mia", 3)]
        assert "3 photos of you" in answer.text


async def test_who_is_named_as_they_ask_to_be_forgotten_is_not_forgotten_unasked(
    workspace: Workspace, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of whoever has a name the wish is told, as nothing of it can be undone: they were gone."""

    def wish() -> str:
        with phone(site) as guest:
            send(guest, of("mia_lindqvist")[0])
            return guest.post("/guest/forget", data={"never": ""}).text

    async with an_agent(workspace) as running:
        service = running.service
        await arrive(running, *of("mia_lindqvist"))
        await running.until(lambda now: [(one["name"], one["solo"]) for one in now["people"]] == [("Guest 01", 3)])
        halt = Halt(monkeypatch, traces, "copies")
        asking = asyncio.create_task(asyncio.to_thread(wish))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        await service.ask(RenamePerson(person="Guest 01", name="Mia"))
        halt.begin.set()
        halt.end.set()
        answer = await asking
        now = await running.until(lambda now: now["photos"]["waiting"] == 0 and now)
        assert [(one["name"], one["solo"]) for one in now["people"]] == [("Mia", 3)], answer
        assert "Mia asks on the guests' page to be forgotten" in [
            one["text"] for one in await service.ask(ListActivity())
        ]
