"""Of whoever is forgotten nothing stays, either, by which they were known or called once and are not any more."""

from __future__ import annotations

import time

import pytest

from agent.ledger import faces, meta
from agent.model import DEFAULT_EVENT, Box, Person, PersonId, Reference
from agent.people.intents import LEARNED, FaceAt, confirm
from agent.requests.people import ForgetPerson, RenamePerson, Undo
from agent.roster import roster
from agent.roster.decisions import Draft, Verb
from agent.workspace import Workspace
from tests.making import ENGINE, encoding, rows
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


def said_yes(draft: Draft, id: PersonId, face: FaceAt) -> tuple[Person, str]:
    person = draft.person(id)
    assert person is not None
    return confirm(draft, person, [face], learn=True)
