"""What somebody changed on Drive is theirs: what takes its photo's place there lies beside it."""

from __future__ import annotations

import asyncio

import pytest

from agent.requests.control import Verify
from agent.requests.events import SetEvent
from agent.requests.people import Undo
from agent.requests.photos import ListPhotos, WithdrawPhotos
from agent.requests.troubles import ListActivity
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.photographer import operator
from tests.venue.running import Running, arrive, of
from tests.venue.test_on_drive_amid import looked, sent


@pytest.mark.parametrize("running", ["near"], indirect=True)
@pytest.mark.parametrize("known", [True, False])
async def test_a_retouched_photo_stays_as_all_are_to_be_smaller(
    running: Running, emulator: Emulator, known: bool
) -> None:
    """It went to the trash, and nobody was told."""
    await arrive(running, photo := of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [file] = await asyncio.to_thread(sent, emulator)
    await asyncio.to_thread(operator(emulator).replace, file, b"retouched by somebody")
    if known:
        await looked(running, emulator)
        await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")
    await running.service.ask(SetEvent(event="default", key="long_side", value="640"))
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    there = {one["id"]: one for one in await asyncio.to_thread(emulator.files) if one["name"] == photo.name}
    assert len(there) == 2
    assert (there[file]["trashed"], int(there[file]["size"])) == (False, len(b"retouched by somebody"))
    assert (await running.service.ask(Verify(repair=True)))["differences"] == []
    assert not {one["id"]: one for one in await asyncio.to_thread(emulator.files)}[file]["trashed"]


@pytest.mark.parametrize("running", ["near"], indirect=True)
@pytest.mark.parametrize("known", [True, False])
async def test_a_retouched_photo_stays_as_its_photo_is_withdrawn(
    running: Running, emulator: Emulator, known: bool
) -> None:
    """Who had meant it was told to withdraw the photo, and it went to the trash by that; no undo had it back."""
    await arrive(running, photo := of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [file] = await asyncio.to_thread(sent, emulator)
    await asyncio.to_thread(operator(emulator).replace, file, b"retouched by somebody")
    if known:
        await looked(running, emulator)
        await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")
    [row] = (await running.service.ask(ListPhotos()))["rows"]
    await running.service.ask(WithdrawPhotos(ids=[row["id"]]))
    told = f"{photo.name} was changed on Drive by somebody: it stays in Unsorted/Unknown there, as theirs"
    async with within(20):
        while told not in [one["text"] for one in await running.service.ask(ListActivity())]:
            await asyncio.sleep(0.05)
    await running.service.ask(Undo())
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    there = {one["id"]: one for one in await asyncio.to_thread(emulator.files) if one["name"] == photo.name}
    assert len(there) == 2, "the photo is back beside it"
    assert (there[file]["trashed"], int(there[file]["size"])) == (False, len(b"retouched by somebody"))
    assert (await running.service.ask(Verify(repair=True)))["differences"] == []
