"""Bytes to Drive: whole or not at all, compared by MD5, and never something else than was queued."""

import asyncio
import time
from collections.abc import Callable

import pytest

from agent.drive.endpoint import Endpoint
from agent.drive.errors import DriveError
from agent.drive.exchange import Limits
from agent.drive.files import DriveFile, UploadMeta
from agent.drive.reasons import Scope
from agent.errors import Cause
from tests.drive.kit import Kit, Photo
from tests.emulator.drive import Emulator
from tests.patience import within

Make = Callable[..., Photo]
BLOCK = 262_144


async def test_one_request_sends_a_photo_with_all_that_is_said_about_it(
    kit: Kit, photo: Make, emulator: Emulator
) -> None:
    ours = photo()
    (id,) = await kit.ids(1)
    meta = UploadMeta(id, "Ana é.jpg", kit.folder, "image/jpeg", 1e9, 1.1e9 + 0.5, {"venuesync": "w"}, "a [b] wedding")
    emulator.forget_requests()
    seen: list[int] = []
    file = await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5, seen.append)
    assert emulator.requests()["methods"] == {"files.create": 1}
    assert (file.id, file.name, file.md5, file.size, file.mime) == (id, "Ana é.jpg", ours.md5, ours.size, "image/jpeg")
    assert (file.created_at, file.modified_at, file.parents) == (1e9, 1.1e9 + 0.5, (kit.folder,))
    assert file.tags == {"venuesync": "w"}
    assert seen == sorted(seen)
    assert seen[-1] == ours.size


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 1_048_576, 1_048_577, 3_000_000])
async def test_any_size_arrives_bit_by_bit(kit: Kit, photo: Make, size: int, tmp_path: object) -> None:
    ours = photo(size)
    file = await kit.media.upload_multipart(ours.path, await kit.meta(), size, ours.md5)
    assert (file.size, file.md5) == (size, ours.md5)


@pytest.mark.parametrize("change", ["other bytes", "longer", "shorter", "gone"])
@pytest.mark.parametrize("resumable", [False, True])
async def test_a_file_changed_after_it_was_queued_never_reaches_drive(
    kit: Kit, photo: Make, emulator: Emulator, change: str, resumable: bool
) -> None:
    ours = photo(1_500_000)
    meta = await kit.meta()
    data = ours.path.read_bytes()
    match change:
        case "other bytes":
            ours.path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "longer":
            ours.path.write_bytes(data + b"x")
        case "shorter":
            ours.path.write_bytes(data[:-1])
        case _:
            ours.path.unlink()
    with pytest.raises(DriveError) as caught:
        if resumable:
            session = await kit.media.start_resumable(meta, ours.size)
            await kit.media.send_resumable(session, ours.path, ours.size, ours.md5)
        else:
            await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)
    assert caught.value.kind == ("unreadable" if change == "gone" else "changed")
    assert caught.value.scope is Scope.ITEM
    assert not caught.value.ambiguous
    await asyncio.sleep(0.1)
    assert all(one["id"] != meta.id for one in emulator.files())


async def test_a_taken_id_and_a_gone_folder_are_told_apart(kit: Kit, photo: Make) -> None:
    ours = photo()
    meta = await kit.meta()
    await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)
    with pytest.raises(DriveError) as caught:
        await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)
    assert caught.value.kind == "id_taken"
    nowhere, id = await kit.ids(2)
    with pytest.raises(DriveError) as caught:
        await kit.media.upload_multipart(ours.path, UploadMeta(id, "x.jpg", nowhere), ours.size, ours.md5)
    assert (caught.value.kind, caught.value.scope) == ("folder_not_found", Scope.DESTINATION)


async def test_drives_md5_is_compared_in_the_same_answer(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo()
    emulator.faults({"method": "files.create", "wrong_md5": True})
    with pytest.raises(DriveError) as caught:
        await kit.media.upload_multipart(ours.path, await kit.meta(), ours.size, ours.md5)
    assert (caught.value.kind, caught.value.cause) == ("damaged", Cause.INTEGRITY)


async def test_a_byte_damaged_on_the_way_is_noticed(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo()
    emulator.faults({"method": "files.create", "corrupt": True, "after_bytes": 1000})
    with pytest.raises(DriveError) as caught:
        await kit.media.upload_multipart(ours.path, await kit.meta(), ours.size, ours.md5)
    assert caught.value.kind in {"damaged", "rejected"}


async def test_a_break_before_the_last_byte_leaves_nothing_open(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo(7_000_000)
    emulator.faults({"method": "files.create", "drop": True, "after_bytes": 100_000})
    with pytest.raises(DriveError) as caught:
        await kit.media.upload_multipart(ours.path, await kit.meta(), ours.size, ours.md5)
    assert caught.value.scope is Scope.NETWORK
    assert not caught.value.ambiguous


async def test_a_break_after_the_last_byte_is_ambiguous_and_the_same_id_settles_it(
    kit: Kit, photo: Make, emulator: Emulator
) -> None:
    ours = photo()
    meta = await kit.meta()
    emulator.faults({"method": "files.create", "drop": True, "after_commit": True})
    with pytest.raises(DriveError) as caught:
        await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)
    assert caught.value.ambiguous
    with pytest.raises(DriveError) as caught:
        await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)
    assert caught.value.kind == "id_taken"
    assert (await kit.client.get(meta.id)).md5 == ours.md5


async def test_an_expired_token_costs_one_more_try_not_the_photo(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo()
    await kit.client.about()
    emulator.expire("access_tokens")
    file = await kit.media.upload_multipart(ours.path, await kit.meta(), ours.size, ours.md5)
    assert file.md5 == ours.md5


async def test_a_session_takes_a_large_file_in_one_request(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo(9_000_000)
    meta = await kit.meta("big.jpg")
    session = await kit.media.start_resumable(meta, ours.size)
    assert await kit.media.query_resumable(session, ours.size, ours.md5) == 0
    emulator.forget_requests()
    seen: list[int] = []
    file = await kit.media.send_resumable(session, ours.path, ours.size, ours.md5, seen.append)
    assert (file.md5, file.id, seen[-1]) == (ours.md5, meta.id, ours.size)
    assert sum(emulator.requests()["methods"].values()) == 1
    assert await kit.media.query_resumable(session, ours.size, ours.md5) == file


async def test_after_a_break_only_what_is_missing_is_sent(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo(4_000_000)
    session = await kit.media.start_resumable(await kit.meta(), ours.size)
    emulator.faults({"method": "*", "drop": True, "after_bytes": 2_500_000, "times": 1})
    with pytest.raises(DriveError):
        await kit.media.send_resumable(session, ours.path, ours.size, ours.md5)
    offset = await kit.media.query_resumable(session, ours.size, ours.md5)
    assert isinstance(offset, int)
    assert 0 < offset < ours.size
    emulator.forget_requests()
    file = await kit.media.send_resumable(session, ours.path, ours.size, ours.md5, offset=offset)
    assert file.md5 == ours.md5
    assert emulator.requests()["bytes_in"] < ours.size - offset + 10_000


async def test_a_server_that_keeps_less_is_followed(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo(2_000_000)
    session = await kit.media.start_resumable(await kit.meta(), ours.size)
    emulator.faults({"method": "*", "persist_chunks": 2, "times": 2})
    seen: list[int] = []
    file = await kit.media.send_resumable(session, ours.path, ours.size, ours.md5, seen.append)
    assert file.md5 == ours.md5
    assert seen[-1] == ours.size


async def test_a_server_that_keeps_nothing_is_given_up(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo(600_000)
    session = await kit.media.start_resumable(await kit.meta(), ours.size)
    emulator.faults({"method": "*", "persist_chunks": 0, "times": None})
    with pytest.raises(DriveError) as caught:
        await kit.media.send_resumable(session, ours.path, ours.size, ours.md5)
    assert caught.value.cause is Cause.TRANSIENT


async def test_a_session_that_was_done_and_not_answered_says_so_when_asked(
    kit: Kit, photo: Make, emulator: Emulator
) -> None:
    ours = photo(600_000)
    session = await kit.media.start_resumable(await kit.meta(), ours.size)
    emulator.faults({"method": "*", "drop": True, "after_commit": True})
    with pytest.raises(DriveError) as caught:
        await kit.media.send_resumable(session, ours.path, ours.size, ours.md5)
    assert caught.value.ambiguous
    found = await kit.media.query_resumable(session, ours.size, ours.md5)
    assert isinstance(found, DriveFile)
    assert found.md5 == ours.md5


async def test_a_lost_session_begins_again_under_the_same_id(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo(600_000)
    meta = await kit.meta()
    session = await kit.media.start_resumable(meta, ours.size)
    emulator.expire("upload_sessions")
    for lost in (
        kit.media.query_resumable(session, ours.size, ours.md5),
        kit.media.send_resumable(session, ours.path, ours.size, ours.md5),
    ):
        with pytest.raises(DriveError) as caught:
            await lost
        assert caught.value.scope is Scope.SESSION
    again = await kit.media.start_resumable(meta, ours.size)
    assert (await kit.media.send_resumable(again, ours.path, ours.size, ours.md5)).id == meta.id


async def test_a_session_of_another_server_is_lost_not_an_outage(kit: Kit, photo: Make) -> None:
    ours = photo(1000)
    for address in (
        "http://127.0.0.1:9/upload/drive/v3/files?upload_id=x",
        "https://www.googleapis.com/upload?upload_id=x",
    ):
        with pytest.raises(DriveError) as caught:
            await kit.media.send_resumable(address, ours.path, ours.size, ours.md5)
        assert caught.value.scope is Scope.SESSION
        with pytest.raises(DriveError) as caught:
            await kit.media.query_resumable(address, ours.size, ours.md5)
        assert caught.value.scope is Scope.SESSION
    assert Endpoint("").owns("https://www.googleapis.com/upload?upload_id=x")
    assert not Endpoint("").owns("https://googleapis.com.evil.example/upload")
    assert not Endpoint("").owns("http://www.googleapis.com/upload")


async def test_the_bandwidth_limit_holds_for_all_together_and_may_change(kit: Kit, photo: Make) -> None:
    ours = photo(500_000)
    kit.media.up.set_limit(16)  # 2 MB/s
    metas = [await kit.meta() for _ in range(3)]
    began = time.monotonic()
    await asyncio.gather(*(kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5) for meta in metas))
    took = time.monotonic() - began
    assert 0.55 < took < 1.4  # 1.5 MB, a tenth of a second of it free
    kit.media.up.set_limit(0.1)
    slow = asyncio.create_task(kit.media.upload_multipart(ours.path, await kit.meta(), ours.size, ours.md5))
    await asyncio.sleep(0.2)
    assert not slow.done()
    kit.media.up.set_limit(0)
    async with within(2):
        await slow


async def test_a_transfer_that_stands_still_is_broken_off(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo()
    kit.media._limits = Limits(answer=0.5)
    emulator.faults({"method": "files.create", "delay_ms": 20_000, "after_commit": True})
    began = time.monotonic()
    with pytest.raises(DriveError) as caught:
        await kit.media.upload_multipart(ours.path, await kit.meta(), ours.size, ours.md5)
    assert time.monotonic() - began < 15
    assert caught.value.ambiguous


async def test_what_stands_still_can_be_broken_off_from_outside(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo()
    emulator.faults({"method": "files.create", "delay_ms": 20_000})
    standing = asyncio.create_task(kit.media.upload_multipart(ours.path, await kit.meta(), ours.size, ours.md5))
    await asyncio.sleep(0.5)
    assert kit.http.break_off(60) == 0
    assert kit.http.break_off(0.1) == 1
    kit.http.break_off(0.1)  # once more does no harm
    with pytest.raises(DriveError) as caught:
        await standing
    assert caught.value.scope is Scope.NETWORK
    assert kit.limiter.in_flight == 0


async def test_closing_ends_an_upload_at_once(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo()
    emulator.faults({"method": "files.create", "delay_ms": 20_000})
    standing = asyncio.create_task(kit.media.upload_multipart(ours.path, await kit.meta(), ours.size, ours.md5))
    await asyncio.sleep(0.3)
    await kit.media.close()
    async with within(1):
        with pytest.raises(DriveError):
            await standing


async def test_eight_at_a_time_over_kept_connections(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo(50_000)
    before = emulator.requests()["connections"]
    ids = await kit.ids(40)
    metas = [UploadMeta(id, "x.jpg", kit.folder) for id in ids]
    await asyncio.gather(*(kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5) for meta in metas))
    assert emulator.requests()["connections"] - before <= 11
