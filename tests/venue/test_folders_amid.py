"""What Drive answers of a folder is about that one: not about the one that its event has by then elsewhere."""

from __future__ import annotations

import asyncio

import pytest

from agent.ledger import drive_folders
from agent.requests.events import AddEvent, SetEvent
from agent.requests.people import EnrollPerson, MergePeople, Undo
from agent.uploads import folder_upkeep
from tests.emulator.drive import Emulator
from tests.halting import Halt, HaltAnswer
from tests.patience import PATIENCE, within
from tests.venue.photographer import operator
from tests.venue.running import Running, of

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)
MIA = "venuesync/Gala/People/Mia"


async def there(emulator: Emulator, path: str, number: int = 1) -> list[str]:
    """Ids of what lies at that path, once so many do."""
    async with within(20):
        while True:
            files = await asyncio.to_thread(emulator.files)
            found = [one["id"] for one in files if one["path"] == path and not one["trashed"]]
            if len(found) == number:
                return found
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_folder_that_is_gone_as_it_is_trashed_is_not_the_one_on_the_drive_that_its_event_goes_to(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That one was made a second time, and their photos were in two folders of one name."""
    service = running.service
    await service.ask(AddEvent(name="Gala"))
    for name, who in (("Mia", "mia_lindqvist"), ("Anna", "anna_berg")):
        await service.ask(EnrollPerson(name=name, photos=[str(of(who)[0])], event="Gala"))
    [mia] = await there(emulator, MIA)
    await there(emulator, "venuesync/Gala/People/Anna/Solo")
    await there(emulator, f"{MIA}/Group")
    halt = Halt(monkeypatch, drive_folders, "begin_trashing")
    gone = HaltAnswer(monkeypatch, folder_upkeep, "into_trash")
    await service.ask(MergePeople(person="Mia", into="Anna", event="Gala"))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await asyncio.to_thread(operator(emulator).delete, mia)
    halt.begin.set()
    halt.end.set()
    async with within(20):
        await gone.done.wait()
    await service.ask(SetEvent(event="Gala", key="account", value="ben@x.example", yes=True))
    await service.ask(Undo())
    made = await there(emulator, MIA)
    await there(emulator, f"{MIA}/Group")
    gone.end.set()
    await service.ask(EnrollPerson(name="Jonas", photos=[str(of("jonas_lindqvist")[0])], event="Gala"))
    await there(emulator, "venuesync/Gala/People/Jonas/Group")
    assert await there(emulator, MIA) == made
