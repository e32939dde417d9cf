"""What is decided, or done by hand, while all is compared counts once that is mended: `verify --repair` asks anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.handlers import verifying
from agent.ledger import drive_folders, recorded
from agent.requests.control import Sync, Verify
from agent.requests.events import AddEvent, RemoveEvent, SetEvent
from agent.requests.people import EnrollPerson, RenamePerson
from agent.requests.status import GetStatus
from agent.uploads import verify
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.photographer import operator
from tests.venue.running import Running, arrive, of
from tests.venue.test_on_drive_amid import looked, put_somewhere

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


def there(emulator: Emulator) -> dict[str, str]:
    """All that lies on Drive, folders too: id -> path."""
    return {one["id"]: one["path"] for one in emulator.files() if not one["trashed"]}


async def filed_in_both(running: Running) -> None:
    """One photo, in the event of before and in another one."""
    photo = of("anna_berg")[0]
    await arrive(running, photo)
    await running.service.ask(AddEvent(name="Gala"))
    incoming = running.incoming.parent / "Events/Gala/Incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    Path(incoming, photo.name).write_bytes(photo.read_bytes())
    await running.until(lambda now: now["safe_to_leave"]["safe"] and now["uploads"]["verified"] == 2)


@pytest.mark.parametrize("at", [(drive_folders, "places"), (verify, "tell_apart")], ids=["listed", "told apart"])
@pytest.mark.parametrize("how", ["removed", "another account"])
async def test_what_an_event_leaves_on_drive_as_all_is_compared_stays(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, how: str, at: tuple[object, str]
) -> None:
    """It went to Drive's trash as ours and wanted nowhere, by the events of before the look."""
    service = running.service
    await filed_in_both(running)
    before = await asyncio.to_thread(there, emulator)
    halt = Halt(monkeypatch, *at)
    comparing = asyncio.create_task(service.ask(Verify(repair=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    if how == "removed":
        await service.ask(RemoveEvent(event="Gala"))
    else:
        await service.ask(SetEvent(event="Gala", key="account", value="ben@x.example", yes=True))
    halt.begin.set()
    halt.end.set()
    report = await comparing
    left = await asyncio.to_thread(there, emulator)
    assert {id: path for id, path in left.items() if id in before} == before, report


async def test_an_account_whose_last_event_leaves_it_as_all_is_compared_is_no_error(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`verify` ended with an error of the agent's own, and a mending amid."""
    service = running.service
    await arrive(running, of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    halt = Halt(monkeypatch, drive_folders, "places")
    comparing = asyncio.create_task(service.ask(Verify(repair=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await service.ask(SetEvent(event="default", key="account", value="ben@x.example", yes=True))
    halt.begin.set()
    halt.end.set()
    assert (await comparing)["checked_drive"] == 1


async def test_what_is_deleted_before_it_is_moved_back_is_not_there_again(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was called safe from then on: what lay in another folder was taken for moved back, though nothing was."""
    service = running.service
    await arrive(running, of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [file] = [id for id, path in (await asyncio.to_thread(there, emulator)).items() if path.endswith(".jpg")]
    await asyncio.to_thread(put_somewhere, operator(emulator), file)
    await service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")
    halt = Halt(monkeypatch, verifying, "come_meanwhile")
    comparing = asyncio.create_task(service.ask(Verify(repair=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await asyncio.to_thread(operator(emulator).delete, file)
    await looked(running, emulator)
    assert (await service.ask(GetStatus()))["safe_to_leave"]["code"] == "taken_away"
    halt.begin.set()
    halt.end.set()
    report = await comparing
    assert [one["kind"] for one in report["differences"]] == ["moved"]
    await looked(running, emulator)
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away", 3)


async def test_what_is_filed_as_all_is_compared_is_not_called_somebody_s(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = running.service
    first, second = of("anna_berg")[0], of("jonas_lindqvist")[0]
    await arrive(running, first)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    halt = Halt(monkeypatch, verifying, "verify_disk")
    comparing = asyncio.create_task(service.ask(Verify()))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await arrive(running, second)
    await running.until(lambda now: now["safe_to_leave"]["safe"] and now["uploads"]["verified"] == 2)
    halt.begin.set()
    halt.end.set()
    assert (await comparing)["differences"] == []


async def test_a_folder_that_is_renamed_as_all_is_compared_lacks_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each photo in it was said to be missing, and to be filed again."""
    service = running.service
    await service.ask(EnrollPerson(name="Anna", photos=[str(of("anna_berg")[0])]))
    await arrive(running, of("anna_berg")[1])
    await running.until(lambda now: now["safe_to_leave"]["safe"] and now["uploads"]["verified"] == 1)
    halt = Halt(monkeypatch, verifying, "verify_disk")
    comparing = asyncio.create_task(service.ask(Verify()))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await service.ask(RenamePerson(person="Anna", name="Annika"))
    async with within(20):
        while not [*(running.incoming.parent / "People/Annika/Solo").glob("*.jpg")]:
            await asyncio.sleep(0.05)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    halt.begin.set()
    halt.end.set()
    assert (await comparing)["differences"] == []


async def test_what_an_event_leaves_on_the_disk_as_all_is_looked_at_stays(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken out as ours and wanted nowhere, by the events of before the look."""
    await filed_in_both(running)
    [filed] = (running.incoming.parent / "Events/Gala/Unsorted/Unknown").glob("*.jpg")
    halt = Halt(monkeypatch, recorded, "being_made")
    comparing = asyncio.create_task(running.service.ask(Verify(repair=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await running.service.ask(RemoveEvent(event="Gala"))
    halt.begin.set()
    halt.end.set()
    report = await comparing
    assert filed.exists(), report
