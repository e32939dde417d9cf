"""A link gets a last day amid an undo of an enrolment, or as their event is removed: nobody would be left to end it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.errors import VenueError
from agent.ledger import moved_photos, twins
from agent.people.consent import today
from agent.requests.control import Pause
from agent.requests.events import AddEvent, RemoveEvent, SetEvent
from agent.requests.people import EnrollPerson, LinkPerson, ListPeople, Undo
from agent.running.topics import Topic
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.running import Running, an_agent, of, shared
from tests.venue.two_accounts import BEN

HERS = "mia@example.org"
LAST = str(today() + timedelta(days=1))


async def linked(running: Running, account: str = "") -> str:
    """Mia's folder at the gala, which whoever has its link may read."""
    await running.service.ask(AddEvent(name="Gala", account=account))
    await running.service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])], event="Gala"))
    async with within(30):
        while True:
            with suppress(VenueError):  # the folder is being made
                if link := await running.service.ask(LinkPerson(person="Mia")):
                    return link.rpartition("/")[2]
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("how", ["undone", "removed"])
async def test_a_link_that_gets_a_last_day_meanwhile_is_closed_on_it(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """It opened their folder for good: whom the list does not know is not looked at."""
    where, name = (moved_photos, "came_by_themselves") if how == "undone" else (twins, "moved_with")
    verb = Undo() if how == "undone" else RemoveEvent(event="Gala")
    async with an_agent(workspace) as running:
        service, roster = running.service, running.agent._opened.roster
        folder = await linked(running)
        halt = Halt(monkeypatch, where, name)
        asked = asyncio.create_task(service.ask(verb))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        await service.ask(LinkPerson(person="Mia", until=LAST))
        halt.begin.set()
        halt.end.set()
        with pytest.raises(VenueError, match="open until a day"):
            await asked
        [mia] = roster.people()
        assert [one.ends for one in roster.shares(mia.id)] == [LAST]
        await service.ask(LinkPerson(person="Mia", on=False))
        await service.ask(verb)
        assert await service.ask(ListPeople()) == []
        assert not await asyncio.to_thread(shared, emulator, folder)


async def test_a_last_day_is_one_on_the_drive_that_their_event_has_left_too(
    workspace: Workspace, emulator: Emulator
) -> None:
    """There the folder was open for good: an event goes with a link that has none, and it was said afterwards."""
    async with an_agent(workspace) as running:
        service, roster, ledger = running.service, running.agent._opened.roster, running.agent._opened.ledger
        await service.ask(AddEvent(name="Party", account=BEN))
        first = await linked(running, account=BEN)
        await service.ask(SetEvent(event="Gala", key="account", value="", yes=True))
        [mia] = roster.people()
        async with within(30):
            while [one.folder for one in roster.shares(mia.id)] == [first]:
                await asyncio.sleep(0.1)
        assert await asyncio.to_thread(shared, emulator, first), "until it is taken back"
        await service.ask(LinkPerson(person="Mia", until=LAST))
        over = [replace(one, ends=str(today() - timedelta(days=1))) for one in roster.shares(mia.id)]
        await ledger.on_writer(roster.set_shares, mia.id, over)
        running.agent._topics.publish(Topic.FOLDERS_MADE)
        await running.until(lambda _: roster.shares(mia.id) == [])
        for folder in (first, *(one.folder for one in over)):
            assert not await asyncio.to_thread(shared, emulator, folder)


@pytest.mark.parametrize("to", [None, HERS])
async def test_who_is_let_in_as_their_event_goes_to_another_drive_can_be_kept_out_at_once(
    workspace: Workspace, emulator: Emulator, to: str | None
) -> None:
    """Until their folder was made there that Drive was asked, and had no right to it; they were let in there again."""
    who = to or "stranger@example.org"
    async with an_agent(workspace) as running:
        service, roster = running.service, running.agent._opened.roster
        await service.ask(AddEvent(name="Party", account=BEN))
        first = await linked(running, account=BEN)
        await service.ask(LinkPerson(person="Mia", on=False))
        await service.ask(LinkPerson(person="Mia", to=to))
        await service.ask(Pause(what="all"))
        await service.ask(SetEvent(event="Gala", key="account", value="", yes=True))
        assert await asyncio.to_thread(shared, emulator, first, who)
        emulator.faults({"method": "permissions.delete", "reason": "forbidden", "times": None, "account": BEN})
        with pytest.raises(VenueError, match=f"the Drive of {BEN} may be open still"):
            await service.ask(LinkPerson(person="Mia", to=to, on=False))
        emulator.clear_faults()
        await service.ask(LinkPerson(person="Mia", to=to, on=False))
        [mia] = roster.people()
        assert (await asyncio.to_thread(shared, emulator, first, who), roster.shares(mia.id)) == (False, [])
