"""The same bytes come in another place of a source: what lies here of them stays where it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer

PHOTO = b"\xff\xd8\xff photo"


@pytest.fixture
async def desk(tmp_path: Path, emulator: Emulator) -> AsyncIterator[FeedDesk]:
    made = FeedDesk(tmp_path / "desk", emulator.url, gone="remove")
    yield made
    await made.close()


@pytest.mark.parametrize("how", ["moved to another source", "put anew"])
async def test_a_photo_whose_file_is_another_one_now_is_not_taken_out_till_that_is_fetched(
    desk: FeedDesk, emulator: Emulator, how: str
) -> None:
    """It went from disk and Drive, and came again; on a full disk, or while all is paused, much later."""
    anna = Photographer(emulator)
    one, two = anna.folder("One", share=True), anna.folder("Two", share=True)
    photo = anna.put(PHOTO, "DSC.jpg", one)
    event = await desk.add_event("Wedding", one, two)
    await desk.look()
    before = await desk.photos()
    assert len(before[event]) == 1
    if how == "put anew":
        anna.delete(photo)
        photo = anna.put(PHOTO, "DSC.jpg", one)
    else:
        anna.move(photo, two)
    await desk.look(slowly=True)
    assert await desk.photos() == before
    anna.delete(photo)
    await desk.look()
    assert await desk.photos() == {}, "in no place of them any more"
