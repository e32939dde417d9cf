"""What is left over goes with whoever is forgotten; what somebody is about to want there does not."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading

import pytest

from agent.app import Application
from agent.disk.own_folders import OwnFolders
from agent.filing import files
from agent.filing.check import LeftOver
from agent.filing.files import Spot
from agent.ledger.placements import Made
from agent.model import DEFAULT_EVENT, PersonId, PhotoId
from agent.requests.people import ForgetPerson
from agent.workspace import Workspace
from tests.making import encoding, look, rows, take_in
from tests.people.test_restored_roster import agent_in, enroll

HERS, HIS = "People/Mia/Group/DSC_1.jpg", "People/Jon/Group/DSC_1.jpg"
PHOTO = b"Mia, and somebody else"


async def photographed(workspace: Workspace, *others: str) -> None:
    """Mia is known, and on a photo with somebody else; these others are known, too."""
    original = workspace.incoming / "DSC_1.jpg"
    original.write_bytes(PHOTO)
    async with agent_in(workspace) as agent:
        photo = await agent._opened.ledger.write(take_in, original)
        await agent._opened.ledger.write(lambda db: look(PhotoId(photo), db, [encoding(1), encoding(3)]))
        await enroll(agent, "Mia", 1)
        for name in others:
            await enroll(agent, name, 2)


async def enroll_the_other(agent: Application) -> PersonId:
    """As Jon; it is planned, and not filed yet."""
    async with agent._here.decider.alone() as deciding:
        before = agent._opened.roster.revision
        jon = await enroll(agent, "Jon", 3)
        await deciding.follow({DEFAULT_EVENT}, before)
    return jon


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

    await photographed(workspace, "Jon")
    async with agent_in(workspace) as agent:
        os.link(workspace.root / HERS, workspace.root / HIS)  # as a ledger that was lost knew it
        monkeypatch.setattr(files, "take_away", slowly)
        forgetting = asyncio.ensure_future(agent.service.ask(ForgetPerson(person="Jon")))
        assert await asyncio.to_thread(going.wait, 30)
        enrolling = asyncio.ensure_future(enroll_the_other(agent))
        await asyncio.wait([enrolling], timeout=1.0)  # it waits for its turn
        await agent.file_now()
        go.set()
        await enrolling
        await forgetting
        await agent.file_now()
        assert (workspace.root / HIS).read_bytes() == PHOTO


async def test_what_is_made_ready_for_its_name_just_then_is_not_left_over(workspace: Workspace) -> None:
    """What a crash left is: it is nobody's, and named in the same way."""
    await photographed(workspace)
    async with agent_in(workspace) as agent:
        ledger, folder = agent._opened.ledger, (workspace.root / HIS).parent
        jon = await enroll_the_other(agent)
        query = "SELECT p.id FROM placement p JOIN folder f ON f.id = p.folder WHERE f.person = ?"
        (his,) = [row["id"] for row in rows(ledger, query, jon)]
        names = [files.part_of(agent._opened.roster.workspace_id, one) for one in (his, his + 1)]
        folder.mkdir(parents=True)
        for name in names:
            os.link(workspace.root / HERS, folder / name)
        with OwnFolders(workspace.root).opened("People/Jon/Group") as at:
            made = files.made_at(Spot(at, names[0]))
        assert made is not None
        sha256 = hashlib.sha256(PHOTO).hexdigest()
        left = [LeftOver(DEFAULT_EVENT, f"People/Jon/Group/{name}", made, sha256) for name in names]
        assert await agent._here.left_overs.take_out(left) == 1
        assert [one.name for one in folder.iterdir()] == names[:1]
        await agent.file_now()
        assert [one.name for one in folder.iterdir()] == ["DSC_1.jpg"]
        assert (workspace.root / HIS).read_bytes() == PHOTO
