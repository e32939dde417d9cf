"""Whoever is forgotten at night, as their consent has ended, has no folder left that a link opens."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from agent.errors import VenueError
from agent.people.consent import today
from agent.requests.events import AddEvent, SetEvent
from agent.requests.people import EnrollPerson, ForgetPerson, LinkPerson, ListPeople
from agent.requests.troubles import ListTroubles
from agent.roster.decisions import Verb
from agent.settings.keys import People
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.people.test_retention import until
from tests.venue.running import Running, an_agent, of, shared
from tests.venue.two_accounts import BEN

HERS = "mia@example.org"


async def linked_and_away(running: Running, emulator: Emulator) -> str:
    """Mia's folder on Ben's Drive, which her event has left: whoever has its link may read it still, and so may she."""
    service, roster = running.service, running.agent._opened.roster
    await service.ask(AddEvent(name="Gala", account=BEN))
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])], event="Gala"))
    link = None
    async with within(30):
        while link is None:
            await asyncio.sleep(0.1)
            with suppress(VenueError):  # the folder is being made
                link = await service.ask(LinkPerson(person="Mia"))
        first = link.rpartition("/")[2]
        await service.ask(LinkPerson(person="Mia", to=HERS))
        await service.ask(SetEvent(event="Gala", key="account", value="", yes=True))
        [mia] = roster.people()
        while first in [one.folder for one in roster.shares(mia.id)]:
            await asyncio.sleep(0.1)
    await running.agent._opened.ledger.on_writer(
        roster.intend, Verb.CONSENT, until(mia.id, str(today() - timedelta(days=1)))
    )
    assert await asyncio.to_thread(shared, emulator, first)
    return first


async def night(running: Running) -> str:
    agent = running.agent
    agent._settings = agent._settings.model_copy(update={"people": People(consent_ended="forget")})
    (job,) = [one for one in agent._jobs()._jobs if one.name == "retention"]
    return await job.do()


@pytest.mark.parametrize("how", ["by night", "by the verb"])
async def test_who_is_forgotten_is_seen_on_no_drive_that_their_event_has_left(
    workspace: Workspace, emulator: Emulator, how: str
) -> None:
    """By night whoever had the link saw their photos there for good, by both an address that was let in; unsaid."""
    async with an_agent(workspace) as running:
        first = await linked_and_away(running, emulator)
        if how == "by night":
            assert await night(running) == "1 consent ended, 0 faces let go"
        else:
            await running.service.ask(ForgetPerson(person="Mia"))
        assert await running.service.ask(ListPeople()) == []
        for who in ("stranger@example.org", HERS):
            assert not await asyncio.to_thread(shared, emulator, first, who)


async def test_who_may_be_seen_there_still_is_not_forgotten_until_drive_has_answered(
    workspace: Workspace, emulator: Emulator
) -> None:
    """Nobody would know their folder there any more."""
    async with an_agent(workspace) as running:
        first = await linked_and_away(running, emulator)
        emulator.faults({"method": "permissions.delete", "reason": "insufficientFilePermissions", "file_id": first})
        with pytest.raises(VenueError, match="No right to write into the folder of Mia"):
            await night(running)
        (told,) = (await running.service.ask(ListTroubles()))["open"]
        assert told["title"] == "What is not to be kept is still here"
        assert [one["name"] for one in await running.service.ask(ListPeople())] == ["Mia"]
        assert await night(running) == "1 consent ended, 0 faces let go"
        assert (await running.service.ask(ListTroubles()))["open"] == []
        assert not await asyncio.to_thread(shared, emulator, first)
