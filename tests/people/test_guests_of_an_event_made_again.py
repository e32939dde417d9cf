"""An event in whose folder an earlier one's guests lie gives none of their numbers, wherever its making was cut off."""

from __future__ import annotations

from contextlib import suppress

import pytest

from agent.model import EventId
from agent.people.intents import next_guest
from agent.requests.events import AddEvent
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb
from agent.workspace import Workspace
from tests.people.test_restored_roster import agent_in


class PulledPlug(Exception):
    pass


@pytest.mark.parametrize("left", [0, 1, 2])
async def test_no_number_is_given_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    (workspace.root / "Events/Gala/People/Guest 03").mkdir(parents=True)
    writes = iter(range(10))
    write = Roster._write

    def cut(self: Roster, change: object) -> None:
        if next(writes) == left:
            raise PulledPlug
        write(self, change)  # type: ignore[arg-type]

    async with agent_in(workspace) as agent:
        with monkeypatch.context() as patched:
            patched.setattr(Roster, "_write", cut)
            with suppress(PulledPlug):
                await agent.service.ask(AddEvent(name="Gala"))
    async with agent_in(workspace) as agent:
        roster, ledger = agent._opened.roster, agent._opened.ledger
        if not [one for one in roster.events() if one.name == "Gala"]:
            await agent.service.ask(AddEvent(name="Gala"))
        gala = roster.event("Gala").id

        def name_of_next(draft: Draft) -> tuple[str, str]:
            return next_guest(draft, EventId(gala)), ""

        assert await ledger.on_writer(roster.intend, Verb.GUESTS, name_of_next) == "Guest 04"
