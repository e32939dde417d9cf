"""What is decided or removed while work of what was so before is on its way: nothing is lost, doubled or misplaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from agent.requests.ask import Agent
from agent.requests.control import Pause, Resume
from agent.requests.events import AddEvent
from agent.requests.people import Undo
from agent.requests.photos import ListPhotos, MovePhotos, WithdrawPhotos
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import Running, arrive, of
from tests.venue.test_people_both_ends import on_drive, tree

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


@asynccontextmanager
async def meanwhile(service: Agent) -> AsyncGenerator[None]:
    """What is decided within is decided before any of its work is done."""
    await service.ask(Pause(what="all"))
    yield
    await service.ask(Resume(what="all"))


def moved(now: list[str]) -> bool:
    return now == ["Events/Late/Unsorted/Unknown/anna_berg_1.jpg"]


async def numbers(service: Agent, event: str | None = None) -> list[int]:
    return [one["id"] for one in (await service.ask(ListPhotos(event=event)))["rows"]]


async def both(running: Running, emulator: Emulator, wanted: Callable[[list[str]], bool]) -> list[str]:
    """Wait until disk and Drive hold the same, as it is wanted; answers what."""
    async with within(20):
        while True:
            found = await asyncio.to_thread(tree, running)
            there = await asyncio.to_thread(on_drive, emulator)
            if found == sorted(one.replace("venuesync/", "Events/") for one in there) and wanted(found):
                return found
            await asyncio.sleep(0.1)


async def only_filed(running: Running, emulator: Emulator, card: str = "empty") -> list[str]:
    """One photo, filed, that lies in Incoming no more where the card is empty; there is a second event."""
    [photo, *_] = of("anna_berg")
    await running.service.ask(AddEvent(name="Late"))
    await arrive(running, photo)
    filed = await both(running, emulator, lambda now: len(now) == 1)
    if card == "empty":
        (running.incoming / photo.name).unlink()
    async with within(10):
        while (await running.service.ask(ListPhotos()))["rows"][0]["verified_at"] is None:
            await asyncio.sleep(0.05)
    return filed


async def test_withdrawn_where_it_was_to_be_moved_it_comes_back(running: Running, emulator: Emulator) -> None:
    service = running.service
    await only_filed(running, emulator)
    async with meanwhile(service):
        await service.ask(MovePhotos(ids=await numbers(service), event="Late"))
        await service.ask(WithdrawPhotos(ids=await numbers(service, "Late")))
    await both(running, emulator, lambda now: not now)
    await service.ask(Undo())
    await both(running, emulator, moved)


async def test_withdrawn_before_it_was_moved_back_it_comes_back(running: Running, emulator: Emulator) -> None:
    service = running.service
    filed = await only_filed(running, emulator)
    photos = await numbers(service)
    await service.ask(MovePhotos(ids=photos, event="Late"))
    await both(running, emulator, moved)
    async with meanwhile(service):
        await service.ask(Undo())
        await service.ask(WithdrawPhotos(ids=photos))
    await both(running, emulator, lambda now: not now)
    await service.ask(Undo())
    assert await both(running, emulator, lambda now: len(now) == 1) == filed


async def test_taken_back_before_drive_had_moved_it_it_comes_back_where_it_was_to_be(
    running: Running, emulator: Emulator
) -> None:
    """It went into the trash in the folder that it was to be moved out of."""
    service = running.service
    await only_filed(running, emulator, card="full")
    async with meanwhile(service):
        await service.ask(MovePhotos(ids=await numbers(service), event="Late"))
        await service.ask(WithdrawPhotos(ids=await numbers(service, "Late")))
    await both(running, emulator, lambda now: not now)
    await service.ask(Undo())
    await both(running, emulator, moved)
