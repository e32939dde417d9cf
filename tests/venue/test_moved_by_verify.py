"""What `verify --repair` moves on Drive does not go to the trash with the folder that it was to be moved to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent.ledger import recorded
from agent.requests.control import Sync, Verify
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.photographer import FOLDER, operator
from tests.venue.pictures import scene
from tests.venue.running import Running, arrive

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


def made(emulator: Emulator, body: dict[str, Any]) -> str:
    with emulator.client("venuesync") as drive:
        return drive.post(f"{emulator.url}/drive/v3/files", json=body).raise_for_status().json()["id"]


def is_trashed(emulator: Emulator, file: str) -> bool:
    with emulator.client("their browser") as drive:
        asked = drive.get(f"{emulator.url}/drive/v3/files/{file}", params={"fields": "trashed"})
        return asked.raise_for_status().json()["trashed"]


@pytest.mark.slow
async def test_what_lies_in_a_doubled_folder_does_not_go_to_the_trash_with_the_one_that_we_know(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who saw the name twice trashed one of the two: what lay in the other one was moved into that."""
    photo = scene(running.incoming.parent / "DSC_0.jpg", 0)
    await arrive(running, photo)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [known] = [one for one in await asyncio.to_thread(emulator.files) if one["name"] == "No Faces"]
    marked = {"parents": [known["parent"]], "appProperties": known["appProperties"]}
    folder = marked | {"name": "No Faces", "mimeType": FOLDER}
    double = await asyncio.to_thread(made, emulator, folder)
    kept = await asyncio.to_thread(made, emulator, {"name": "kept.txt", "parents": [double]})
    halt = Halt(monkeypatch, recorded, "still_sent_so")
    mending = asyncio.create_task(running.service.ask(Verify(repair=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await asyncio.to_thread(operator(emulator).trash, known["id"])
    halt.begin.set()
    halt.end.set()
    assert [one["kind"] for one in (await mending)["differences"]] == ["doubled"]
    assert not await asyncio.to_thread(is_trashed, emulator, kept)
    async with within(20):  # the one that is made in its place takes it
        while not await asyncio.to_thread(is_trashed, emulator, double):
            await running.service.ask(Sync())
            await running.service.ask(Verify(repair=True))
    assert not await asyncio.to_thread(is_trashed, emulator, kept)


@pytest.mark.slow
async def test_what_somebody_moved_away_does_not_go_to_the_trash_with_the_folder_that_it_belongs_in(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was out of that by their own hand, and moved back into it as it went."""
    await arrive(running, scene(running.incoming.parent / "DSC_0.jpg", 0))
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    files = {one["name"]: one for one in await asyncio.to_thread(emulator.files)}
    photo, home = files["DSC_0.jpg"]["id"], files["No Faces"]["id"]
    theirs = {"name": "Best of", "mimeType": FOLDER}
    await asyncio.to_thread(operator(emulator).move, photo, await asyncio.to_thread(made, emulator, theirs))
    halt = Halt(monkeypatch, recorded, "still_sent_so")
    mending = asyncio.create_task(running.service.ask(Verify(repair=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await asyncio.to_thread(operator(emulator).trash, home)
    halt.begin.set()
    halt.end.set()
    assert [one["kind"] for one in (await mending)["differences"]] == ["moved"]
    assert not await asyncio.to_thread(is_trashed, emulator, photo)
