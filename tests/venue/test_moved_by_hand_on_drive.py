"""Somebody moved a photo by hand on Drive, and it is to lie in another folder by now: Drive takes it from nowhere else
than where it lies.
"""

from __future__ import annotations

import asyncio

import pytest

from agent.requests.control import Sync
from agent.requests.events import AddEvent
from agent.requests.photos import ListPhotos, MovePhotos
from agent.requests.troubles import ListTroubles
from tests.emulator.drive import Emulator
from tests.venue.photographer import operator
from tests.venue.running import Running, arrive, of
from tests.venue.test_on_drive_amid import put_somewhere, sent


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_it_is_moved_from_where_it_lies_and_holds_no_other_up(running: Running, emulator: Emulator) -> None:
    """Nothing was to be written into the folder that it was to lie in, it was said, and all that came there waited."""
    service = running.service
    gala = (await service.ask(AddEvent(name="Gala")))["status"]["id"]
    await arrive(running, of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [file] = await asyncio.to_thread(sent, emulator)
    await asyncio.to_thread(put_somewhere, operator(emulator), file)
    await service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")
    emulator.faults({"method": "files.update", "file_id": file, "reason": "cannotAddParent"})
    [row] = (await service.ask(ListPhotos()))["rows"]
    await service.ask(MovePhotos(ids=[row["id"]], event=gala))
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    assert (await service.ask(ListTroubles()))["open"] == []
    [one] = [one for one in await asyncio.to_thread(emulator.files) if one["mimeType"].startswith("image/")]
    assert (one["id"], one["path"]) == (file, f"venuesync/Gala/Unsorted/Unknown/{one['name']}")
