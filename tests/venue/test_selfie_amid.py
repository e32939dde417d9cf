"""A guest at the guests' page while somebody else says who that face is: what was said last is not undone by it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from agent.people import enroll
from agent.requests.people import RenamePerson
from agent.workspace import Workspace
from tests.halting import HaltAnswer
from tests.patience import within
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
