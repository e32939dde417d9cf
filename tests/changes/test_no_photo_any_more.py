"""What was a photo and is something else now is gone, also where a listing alone is there to tell it."""

from __future__ import annotations

from pathlib import Path

from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer

PHOTO = b"\xff\xd8\xff photo"


async def test_one_that_is_a_text_now_is_gone_though_drive_lost_the_place_in_its_feed(
    emulator: Emulator, tmp_path: Path
) -> None:
    """A list shows it still: it was taken for a photo for good, and asked for in vain as it had been."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    other, emptied, kept = (anna.put(PHOTO + name.encode(), name, folder) for name in ("1.jpg", "2.jpg", "3.jpg"))
    desk = FeedDesk(tmp_path / "desk", emulator.url)
    event = await desk.add_event("Wedding", folder)
    await desk.look()
    assert {one for one, _ in (await desk.there())[event]} == {other, emptied, kept}
    anna.rename(other, "1.txt")
    url = f"/upload/drive/v3/files/{other}?uploadType=media"
    anna.http.patch(url, content=b"a text", headers={"Content-Type": "text/plain"}).raise_for_status()
    anna.replace(emptied, b"")  # a photo of no bytes is one that somebody has to see to
    emulator.expire("page_tokens")
    await desk.look()
    assert {one for one, _ in (await desk.there())[event]} == {emptied, kept}
    await desk.close()
