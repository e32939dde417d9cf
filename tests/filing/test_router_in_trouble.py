"""The router when the disk is full, a folder cannot be written, or a photo is nowhere: it waits, says so, goes on."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.faces.results import Fault, LookError
from agent.filing import disk_work, files, folder_work
from agent.filing.names import candidates
from agent.filing.reports import explain
from agent.filing.router import RETRY_AFTER
from agent.handlers.control import try_again
from agent.ledger import Ledger, placements, troubles
from agent.model import BLURRED, DEFAULT_EVENT, ORIGINAL, Box, DiskState, EventPhotoId, faces_blurred
from agent.roster.decisions import Draft, FaceDecision, Verb
from tests.filing.one_place import refused
from tests.filing.one_router import Venue
from tests.halting import HaltAnswer
from tests.making import rows
from tests.patience import within
from tests.venue.disks import Disk, needs_mounts, run

UNKNOWN = "Unsorted/Unknown/"


@pytest.fixture
def venue(tmp_path: Path, ledger: Ledger) -> Iterator[Venue]:
    made = Venue(tmp_path / "venue", ledger)
    yield made
    made.router.close()


# ---- a full disk


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Bytes that are free."""
    free = {"bytes": 500}

    def usage(_: Path) -> Any:
        return shutil._ntuple_diskusage(10**12, 0, free["bytes"])  # type: ignore[attr-defined]

    monkeypatch.setattr("agent.disk.atomic.shutil.disk_usage", usage)
    return free


async def test_below_what_is_kept_free_filing_waits_and_goes_on_by_itself(
    tmp_path: Path, ledger: Ledger, room: dict[str, int]
) -> None:
    venue = Venue(tmp_path / "venue", ledger, keep_free=1000)
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.unknown)
    for _ in range(3):
        assert await venue.router.step() is False
    assert (venue.router.disk, venue.router.free_bytes) == (DiskState.FULL, 500)
    assert venue.on_disk() == {}
    assert venue.troubles() == [("disk_full", "this machine's disk")]
    assert venue.state(photo) == "waiting"
    assert (venue.root / UNKNOWN).is_dir(), "folders cost nothing"
    assert await venue.router._pause() == RETRY_AFTER, "and it does not look twenty times a second"
    room["bytes"] = 10**12
    await venue.settle()
    assert (venue.router.disk, venue.troubles()) == (DiskState.OK, [])
    assert list(venue.on_disk()) == [f"{UNKNOWN}DSC_1.jpg"]
    venue.router.close()


async def test_room_is_seen_again_with_nothing_to_file(tmp_path: Path, ledger: Ledger, room: dict[str, int]) -> None:
    venue = Venue(tmp_path / "venue", ledger, keep_free=1000)
    await venue.settle()
    assert venue.troubles() == [("disk_full", "this machine's disk")]
    room["bytes"] = 5000
    await venue.settle()
    assert (venue.router.disk, venue.troubles()) == (DiskState.LOW, [])
    venue.router.close()


async def test_a_disk_that_fills_up_while_writing_fails_no_photo(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = [venue.drop(f"DSC_{number}.jpg") for number in range(5)]
    for photo in photos:
        venue.want(photo, venue.unknown)
    written = 0
    write = files._write_all

    def fills_up(fd: int, block: bytes) -> None:
        nonlocal written
        written += 1
        if written > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(fd, block)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_reflink", lambda *_: False)
        patch.setattr(files, "_write_all", fills_up)
        await venue.router.step()
        assert written == 3, "the rest of the batch is not tried"
        assert venue.router.disk is DiskState.FULL
        assert await venue.router._pause() == RETRY_AFTER
    assert len(venue.on_disk()) == 2, "two whole files and no piece of a third"
    assert venue.troubles() == [("disk_full", "this machine's disk")]
    assert sorted(venue.state(photo) for photo in photos) == ["unsorted"] * 2 + ["waiting"] * 3
    venue.due_now()
    await venue.settle()
    assert len(venue.on_disk()) == 5
    assert venue.troubles() == []


@needs_mounts()
async def test_a_full_disk_that_some_folders_lie_on_holds_up_no_other(venue: Venue, tmp_path: Path) -> None:
    """`People` on a disk of its own: each batch ended with its first photo, and no other was filed."""
    with Disk(venue.root / "People") as disk:
        await venue.settle()
        disk.fill()
        good = venue.drop("good.jpg")
        venue.want(good, venue.unknown)
        bad = [venue.drop(f"bad {number}.jpg") for number in range(40)]
        for photo in bad:
            venue.want(photo, venue.solo)
        for _ in range(3):
            await venue.settle()
            assert list(venue.on_disk()) == ["People/filler", f"{UNKNOWN}good.jpg"]
            assert venue.router.disk is not DiskState.FULL, "there is room where the workspace lies"
            assert {kind for kind, _ in venue.troubles()} == {"disk_full"}
        assert await venue.router._pause() > 1, "and it does not look all the time"
        assert (venue.state(good), venue.state(bad[0])) == ("unsorted", "waiting")
        disk.free()
        venue.due_now()
        await venue.settle()
        assert len(venue.on_disk()) == 41
        assert venue.troubles() == []


REFUSALS: dict[str, dict[str, Any]] = {
    "no room where it belongs": {"later": True, "elsewhere": True},
    "not made": {"unmade": LookError(Fault.DAMAGED, "it does not open", "Look at it")},
}


@pytest.mark.parametrize("how", REFUSALS.values(), ids=REFUSALS)
async def test_what_is_refused_just_as_somebody_says_retry_is_tried_at_once(
    venue: Venue, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]
) -> None:
    """That was forgotten: it was filed a minute later, or set aside."""
    make_ready, loop, tries = disk_work.DiskWork.make_ready, asyncio.get_running_loop(), list[int]()

    def refuses_once(work: disk_work.DiskWork, tasks: Sequence[Any], *given: Any) -> Any:
        tries.append(len(tasks))
        if len(tries) > 1:
            return make_ready(work, tasks, *given)
        loop.call_soon_threadsafe(venue.router.go_on)
        return [], [disk_work.Done(one, **how) for one in tasks]

    monkeypatch.setattr(disk_work.DiskWork, "make_ready", refuses_once)
    venue.want(venue.drop("DSC_1.jpg"), venue.unknown)
    await venue.router.step()
    assert (tries, list(venue.on_disk())) == ([1], [])
    await venue.router.step()
    assert list(venue.on_disk()) == [f"{UNKNOWN}DSC_1.jpg"]
    assert venue.troubles() == []


# ---- a folder that cannot be written


async def test_one_folder_that_cannot_be_made_holds_up_no_other(venue: Venue) -> None:
    """A file lies where People/ should be."""
    (venue.root / "People").write_bytes(b"somebody's")
    bad, good = venue.drop("bad.jpg"), venue.drop("good.jpg")
    venue.want(good, venue.unknown)
    venue.want(bad, venue.solo)
    for _ in range(3):
        await venue.settle()
    assert (venue.root / "People").read_bytes() == b"somebody's"
    assert venue.on_disk() == {"People": b"somebody's", f"{UNKNOWN}good.jpg": b"the bytes of good.jpg"}
    assert {"bad.jpg", "People/Mia/Solo"} <= {subject for _, subject in venue.troubles()}
    assert (venue.state(bad), venue.state(good)) == ("waiting", "unsorted")
    (venue.root / "People").unlink()
    venue.due_now()
    await venue.settle()
    assert (venue.root / "People/Mia/Solo/bad.jpg").read_bytes() == b"the bytes of bad.jpg"
    assert venue.troubles() == []


async def test_a_file_where_a_persons_folder_belongs_is_named_with_what_to_do(venue: Venue) -> None:
    (venue.root / "People").mkdir()
    (venue.root / "People/Mia").write_bytes(b"somebody's")
    venue.want(venue.drop("bad.jpg"), venue.solo)
    await venue.settle()
    told = rows(venue.ledger, "SELECT subject, title, detail, remedy FROM trouble WHERE state = 'open'")
    assert {"bad.jpg", "People/Mia/Solo"} <= {one["subject"] for one in told}
    for one in told:
        assert (one["title"], one["detail"].split(":")[0]) == ("A file lies where a folder belongs", "People/Mia")
        assert "Move it" in one["remedy"]


async def test_a_folder_that_cannot_be_made_is_said_and_not_each_photo_of_it(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it is not there is no error of the disk's, and its photos wait for it alone."""
    photos = [venue.drop(f"DSC_{number}.jpg") for number in range(3)]
    for photo in photos:
        venue.want(photo, venue.unknown)
    with monkeypatch.context() as patch:
        patch.setattr(folder_work, "make_folder", refused(errno.EACCES))
        for _ in range(2):
            await venue.settle()
            venue.due_now()
    told = {(kind, subject) for kind, subject in venue.troubles()}
    assert ("permission_denied", "Unsorted/Unknown") in told
    assert not {subject for _, subject in told} & {f"DSC_{number}.jpg" for number in range(3)}
    await venue.settle()
    assert len(venue.on_disk()) == 3
    assert venue.troubles() == []


@needs_mounts()
async def test_where_nothing_can_be_written_is_said_by_the_folders_name(venue: Venue) -> None:
    with Disk(venue.root / "People") as disk:
        await venue.settle()
        run("mount", "-o", "remount,ro", str(disk.path))
        venue.want(venue.drop("bad.jpg"), venue.solo)
        await venue.settle()
        [told] = rows(venue.ledger, "SELECT subject, title, detail FROM trouble WHERE state = 'open'")
        assert (told["subject"], told["title"]) == ("bad.jpg", "A folder cannot be written")
        assert told["detail"] == "People/Mia/Solo: Read-only file system"


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_refusal_is_told_with_what_to_do(code: int) -> None:
    told = explain(OSError(code, os.strerror(code), "/venue/People/Mia"), "DSC_1.jpg")
    assert (told.kind, told.title) == ("permission_denied", "A folder cannot be written")
    assert "/venue/People/Mia" in told.detail
    assert told.remedy.startswith("Allow")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_full_quota_are_an_outage(code: int) -> None:
    assert explain(OSError(code, os.strerror(code)), "DSC_1.jpg").pauses_lane


# ---- a photo that is nowhere


@pytest.fixture
async def lost(venue: Venue) -> EventPhotoId:
    """A photo that lies on Drive alone, and is wanted in a further folder here."""
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.unknown)
    await venue.settle()
    venue.do(lambda db: db.execute("UPDATE placement SET drive = 'there', drive_id = 'd', drive_name = disk_name"))
    (venue.incoming / "DSC_1.jpg").unlink()
    (venue.root / UNKNOWN / "DSC_1.jpg").unlink()
    venue.want(photo, venue.solo)
    for _ in range(3):
        await venue.settle()
        venue.due_now()
    return photo


async def test_a_photo_that_lies_on_drive_alone_is_failed_and_not_waited_for(venue: Venue, lost: EventPhotoId) -> None:
    assert venue.state(lost) == "failed", "else nobody would ever be done"
    assert venue.troubles() == [("photo_missing", "DSC_1.jpg")]


async def test_copied_into_incoming_again_it_is_filed_by_itself(venue: Venue, lost: EventPhotoId) -> None:
    assert venue.drop("DSC_1.jpg") == lost
    await venue.settle()
    assert venue.state(lost) == "filed"
    assert (venue.root / "People/Mia/Solo/DSC_1.jpg").exists()
    assert venue.troubles() == []


async def test_it_is_looked_for_again_when_somebody_asks(venue: Venue, lost: EventPhotoId) -> None:
    again = venue.do(try_again, None, 1.0)
    assert again == {"photos": 1, "placements": 1}
    (trouble,) = venue.do(troubles.opened)
    assert venue.state(lost) == "waiting", "looked for again, and in trouble until it is found"
    for _ in range(3):
        await venue.settle()
        venue.due_now()
    assert venue.state(lost) == "failed"
    (still,) = venue.do(troubles.opened)
    assert (still["id"], still["first_at"]) == (trouble["id"], trouble["first_at"])


async def test_set_aside_by_the_operator_it_counts_no_more(venue: Venue, lost: EventPhotoId) -> None:
    (trouble,) = venue.do(troubles.opened)
    (named,) = venue.do(lambda db: troubles.named(db, [trouble["id"]], aside=False))
    venue.do(troubles.follow, lambda *_: True, [named.key], 1.0)
    assert venue.state(lost) == "dismissed"
    assert venue.do(try_again, None, 1.0) == {"photos": 0, "placements": 0}
    venue.do(troubles.follow, lambda *_: False, [named.key], 1.0)
    assert venue.state(lost) == "failed"


async def test_a_damaged_copy_of_ours_is_not_copied_on_where_there_are_no_links(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same size, time and inode, other bytes: the disk's own doing. One photo's trouble stays its own."""
    photo, other = venue.drop("DSC_1.jpg"), venue.drop("DSC_2.jpg")
    venue.want(photo, venue.unknown)
    await venue.settle()
    filed = venue.root / UNKNOWN / "DSC_1.jpg"
    times = filed.stat()
    with filed.open("r+b") as file:
        file.write(b"X")
    os.utime(filed, ns=(times.st_atime_ns, times.st_mtime_ns))

    def no_links(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", no_links)
    venue.want(photo, venue.unknown, venue.solo)
    venue.want(other, venue.solo)
    await venue.settle()
    assert (venue.root / "People/Mia/Solo/DSC_1.jpg").read_bytes() == b"the bytes of DSC_1.jpg", "from the original"
    assert (venue.root / "People/Mia/Solo/DSC_2.jpg").exists()


async def test_an_original_that_cannot_be_read_is_no_reason_where_another_can(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a card that was pulled out, say, and is mounted still: the newest that was seen."""
    data = b"the same bytes"
    photo = venue.drop("DSC_1.jpg", data)
    assert venue.drop("card/DSC_1.jpg", data) == photo
    pulled, opened = venue.incoming / "card/DSC_1.jpg", disk_work.open_regular

    def refused(path: Path) -> Any:
        if path == pulled:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return opened(path)

    monkeypatch.setattr(disk_work, "open_regular", refused)
    venue.want(photo, venue.unknown)
    await venue.settle()
    assert venue.on_disk() == {f"{UNKNOWN}DSC_1.jpg": data}
    (venue.incoming / "DSC_1.jpg").unlink()
    other = venue.drop("card/DSC_2.jpg", b"other bytes")
    pulled = venue.incoming / "card/DSC_2.jpg"
    venue.want(other, venue.unknown)
    await venue.settle()
    assert (venue.state(other), venue.troubles()) == ("waiting", [("disk_error", "DSC_2.jpg")]), "it is waited for"


@pytest.mark.slow
async def test_a_face_that_cannot_be_blurred_is_said_and_what_lies_there_holds_nothing_up(venue: Venue) -> None:
    """What is no picture, say; tried again when somebody asks. What nobody wants any more goes all the same."""
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.unknown, venue.group)
    await venue.settle()
    before = venue.on_disk()
    venue.do(lambda db: db.execute("UPDATE photo SET width = 100, height = 100"))
    (sha256,) = [row["sha256"] for row in rows(venue.ledger, "SELECT sha256 FROM photo")]
    face = FaceDecision(sha256, Box(10, 10, 50, 50))

    def blurred(draft: Draft) -> tuple[None, str]:
        draft.decide_face(DEFAULT_EVENT, face, lambda was: replace(was, ignored=True, forgotten=True, blurred=True))
        return None, "blurred"

    venue.roster.intend(Verb.IGNORE, blurred)
    name = replace(BLURRED, blurred=faces_blurred([face.box])).name
    venue.do(
        lambda db: placements.want(
            db, photo, [venue.unknown], 0.0, names=candidates, made_as=name, filed_as=name, may_remove=True
        )
    )
    try:
        for _ in range(2):
            await venue.settle()
            await venue.settle()
            assert venue.troubles() == [("not_blurred", "DSC_1.jpg")]
            assert venue.state(photo) == "failed"
            assert {path: data for path, data in before.items() if path.startswith(UNKNOWN)} == {
                path: data for path, data in venue.on_disk().items() if not path.startswith(".venuesync")
            }
            await venue.ledger.write(placements.try_again, None)
    finally:
        await venue.looking.close()


@pytest.mark.slow
async def test_what_is_to_be_as_it_is_again_is_not_set_aside_as_it_could_not_be_blurred(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A yes was said to the face, or another one was to be blurred, too, while that was found out."""
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.unknown)
    await venue.settle()
    venue.do(lambda db: db.execute("UPDATE photo SET width = 100, height = 100"))
    (sha256,) = [row["sha256"] for row in rows(venue.ledger, "SELECT sha256 FROM photo")]
    face = FaceDecision(sha256, Box(10, 10, 50, 50))

    def blurred(draft: Draft) -> tuple[None, str]:
        draft.decide_face(DEFAULT_EVENT, face, lambda was: replace(was, ignored=True, forgotten=True, blurred=True))
        return None, "blurred"

    def want(name: str) -> None:
        venue.do(
            lambda db: placements.want(
                db, photo, [venue.unknown], 0.0, names=candidates, made_as=name, filed_as=name, may_remove=True
            )
        )

    venue.roster.intend(Verb.IGNORE, blurred)
    want(replace(BLURRED, blurred=faces_blurred([face.box])).name)
    halt = HaltAnswer(monkeypatch, venue.router._blurring, "make")
    try:
        settling = asyncio.create_task(venue.settle())
        async with within(20):
            await halt.done.wait()
        want(ORIGINAL)
        halt.end.set()
        await settling
        await venue.settle()
        assert (venue.state(photo), venue.troubles()) == ("unsorted", [])
    finally:
        await venue.looking.close()


async def test_whether_a_card_is_there_still_is_not_asked_where_all_that_is_decided_waits(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share that does not answer stopped the ledger's writer, and with it the whole agent."""
    photo = venue.drop("a.jpg")
    venue.want(photo, venue.unknown)
    original = venue.incoming / "a.jpg"
    original.write_bytes(b"another one's bytes")
    asked: list[str] = []
    stat = Path.stat

    def noted(path: Path, **given: Any) -> os.stat_result:
        if path == original:
            asked.append(threading.current_thread().name)
        return stat(path, **given)

    monkeypatch.setattr(Path, "stat", noted)
    await venue.router.step()
    assert venue.doubted == ["a.jpg"]
    assert asked
    assert {one for one in asked if not one.startswith("router")} == set()
