"""A photo that was moved away and back, and is wanted there again: its last file stays until another one is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.ledger import faces
from agent.model import DEFAULT_EVENT, Event, EventId, PhotoId
from agent.people.plan_again import plan_event
from agent.requests.photos import ListPhotos, MovePhotos
from agent.roster.decisions import Draft, Verb
from agent.workspace import Workspace
from tests.making import files_below, take_in
from tests.people.test_restored_roster import agent_in

NAME = "DSC_1.jpg"
PARTY, GALA = EventId("party"), EventId("gala")


def filed(workspace: Workspace) -> list[str]:
    return [one for one in files_below(workspace.root) if one.endswith(NAME) and not one.startswith(".venuesync")]


@pytest.mark.parametrize("way", [[PARTY], [PARTY, GALA]])
async def test_said_and_killed_before_anything_follows_it_lies_somewhere(
    workspace: Workspace, way: list[EventId]
) -> None:
    """Or said by an older list of people. The card it came on is empty; one event is planned after the other."""
    original = workspace.incoming / NAME
    original.write_bytes(b"a photo")
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        for event in (PARTY, GALA):
            await ledger.on_writer(roster.add_event, Event(event, event, event))
        photo = PhotoId(await ledger.write(take_in, original))
        await agent._here.planner.record_look(photo, faces.Looked(1, 1, None, "", []))
        await agent.file_now()
        here = DEFAULT_EVENT
        for to in [*way, DEFAULT_EVENT]:
            if to == DEFAULT_EVENT:
                await ledger.on_writer(roster.mark_restored)  # an older list takes no move back
            (row,) = (await agent.service.ask(ListPhotos(event=here)))["rows"]
            await agent.service.ask(MovePhotos(ids=[row["id"]], event=to))
            await agent.file_now()
            here = to
        original.unlink()
        sha256 = next(iter(await ledger.read(lambda db: db.column("SELECT sha256 FROM photo"))))

        def intend(draft: Draft) -> tuple[None, str]:
            for at, to in zip([DEFAULT_EVENT, *way], [*way, None], strict=True):
                draft.decide_photo(at, sha256, NAME, lambda was, to=to: replace(was, moved_to=to))
            return None, "moved"

        await ledger.on_writer(roster.intend, Verb.MOVE, intend)
        agent._here.planner.forget_known()
        await plan_event(ledger, roster, agent._here.planner, roster.event(DEFAULT_EVENT), None)
        await agent.file_now()
        assert filed(workspace), "it is in no folder any more"
    async with agent_in(workspace):
        assert filed(workspace) == [f"Events/{way[-1]}/Unsorted/No Faces/{NAME}"]
