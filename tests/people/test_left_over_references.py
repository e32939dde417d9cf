"""Of whoever is forgotten nothing stays, either, by which they were known once and are not any more."""

from __future__ import annotations

from agent.ledger import faces
from agent.model import Box, Person, PersonId, Reference
from agent.people.intents import LEARNED, FaceAt, confirm
from agent.requests.people import ForgetPerson
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


def said_yes(draft: Draft, id: PersonId, face: FaceAt) -> tuple[Person, str]:
    person = draft.person(id)
    assert person is not None
    return confirm(draft, person, [face], learn=True)
