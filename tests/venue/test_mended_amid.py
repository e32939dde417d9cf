"""What is decided, or done by hand, while all is compared counts once that is mended: `verify --repair` asks anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.ledger import drive_folders
from agent.requests.control import Verify
from agent.requests.events import AddEvent, RemoveEvent, SetEvent
from agent.uploads import verify
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE
from tests.venue.running import Running, arrive, of

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
