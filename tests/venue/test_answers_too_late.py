"""What an answer that belongs to an earlier wish does not do: something else is wanted of the photo by now."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.requests.control import SetMetered
from agent.requests.events import AddEvent, RemoveEvent, SetEvent
from agent.requests.people import EnrollPerson, ForgetPerson
from agent.requests.photos import ListPhotos, WithdrawPhotos
from agent.requests.status import GetStatus
from agent.requests.troubles import ListTroubles
from tests.emulator.drive import Emulator
from tests.halting import Halt, HaltAnswer
from tests.patience import PATIENCE, within
from tests.venue.disks import Disk, needs_mounts, run
from tests.venue.pictures import padded, scene
from tests.venue.running import Running, arrive, of
from tests.venue.test_forget import TOGETHER
from tests.venue.test_renditions import LARGE

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


def sent(emulator: Emulator) -> list[str]:
    return [one["name"] for one in emulator.files() if one["mimeType"].startswith("image/") and not one["trashed"]]


async def test_what_is_to_stay_here_by_now_is_not_sent_small_on_a_metered_line(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """That a small copy of it goes first had been said just before: it went, and lay on Drive while that lasted."""
    service = running.service
    await service.ask(SetMetered(to="on"))
    await running.until(lambda now: now["drive"]["state"] == "online")
    halt = HaltAnswer(monkeypatch, running.agent._drive.queue._sender, "carry")
    await arrive(running, padded(scene(tmp_path / "A.jpg", 1, LARGE), 2_000_000, 1))
    async with within(20):
        await halt.done.wait()
    await service.ask(SetEvent(event="default", key="exclude", value="*.jpg"))
    halt.end.set()
    now = await running.until(lambda now: now["safe_to_leave"]["safe"] and now)
    assert "1 only here" in now["safe_to_leave"]["reason"]
    assert await asyncio.to_thread(sent, emulator) == []


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["sent", "refused"])
async def test_the_only_file_left_of_a_photo_is_not_taken_out_of_drive_for_an_answer_that_is_still_to_come(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """Its card was taken away before the disk had it: what was sent by then went to Drive's trash."""
    service, here = running.service, running.agent._here
    await arrive(running, of("jonas_lindqvist")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    before = await asyncio.to_thread(sent, emulator)
    disk = Halt(monkeypatch, here.router._work, "make_ready")
    halt = HaltAnswer(monkeypatch, running.agent._drive.queue._sender, "carry")
    if answer == "refused":
        emulator.faults([{"method": "files.create", "reason": "backendError", "times": None}])
    [photo, *_] = of("anna_berg")
    arrived = running.incoming / photo.name
    arrived.write_bytes(photo.read_bytes())
    async with within(20):
        await halt.done.wait()
    arrived.unlink()
    async with within(20):
        while await running.agent._ledger.read(lambda db: db.value("SELECT COUNT(*) FROM sighting")) > 1:
            await asyncio.sleep(0.05)
    disk.begin.set()
    disk.end.set()
    await asyncio.sleep(7)  # longer than the disk rests before it looks for it once more
    assert (await service.ask(GetStatus()))["photos"]["waiting"] == 1
    assert (await service.ask(ListTroubles()))["open"] == []
    halt.end.set()
    async with within(20):
        while not (told := (await service.ask(ListTroubles()))["open"]):
            await asyncio.sleep(0.05)
    code = "failed" if answer == "sent" else "taken_away"
    await running.until(lambda now: now["safe_to_leave"]["code"] == code)
    if answer == "sent":
        assert "Download it from Drive" in told[0]["remedy"]
    else:
        assert told[0]["title"] == "A photo was taken away too soon"
    assert await asyncio.to_thread(sent, emulator) == [*before, *([photo.name] if answer == "sent" else [])]


@pytest.mark.slow
async def test_whoever_is_forgotten_while_a_photo_is_taken_back_is_not_seen_in_drive_s_trash(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photo itself, which showed them, stayed there: it was in the trash by an answer that came after."""
    service = running.service
    for name in ("mia_lindqvist", "jonas_lindqvist"):
        await service.ask(EnrollPerson(name=name[:3], photos=[str(one) for one in of(name)]))
    await arrive(running, TOGETHER)
    await running.until(lambda now: now["safe_to_leave"]["safe"] and now["uploads"]["verified"] == 2)
    [row] = (await service.ask(ListPhotos()))["rows"]
    halt = HaltAnswer(monkeypatch, running.agent._drive.queue._sender, "carry")
    await service.ask(WithdrawPhotos(ids=[row["id"]]))
    async with within(20):
        while await asyncio.to_thread(sent, emulator):
            await asyncio.sleep(0.05)
    forgetting = asyncio.create_task(service.ask(ForgetPerson(person="mia", blur=True)))
    await running.until(lambda now: [one["name"] for one in now["people"]] == ["jon"])
    await asyncio.sleep(1)
    halt.end.set()
    await forgetting
    await running.until(lambda now: now["safe_to_leave"]["code"] != "removing")
    left = [one for one in await asyncio.to_thread(emulator.files) if one["mimeType"].startswith("image/")]
    assert [one["path"] for one in left] == []


@pytest.mark.slow
@needs_mounts()
@pytest.mark.parametrize("decided", ["withdrawn", "its event removed", "withdrawn before"])
async def test_a_photo_that_is_wanted_no_more_as_the_disk_refuses_it_is_in_no_trouble(
    running: Running, monkeypatch: pytest.MonkeyPatch, decided: str
) -> None:
    """Of a folder that cannot be written it was said that filing goes on, until something else was decided."""
    service, work = running.service, running.agent._here.router._work
    await service.ask(AddEvent(name="Party"))
    party = running.incoming.parent / "Events/Party"
    with Disk(party / "Unsorted"):
        first, second, _ = of("anna_berg")
        (party / "Incoming" / first.name).write_bytes(first.read_bytes())
        await running.until(lambda now: now["safe_to_leave"]["safe"])
        await arrive(running, of("jonas_lindqvist")[0])
        [row] = (await service.ask(ListPhotos(event="Party")))["rows"]
        run("mount", "-o", "remount,ro", str(party / "Unsorted"))
        if decided == "withdrawn before":
            await service.ask(WithdrawPhotos(ids=[row["id"]]))
            async with within(20):
                while not (await service.ask(ListTroubles()))["open"]:
                    await asyncio.sleep(0.05)
            run("mount", "-o", "remount,rw", str(party / "Unsorted"))
        else:
            halt = Halt(monkeypatch, work, "make_ready")
            halt.begin.set()
            (party / "Incoming" / second.name).write_bytes(second.read_bytes())
            assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
            rows = (await service.ask(ListPhotos(event="Party")))["rows"]
            ids = [one["id"] for one in rows if one["name"] == second.name]
            await service.ask(WithdrawPhotos(ids=ids) if decided == "withdrawn" else RemoveEvent(event="Party"))
            run("mount", "-o", "remount,rw", str(party / "Unsorted"))
            halt.end.set()
        await running.until(lambda now: now["safe_to_leave"]["safe"])
        assert (await service.ask(ListTroubles()))["open"] == []
