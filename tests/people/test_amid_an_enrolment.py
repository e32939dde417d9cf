"""A pulled plug, or a disk that refuses, amid an enrolment: until all is planned, nobody's faces are nobody's."""

from __future__ import annotations

import pytest

from agent.app import Application
from agent.jobs.runner import Jobs
from agent.ledger import faces, meta
from agent.model import DEFAULT_EVENT, Box, Reference
from agent.requests.people import ForgetPerson
from agent.settings.keys import People
from agent.workspace import Workspace
from tests.making import ENGINE, add_person, encoding, rows
from tests.people.test_restored_roster import MIAS, SETTINGS, UNKNOWN, agent_in, enroll, on_disk
from tests.people.test_retention import arrives, encodings, nightly

KEPT_A_MONTH = People(unknown_days=30)


async def night_is_due(agent: Application) -> Jobs:
    """As at a start in the morning: what was missed is done at once."""
    agent._settings = SETTINGS.model_copy(update={"people": KEPT_A_MONTH})
    jobs = agent._jobs()
    await jobs.round()  # each is due from its setting on
    change = "UPDATE job SET next_at = 1.0 WHERE name = 'retention'"
    await agent._opened.ledger.write(lambda db: db.execute(change) and None)
    return jobs


def was_done(agent: Application) -> bool:
    (row,) = rows(agent._opened.ledger, "SELECT last_at FROM job WHERE name = 'retention'")
    return row["last_at"] is not None


async def photographed(workspace: Workspace) -> None:
    """Somebody whom nobody has named for 40 days."""
    async with agent_in(workspace) as agent:
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 40)


async def test_whoever_was_enrolled_just_before_a_pulled_plug_has_their_photos(workspace: Workspace) -> None:
    """Their faces were let go at the next start, before they had been looked at again, and were nobody's for good."""
    await photographed(workspace)
    async with agent_in(workspace) as agent:
        assert on_disk(workspace) == [UNKNOWN]
        await enroll(agent, "Mia", 1)  # that is all that was written
        jobs = await night_is_due(agent)
        await jobs.round()
        assert (encodings(agent), was_done(agent)) == (1, False)
        await agent._opened.catch_up(agent._here.workers, agent._here.planner, lambda: None)
        await jobs.round()
        assert (encodings(agent), was_done(agent)) == (1, True)
        await agent.file_now()
        assert on_disk(workspace) == [MIAS]


async def test_an_enrolment_that_was_broken_off_while_the_night_is_at_work_counts(workspace: Workspace) -> None:
    await photographed(workspace)
    async with agent_in(workspace) as agent:
        await enroll(agent, "Mia", 1)
        assert await nightly(agent, KEPT_A_MONTH) == "0 consents ended, 0 faces let go"
        await agent.file_now()
        assert on_disk(workspace) == [MIAS]


@pytest.mark.parametrize("by", ["the night", "whoever looks now and then"])
async def test_so_it_does_if_it_was_broken_off_as_soon_as_the_list_had_it(workspace: Workspace, by: str) -> None:
    """It was planned by what everybody else was known by, as that was read before; nobody planned it once more."""
    reference = Reference(f"{1:064}", Box(0, 0, 9, 9), "a.jpg")
    await photographed(workspace)
    async with agent_in(workspace) as agent:
        ledger, opened, here = agent._opened.ledger, agent._opened, agent._here
        await enroll(agent, "Tom", 2)
        await opened.catch_up(here.workers, here.planner, lambda: None)
        await ledger.write(faces.record_reference, reference, ENGINE, encoding(1))
        await ledger.on_writer(add_person, opened.roster, "Mia", DEFAULT_EVENT, "Mia", (reference,))
        if by != "the night":
            await opened.catch_up(here.workers, here.planner, lambda: None)
        assert await nightly(agent, KEPT_A_MONTH) == "0 consents ended, 0 faces let go"
        await agent.file_now()
        assert on_disk(workspace) == [MIAS]


async def test_while_a_lost_ledger_is_read_again_nothing_is_let_go(workspace: Workspace) -> None:
    await photographed(workspace)
    async with agent_in(workspace) as agent:
        jobs = await night_is_due(agent)
        await agent._opened.ledger.write(meta.put, meta.REBUILD_DISK, "1")
        await jobs.round()
        assert (encodings(agent), was_done(agent)) == (1, False)
        await agent._opened.ledger.write(meta.put, meta.REBUILD_DISK, "")
        await jobs.round()
        assert (encodings(agent), was_done(agent)) == (0, True)


@pytest.mark.slow
async def test_whoever_is_forgotten_before_their_enrolment_was_planned_leaves_no_face(workspace: Workspace) -> None:
    """It stayed as a stranger's, by whom they would have been a guest."""
    await photographed(workspace)
    async with agent_in(workspace) as agent:
        await enroll(agent, "Mia", 1)
        assert (await agent.service.ask(ForgetPerson(person="Mia")))["waits"] == ""
        assert encodings(agent) == 0
        await agent.file_now()
        assert on_disk(workspace) == [UNKNOWN]
