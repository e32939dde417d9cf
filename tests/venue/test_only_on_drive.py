"""The only file left of a photo lies on Drive, or may, while that is not written down: it stays there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.requests.control import Pause, Resume, SetMetered
from agent.requests.events import AddEvent, SetEvent
from agent.requests.people import EnrollPerson, Undo
from agent.requests.photos import ListPhotos, MovePhotos, WithdrawPhotos
from agent.requests.troubles import ListTroubles
from tests.emulator.drive import Emulator
from tests.halting import Halt, HaltAnswer
from tests.patience import within
from tests.venue.manifest import md5
from tests.venue.pictures import padded, scene
from tests.venue.running import Running, arrive, of
from tests.venue.test_answers_too_late import sent
from tests.venue.test_renditions import LARGE

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("running", ["near"], indirect=True)]


@asynccontextmanager
async def not_on_disk(running: Running, monkeypatch: pytest.MonkeyPatch, photo: Path) -> AsyncIterator[None]:
    """The photo comes while the disk takes none, and its card is taken away before the disk does."""
    await arrive(running, of("jonas_lindqvist")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    disk = Halt(monkeypatch, running.agent._here.router._work, "make_ready")
    arrived = running.incoming / photo.name
    arrived.write_bytes(photo.read_bytes())
    yield
    arrived.unlink()
    async with within(20):
        while await running.agent._ledger.read(lambda db: db.value("SELECT COUNT(*) FROM sighting")) > 1:
            await asyncio.sleep(0.05)
    disk.begin.set()
    disk.end.set()
    await asyncio.sleep(7)  # longer than the disk rests before it looks for it once more


async def told_of(running: Running) -> str:
    async with within(20):
        while not (told := (await running.service.ask(ListTroubles()))["open"]):
            await asyncio.sleep(0.05)
    return told[0]["remedy"]


async def test_it_stays_where_the_answer_to_its_sending_is_lost(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was given up before Drive could be asked for it, and then taken back."""
    photo = of("anna_berg")[0]
    async with not_on_disk(running, monkeypatch, photo):
        halt = HaltAnswer(monkeypatch, running.agent._drive.queue._sender, "carry")
        emulator.faults([{"method": "files.create", "drop": True, "after_commit": True}])
        async with within(20):
            await halt.done.wait()
        await running.service.ask(Pause(what="uploads"))
        halt.end.set()
    await running.service.ask(Resume(what="uploads"))
    assert "Download it from Drive" in await told_of(running)
    assert photo.name in await asyncio.to_thread(sent, emulator)


@pytest.mark.parametrize("answer", ["here", "to come"])
async def test_it_stays_where_it_waits_to_be_moved_into_another_folder(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """It was given up as nothing lay in the folder of somebody who had just been named, and then taken back."""
    photo, *references = of("anna_berg")
    async with not_on_disk(running, monkeypatch, photo):
        halt = HaltAnswer(monkeypatch, running.agent._drive.queue._sender, "carry")
        async with within(20):
            await halt.done.wait()
        await running.service.ask(Pause(what="uploads"))
        if answer == "here":
            halt.end.set()
            await running.until(lambda now: now["uploads"]["active"] == 0)
        await running.service.ask(EnrollPerson(name="Anna", photos=[str(one) for one in references]))
        await asyncio.sleep(2)
    halt.end.set()
    await running.service.ask(Resume(what="uploads"))
    assert "Download it from Drive" in await told_of(running)
    assert photo.name in await asyncio.to_thread(sent, emulator)


async def test_it_comes_out_of_the_trash_by_an_undo(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was given up again before Drive could be told, and stayed in the trash."""
    photo = of("anna_berg")[0]
    async with not_on_disk(running, monkeypatch, photo):
        await running.until(lambda now: now["uploads"]["verified"] == 2)
        [row] = [one for one in (await running.service.ask(ListPhotos()))["rows"] if one["name"] == photo.name]
        await running.service.ask(WithdrawPhotos(ids=[row["id"]]))
        async with within(20):
            while photo.name in await asyncio.to_thread(sent, emulator):
                await asyncio.sleep(0.05)
        await running.until(lambda now: now["uploads"]["active"] == 0)
        await running.service.ask(Pause(what="uploads"))
        await running.service.ask(Undo())
        await asyncio.sleep(2)
    await running.service.ask(Resume(what="uploads"))
    assert "Download it from Drive" in await told_of(running)
    assert photo.name in await asyncio.to_thread(sent, emulator)


async def test_a_small_copy_stays_where_nothing_here_can_take_its_place(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    """It went to the trash for the photo itself, which lay nowhere any more."""
    await running.service.ask(SetMetered(to="on"))
    await running.until(lambda now: now["drive"]["state"] == "online")
    await arrive(running, photo := padded(scene(tmp_path / "A.jpg", 1, LARGE), 2_000_000, 1))
    await running.until(lambda now: now["uploads"]["verified"] == 1)
    [filed] = running.incoming.parent.glob("Unsorted/*/*.jpg")
    filed.unlink()
    (running.incoming / photo.name).unlink()
    async with within(20):
        while await running.agent._ledger.read(lambda db: db.value("SELECT COUNT(*) FROM sighting")):
            await asyncio.sleep(0.05)
    await running.service.ask(SetMetered(to="off"))
    assert "Copy it into Incoming again" in await told_of(running)
    assert await asyncio.to_thread(sent, emulator) == [photo.name]
    (running.incoming / photo.name).write_bytes(photo.read_bytes())
    whole = md5(photo.read_bytes())
    async with within(20):
        while whole not in [one.get("md5Checksum") for one in await asyncio.to_thread(emulator.files)]:
            await asyncio.sleep(0.05)


async def gone_here(running: Running, photo: Path) -> None:
    """No file here holds it any more, and that is known."""
    for one in (running.incoming / photo.name, *running.incoming.parent.glob("Unsorted/*/*.jpg")):
        one.unlink()
    async with within(20):
        while await running.agent._ledger.read(lambda db: db.value("SELECT COUNT(*) FROM sighting")):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("by", ["metered", "event"])
async def test_what_is_to_be_moved_stays_where_nothing_here_can_take_its_place(
    running: Running, emulator: Emulator, tmp_path: Path, by: str
) -> None:
    """It is to be something else on Drive before it was moved, and went to the trash as it was not."""
    await running.service.ask(AddEvent(name="Gala"))
    await running.service.ask(SetMetered(to="on" if by == "metered" else "off"))
    await running.until(lambda now: now["drive"]["state"] == "online")
    await arrive(running, photo := padded(scene(tmp_path / "A.jpg", 1, LARGE), 2_000_000, 1))
    await running.until(lambda now: now["uploads"]["verified"] == 1)
    await gone_here(running, photo)
    await running.service.ask(Pause(what="uploads"))
    [row] = (await running.service.ask(ListPhotos()))["rows"]
    await running.service.ask(MovePhotos(ids=[row["id"]], event="Gala"))
    if by == "metered":
        await running.service.ask(SetMetered(to="off"))
    else:
        await running.service.ask(SetEvent(event="Gala", key="long_side", value="640"))
    await running.service.ask(Resume(what="uploads"))
    await running.until(lambda now: now["uploads"]["failed"] == 1)
    told = {one["remedy"] for one in (await running.service.ask(ListTroubles()))["open"]}
    assert any("Download it from Drive" in one for one in told) == (by == "event")
    assert await asyncio.to_thread(sent, emulator) == [photo.name]
    (running.incoming / photo.name).write_bytes(photo.read_bytes())
    await running.until(lambda now: now["uploads"]["verified"] == 1)
    assert await asyncio.to_thread(sent, emulator) == [photo.name]


async def test_what_is_to_lie_here_alone_stays_on_drive_where_it_does_not_lie_here(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    """The event keeps on this machine what has no face on it: the only file of such a photo went to the trash."""
    await running.until(lambda now: now["drive"]["state"] == "online")
    await arrive(running, photo := scene(tmp_path / "A.jpg", 1))
    await running.until(lambda now: now["uploads"]["verified"] == 1)
    await gone_here(running, photo)
    await running.service.ask(SetEvent(event="default", key="without_faces", value="false"))
    assert "Download it from Drive" in await told_of(running)
    assert await asyncio.to_thread(sent, emulator) == [photo.name]
