"""What becomes due while the ledger is still asked what is: it was nobody's, until something else happened to ring."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from agent import clock
from agent.ledger import Ledger, downloads, drive_queue, folders
from agent.requests.events import AddEvent, SetEvent
from agent.requests.people import EnrollPerson
from agent.sync import downloads as fetching
from agent.uploads import folders as making
from agent.uploads import queue as sending
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.running import Running, an_agent, of

AGAIN = 0.3  # seconds until what was refused is tried again
NEVER = 3600.0
WHEN: dict[Any, Any] = {
    drive_queue.due: drive_queue.next_due_at,
    downloads.downloads_due: downloads.next_download_at,
    folders.due_on_drive: folders.due_again_at,
}


@pytest.fixture(autouse=True)
def a_slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes until then to say that nothing is due yet."""
    read = Ledger.read

    async def slowly(self: Ledger, asked: Callable[..., Any], *given: Any, **named: Any) -> Any:
        found = await read(self, asked, *given, **named)
        if asked in WHEN and not found and (due_at := await read(self, WHEN[asked], clock.steady())) is not None:
            await asyncio.sleep(due_at + 0.05 - clock.steady())
        return found

    monkeypatch.setattr(Ledger, "read", slowly)
    for part in (sending, fetching):  # should a ring be missed
        monkeypatch.setattr(part, "LOOK_ANYWAY", NEVER)
    monkeypatch.setattr(making, "RETRY_AFTER", AGAIN)


@pytest.fixture
async def running(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    monkeypatch.setenv("VENUESYNC_DRIVE__RETRY_DELAY", str(AGAIN))
    monkeypatch.setenv("VENUESYNC_DRIVE__FOLDER_CHECK", str(NEVER))
    monkeypatch.setenv("VENUESYNC_FACES__SECOND_LOOKS", "false")  # which ring, too
    async with an_agent(workspace) as made:
        scene(made.incoming / "DSC_1.jpg", 1)
        await verified(made, 1)
        yield made


async def verified(running: Running, photos: int) -> None:
    await running.until(lambda now: now["photos"]["verified"] == photos, 20)


async def test_a_photo_that_drive_refused_is_sent_again(running: Running, emulator: Emulator) -> None:
    emulator.faults({"method": "files.create", "reason": "badRequest"})
    scene(running.incoming / "DSC_2.jpg", 2)
    await verified(running, 2)


@pytest.mark.slow
async def test_a_photo_that_was_refused_is_fetched_again(
    running: Running, emulator: Emulator, anna: Photographer, tmp_path: Path
) -> None:
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)
    emulator.faults({"method": "files.get_media", "reason": "badRequest"})
    await running.service.ask(AddEvent(name="Wedding", sources=[folder]))
    await verified(running, 2)


@pytest.mark.slow
async def test_a_folder_that_was_refused_is_made_again(running: Running, emulator: Emulator) -> None:
    emulator.faults({"method": "files.create", "reason": "badRequest"})
    await running.service.ask(EnrollPerson(name="Hassan", photos=[str(path) for path in of("hassan")]))
    async with within(20):
        while not {"Solo", "Group"} <= {one["name"] for one in emulator.files() if "/Hassan/" in one["path"]}:
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_what_was_kept_here_is_sent_at_once_when_its_event_is_sent(running: Running) -> None:
    await running.service.ask(SetEvent(event="default", key="send", value="false"))
    scene(running.incoming / "DSC_2.jpg", 2)
    async with within(20):
        while not (running.incoming.parent / "Unsorted/No Faces/DSC_2.jpg").exists():
            await asyncio.sleep(0.05)
    await asyncio.sleep(1)  # all that rings by that has
    await running.service.ask(SetEvent(event="default", key="send", value="true"))
    await verified(running, 2)
