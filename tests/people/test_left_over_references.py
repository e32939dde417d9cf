"""Of whoever is forgotten nothing stays, either, by which they were known or called once and are not any more."""

from __future__ import annotations

import time

import pytest

from agent import clock
from agent.errors import VenueError
from agent.ledger import asked, faces, folders, meta, troubles
from agent.ledger.folders import key_of_person
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import DEFAULT_EVENT, Box, DriveId, Event, EventId, Person, PersonId, Reference
from agent.people.intents import LEARNED, FaceAt, confirm
from agent.requests.consent import RecordConsent
from agent.requests.people import ForgetPerson, MergePeople, RenamePerson, Undo
from agent.roster import roster
from agent.roster.decisions import Draft, Verb
from agent.uploads import records
from agent.workspace import Workspace
from tests.making import ENGINE, add_person, encoding, rows
from tests.people.test_restored_roster import agent_in, enroll

BOX = Box(0, 0, 9, 9)


async def test_what_was_learned_of_her_longer_ago_than_is_kept_goes_too(workspace: Workspace) -> None:
    async with agent_in(workspace) as agent:
        roster, ledger = agent._opened.roster, agent._opened.ledger
        mia = await enroll(agent, "Mia", 1)
        await enroll(agent, "Tom", 2)
        for number in range(LEARNED + 3):
            face = FaceAt(f"{100 + number:064}", BOX, f"{number}.jpg")
            reference = Reference(face.sha256, BOX, face.name, learned=True)
            await ledger.write(faces.record_reference, reference, ENGINE, encoding(1))
            await ledger.on_writer(roster.intend, Verb.REVIEW, lambda draft, face=face: said_yes(draft, mia, face))
        await agent._opened.catch_up(agent._here.workers, agent._here.planner, lambda: None)
        done = await agent.service.ask(ForgetPerson(person="Mia"))
        assert (done["waits"], done["searched"]["found"]) == ("", [])
        assert [row["sha256"] for row in rows(ledger, "SELECT sha256 FROM reference")] == [f"{2:064}"]


async def test_what_she_was_called_longer_ago_than_can_be_taken_back_goes_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what she was never to be called: that was taken back at once."""
    monkeypatch.setattr(roster, "JOURNAL_KEPT", 2)
    async with agent_in(workspace) as agent:
        mia, tom = await enroll(agent, "Mia Svensson", 1), await enroll(agent, "Tom", 2)
        for name in ("Mia Lind", "Mia Svenson", "Maria Berg", "Marie Berg"):
            await agent.service.ask(RenamePerson(person=mia, name=name))
        for _ in range(2):
            await agent.service.ask(Undo())
        for name in ("Tim", "Tomas", "Timo"):
            await agent.service.ask(RenamePerson(person=tom, name=name))
        done = await agent.service.ask(ForgetPerson(person="Mia Svenson"))
        assert (done["waits"], done["searched"]["found"]) == ("", [])
        told = [row["text"] for row in rows(agent._opened.ledger, "SELECT text FROM activity")]
        assert [text for text in told if "Mia" in text or "Mari" in text] == []
        assert "Tom renamed to Tim" in told


async def test_what_is_told_of_somebody_who_has_her_old_name_by_now_stays(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "JOURNAL_KEPT", 2)
    async with agent_in(workspace) as agent:
        mia, tom = await enroll(agent, "Anna", 1), await enroll(agent, "Tom", 2)
        await agent.service.ask(RenamePerson(person=mia, name="Mia"))
        await enroll(agent, "Anna", 3)
        ledger = agent._opened.ledger
        await ledger.write(meta.note_activity, "enrolled", "Anna enrolled", time.time(), DEFAULT_EVENT)
        for name in ("Tim", "Tomas", "Timo"):
            await agent.service.ask(RenamePerson(person=tom, name=name))
        await agent.service.ask(ForgetPerson(person="Mia"))
        told = [row["text"] for row in rows(ledger, "SELECT text FROM activity")]
        assert "Anna enrolled" in told
        assert not any("Mia" in text for text in told)


@pytest.mark.parametrize("gone", ["Tom", "Mia"])
async def test_a_name_that_two_had_one_after_the_other_goes_with_either(workspace: Workspace, gone: str) -> None:
    """It stood among the names of the other, and was still there for ever."""
    async with agent_in(workspace) as agent:
        for who, name in enumerate(("Tom", "Mia"), 1):
            await enroll(agent, "Zdenka", who)
            await agent.service.ask(RenamePerson(person="Zdenka", name=name))
            await agent.file_now()
        done = await agent.service.ask(ForgetPerson(person=gone))
        assert (done["waits"], done["searched"]["found"]) == ("", [])
        assert "Zdenka" not in workspace.roster.read_text("utf-8")
        [other] = agent._opened.roster.people()
        assert (other.name, len(other.references)) == ("Mia" if gone == "Tom" else "Tom", 1)
        done = await agent.service.ask(ForgetPerson(person=other.name))
        assert (done["waits"], done["searched"]["found"]) == ("", [])


async def test_of_two_who_changed_names_the_other_keeps_what_is_told_by_the_name_they_have(
    workspace: Workspace,
) -> None:
    """That could not be taken back any more, and was gone from the activity."""
    async with agent_in(workspace) as agent:
        anna, bea = await enroll(agent, "Zdenka", 1), await enroll(agent, "Marika", 2)
        for who, name in ((anna, "Halina"), (bea, "Zdenka"), (anna, "Marika")):
            await agent.service.ask(RenamePerson(person=who, name=name))
            await agent.file_now()
        await agent.service.ask(RecordConsent(person=bea, how="a form"))
        done = await agent.service.ask(ForgetPerson(person="Marika"))
        assert (done["waits"], done["searched"]["found"]) == ("", [])
        book = agent._opened.roster
        assert [(one.id, one.name, one.names_before) for one in book.everybody()] == [(bea, "Zdenka", ())]
        assert [entry.text for entry in book.journal()] == ["Consent of Zdenka recorded"]
        told = [row["text"] for row in rows(agent._opened.ledger, "SELECT text FROM activity")]
        assert "Consent of Zdenka recorded" in told
        assert not any("Marika" in text or "Halina" in text for text in told)
        await agent.service.ask(Undo())
        assert [(one.name, one.names_before, one.consent) for one in book.people()] == [("Zdenka", (), None)]


async def test_what_somebody_was_called_who_is_one_with_her_goes_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "JOURNAL_KEPT", 2)
    async with agent_in(workspace) as agent:
        await enroll(agent, "Mia", 1)
        other, tom = await enroll(agent, "Zdenka", 2), await enroll(agent, "Tom", 3)
        for name in ("Marika", "Halina"):
            await agent.service.ask(RenamePerson(person=other, name=name))
        await agent.service.ask(MergePeople(person="Halina", into="Mia"))
        for name in ("Tim", "Tomas", "Timo"):
            await agent.service.ask(RenamePerson(person=tom, name=name))
        done = await agent.service.ask(ForgetPerson(person="Mia"))
        assert (done["waits"], done["searched"]["found"]) == ("", [])
        told = [row["text"] for row in rows(agent._opened.ledger, "SELECT text FROM activity")]
        assert not any("Zdenka" in text or "Marika" in text for text in told)


def said_yes(draft: Draft, id: PersonId, face: FaceAt) -> tuple[Person, str]:
    person = draft.person(id)
    assert person is not None
    return confirm(draft, person, [face], learn=True)


def there(db: Db, key: str) -> None:
    """A folder that has been made on Drive, whose id is its key."""
    db.execute("UPDATE folder SET drive_id = ?1, drive = 'there' WHERE key = ?1", (key,))


async def test_what_is_told_of_a_namesake_in_another_event_stays(workspace: Workspace) -> None:
    """Lines that were of no event went, whosever they were, and an error of another one's folder, and what its folder
    was to be called on Drive: nobody waited for that any more.
    """
    party, now = EventId("party"), time.time()
    async with agent_in(workspace) as agent:
        book, ledger = agent._opened.roster, agent._opened.ledger
        await ledger.on_writer(book.add_event, Event(party, "party", "party"))
        mia = await enroll(agent, "Mia", 1)
        other = (await ledger.on_writer(add_person, book, "Mia", party, "Mia", ())).id
        await agent._opened.catch_up(agent._here.workers, agent._here.planner, lambda: None)
        for one in (mia, other):
            await agent.service.ask(RecordConsent(person=one, how="a form"))
            await agent.service.ask(Undo())
            key, told = f"folder:{key_of_person(one)}", VenueError("A folder cannot be made", "Mia")
            await ledger.write(troubles.open_trouble, Subject(key, "Mia"), told, now)
            await ledger.write(there, key_of_person(one))
            await ledger.write(asked.begin, DriveId(key_of_person(one)), "Mia", clock.steady())
        await ledger.write(meta.note_activity, "folder", "Folders of Mia are on Drive", now)  # an earlier program's
        await ledger.write(records.tell_of, await ledger.read(folders.find, key_of_person(mia)), "Mia is full", now)
        await agent.service.ask(ForgetPerson(person=mia))
        told_of = rows(ledger, "SELECT event, text FROM activity WHERE text LIKE '%Mia%' ORDER BY id")
        assert [(row["event"], row["text"]) for row in told_of] == [
            (party, "Consent of Mia recorded"),
            (party, "Undone: Consent of Mia recorded"),
            (None, "Folders of Mia are on Drive"),
        ]
        assert [row["key"] for row in rows(ledger, "SELECT key FROM trouble")] == [f"folder:{key_of_person(other)}"]
        assert [row["drive_id"] for row in rows(ledger, "SELECT drive_id FROM asked")] == [key_of_person(other)]
