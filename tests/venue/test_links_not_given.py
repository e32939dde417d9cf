"""A link of which it was said that it could not be given opens nothing, though Drive had made it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from agent.errors import VenueError
from agent.jobs import links
from agent.ledger import meta
from agent.people.consent import today
from agent.requests.events import AddEvent, SetEvent
from agent.requests.people import EnrollPerson, LinkPerson
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.halting import HaltAnswer
from tests.patience import within
from tests.venue.running import Running, an_agent, of, shared
from tests.venue.two_accounts import BEN

HERS = "mia@example.org"
LAST = str(today() + timedelta(days=1))


async def folder_of_mia(running: Running, event: str = "default") -> str:
    """Nobody is let in."""
    await running.service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])], event=event))
    link = None
    async with within(30):
        while link is None:
            await asyncio.sleep(0.1)
            with suppress(VenueError):  # the folder is being made
                link = await running.service.ask(LinkPerson(person="Mia"))
    await running.service.ask(LinkPerson(person="Mia", on=False))
    return link.rpartition("/")[2]


@pytest.mark.parametrize("to", [None, HERS])
async def test_what_drive_did_though_its_answer_was_lost_is_taken_back(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, to: str | None
) -> None:
    """With a last day it was open for good, and nobody knew."""
    monkeypatch.setattr(links, "AGAIN", 0.5)
    folder, who = await folder_of_mia(running), to or "stranger@example.org"
    stays = {"method": "permissions.delete", "status": 503, "times": None}  # until it was seen to be open
    emulator.faults([{"method": "permissions.create", "drop": True, "after_commit": True, "times": 5}, stays])
    with pytest.raises(VenueError, match="broke off"):
        await running.service.ask(LinkPerson(person="Mia", until=LAST, to=to))
    assert await asyncio.to_thread(shared, emulator, folder, who)
    emulator.clear_faults()
    async with within(20):
        while await asyncio.to_thread(shared, emulator, folder, who):
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("how", ["refused", "killed"])
async def test_what_drive_did_is_taken_back_by_the_next_agent(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Nobody knew of it any more: the line was away, and the agent was ended, or the plug was pulled."""
    async with an_agent(workspace) as running:
        folder = await folder_of_mia(running)
        if how == "refused":
            emulator.faults({"method": "permissions.create", "drop": True, "after_commit": True, "times": 5})
            emulator.faults({"method": "permissions.delete", "status": 503, "times": None})
            with pytest.raises(VenueError, match="broke off"):
                await running.service.ask(LinkPerson(person="Mia", until=LAST))
        else:
            opened = HaltAnswer(monkeypatch, running.agent._sides.of("").links._sharing, "open")
            given = asyncio.create_task(running.service.ask(LinkPerson(person="Mia", until=LAST)))
            async with within(20):
                await opened.done.wait()
            given.cancel()
    assert await asyncio.to_thread(shared, emulator, folder)
    emulator.clear_faults()
    async with an_agent(workspace) as running, within(20):
        while await asyncio.to_thread(shared, emulator, folder):
            await asyncio.sleep(0.2)
        while await running.agent._ledger.read(meta.keys, meta.OPENING):
            await asyncio.sleep(0.05)


async def test_what_is_given_once_more_meanwhile_stays(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "AGAIN", 0.5)
    folder = await folder_of_mia(running)
    emulator.faults({"method": "permissions.create", "drop": True, "after_commit": True, "times": 5})
    emulator.faults({"method": "permissions.delete", "status": 503, "times": None})
    with pytest.raises(VenueError, match="broke off"):
        await running.service.ask(LinkPerson(person="Mia", until=LAST))
    given = None
    async with within(20):
        while given is None:
            await asyncio.sleep(0.1)
            with suppress(VenueError):  # Drive counts as away for a moment
                given = await running.service.ask(LinkPerson(person="Mia", until=LAST))
    emulator.clear_faults()
    await asyncio.sleep(2)
    assert await asyncio.to_thread(shared, emulator, folder)


async def test_what_is_refused_is_taken_back_though_drive_is_away_in_that_moment(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody tried it again: on the Drive that its event was leaving it was open for good."""
    monkeypatch.setattr(links, "AGAIN", 0.5)
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(AddEvent(name="Gala", account=BEN))
        await service.ask(AddEvent(name="Party", account=BEN))
        folder = await folder_of_mia(running, "Gala")
        opened = HaltAnswer(monkeypatch, running.agent._sides.of(BEN).links._sharing, "open")
        given = asyncio.create_task(service.ask(LinkPerson(person="Mia", until=LAST)))
        async with within(20):
            await opened.done.wait()
        await service.ask(SetEvent(event="Gala", key="account", value="", yes=True))
        emulator.faults({"method": "permissions.delete", "status": 503, "times": 3})
        opened.end.set()
        with pytest.raises(VenueError, match="went to another account"):
            await given
        async with within(20):
            while await asyncio.to_thread(shared, emulator, folder):
                await asyncio.sleep(0.2)


async def test_whoever_is_said_to_be_kept_out_is(running: Running, emulator: Emulator) -> None:
    """`--off --to` said that they cannot open it any more, and they could: as it had broken off, nobody knew of it."""
    folder = await folder_of_mia(running)
    with emulator.client("their browser") as theirs:
        made = theirs.post(
            f"{emulator.url}/drive/v3/files/{folder}/permissions",
            json={"type": "user", "role": "reader", "emailAddress": HERS},
        )
    made.raise_for_status()
    assert await asyncio.to_thread(shared, emulator, folder, HERS)
    assert await running.service.ask(LinkPerson(person="Mia", on=False, to=HERS)) is None
    assert not await asyncio.to_thread(shared, emulator, folder, HERS)
