"""*Not this person*, taken back once a guest was found: who is that person, and who only looks like them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial

import pytest

from agent.ledger import faces
from agent.ledger.matches import photos_of_person
from agent.model import DEFAULT_EVENT, Box, Person, PersonId, PhotoId, Reference
from agent.people.intents import new_person, next_guest
from agent.people.plan_again import plan_again
from agent.requests.people import DenyPerson, Redo, Undo
from agent.roster.decisions import Draft, Verb
from agent.workspace import Workspace
from tests.making import ENGINE, encoding, look, take_in
from tests.people.test_guests import like
from tests.people.test_restored_roster import agent_in, enroll

PHOTO = b"Mia, or her sister"
DENIED = Reference(hashlib.sha256(PHOTO).hexdigest(), Box(0, 0, 100, 100), "DSC_1.jpg", learned=True)
BESIDE = Reference("9" * 64, Box(0, 0, 9, 9), "DSC_9.jpg", learned=True)


def found(seeds: Iterable[Reference], draft: Draft) -> tuple[Person, str]:
    return new_person(draft, DEFAULT_EVENT, next_guest(draft, DEFAULT_EVENT), [*seeds], guest=True), "guests found"


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

    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await agent.service.ask(DenyPerson(person="Mia", photos=[photo]))
        for one in seeds:
            await ledger.write(faces.record_reference, one, ENGINE, looks[one])
        guest = await ledger.on_writer(partial(roster.intend, Verb.GUESTS, partial(found, seeds), undoable=False))
        agent._here.planner.forget_known()
        await agent.service.ask(Undo())
        names = {one.name for one in roster.people(DEFAULT_EVENT)}
        assert names == ({"Mia", guest.name} if BESIDE in seeds else {"Mia"})


@pytest.mark.parametrize("others", [2, 3])
async def test_a_guest_who_is_found_on_enough_photos_of_nobody_besides_keeps_those_and_no_other(
    workspace: Workspace, others: int
) -> None:
    """Of as few as make nobody a guest there is none: they are of nobody known, as they were."""
    hers, another = like(encoding(1), 0.3), like(encoding(1), 0.7)
    names = [f"DSC_{number}.jpg" for number in range(2 + others)]
    async with agent_in(workspace) as agent:
        ledger, roster, planner = agent._opened.ledger, agent._opened.roster, agent._here.planner
        ids: list[int] = []
        for number, name in enumerate(names):
            (workspace.incoming / name).write_bytes(name.encode())
            ids.append(await ledger.write(take_in, workspace.incoming / name))
            await ledger.write(lambda db: look(PhotoId(ids[-1]), db, [hers if number < 2 else another]))  # noqa: B023
        mia = await enroll(agent, "Mia", 1)
        await plan_again(ledger, roster, planner)
        await agent.service.ask(DenyPerson(person="Mia", photos=ids[:2]))
        seeds = {
            Reference(hashlib.sha256(names[at].encode()).hexdigest(), DENIED.box, names[at], learned=True): one
            for at, one in ((0, hers), (2, another))
        }
        for one, encoded in seeds.items():
            await ledger.write(faces.record_reference, one, ENGINE, encoded)
        guest = await ledger.on_writer(partial(roster.intend, Verb.GUESTS, partial(found, seeds), undoable=False))
        planner.forget_known()
        await plan_again(ledger, roster, planner)

        def theirs(person: PersonId) -> list[int]:
            return sorted(ledger.ask(lambda db: photos_of_person(db, DEFAULT_EVENT, person, -1)))

        assert (theirs(mia), theirs(guest.id)) == ([], ids)
        await agent.service.ask(Undo())
        assert (theirs(mia), theirs(guest.id)) == (ids[:2], ids[2:] if others == 3 else [])
        assert [one.id for one in roster.people(DEFAULT_EVENT)] == ([mia, guest.id] if others == 3 else [mia])
        await agent.service.ask(Redo())
        assert (theirs(mia), theirs(guest.id)) == ([], ids)
