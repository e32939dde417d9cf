"""The last file of a photo lies on Drive, in a folder in which it is wanted no more: it stays there."""

from __future__ import annotations

import asyncio

import pytest

from agent.requests.control import Retry, Verify
from agent.requests.events import SetEvent
from agent.requests.troubles import ListTroubles
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.photographer import operator
from tests.venue.running import Running, arrive, of
from tests.venue.test_on_drive_amid import looked

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


async def there(emulator: Emulator) -> dict[str, str]:
    """Folder -> id, of photos on Drive."""
    files = await asyncio.to_thread(emulator.files)
    return {
        one["path"].split("/")[2]: one["id"]
        for one in files
        if one["mimeType"].startswith("image/") and not one["trashed"]
    }


@pytest.mark.slow
@pytest.mark.parametrize(("known", "by"), [(True, "retry"), (False, "retry"), (True, "verify")])
async def test_what_lies_in_all_photos_alone_is_not_lost_as_there_are_none(
    running: Running, emulator: Emulator, known: bool, by: str
) -> None:
    """Its other file on Drive had been deleted by hand, and those here, too: the last one went to the trash."""
    service, photo = running.service, of("anna_berg")[0]
    await service.ask(SetEvent(event="default", key="all_photos", value="true"))
    await arrive(running, photo)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    for one in (running.incoming / photo.name, *running.incoming.parent.glob(f"*/**/{photo.name}")):
        one.unlink(missing_ok=True)
    async with within(20):
        while await running.agent._ledger.read(lambda db: db.value("SELECT COUNT(*) FROM sighting")):
            await asyncio.sleep(0.05)
    both = await there(emulator)
    assert sorted(both) == ["All Photos", "Unsorted"]
    await asyncio.to_thread(operator(emulator).trash, both["Unsorted"])
    if known:
        await looked(running, emulator)
        await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")
    await service.ask(SetEvent(event="default", key="all_photos", value="false"))
    async with within(20):
        while not (told := (await service.ask(ListTroubles()))["open"]):
            await asyncio.sleep(0.05)
    assert "Download it from Drive" in told[0]["remedy"]
    assert sorted(await there(emulator)) == ["All Photos"]
    await looked(running, emulator)
    if by == "verify":
        told = (await service.ask(Verify(repair=True)))["differences"]
        assert "is sent again" in [one["repair"] for one in told if one["where"] == "drive"]
        assert not [one for one in told if "nor Drive" in one["repair"]]
        async with within(20):
            while sorted(await there(emulator)) != ["All Photos", "Unsorted"]:
                await asyncio.sleep(0.05)
    await service.ask(Retry(all=True))
    async with within(20):
        while [*await there(emulator)] != ["Unsorted"]:
            await asyncio.sleep(0.05)
