"""Folders that were shared by their link before 2021 open with the key in that link alone."""

from __future__ import annotations

from pathlib import Path

from agent.drive.sign_in.token import HEADER, ResourceKeys
from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer

KEY = "0-aBc_1"


def test_a_request_carries_the_keys_of_the_files_that_it_names() -> None:
    keys = ResourceKeys()
    keys.learn("1folderfolder", KEY)
    keys.learn("2otherother", "0-other")
    assert keys.header("https://x/drive/v3/files/1folderfolder?alt=media") == {HEADER: f"1folderfolder/{KEY}"}
    assert keys.header("https://x/drive/v3/files?q=%271folderfolder%27+in+parents") == {HEADER: f"1folderfolder/{KEY}"}
    assert keys.header("https://x/drive/v3/about") == {}


def test_a_key_cannot_bring_a_header_of_its_own() -> None:
    keys = ResourceKeys()
    keys.learn("1folderfolder", "a\r\nAuthorization: x")
    assert keys.header("https://x/drive/v3/files/1folderfolder") == {}


async def test_a_source_by_such_a_link_is_read_and_without_its_key_it_is_lost(
    emulator: Emulator, tmp_path: Path
) -> None:
    anna = Photographer(emulator)
    folder = anna.folder("Old link")
    anna.open_by_link(folder)
    emulator.post("resource-key", {"file_id": folder, "key": KEY})
    photo = anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    desk = FeedDesk(tmp_path / "venue", emulator.url)
    with_key = await desk.add_event("with", f"https://drive.google.com/drive/folders/{folder}?resourcekey={KEY}")
    await desk.look()
    assert {one for one, _ in (await desk.there())[with_key]} == {photo}
    await desk.close()
    other = FeedDesk(tmp_path / "other", emulator.url)
    without = await other.add_event("without", f"https://drive.google.com/drive/folders/{folder}")
    await other.look()
    assert without not in await other.there()
    await other.close()
