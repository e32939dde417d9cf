"""A shortcut stays as it is while what it leads to changes: it is followed all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.ledger import meta
from agent.model import EventId
from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer

PHOTO, ANOTHER = b"\xff\xd8\xff photo", b"\xff\xd8\xff another"


@pytest.fixture
async def desk(tmp_path: Path, emulator: Emulator) -> AsyncIterator[FeedDesk]:
    made = FeedDesk(tmp_path / "desk", emulator.url)
    yield made
    await made.close()


@pytest.fixture
def anna(emulator: Emulator) -> Photographer:
    return Photographer(emulator)


async def there(desk: FeedDesk, event: EventId) -> list[str]:
    return sorted(md5 for _, md5 in (await desk.there()).get(event, set()))


async def test_a_photo_that_is_replaced_behind_a_shortcut_is_fetched_as_it_is_then(
    desk: FeedDesk, anna: Photographer
) -> None:
    """Nothing is told of the shortcut: what was here was taken for all that there is until the night's listing."""
    folder, private = anna.folder("Anna", share=True), anna.folder("Private")
    photo = anna.put(PHOTO, "DSC.jpg", private)
    permission = anna.share(photo)
    anna.shortcut("to it.jpg", photo, folder)
    event = await desk.add_event("Wedding", folder)
    await desk.look()
    before = await there(desk, event)
    anna.replace(photo, ANOTHER)
    await desk.look()
    after = await there(desk, event)
    assert len(before) == len(after) == 1 and before != after
    anna.unshare(photo, permission)
    await desk.look()
    assert await there(desk, event) == []
    anna.share(photo)
    await desk.look()
    assert await there(desk, event) == after


@pytest.mark.parametrize("is_folder", [False, True], ids=["photo", "folder"])
async def test_a_shortcut_to_what_nobody_shares_is_named(desk: FeedDesk, anna: Photographer, is_folder: bool) -> None:
    """What lies there came from nowhere, and nobody was told: neither as it is found, nor as it is put there."""
    folder, hidden = anna.folder("Anna", share=True), [anna.folder("Private"), anna.folder("Secret")]
    if not is_folder:
        hidden = [anna.put(PHOTO, "DSC.jpg", one) for one in hidden]
    anna.shortcut("first.jpg", hidden[0], folder)
    event = await desk.add_event("Wedding", folder)
    await desk.look()
    anna.shortcut("second.jpg", hidden[1], folder)
    await desk.look()
    await desk.look()
    assert await there(desk, event) == []
    lines = [row["text"] for row in await desk.ledger.read(lambda db: meta.activity_before(db, None, 9))]
    told = "Not shared with this account, but for a shortcut: "
    assert [one for one in reversed(lines) if one.startswith(told)] == [f"{told}first.jpg", f"{told}second.jpg"]


async def test_a_shortcut_to_what_nobody_lets_us_see_holds_up_nothing_else(
    desk: FeedDesk, anna: Photographer, emulator: Emulator
) -> None:
    """The feed stood still with it, for all events; and a whole source was said to be gone."""
    folder = anna.folder("Anna", share=True)
    hidden = anna.put(PHOTO, "DSC.jpg", anna.folder("Private"))
    event = await desk.add_event("Wedding", folder)
    await desk.look()
    refused = {"method": "files.get", "file_id": hidden, "status": 403, "reason": "insufficientFilePermissions"}
    emulator.faults([{**refused, "times": None}])
    anna.shortcut("to it.jpg", hidden, folder)
    anna.put(ANOTHER, "DSC_2.jpg", folder)
    await desk.look()
    assert len(await there(desk, event)) == 1
    await desk.feeds.ask([event], whole=True)
    await desk.look()
    assert [one.check.value for one in await desk.standings()] != ["lost"]
