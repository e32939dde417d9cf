"""What is left over goes with whoever is forgotten; what somebody is about to want there does not."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from agent.filing import files
from agent.filing.files import Spot
from agent.ledger.placements import Made
from agent.model import DEFAULT_EVENT, PhotoId
from agent.requests.people import ForgetPerson
from agent.workspace import Workspace
from tests.making import encoding, look, take_in
from tests.people.test_restored_roster import agent_in, enroll


async def test_whoever_is_called_so_next_keeps_what_is_filed_in_that_folder_just_then(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was the very file that was taken for left over: it went, and counted as removed by hand."""
    going, go, take_away = threading.Event(), threading.Event(), files.take_away

    def slowly(spot: Spot, aside: Spot, made: Made | None, sha256: str, *, keeps_inodes: bool = True) -> bool:
        if "-left-" in aside.name:
            going.set()
            go.wait(30)
        return take_away(spot, aside, made, sha256, keeps_inodes=keeps_inodes)

    original = workspace.incoming / "DSC_1.jpg"
    original.write_bytes(b"Mia, and another Jon")
    async with agent_in(workspace) as agent:
        photo = await agent._opened.ledger.write(take_in, original)
        await agent._opened.ledger.write(lambda db: look(PhotoId(photo), db, [encoding(1), encoding(3)]))
        await enroll(agent, "Mia", 1)
        await enroll(agent, "Jon", 2)
    async with agent_in(workspace) as agent:
        there = workspace.root / "People/Jon/Group/DSC_1.jpg"
        os.link(workspace.root / "People/Mia/Group/DSC_1.jpg", there)  # as a ledger that was lost knew it
        monkeypatch.setattr(files, "take_away", slowly)

        async def enroll_another() -> None:
            async with agent._here.decider.alone() as deciding:
                before = agent._opened.roster.revision
                await enroll(agent, "Jon", 3)
                await deciding.follow({DEFAULT_EVENT}, before)

        forgetting = asyncio.ensure_future(agent.service.ask(ForgetPerson(person="Jon")))
        assert await asyncio.to_thread(going.wait, 30)
        enrolling = asyncio.ensure_future(enroll_another())
        await asyncio.wait([enrolling], timeout=1.0)  # it waits for its turn
        await agent.file_now()
        go.set()
        await enrolling
        await forgetting
        await agent.file_now()
        assert there.read_bytes() == original.read_bytes()
