"""*Not this person*, taken back once a guest was found: who is that person, and who only looks like them."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest

from agent.ledger import faces
from agent.model import DEFAULT_EVENT, Box, Person, PhotoId, Reference
from agent.people.intents import new_person, next_guest
from agent.requests.people import DenyPerson, Undo
from agent.roster.decisions import Draft, Verb
from agent.workspace import Workspace
from tests.making import ENGINE, encoding, look, take_in
from tests.people.test_guests import like
from tests.people.test_restored_roster import agent_in, enroll

PHOTO = b"Mia, or her sister"
DENIED = Reference(hashlib.sha256(PHOTO).hexdigest(), Box(0, 0, 100, 100), "DSC_1.jpg", learned=True)
BESIDE = Reference("9" * 64, Box(0, 0, 9, 9), "DSC_9.jpg", learned=True)


@pytest.mark.parametrize("seeds", [(DENIED,), (DENIED, BESIDE)], ids=["Mia", "her sister"])
async def test_a_guest_who_is_known_by_what_is_not_like_them_stays_one(
    workspace: Workspace, seeds: tuple[Reference, ...]
) -> None:
    """With that one all photos of another person became Mia's."""
    looks = {DENIED: like(encoding(1), 0.3), BESIDE: like(encoding(1), 0.7)}
    (workspace.incoming / "DSC_1.jpg").write_bytes(PHOTO)
    async with agent_in(workspace) as agent:
        photo = await agent._opened.ledger.write(take_in, workspace.incoming / "DSC_1.jpg")
        await agent._opened.ledger.write(lambda db: look(PhotoId(photo), db, [looks[DENIED]]))
        await enroll(agent, "Mia", 1)

    def found(draft: Draft) -> tuple[Person, str]:
        return new_person(draft, DEFAULT_EVENT, next_guest(draft, DEFAULT_EVENT), [*seeds], guest=True), "guests found"

    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await agent.service.ask(DenyPerson(person="Mia", photos=[photo]))
        for one in seeds:
            await ledger.write(faces.record_reference, one, ENGINE, looks[one])
        guest = await ledger.on_writer(partial(roster.intend, Verb.GUESTS, found, undoable=False))
        agent._here.planner.forget_known()
        await agent.service.ask(Undo())
        names = {one.name for one in roster.people(DEFAULT_EVENT)}
        assert names == ({"Mia", guest.name} if BESIDE in seeds else {"Mia"})
