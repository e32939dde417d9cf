"""An event goes to no other account while somebody of it is being forgotten, whoever was first to say so."""

from __future__ import annotations

import asyncio

import pytest

from agent.errors import UsageError
from agent.model import DEFAULT_EVENT
from agent.requests.events import SetEvent
from agent.workspace import Workspace
from tests.people.test_restored_roster import agent_in, enroll


async def test_it_is_refused_though_that_began_after_it_was_asked_for(workspace: Workspace) -> None:
    async with agent_in(workspace) as agent:
        roster, ledger = agent._opened.roster, agent._opened.ledger
        mia = roster.person(await enroll(agent, "Mia", 1))
        assert mia is not None
        async with agent._here.decider.alone():
            other = SetEvent(event=DEFAULT_EVENT, key="account", value="second@example.org")
            going = asyncio.ensure_future(agent.service.ask(other))
            await asyncio.sleep(0.5)  # all was looked at, and it waits for its turn
            await ledger.on_writer(roster.forget, mia, [], None)
        with pytest.raises(UsageError, match="being forgotten"):
            await going
        assert roster.event(DEFAULT_EVENT).account is None
