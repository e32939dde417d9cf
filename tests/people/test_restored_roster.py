"""An older list of people, in place of a damaged one: it may add, and removes nothing until the operator says yes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.app import Application
from agent.errors import Cause, NotThere, VenueError
from agent.jobs import backups
from agent.ledger import faces, held
from agent.model import DEFAULT_EVENT, Box, Mode, PersonId, PhotoId, Reference
from agent.requests.people import RenamePerson, Undo
from agent.requests.photos import WithdrawPhotos
from agent.requests.status import GetStatus
from agent.requests.troubles import ApproveHeld, ListHeld, ListTroubles, RejectHeld
from agent.settings import Settings
from agent.settings.keys import Disk, Drive
from agent.workspace import Workspace
from tests.making import ENGINE, add_person, encoding, files_below, look, photo_row, rows, take_in

SETTINGS = Settings(drive=Drive(enabled=False), disk=Disk(keep_free=0))
MIAS = "People/Mia/Solo/DSC_1.jpg"
UNKNOWN = "Unsorted/Unknown/DSC_1.jpg"


@asynccontextmanager
async def agent_in(workspace: Workspace) -> AsyncIterator[Application]:
    """An agent as a command has it, caught up as a start does."""
    async with Application(workspace, SETTINGS, Mode.STOPPED, watching=False) as agent:
        await agent._opened.catch_up(agent._here.workers, agent._here.planner, lambda: None)
        await agent.file_now()
        yield agent


async def enroll(agent: Application, name: str, who: int) -> PersonId:
    roster, ledger, sha256 = agent._opened.roster, agent._opened.ledger, f"{who:064}"
    reference = Reference(sha256, Box(0, 0, 9, 9), "a.jpg")
    person = await ledger.on_writer(add_person, roster, name, DEFAULT_EVENT, name, (reference,))
    await ledger.write(faces.record_reference, reference, ENGINE, encoding(who))
    agent._here.planner.forget_known()
    return person.id


def on_disk(workspace: Workspace) -> list[str]:
    return [name for name in files_below(workspace.root) if name.startswith(("People", "Unsorted"))]


@pytest.fixture
async def restored(workspace: Workspace) -> Workspace:
    """Mia was enrolled and her photo filed; then the newest list of people was damaged."""
    (workspace.incoming / "DSC_1.jpg").write_bytes(b"Mia")
    async with agent_in(workspace) as agent:
        photo = await agent._opened.ledger.write(take_in, workspace.incoming / "DSC_1.jpg")
        await agent._opened.ledger.write(lambda db: look(PhotoId(photo), db, [encoding(1)]))
        await enroll(agent, "Mia", 1)
    async with agent_in(workspace):
        pass
    assert on_disk(workspace) == [MIAS]
    workspace.roster.write_bytes(b"{torn")
    return workspace


async def test_nothing_is_removed_and_it_is_said(restored: Workspace) -> None:
    for _ in range(2):  # at the first start and the next
        async with agent_in(restored) as agent:
            service = agent.service
            assert on_disk(restored) == [MIAS]
            held = await service.ask(ListHeld())
            assert [(one["id"], one["what"]) for one in held] == [
                ("roster", "1 placement would be taken out of folders")
            ]
            document = await service.ask(GetStatus())
            assert document["held"] == 1
            (trouble,) = (await service.ask(ListTroubles()))["open"]
            assert trouble["title"] == "The list of people was damaged"
            assert "roster.damaged-" in trouble["detail"]
            assert "held approve" in trouble["remedy"]


async def test_it_may_add(restored: Workspace) -> None:
    async with agent_in(restored) as agent:
        (restored.incoming / "DSC_2.jpg").write_bytes(b"Jon")
        photo = await agent._opened.ledger.write(take_in, restored.incoming / "DSC_2.jpg")
        await agent._opened.ledger.write(lambda db: look(PhotoId(photo), db, [encoding(2)]))
        await enroll(agent, "Jon", 2)
    async with agent_in(restored):
        assert on_disk(restored) == ["People/Jon/Solo/DSC_2.jpg", MIAS]


async def test_what_it_would_remove_is_said_after_verbs_that_plan_no_photo_too(restored: Workspace) -> None:
    would = ["1 placement would be taken out of folders"]
    async with agent_in(restored) as agent:
        ana = await enroll(agent, "Ana", 3)
        for name in ("Anna", "Hannah"):
            await agent.service.ask(RenamePerson(person=ana, name=name))
            assert [one["what"] for one in await agent.service.ask(ListHeld())] == would
        assert on_disk(restored) == [MIAS]


async def test_after_the_operators_yes_it_is_as_the_list_says(restored: Workspace) -> None:
    async with agent_in(restored) as agent:
        assert await agent.service.ask(ApproveHeld(ids=["something else"])) == 0
        assert await agent.service.ask(ApproveHeld(ids=["roster"])) == 1
        await agent.file_now()
        assert on_disk(restored) == [UNKNOWN]
        assert await agent.service.ask(ListHeld()) == []
        assert await agent.service.ask(ApproveHeld(ids=[], all=True)) == 0
        assert (await agent.service.ask(ListTroubles()))["open"] == []
    async with agent_in(restored) as agent:
        assert not agent._opened.roster.restored
        assert on_disk(restored) == [UNKNOWN]


async def test_what_was_answered_a_moment_ago_keeps_no_other_answer_from_being_taken(restored: Workspace) -> None:
    """As a removal that was answered did not: of the list of people, or an event's photos, the whole was refused."""
    async with agent_in(restored) as agent:
        service, ledger = agent.service, agent._opened.ledger
        assert await service.ask(ApproveHeld(ids=["roster"])) == 1
        (photo,) = [row["id"] for row in rows(ledger, "SELECT id FROM event_photo")]
        await ledger.write(held.hold_back, DEFAULT_EVENT, "gone", "it is gone", [photo], 1.0)
        (waits,) = [row["id"] for row in await service.ask(ListHeld())]
        with pytest.raises(NotThere, match="photos:nobody"):
            await service.ask(RejectHeld(ids=[waits, "photos:nobody"]))
        assert await service.ask(RejectHeld(ids=[waits, "roster", f"photos:{DEFAULT_EVENT}"])) == 1
        assert await service.ask(ListHeld()) == []


@pytest.mark.parametrize("asked", [RejectHeld(ids=["roster"]), RejectHeld(all=True)], ids=["by its name", "all"])
async def test_a_no_to_it_is_refused_in_words(restored: Workspace, asked: RejectHeld) -> None:
    """It was said that nothing is held, and it was held all the same."""
    async with agent_in(restored) as agent:
        with pytest.raises(VenueError, match="cannot be rejected") as refused:
            await agent.service.ask(asked)
        assert (refused.value.cause, "restore" in refused.value.remedy) == (Cause.CONFLICT, True)
        assert [one["id"] for one in await agent.service.ask(ListHeld())] == ["roster"]
        await agent.service.ask(ApproveHeld(ids=["roster"]))
        assert await agent.service.ask(asked) == 0, "it is answered by now"


async def test_a_yes_is_taken_even_where_nothing_would_be_removed(workspace: Workspace) -> None:
    """The remedy of the trouble says so; else it could never be followed."""
    async with agent_in(workspace) as agent:
        await enroll(agent, "Mia", 1)
        await enroll(agent, "Ana", 2)
    workspace.roster.write_bytes(b"{torn")
    async with agent_in(workspace) as agent:
        assert agent._opened.roster.restored
        assert [row["id"] for row in await agent.service.ask(ListHeld())] == ["roster"]
        assert await agent.service.ask(ApproveHeld(ids=[], all=True)) == 1
        assert not agent._opened.roster.restored
        assert (await agent.service.ask(ListTroubles()))["open"] == []


async def test_an_older_roster_put_back_by_hand_is_noticed_too(restored: Workspace) -> None:
    """It is whole, and older than the plan that was made."""
    generation = restored.roster.with_name("roster.json.1")
    restored.roster.write_bytes(generation.read_bytes())
    async with agent_in(restored) as agent:
        assert agent._opened.roster.restored
        assert on_disk(restored) == [MIAS]
        planned = rows(agent._opened.ledger, "SELECT value FROM meta WHERE key = 'planned_revision'")[0]["value"]
        assert agent._opened.roster.revision == int(planned), "the next is newer than both"
        assert len(await agent.service.ask(ListHeld())) == 1


async def test_by_an_older_roster_put_back_by_hand_nothing_is_withdrawn_again(workspace: Workspace) -> None:
    """That was the last decision that it knew of: the photo had been put back since, and went from its folder again."""
    (workspace.incoming / "DSC_1.jpg").write_bytes(b"Mia")
    async with agent_in(workspace) as agent:
        photo = await agent._opened.ledger.write(take_in, workspace.incoming / "DSC_1.jpg")
        await agent._opened.ledger.write(lambda db: look(PhotoId(photo), db, [encoding(1)]))
        await enroll(agent, "Mia", 1)
    async with agent_in(workspace) as agent:
        assert on_disk(workspace) == [MIAS]
        assert await agent.service.ask(WithdrawPhotos(ids=[photo])) == 1
        withdrawn = workspace.roster.read_bytes()
        await agent.service.ask(Undo())
        await agent.file_now()
        assert on_disk(workspace) == [MIAS]
    workspace.roster.write_bytes(withdrawn)
    for _ in range(2):  # at the first start and the next
        async with agent_in(workspace) as agent:
            assert agent._opened.roster.restored
            assert on_disk(workspace) == [MIAS]


@pytest.mark.parametrize("looked", [True, False], ids=["looked at", "not looked at"])
async def test_what_was_withdrawn_since_stays_out_until_the_operators_yes(
    workspace: Workspace, *, looked: bool
) -> None:
    """It was back in its folder, and on Drive, before anybody had seen the list. Whoever takes it back has asked."""
    (workspace.incoming / "DSC_1.jpg").write_bytes(b"Mia")
    async with agent_in(workspace) as agent:
        photo = await agent._opened.ledger.write(take_in, workspace.incoming / "DSC_1.jpg")
        if looked:
            await agent._opened.ledger.write(lambda db: look(PhotoId(photo), db, [encoding(1)]))
        await enroll(agent, "Mia", 1)
    async with agent_in(workspace) as agent:
        backup = backups.back_up_people(workspace)
        assert await agent.service.ask(WithdrawPhotos(ids=[photo])) == 1
        await agent.file_now()
        assert on_disk(workspace) == []
    assert backup is not None
    backups.put_back(workspace, backup)

    def states(agent: Application) -> set[str]:
        return {row["state"] for row in rows(agent._opened.ledger, "SELECT state FROM event_photo")}

    for _ in range(2):  # at the first start and the next
        async with agent_in(workspace) as agent:
            assert agent._opened.roster.restored
            await agent._here.planner.plan_photo(PhotoId(1))
            await agent.file_now()
            assert (on_disk(workspace), states(agent)) == ([], {"withdrawn"})
    async with agent_in(workspace) as agent:
        assert await agent.service.ask(ApproveHeld(ids=[], all=True)) == 1
        await agent._here.planner.plan_photo(PhotoId(1))
        await agent.file_now()
        then = ([MIAS], {"filed"}) if looked else ([], {"waiting"})
        assert (on_disk(workspace), states(agent)) == then


async def test_a_withdrawal_that_is_taken_back_while_an_older_list_waits_holds_no_more(restored: Workspace) -> None:
    async with agent_in(restored) as agent:
        (photo,) = (row["id"] for row in rows(agent._opened.ledger, "SELECT id FROM event_photo"))
        assert await agent.service.ask(WithdrawPhotos(ids=[photo])) == 1
        await agent.file_now()
        assert on_disk(restored) == []
        await agent.service.ask(Undo())
        await agent.file_now()
        assert on_disk(restored) != []


async def test_without_the_ledger_a_restored_list_still_removes_nothing(restored: Workspace) -> None:
    photo_of = Path(restored.root / MIAS).read_bytes()
    restored.ledger.unlink()
    async with agent_in(restored) as agent:
        assert (restored.root / MIAS).read_bytes() == photo_of
        assert await agent._opened.ledger.write(photo_row, "new.jpg")


async def test_what_an_older_list_lacks_is_not_tidied_up_before_somebody_said_yes(restored: Workspace) -> None:
    """The newer one may be put back: its events' people are known by their pictures."""
    known = "INSERT INTO sighting (path, event, folder, state, bytes, mtime_ns, inode, seen_at) VALUES"
    picture = restored.references / ("a" * 64)
    async with agent_in(restored) as agent:
        await agent._opened.ledger.write(
            lambda db: db.execute(f"{known} ('/a', 'lacking', '/', 'skipped', 1, 1, 1, 1)") and None
        )
        picture.write_bytes(b"somebody of that event")
    async with agent_in(restored) as agent:
        assert agent._opened.roster.restored and picture.exists()
