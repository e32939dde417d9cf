"""A link that somebody took back on Drive itself: it is not told as given any more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from agent.requests.control import Sync, Verify
from agent.requests.people import GetPerson, LinkPerson, ListPeople
from agent.requests.troubles import ListActivity
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import Running, linked, shared

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)
MAIL = "mia@example.org"


def take_back(emulator: Emulator, folder: str, kinds: Sequence[str]) -> None:
    with emulator.client("their browser") as theirs:
        url = f"{emulator.url}/drive/v3/files/{folder}/permissions"
        for one in theirs.get(url).raise_for_status().json()["permissions"]:
            if one["type"] in kinds and one["role"] == "reader":
                theirs.delete(f"{url}/{one['id']}").raise_for_status()


@pytest.mark.slow
@pytest.mark.parametrize("by", ["the feed", "verify"])
async def test_it_is_told_no_more(running: Running, emulator: Emulator, by: str) -> None:
    """`people link`, the status and the monitor told it as given, for good."""
    service = running.service
    link = await linked(running)
    assert link is not None
    folder = link.removeprefix("https://drive.google.com/drive/folders/")
    await service.ask(LinkPerson(person="Mia", to=MAIL))
    await service.ask(Sync(events=[]))
    emulator.lag(changes_ms=3600_000 if by == "verify" else 0)
    take_back(emulator, folder, ["anyone", "user"])
    assert not shared(emulator, folder)
    await service.ask(Verify() if by == "verify" else Sync(events=[]))
    await running.until(lambda now: now["people"][0]["link"] is None)
    [mia] = await service.ask(ListPeople())
    await running.until(lambda _: not running.agent._opened.roster.shares(mia["id"]))
    assert (await service.ask(GetPerson(id=mia["id"])))["readers"] == []
    said = {"Link of Mia was taken back on Drive, by hand", f"The folder of Mia was closed to {MAIL} on Drive, by hand"}
    async with within(10):
        while not said <= {one["text"] for one in await service.ask(ListActivity())}:
            await asyncio.sleep(0.1)
    emulator.lag(changes_ms=0)
    assert await service.ask(LinkPerson(person="Mia")) == link
    await service.ask(Sync(events=[]))
    await service.ask(Verify())
    assert shared(emulator, folder) and (await service.ask(ListPeople()))[0]["link"] == link


async def test_one_of_two_stays(running: Running, emulator: Emulator) -> None:
    link = await linked(running)
    assert link is not None
    await running.service.ask(LinkPerson(person="Mia", to=MAIL))
    take_back(emulator, link.removeprefix("https://drive.google.com/drive/folders/"), ["user"])
    await running.service.ask(Verify())
    [mia] = await running.service.ask(ListPeople())
    await running.until(lambda _: len(running.agent._opened.roster.shares(mia["id"])) == 1)
    assert (await running.service.ask(ListPeople()))[0]["link"] == link
