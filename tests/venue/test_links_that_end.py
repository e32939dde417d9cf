"""A link with a last day: it opens the folder until then, and nothing afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.errors import UsageError
from agent.model import DriveId
from agent.people.consent import today
from agent.requests.people import GetPerson, LinkPerson, ListPeople
from agent.running.topics import Topic
from tests.emulator.drive import Emulator
from tests.venue.running import Running, linked, shared


async def test_a_link_is_taken_back_by_itself_after_its_last_day(running: Running, emulator: Emulator) -> None:
    link = await linked(running)
    assert link is not None
    folder = link.removeprefix("https://drive.google.com/drive/folders/")
    service, roster, ledger = running.service, running.agent._opened.roster, running.agent._opened.ledger
    [person] = await service.ask(ListPeople())
    assert (await service.ask(GetPerson(id=person["id"])))["link_until"] is None
    with pytest.raises(UsageError, match="is over"):
        await service.ask(LinkPerson(person="Mia", until="2001-01-01"))
    last = str(today() + timedelta(days=1))
    assert await service.ask(LinkPerson(person="Mia", until=last)) == link
    assert await service.ask(LinkPerson(person="Mia")) == link  # shown again: its end stays
    assert (await service.ask(GetPerson(id=person["id"])))["link_until"] == last
    running.agent._topics.publish(Topic.FOLDERS_MADE)  # it is looked at, and not over
    assert shared(emulator, folder)

    yesterday = str(today() - timedelta(days=1))
    [mia] = roster.people()
    await ledger.on_writer(roster.set_shared, mia.id, DriveId(folder), yesterday)
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    await running.until(lambda now: now["people"][0]["link"] is None)
    assert not shared(emulator, folder)
    assert roster.link_ends(mia.id) == ""
