"""Photos that are withdrawn, or moved to another event, and back: on disk and on Drive."""

from __future__ import annotations

import asyncio

import pytest

from agent.errors import UsageError
from agent.requests.events import AddEvent, RemoveEvent
from agent.requests.people import (
    EnrollPerson,
    Undo,
)
from agent.requests.photos import FilePhotosAs, ListPhotos, MovePhotos, WithdrawPhotos
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import Running, arrive, of
from tests.venue.test_people_both_ends import sent
from tests.venue.trees import people_in, same, tree


@pytest.mark.slow
async def test_withdrawn_photos_are_nowhere_and_come_back(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, *of("mia_lindqvist")[1:])
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2})
    rows = (await service.ask(ListPhotos()))["rows"]
    assert await service.ask(WithdrawPhotos(ids=[row["id"] for row in rows])) == 2
    assert await same(running, emulator, wanted=lambda now: not now) == []
    await running.until(lambda now: now["photos"]["seen"] == 0)
    assert (await service.ask(ListPhotos()))["rows"] == []
    assert len((await service.ask(ListPhotos(state="withdrawn")))["rows"]) == 2
    await service.ask(Undo())
    assert await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2}) == before
    with pytest.raises(UsageError, match="no such photo"):
        await service.ask(WithdrawPhotos(ids=[99]))


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_photo_of_two_events_is_withdrawn_out_of_both(running: Running, emulator: Emulator) -> None:
    """It was said to be out of every folder here, and lay in those of the other event, here and on Drive."""
    service, photo = running.service, of("anna_berg")[0]
    await service.ask(AddEvent(name="Gala"))
    there = running.incoming.parent / "Events" / "Gala" / "Incoming"
    there.mkdir(parents=True, exist_ok=True)
    await arrive(running, photo)
    (there / photo.name).write_bytes(photo.read_bytes())
    both = [f"Events/Gala/Unsorted/Unknown/{photo.name}", f"Unsorted/Unknown/{photo.name}"]
    on_drive = {f"venuesync/{event}/Unsorted/Unknown/{photo.name}" for event in ("default", "Gala")}

    async def lies(wanted: list[str], at: set[str]) -> None:
        async with within(30):
            while [one for one in tree(running) if "/Incoming/" not in one] != wanted or at != {
                one["path"] for one in emulator.files() if not one["trashed"] and one["mimeType"] == "image/jpeg"
            }:
                await asyncio.sleep(0.1)

    await lies(both, on_drive)
    (row,) = (await service.ask(ListPhotos(event="default")))["rows"]
    assert await service.ask(WithdrawPhotos(ids=[row["id"]])) == 1
    await lies([], set())
    assert await service.ask(WithdrawPhotos(ids=[row["id"]])) == 0
    assert (await service.ask(Undo()))["what"] == "1 photo withdrawn"
    await lies(both, on_drive)


@pytest.mark.slow
async def test_a_photo_is_moved_to_another_event_and_back(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await service.ask(AddEvent(name="Gala"))
    await arrive(running, *of("mia_lindqvist")[1:])
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2})
    files = sent(emulator)
    (newest, other) = (await service.ask(ListPhotos()))["rows"]
    assert await service.ask(MovePhotos(ids=[newest["id"]], event="Gala")) == 1
    moved = f"Events/Gala/Unsorted/Unknown/{newest['name']}"
    async with within(20):
        while moved not in tree(running) or people_in(tree(running)) != {"Mia": 1}:
            await asyncio.sleep(0.1)
        while f"venuesync/Gala/Unsorted/Unknown/{newest['name']}" not in {
            one["path"] for one in emulator.files() if not one["trashed"]
        }:
            await asyncio.sleep(0.1)
    assert emulator.requests()["methods"]["files.update"] >= 1
    assert [row["name"] for row in (await service.ask(ListPhotos(event="Gala")))["rows"]] == [newest["name"]]
    uploads = sent(emulator) - files
    assert uploads == 3, "three folders, no photo"
    await service.ask(Undo())
    assert await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2}) == before
    assert other["people"] == ["Mia"]


@pytest.mark.slow
@pytest.mark.parametrize("removed", [False, True], ids=["it is there", "it was removed"])
async def test_a_photo_is_moved_back_by_the_number_that_it_had(
    running: Running, emulator: Emulator, removed: bool
) -> None:
    """Of an event that was removed there is no other number: nothing but an undo brought it back, while it could."""
    service = running.service
    await service.ask(AddEvent(name="Gala"))
    await arrive(running, of("anna_berg")[0])
    (row,) = (await service.ask(ListPhotos()))["rows"]
    before = await same(running, emulator, wanted=lambda now: len(now) == 1)
    await service.ask(MovePhotos(ids=[row["id"]], event="Gala"))
    async with within(30):
        while [path.split("/")[1] for path in tree(running)] != ["Gala"]:
            await asyncio.sleep(0.1)
    await running.until(lambda now: now["safe_to_leave"]["safe"], 30)
    left = tree(running) if removed else []
    if removed:
        await service.ask(RemoveEvent(event="Gala"))
    assert await service.ask(MovePhotos(ids=[row["id"]], event="default")) == 1
    async with within(30):
        while tree(running) != sorted([*before, *left]):
            await asyncio.sleep(0.1)
    await running.until(lambda now: now["safe_to_leave"]["safe"] and now["photos"]["verified"] == 1, 30)
    assert [one["id"] for one in (await service.ask(ListPhotos()))["rows"]] == [row["id"]]
    assert await service.ask(MovePhotos(ids=[row["id"]], event="default")) == 0, "it is there"


@pytest.mark.slow
async def test_what_is_said_of_a_photo_by_the_number_that_it_had_is_so_where_it_was_moved(
    running: Running, emulator: Emulator
) -> None:
    """Whoever saw its number before somebody else moved it was told that it is withdrawn, and it lay there still."""
    service = running.service
    await service.ask(AddEvent(name="Gala"))
    await service.ask(EnrollPerson(name="Anna", photos=[str(of("anna_berg")[1])], event="Gala"))
    await arrive(running, of("anna_berg")[0])
    (row,) = (await service.ask(ListPhotos()))["rows"]
    await service.ask(MovePhotos(ids=[row["id"]], event="Gala"))
    moved = "Events/Gala/People/Anna/{}/anna_berg_1.jpg"
    async with within(30):
        while tree(running) != [moved.format("Solo")]:
            await asyncio.sleep(0.1)
    assert await service.ask(FilePhotosAs(ids=[row["id"]], company="group")) == 1
    async with within(30):
        while tree(running) != [moved.format("Group")]:
            await asyncio.sleep(0.1)
    assert await service.ask(WithdrawPhotos(ids=[row["id"]])) == 1
    async with within(30):
        while tree(running) or any("anna_berg" in one["path"] and not one["trashed"] for one in emulator.files()):
            await asyncio.sleep(0.1)
    await service.ask(Undo())
    async with within(30):
        while tree(running) != [moved.format("Group")]:
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_a_withdrawn_photo_that_is_moved_stays_withdrawn(running: Running, emulator: Emulator) -> None:
    """It was filed in the other event: what is never to be placed again was placed, and sent."""
    service = running.service
    await service.ask(AddEvent(name="Gala"))
    await arrive(running, *of("mia_lindqvist")[1:])
    (newest, other) = (await service.ask(ListPhotos()))["rows"]
    await service.ask(WithdrawPhotos(ids=[newest["id"]]))
    assert await service.ask(MovePhotos(ids=[newest["id"], other["id"]], event="Gala")) == 1
    only = f"Events/Gala/Unsorted/Unknown/{other['name']}"
    async with within(20):
        while [one for one in tree(running) if "/Incoming/" not in one and not one.startswith("Incoming")] != [only]:
            await asyncio.sleep(0.1)
    with pytest.raises(UsageError, match="Withdrawn photos"):
        await service.ask(MovePhotos(ids=[newest["id"]], event="Gala"))
    await service.ask(Undo())
    await service.ask(Undo())
    async with within(20):
        while len([one for one in tree(running) if one.startswith("Unsorted/")]) != 2:
            await asyncio.sleep(0.1)
