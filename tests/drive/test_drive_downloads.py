"""Bytes from Drive: resumed where they broke off, compared, on disk when it is said."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.disk.own_folders import OwnFolders
from agent.drive.errors import DriveError
from agent.drive.reasons import Scope
from agent.errors import Cause
from agent.jobs.housekeeping import DAY, Cleanup
from agent.ledger import Ledger
from agent.model import DriveId
from agent.workspace import Workspace
from tests.drive.kit import Kit, Photo
from tests.emulator.drive import Emulator

Make = Callable[..., Photo]


@pytest.fixture
async def stored(kit: Kit, photo: Make, emulator: Emulator) -> tuple[DriveId, Photo]:
    ours = photo(2_000_000)
    meta = await kit.meta()
    await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)
    emulator.forget_requests()
    return meta.id, ours


async def test_a_file_arrives_bit_by_bit(kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path) -> None:
    id, ours = stored
    to = tmp_path / "x.part"
    seen: list[int] = []
    assert await kit.media.download(id, to, ours.size, ours.md5, seen.append) == ours.md5
    assert to.read_bytes() == ours.path.read_bytes()
    assert seen[-1] == ours.size


async def test_only_what_is_missing_is_fetched(
    kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path, emulator: Emulator
) -> None:
    id, ours = stored
    to = tmp_path / "x.part"
    to.write_bytes(ours.path.read_bytes()[:1_900_000])
    await kit.media.download(id, to, ours.size, ours.md5)
    assert to.read_bytes() == ours.path.read_bytes()
    assert emulator.requests()["bytes_out"] < 200_000


async def test_a_cut_download_goes_on_where_it_was(
    kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path, emulator: Emulator
) -> None:
    id, ours = stored
    to = tmp_path / "x.part"
    emulator.faults({"method": "*", "truncate_to": 1_200_000})
    with pytest.raises(DriveError) as caught:
        await kit.media.download(id, to, ours.size, ours.md5)
    assert (caught.value.cause, caught.value.scope) == (Cause.TRANSIENT, Scope.NETWORK)
    kept = to.stat().st_size
    assert 0 < kept <= 1_200_000
    await kit.media.download(id, to, ours.size, ours.md5)
    assert to.read_bytes() == ours.path.read_bytes()
    assert emulator.requests()["bytes_out"] < ours.size + 300_000


async def test_what_goes_on_after_days_is_not_tidied_up_meanwhile(
    kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path, emulator: Emulator
) -> None:
    """An agent that starts after a week goes on with it, and catches up with the night's work."""
    id, ours = stored
    workspace, long_ago = Workspace(tmp_path, tmp_path / ".venuesync"), time.time() - 8 * DAY
    workspace.downloads.mkdir(parents=True)
    part = workspace.downloads / ".x.part"
    part.write_bytes(ours.path.read_bytes()[:1_900_000])
    os.utime(part, (long_ago, long_ago))
    emulator.faults({"method": "*", "delay_ms": 1500})
    ledger = Ledger(workspace.ledger)
    ledger.open()
    going_on = asyncio.create_task(kit.media.download(id, part, ours.size, ours.md5))
    try:
        await asyncio.sleep(0.5)
        await Cleanup(ledger, workspace, OwnFolders(tmp_path), days=7)()
        assert not going_on.done()
    finally:
        await going_on
        ledger.close()
    assert part.read_bytes() == ours.path.read_bytes()


async def test_a_whole_file_is_not_fetched_again(
    kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path, emulator: Emulator
) -> None:
    id, ours = stored
    await kit.media.download(id, ours.path, ours.size, ours.md5)
    assert emulator.requests()["bytes_out"] < 1000


async def test_what_lies_there_and_is_no_part_of_it_is_dropped(
    kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path
) -> None:
    id, ours = stored
    longer = tmp_path / "longer.part"
    longer.write_bytes(b"x" * (ours.size + 10))
    assert await kit.media.download(id, longer, ours.size, ours.md5) == ours.md5
    other = tmp_path / "other.part"
    other.write_bytes(b"x" * 1000)
    with pytest.raises(DriveError) as caught:
        await kit.media.download(id, other, ours.size, ours.md5)
    assert caught.value.kind == "damaged"
    assert not other.exists()
    assert await kit.media.download(id, other, ours.size, ours.md5) == ours.md5


async def test_a_damaged_byte_is_noticed(
    kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path, emulator: Emulator
) -> None:
    id, ours = stored
    to = tmp_path / "x.part"
    emulator.faults({"method": "*", "corrupt": True, "after_bytes": 1000})
    with pytest.raises(DriveError) as caught:
        await kit.media.download(id, to, ours.size, ours.md5)
    assert (caught.value.kind, caught.value.cause) == ("damaged", Cause.INTEGRITY)
    assert not to.exists()


async def test_without_a_known_size_or_md5_it_is_just_fetched(
    kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path
) -> None:
    id, ours = stored
    assert await kit.media.download(id, tmp_path / "x.part", None, None) == ours.md5
    assert await kit.media.download(id, tmp_path / "x.part", None, ours.md5) == ours.md5


async def test_a_file_removed_by_its_owner_says_so(kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path) -> None:
    id, ours = stored
    await kit.client.delete(id)
    with pytest.raises(DriveError) as caught:
        await kit.media.download(id, tmp_path / "x.part", ours.size, ours.md5)
    assert caught.value.title == "Removed by the photographer before download"
    assert caught.value.kind == "download_failed"


async def test_a_page_is_not_taken_for_a_photo(
    kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path, emulator: Emulator
) -> None:
    id, ours = stored
    emulator.faults({"method": "*", "status": 200, "body": "<html>Welcome to the hotel</html>"})
    with pytest.raises(DriveError) as caught:
        await kit.media.download(id, tmp_path / "x.part", ours.size, ours.md5)
    assert caught.value.title == "The Wi-Fi wants you to sign in"
    assert (tmp_path / "x.part").stat().st_size == 0


async def test_a_place_that_cannot_be_written_is_the_downloads_own_trouble(
    kit: Kit, stored: tuple[DriveId, Photo], tmp_path: Path
) -> None:
    id, ours = stored
    with pytest.raises(DriveError) as caught:
        await kit.media.download(id, tmp_path / "no" / "such" / "folder", ours.size, ours.md5)
    assert caught.value.kind == "download_failed"
    assert caught.value.scope is Scope.ITEM
