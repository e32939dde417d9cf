"""What is decided or removed while work of what was so before is on its way: nothing is lost, doubled or misplaced."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent import pipeline
from agent.errors import UsageError
from agent.ledger import accounts, downloads
from agent.people import plan_again
from agent.requests.ask import Agent
from agent.requests.control import Pause, Resume, Sync
from agent.requests.events import AddEvent, ChangeEventFolder, ChangeEventSource, RemoveEvent, SetEvent
from agent.requests.faces import ListUnknown
from agent.requests.people import EnrollPerson, Redo, RenamePerson, Undo
from agent.requests.photos import GetPhoto, ListPhotos, ListUploads, MovePhotos, WithdrawPhotos
from agent.requests.status import GetStatus
from agent.requests.troubles import ListTroubles
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.photographer import Photographer
from tests.venue.running import Running, arrive, of
from tests.venue.trees import on_drive, tree

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
    async with within(7):
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


@pytest.mark.slow
async def test_withdrawn_where_it_was_to_be_moved_it_comes_back(running: Running, emulator: Emulator) -> None:
    service = running.service
    await only_filed(running, emulator)
    async with meanwhile(service):
        await service.ask(MovePhotos(ids=await numbers(service), event="Late"))
        await service.ask(WithdrawPhotos(ids=await numbers(service, "Late")))
    await both(running, emulator, lambda now: not now)
    await service.ask(Undo())
    await both(running, emulator, moved)


@pytest.mark.slow
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


@pytest.mark.slow
async def test_moved_there_and_back_and_there_again_at_once_it_is_there(running: Running, emulator: Emulator) -> None:
    service = running.service
    await only_filed(running, emulator)
    async with meanwhile(service):
        await service.ask(MovePhotos(ids=await numbers(service), event="Late"))
        await service.ask(Undo())
        await service.ask(Redo())
    await both(running, emulator, moved)


@pytest.mark.slow
async def test_what_comes_back_is_filed_though_the_card_was_emptied_meanwhile(
    running: Running, emulator: Emulator
) -> None:
    service = running.service
    filed = await only_filed(running, emulator, card="full")
    async with meanwhile(service):
        [photo] = await numbers(service)
        await service.ask(MovePhotos(ids=[photo], event="Late"))
        await service.ask(Undo())
        (running.incoming / "anna_berg_1.jpg").unlink()
        async with within(7):
            while (await service.ask(GetPhoto(id=photo)))["originals"]:
                await asyncio.sleep(0.05)
    await running.until(lambda now: now["photos"]["verified"] == 1)
    await both(running, emulator, lambda now: now == filed)


@pytest.mark.slow
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


async def put_in_party(running: Running) -> Path:
    """A photo arrives in an event of its own. Answers where."""
    [photo, *_] = of("anna_berg")
    await running.service.ask(AddEvent(name="Party"))
    arrived = running.incoming.parent / "Events" / "Party" / "Incoming" / photo.name
    arrived.write_bytes(photo.read_bytes())
    return arrived


@pytest.mark.slow
async def test_a_photo_that_left_an_event_is_no_evidence_for_a_guest_there(running: Running) -> None:
    """Two of them are here: the third was moved here, and back."""
    service = running.service
    arrived = await put_in_party(running)
    await running.until(lambda now: now["photos"]["verified"] == 1)
    arrived.unlink()
    [_, second, third, *_] = of("anna_berg")
    await arrive(running, second)
    await service.ask(MovePhotos(ids=await numbers(service, "Party"), event="default"))
    await running.until(lambda now: now["photos"]["verified"] == 2 and now["faces"]["clusters"] == 1)
    await service.ask(Undo())
    await arrive(running, third)
    await running.until(lambda now: now["photos"]["verified"] == 3 and now["safe_to_leave"]["safe"])
    here = [one for one in await service.ask(ListUnknown()) if one["event"] == "default"]
    assert [(one["name"], one["faces"]) for one in here] == [(None, 2)]


@pytest.mark.slow
async def test_what_comes_back_into_an_event_is_waited_for_before_that_is_removed(
    running: Running, emulator: Emulator
) -> None:
    """On Drive it lies in the other one still: with nobody's row it would stay there for ever."""
    service = running.service
    arrived = await put_in_party(running)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    arrived.unlink()
    await service.ask(MovePhotos(ids=await numbers(service), event="default"))
    here = ["Unsorted/Unknown/anna_berg_1.jpg"]
    await both(running, emulator, lambda now: now == here)
    emulator.faults([{"method": "files.update", "status": 503, "reason": "backendError", "times": None}])
    await service.ask(Undo())
    async with within(7):
        while await asyncio.to_thread(tree, running) == here:
            await asyncio.sleep(0.05)
    with pytest.raises(UsageError, match="on their way into the event"):
        await service.ask(RemoveEvent(event="Party"))
    emulator.clear_faults()
    back = ["Events/Party/Unsorted/Unknown/anna_berg_1.jpg"]
    await both(running, emulator, lambda now: now == back)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    await service.ask(RemoveEvent(event="Party"))
    await both(running, emulator, lambda now: now == back)


@pytest.mark.slow
async def test_what_was_on_its_way_into_an_event_that_was_removed_is_no_other_photo(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = running.service
    halt = Halt(monkeypatch, running.agent._here.router._work, "make_ready")
    halt.begin.set()
    await service.ask(Pause(what="uploads"))  # sent already, it would stay on Drive
    arrived = await put_in_party(running)
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    [old] = await numbers(service)
    await service.ask(RemoveEvent(event="Party"))
    await service.ask(Resume(what="uploads"))
    arrived.unlink()
    [photo, *_] = of("jonas_lindqvist")
    (running.incoming / photo.name).write_bytes(photo.read_bytes())
    async with within(7):
        while not (rows := (await service.ask(ListUploads()))) or rows[0]["photo"] != photo.name:
            await asyncio.sleep(0.05)
    halt.end.set()
    await both(running, emulator, lambda now: now == [f"Unsorted/Unknown/{photo.name}"])
    assert old not in await numbers(service)


async def test_a_file_that_settles_while_its_event_is_removed_keeps_nobody_waiting(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = running.service
    halt = Halt(monkeypatch, pipeline, "classify")
    halt.begin.set()
    await put_in_party(running)
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    await service.ask(RemoveEvent(event="Party"))
    halt.end.set()
    await arrive(running, of("jonas_lindqvist")[0])
    assert (await service.ask(GetStatus()))["photos"]["seen"] == 1


async def test_a_source_that_is_removed_while_it_is_listed_brings_nothing(
    running: Running, emulator: Emulator, anna: Photographer
) -> None:
    service = running.service
    await running.until(lambda now: now["drive"]["state"] == "online")
    folder = await asyncio.to_thread(lambda: anna.folder("From Anna", share=True))
    await asyncio.to_thread(anna.put, of("anna_berg")[0], "DSC_1.jpg", folder)
    emulator.faults([{"method": "files.list", "stall_ms": 1500, "times": 5}])
    listed = emulator.requests()["methods"].get("files.list", 0)
    event = await service.ask(AddEvent(name="Late", sources=(f"https://drive.google.com/drive/folders/{folder}",)))
    async with within(7):
        while emulator.requests()["methods"].get("files.list", 0) == listed:
            await asyncio.sleep(0.02)
    await service.ask(ChangeEventSource(event="Late", change="remove", source=event["sources"][0]["id"]))
    await asyncio.sleep(5)
    assert (await service.ask(GetStatus()))["photos"]["seen"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("removed", ["event", "source"])
async def test_a_photo_that_is_here_already_is_not_brought_into_what_was_removed_meanwhile(
    running: Running,
    emulator: Emulator,
    anna: Photographer,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    removed: str,
) -> None:
    service = running.service
    [photo, *_] = of("anna_berg")
    await arrive(running, photo)
    await both(running, emulator, lambda now: len(now) == 1)
    folder = await asyncio.to_thread(lambda: anna.folder("From Anna", share=True))
    await asyncio.to_thread(anna.put, photo, "DSC_1.jpg", folder)
    halt = Halt(monkeypatch, downloads, "known_photo")
    halt.begin.set()
    event = await service.ask(AddEvent(name="Late", sources=(f"https://drive.google.com/drive/folders/{folder}",)))
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    if removed == "event":
        await service.ask(RemoveEvent(event="Late"))
    else:
        await service.ask(ChangeEventSource(event="Late", change="remove", source=event["sources"][0]["id"]))
    halt.end.set()
    async with within(7):
        while running.agent._drive.downloader.under_way.active:
            await asyncio.sleep(0.02)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    assert (await service.ask(GetStatus()))["photos"]["seen"] == 1
    assert not any("broken" in line or "Traceback" in line for line in capfd.readouterr().out.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("how", ["renamed", "refused"])
async def test_an_event_that_is_removed_while_a_folder_of_it_is_renamed_leaves_no_trouble(
    running: Running, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    service = running.service
    await service.ask(AddEvent(name="Party"))
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])], event="Party"))
    people = running.incoming.parent / "Events" / "Party" / "People"
    async with within(7):
        while not (people / "Mia" / "Solo").is_dir():
            await asyncio.sleep(0.02)
    halt = Halt(monkeypatch, running.agent._here.router._work, "rename_folder")
    await service.ask(RenamePerson(person="Mia", name="Maja", event="Party"))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await service.ask(RemoveEvent(event="Party"))
    if how == "refused":
        (people / "Mia").rename(people / "away")
        (people / "Mia").symlink_to(people / "away")
    halt.begin.set()
    halt.end.set()
    await arrive(running, of("jonas_lindqvist")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    told = await service.ask(ListTroubles())
    assert (told["open"], told["healed"]) == ([], [])


@pytest.mark.slow
async def test_nothing_is_safe_from_the_moment_that_an_event_goes_to_another_account(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 50,000 photos it takes seconds until that is written down."""
    service = running.service
    await arrive(running, of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    halt = Halt(monkeypatch, accounts, "follow")
    moved = asyncio.create_task(service.ask(SetEvent(event="default", key="account", value="ben@x.example", yes=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    told = (await service.ask(GetStatus()))["safe_to_leave"]
    halt.begin.set()
    halt.end.set()
    await moved
    assert (told["safe"], told["code"]) == (False, "rebuilding"), told
    assert "an event goes to another Drive" in told["reason"]
    await running.until(lambda now: now["safe_to_leave"]["safe"])


@pytest.mark.slow
async def test_an_event_waits_for_what_is_moved_into_it_before_it_is_removed(
    running: Running, emulator: Emulator
) -> None:
    service = running.service
    filed = await only_filed(running, emulator)
    async with meanwhile(service):
        await service.ask(MovePhotos(ids=await numbers(service), event="Late"))
        with pytest.raises(UsageError, match="1 photo moved there"):
            await service.ask(RemoveEvent(event="Late"))
        await service.ask(Undo())
    await running.until(lambda now: now["photos"]["verified"] == 1)
    await both(running, emulator, lambda now: now == filed)
    await service.ask(MovePhotos(ids=await numbers(service), event="Late"))
    await both(running, emulator, moved)
    await service.ask(RemoveEvent(event="Late"))
    await both(running, emulator, moved)


@pytest.mark.slow
async def test_a_photo_that_is_gone_at_its_source_is_not_brought_back_by_a_plan_made_before(
    running: Running, emulator: Emulator, anna: Photographer, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = running.service
    await running.until(lambda now: now["drive"]["state"] == "online")
    folder = await asyncio.to_thread(lambda: anna.folder("From Anna", share=True))
    file = await asyncio.to_thread(anna.put, of("mia_lindqvist")[0], "DSC_1.jpg", folder)
    await service.ask(AddEvent(name="Late", sources=(f"https://drive.google.com/drive/folders/{folder}",)))
    await service.ask(SetEvent(event="Late", key="gone", value="remove"))
    await running.until(lambda now: now["photos"]["verified"] == 1)
    halt = Halt(monkeypatch, plan_again, "differences")
    halt.begin.set()
    enrolling = asyncio.ensure_future(
        service.ask(EnrollPerson(name="Mia", event="Late", photos=[str(of("mia_lindqvist")[1])]))
    )
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    await asyncio.to_thread(anna.trash, file)
    await service.ask(Sync())
    async with within(7):
        while await numbers(service):
            await asyncio.sleep(0.05)
    halt.end.set()
    await enrolling
    await both(running, emulator, lambda now: now == [])


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="nobody else's file can be made here")
async def test_what_cannot_be_read_is_nobodys_once_its_folder_is_taken_off(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told a moment later, and never safe to leave from then on."""
    service, card = running.service, tmp_path / "card"
    card.mkdir()
    theirs = tmp_path / "theirs.jpg"
    theirs.write_bytes(of("anna_berg")[0].read_bytes())
    os.chown(theirs, 1234, 1234)
    halt = Halt(monkeypatch, pipeline, "classify")
    halt.begin.set()
    await service.ask(AddEvent(name="Party", folders=[str(card)]))
    (card / "A.jpg").symlink_to(theirs)
    (card / "notes.txt").write_text("seating plan")
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    await service.ask(ChangeEventFolder(event="Party", change="remove", folder=str(card)))
    halt.end.set()
    await arrive(running, of("jonas_lindqvist")[0])
    now = await running.until(lambda now: now["safe_to_leave"]["safe"] and now)
    assert (now["photos"]["skipped"], now["errors"]) == (0, 0)


@pytest.mark.slow
async def test_a_photo_that_settles_while_its_folder_is_given_to_another_event_is_that_ones(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, card = running.service, tmp_path / "card"
    card.mkdir()
    halt = Halt(monkeypatch, pipeline, "classify")
    halt.begin.set()
    await service.ask(AddEvent(name="Gala"))
    await service.ask(AddEvent(name="Party", folders=[str(card)]))
    (card / "A.jpg").write_bytes(of("anna_berg")[0].read_bytes())
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    await service.ask(ChangeEventFolder(event="Party", change="remove", folder=str(card)))
    await service.ask(ChangeEventFolder(event="Gala", change="add", folder=str(card)))
    halt.end.set()
    now = await running.until(lambda now: now["safe_to_leave"]["safe"] and now)
    assert {one["name"]: one["photos"] for one in now["events"]} == {"default": 0, "Gala": 1, "Party": 0}


async def test_of_a_photo_that_is_looked_at_while_its_event_is_removed_no_face_is_kept(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nights let go of what events keep, and nobody could have it go any more."""
    service, workers = running.service, running.agent._here.workers
    seen, end, look = asyncio.Event(), asyncio.Event(), workers.look

    async def slow(*given: Any, **named: Any) -> Any:
        found = await look(*given, **named)
        seen.set()
        await end.wait()
        return found

    monkeypatch.setattr(workers, "look", slow)
    await put_in_party(running)
    async with within(20):
        await seen.wait()
    await service.ask(RemoveEvent(event="Party"))
    end.set()
    await arrive(running, of("jonas_lindqvist")[0])
    assert (await service.ask(GetStatus()))["faces"]["found"] == 1
    count = "SELECT COUNT(*) FROM face"
    assert await running.agent._ledger.read(lambda db: db.value(count)) == 1
