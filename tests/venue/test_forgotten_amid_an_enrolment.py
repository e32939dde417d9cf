"""Somebody is forgotten while the picture that they were just enrolled by is being kept: it is not kept then."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from agent.people import references
from agent.requests.faces import ListUnknown
from agent.requests.people import EnrollFace, ForgetPerson
from agent.workspace import Workspace
from tests.halting import Halt
from tests.patience import PATIENCE
from tests.venue.running import an_agent, arrive, of


async def test_a_picture_of_whoever_is_forgotten_meanwhile_is_not_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lay in the workspace until the night, though nothing of them was said to be held any more."""
    photos = of("mia_lindqvist")
    async with an_agent(workspace) as running:
        service = running.service
        await arrive(running, *photos)
        await running.until(lambda now: [(one["name"], one["solo"]) for one in now["people"]] == [("Guest 01", 3)])
        [guest] = await service.ask(ListUnknown())
        halt = Halt(monkeypatch, references, "keep_file")
        enrolling = asyncio.create_task(service.ask(EnrollFace(face=guest["face_ids"][0], name="Mia")))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        forgetting = asyncio.create_task(service.ask(ForgetPerson(person="Mia")))
        await asyncio.wait([forgetting], timeout=5)  # where it does not wait for that
        halt.begin.set()
        halt.end.set()
        await asyncio.gather(enrolling, forgetting)
        kept = {one.name for one in workspace.references.iterdir()}
        assert not kept & {sha256(one.read_bytes()).hexdigest() for one in photos}
