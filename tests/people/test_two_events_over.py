"""A photo of two events that are long over: one of them decides of its faces, the plug is pulled, the disk refuses."""

from __future__ import annotations

import errno
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from agent.app import Application
from agent.errors import VenueError
from agent.jobs import retention
from agent.jobs.pictures import drop_pictures
from agent.ledger import faces
from agent.model import DEFAULT_EVENT, Box, Event, EventId, PhotoId, Reference
from agent.people.consent import today
from agent.settings.keys import People
from agent.workspace import Workspace
from tests.making import ENGINE, add_person, encoding, files_below, look, rows, take_in
from tests.people.test_restored_roster import agent_in, enroll
from tests.people.test_retention import arrives, encodings, nightly

PARTY = EventId("party")


async def enroll_at_the_party(agent: Application) -> None:
    reference = Reference(f"{11:064}", Box(0, 0, 9, 9), "b.jpg")
    roster, ledger = agent._opened.roster, agent._opened.ledger
    await ledger.on_writer(add_person, roster, "Mia", PARTY, "Mia", (reference,))
    await ledger.write(faces.record_reference, reference, ENGINE, encoding(1))
    agent._here.planner.forget_known()


def hers(workspace: Workspace) -> list[str]:
    return [path for path in files_below(workspace.root) if "People/Mia/" in path]


@pytest.mark.parametrize("refused", [0, 1], ids=["the first", "the second"])
async def test_what_one_of_them_could_not_decide_it_decides_the_next_night(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    """By then the encodings have gone with the other one. Whose the face is was left out for good, and the photo in no
    folder of hers once it was looked at again, as after a lost ledger.
    """
    long_over = partial(replace, ends=str(today() - timedelta(days=30)), ended=True)
    photo = workspace.root / "Events/party/Incoming/DSC_1.jpg"
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await ledger.on_writer(roster.add_event, Event(PARTY, "party", "party"))
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 31)
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes((workspace.incoming / "DSC_1.jpg").read_bytes())
        await ledger.write(take_in, photo, PARTY)
        await enroll(agent, "Mia", 1)
        await enroll_at_the_party(agent)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        before, tries = hers(workspace), count()
        assert len(before) == 2
        for event in (DEFAULT_EVENT, PARTY):
            await ledger.on_writer(roster.change_event, event, long_over)

        def drop(space: Workspace, pictures: Collection[str]) -> None:
            if next(tries) == refused:
                raise VenueError("The disk gave an error")
            drop_pictures(space, pictures)

        with monkeypatch.context() as patched:
            patched.setattr(retention, "drop_pictures", drop)
            with pytest.raises(VenueError, match="The disk gave an error"):
                await nightly(agent, People(ended_days=30))
        assert encodings(agent) == 0, "the other one goes on"
        await nightly(agent, People(ended_days=30))
        for event in (DEFAULT_EVENT, PARTY):
            assert [one.forgotten for one in roster.forgotten_faces(event)] == [True]
        (row,) = rows(ledger, "SELECT DISTINCT photo FROM event_photo")
        await ledger.write(lambda db: look(PhotoId(row["photo"]), db, [encoding(1)]))
        await agent._here.planner.plan_photo(PhotoId(row["photo"]))
        await agent.file_now()
        assert (hers(workspace), encodings(agent)) == (before, 0)
        assert await nightly(agent, People(ended_days=30)) == "0 consents ended, 0 faces let go"


async def test_whoever_is_on_photos_that_another_event_has_too_stays_on_them(workspace: Workspace) -> None:
    """Their encodings are the other one's to keep. Planned again, as a photo came late, they left the folders of
    whoever was on them, who was known by nothing any more; of guests the next ones were made.
    """
    long_over = partial(replace, ends=str(today() - timedelta(days=30)), ended=True)
    folder = workspace.root / "Events/party/Incoming"
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await ledger.on_writer(roster.add_event, Event(PARTY, "party", "party"))
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 31)
        await arrives(agent, workspace.incoming / "DSC_2.jpg", 2, 31)
        folder.mkdir(parents=True, exist_ok=True)
        for one in [*workspace.incoming.iterdir()]:
            (folder / one.name).write_bytes(one.read_bytes())
            await ledger.write(take_in, folder / one.name, PARTY)
        await enroll(agent, "Mia", 1)
        await enroll_at_the_party(agent)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await agent.file_now()
        before = hers(workspace)
        assert [len([path for path in before if path.startswith(one)]) for one in ("People", "Events/party")] == [1, 1]
        await ledger.on_writer(roster.change_event, PARTY, long_over)
        await nightly(agent, People(ended_days=30))
        assert not [one for one in roster.people() if one.event == PARTY and one.references]
        for row in rows(ledger, "SELECT photo FROM event_photo WHERE event = ?", PARTY):
            await agent._here.planner.plan_photo(PhotoId(row["photo"]))
        await agent.file_now()
        assert hers(workspace) == before
        assert not rows(ledger, "SELECT face FROM stranger WHERE event = ?", PARTY), "no guest is made of them"
        assert encodings(agent) == 2
        await ledger.on_writer(roster.change_event, DEFAULT_EVENT, long_over)
        await nightly(agent, People(ended_days=30))
        assert (hers(workspace), encodings(agent)) == (before, 0)
        for event in (DEFAULT_EVENT, PARTY):
            assert [one.forgotten for one in roster.forgotten_faces(event)] == [True, True]


async def test_a_disk_on_which_no_more_can_be_noted_stops_no_other_event(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the first one it could not be written down that its faces went, and the night was over by that."""
    long_over = partial(replace, ends=str(today() - timedelta(days=30)), ended=True)
    photo = workspace.root / "Events/party/Incoming/DSC_2.jpg"
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await ledger.on_writer(roster.add_event, Event(PARTY, "party", "party"))
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 31)
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(b"of the party")
        await ledger.write(take_in, photo, PARTY)
        (row,) = rows(ledger, "SELECT photo FROM event_photo WHERE event = ?", PARTY)
        await ledger.write(lambda db: look(PhotoId(row["photo"]), db, [encoding(2)]))
    async with agent_in(workspace) as agent:
        for event in (DEFAULT_EVENT, PARTY):
            await agent._opened.ledger.on_writer(agent._opened.roster.change_event, event, long_over)
        monkeypatch.setattr(agent._audit, "note", full)
        assert await nightly(agent, People(ended_days=30)) == "0 consents ended, 2 faces let go"
        assert encodings(agent) == 0


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
