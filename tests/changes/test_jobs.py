"""The night's work and the net beneath the feeds: when it is due, what was missed, what it does."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent import clock
from agent.disk.own_folders import OwnFolders
from agent.jobs.housekeeping import DAY, Cleanup, Listings
from agent.jobs.runner import Job, Jobs, daily, every, job_rows
from agent.ledger import Ledger, meta, photos, sightings, sources, syncs
from agent.ledger.photos import Content
from agent.ledger.sightings import FileFacts, Sighting
from agent.ledger.sources import ListedFile
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, DriveId, EventPhotoId, Source, SourceId
from agent.sync.all_feeds import AllFeeds
from agent.workspace import Workspace
from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.making import solo_and_group, want
from tests.venue.manifest import sha256
from tests.venue.photographer import Photographer


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite")
    made.open()
    yield made
    made.close()


@pytest.fixture
async def desk(tmp_path: Path, emulator: Emulator) -> AsyncIterator[FeedDesk]:
    made = FeedDesk(tmp_path / "desk", emulator.url)
    yield made
    await made.close()


def stockholm(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Stockholm")).timestamp()


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-05-04T01:59:59", "2026-05-04T02:00:00"),
        ("2026-05-04T02:00:00", "2026-05-05T02:00:00"),
        ("2026-12-31T23:00:00", "2027-01-01T02:00:00"),
        ("2026-10-24T12:00:00", "2026-10-25T02:00:00"),  # the clocks go back that night
        ("2026-03-28T12:00:00", "2026-03-29T03:00:00"),  # and forward that night: there is no 02:00
    ],
)
def test_the_nights_work_is_due_by_the_clock_of_the_event(now: str, due: str) -> None:
    clock.be_in("Europe/Stockholm")
    night = daily("02:00")
    assert night.following(stockholm(now)) == stockholm(due)


async def test_what_was_missed_is_done_once_at_the_next_start_and_its_next_run_is_kept(ledger: Ledger) -> None:
    done: list[str] = []

    async def do() -> str:
        done.append("done")
        return "7 files"

    async def quiet() -> bool:
        return True

    runner = Jobs(ledger, [Job("cleanup", every(24), do)], quiet)
    await ledger.write(meta.plan_job, "cleanup", time.time() - 3 * DAY)  # the machine was asleep
    await runner.round()
    await runner.round()
    row = (await ledger.read(job_rows))[0]
    assert done == ["done"]
    assert (row["name"], row["outcome"]) == ("cleanup", "7 files")
    assert row["next_at"] is not None and row["last_at"] is not None


async def test_the_nights_work_waits_while_photos_arrive_but_not_for_ever(ledger: Ledger) -> None:
    done: list[str] = []

    async def do() -> str:
        done.append("done")
        return ""

    async def busy() -> bool:
        return False

    runner = Jobs(ledger, [Job("cleanup", every(24), do, quietly=True)], busy)
    await ledger.write(meta.plan_job, "cleanup", time.time() - 60)
    await runner.round()
    assert done == []
    await ledger.write(meta.plan_job, "cleanup", time.time() - 7 * 3600)
    runner = Jobs(ledger, [Job("cleanup", every(24), do, quietly=True)], busy)  # the next start
    await runner.round()
    assert done == ["done"]


async def test_whoever_waits_for_quiet_leaves_the_ledger_alone(ledger: Ledger) -> None:
    asked = asyncio.Event()

    async def do() -> str:
        raise AssertionError("photos arrive")

    async def busy() -> bool:
        asked.set()
        return False

    await ledger.write(meta.plan_job, "cleanup", time.time() - 60)
    running = asyncio.create_task(Jobs(ledger, [Job("cleanup", every(24), do, quietly=True)], busy).run())
    await asyncio.wait_for(asked.wait(), 10)
    before = ledger.changes
    await asyncio.sleep(2.5)
    assert ledger.changes == before
    running.cancel()


async def test_events_not_listed_for_a_day_are_marked_and_listed_by_the_next_job(
    desk: FeedDesk, emulator: Emulator
) -> None:
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    await desk.add_event("Wedding", folder)
    await desk.look()
    job = Listings(desk.ledger, desk.roster, AllFeeds(lambda: [desk.feeds]), desk.settings)
    assert await job.mark() == "0 sources marked"
    await desk.ledger.write(listed_long_ago, time.time() - 25 * 3600)
    assert await job.mark() == "1 source marked"
    assert await desk.ledger.read(syncs.required) == set()
    assert await job.list_marked() == "1 source to list"
    assert await desk.ledger.read(syncs.required) == {SourceId("s-Wedding-0")}
    await desk.look(1)
    assert await job.mark() == "0 sources marked"


async def test_an_event_whose_last_day_is_over_is_listed_once_more_and_left_alone(
    desk: FeedDesk, emulator: Emulator
) -> None:
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    event = await desk.add_event("Wedding", folder)
    await desk.make_own_folder()
    await desk.look()
    await desk.ledger.on_writer(desk.roster.put_event, replace(desk.roster.event(event), ends="2020-01-01"))
    last = anna.put(b"\xff\xd8\xff last", "last.jpg", folder)
    job = Listings(desk.ledger, desk.roster, AllFeeds(lambda: [desk.feeds]), desk.settings)
    looking = asyncio.ensure_future(look_on(desk))
    assert await job.end() == "1 of 1 events ended"
    looking.cancel()
    await desk.fetch_all()
    assert {one for one, _ in (await desk.there())[event]} == {last}
    anna.put(b"\xff\xd8\xff too late", "late.jpg", folder)
    await desk.look()
    assert len((await desk.there())[event]) == 1
    assert await job.end() == "no event ends"


async def test_an_event_that_gets_another_last_day_while_it_is_listed_goes_on(
    desk: FeedDesk, emulator: Emulator
) -> None:
    folder = Photographer(emulator).folder("Anna", share=True)
    event = await desk.add_event("Wedding", folder)
    await desk.make_own_folder()
    await desk.look()
    await desk.ledger.on_writer(desk.roster.put_event, replace(desk.roster.event(event), ends="2020-01-01"))
    ending = asyncio.ensure_future(
        Listings(desk.ledger, desk.roster, AllFeeds(lambda: [desk.feeds]), desk.settings).end()
    )
    await asyncio.sleep(0.5)
    await desk.ledger.on_writer(desk.roster.put_event, replace(desk.roster.event(event), ends="2099-01-01"))
    looking = asyncio.ensure_future(look_on(desk))
    assert await ending == "0 of 1 events ended"
    looking.cancel()
    assert not desk.roster.event(event).ended


async def test_an_event_that_gets_another_source_while_it_is_listed_is_listed_with_that_first(
    desk: FeedDesk, emulator: Emulator
) -> None:
    """It was left alone from then on: what the late photographer brought was neither here nor missing."""
    anna = Photographer(emulator)
    event = await desk.add_event("Wedding", anna.folder("Anna", share=True))
    await desk.make_own_folder()
    await desk.look()
    await desk.ledger.on_writer(desk.roster.put_event, replace(desk.roster.event(event), ends="2020-01-01"))
    job = Listings(desk.ledger, desk.roster, AllFeeds(lambda: [desk.feeds]), desk.settings)
    ending = asyncio.ensure_future(job.end())
    await asyncio.sleep(0.5)
    folder = anna.folder("Ben", share=True)
    late = anna.put(b"\xff\xd8\xff late", "late.jpg", folder)
    was = desk.roster.event(event)
    ben = Source(SourceId("s-Wedding-1"), DriveId(folder), "Ben")
    await desk.ledger.on_writer(desk.roster.put_event, replace(was, sources=(*was.sources, ben)))
    looking = asyncio.ensure_future(look_on(desk))
    assert await ending == "0 of 1 events ended"
    assert await job.end() == "1 of 1 events ended"
    looking.cancel()
    assert {one for one, _ in (await desk.there())[event]} == {late}


async def test_an_event_goes_on_while_a_source_of_it_cannot_be_reached(desk: FeedDesk, emulator: Emulator) -> None:
    """Off, nobody would be told any more that it cannot, and what came last would never be fetched."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    event = await desk.add_event("Wedding", folder)
    await desk.make_own_folder()
    await desk.look()
    (given,) = anna.permissions(folder)
    anna.unshare(folder, given)
    last = anna.put(b"\xff\xd8\xff last", "last.jpg", folder)
    await desk.look()
    await desk.ledger.on_writer(desk.roster.put_event, replace(desk.roster.event(event), ends="2020-01-01"))
    job = Listings(desk.ledger, desk.roster, AllFeeds(lambda: [desk.feeds]), desk.settings)
    looking = asyncio.ensure_future(look_on(desk))
    assert await job.end() == "0 of 1 events ended"
    assert await desk.ledger.read(syncs.lost_ones) == {SourceId("s-Wedding-0")}
    anna.share(folder)
    desk.feeds.look_now()
    while await desk.ledger.read(syncs.lost_ones):
        await asyncio.sleep(0.1)
    assert await job.end() == "1 of 1 events ended"
    looking.cancel()
    await desk.fetch_all()
    assert {one for one, _ in (await desk.there())[event]} == {last}


async def look_on(desk: FeedDesk) -> None:
    while True:
        await desk.feeds.round()
        await asyncio.sleep(0.1)


async def test_old_downloads_logs_and_thumbnails_go_and_what_is_needed_stays(ledger: Ledger, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, tmp_path / ".venuesync")
    for folder in (workspace.downloads / "default", workspace.logs, workspace.thumbnails):
        folder.mkdir(parents=True)
    long_ago = time.time() - 8 * DAY
    old, fresh = workspace.downloads / "default/.a.part", workspace.downloads / "default/.b.part"
    log, current = workspace.logs / "agent.log.3", workspace.logs / "agent.log"
    orphan = workspace.thumbnails / f"{'0' * 64}.jpg"
    for file in (old, fresh, log, current, orphan):
        file.write_bytes(b"x" * 1000)
    for file in (old, log, current):
        os.utime(file, (long_ago, long_ago))
    await ledger.write(a_waiting_download, long_ago)
    told = await Cleanup(ledger, workspace, OwnFolders(tmp_path), days=7)()
    assert not old.exists() and not log.exists() and not orphan.exists()
    assert fresh.exists() and current.exists()
    assert told.startswith("3 files")


KEPT = ("held", "failed", "waiting", "withdrawn", "dismissed")


@pytest.mark.parametrize(("state", "goes"), [*((one, False) for one in KEPT), ("moved", True)])
async def test_what_was_fetched_stays_until_it_is_filed(ledger: Ledger, tmp_path: Path, state: str, goes: bool) -> None:
    """However long a photo waits for somebody's yes, for being tried again, or for its withdrawal to be taken back."""
    workspace = Workspace(tmp_path, tmp_path / ".venuesync")
    file = workspace.downloads / "default/a.jpg"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * 5)
    long_ago = time.time() - 8 * DAY

    def fetched(db: Db) -> None:
        a_waiting_download(db, long_ago)
        photo = photos.record_photo(db, Content("0" * 64, "m", 5, "image/jpeg", "image"))
        photos.record_in_event(db, DEFAULT_EVENT, photo, "a.jpg", long_ago)
        db.execute("UPDATE event_photo SET state = ?", (state,))
        where = str(file.relative_to(workspace.state))
        db.execute("UPDATE source_file SET state = 'done', photo = ?, path = ?, done_at = ?", (photo, where, long_ago))

    await ledger.write(fetched)
    await Cleanup(ledger, workspace, OwnFolders(tmp_path), days=7)()
    assert file.exists() is not goes


FILED = "People/Mia/Solo/a.jpg"


@pytest.mark.parametrize(
    ("but", "goes"),
    [
        ("", True),
        ("replaced at the source", True),
        *((f"UPDATE event_photo SET state = '{one}'", False) for one in KEPT),
        ("UPDATE event_photo SET verified_at = NULL", False),
        ("UPDATE placement SET filed_as = 'original~1'", False),
        ("UPDATE placement SET disk = 'removed'", False),
        ("UPDATE sighting SET seen_at = 9e9", False),
        ("UPDATE meta SET value = '1' WHERE key = 'rebuild_disk'", False),
        ("removed by hand", False),
        ("changed by hand", False),
        ("the source is there", False),
    ],
)
async def test_what_was_fetched_of_a_source_that_was_removed_goes_only_where_a_filed_file_has_it(
    ledger: Ledger, tmp_path: Path, but: str, goes: bool
) -> None:
    """Nobody can be asked for it again: whatever else may need it, it stays."""
    workspace = Workspace(tmp_path, tmp_path / ".venuesync")
    file, filed = workspace.downloads / "default/a.jpg", tmp_path / FILED
    for one in (file, filed):
        one.parent.mkdir(parents=True)
        one.write_bytes(b"x" * 5)
    long_ago = time.time() - 8 * DAY

    def fetched(db: Db) -> None:
        a_waiting_download(db, long_ago)
        seen = Sighting(str(file), DEFAULT_EVENT, sightings.fetched_from("s"), FileFacts(5, 1, 1))
        content = Content(sha256(b"x" * 5), "m", 5, "image/jpeg", "image")
        photo = sightings.record_photo_at(db, seen, content, long_ago, "a.jpg").photo
        solo, _ = solo_and_group(db)
        want(db, EventPhotoId(1), solo)
        db.execute("UPDATE placement SET disk = 'there', disk_name = 'a.jpg', disk_inode = 1, disk_mtime_ns = 1")
        db.execute("UPDATE event_photo SET state = 'filed', verified_at = ?", (long_ago,))
        where = str(file.relative_to(workspace.state))
        db.execute("UPDATE source_file SET state = 'done', photo = ?, path = ?, done_at = 9e9", (photo, where))
        meta.put(db, "rebuild_disk", "")
        if but == "replaced at the source":
            db.execute("UPDATE source_file SET photo = NULL, path = 'downloads/default/b.jpg'")
        elif but != "the source is there":
            sources.forget(db, [SourceId("s")])
        if but.startswith("UPDATE"):
            db.execute(but)

    await ledger.write(fetched)
    if but == "removed by hand":
        filed.unlink()
    elif but == "changed by hand":
        filed.write_bytes(b"y" * 5)
    await Cleanup(ledger, workspace, OwnFolders(tmp_path), days=7)()
    assert file.exists() is not goes
    assert filed.exists() is (but != "removed by hand")
    assert (await ledger.read(sightings.known_among, "drive:s", [str(file)]) == {}) is goes


async def test_what_is_being_written_is_not_old_by_a_clock_that_is_wrong(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own file went while it was written, and the API stopped for that."""
    workspace = Workspace(tmp_path, tmp_path / ".venuesync")
    workspace.state.mkdir()
    long_ago = time.time() - 8 * DAY
    writing, left = workspace.state / ".agent.json.0123.new", workspace.state / ".agent.json.4567.new"
    for file in (writing, left):
        file.write_bytes(b"{}")
    os.utime(left, (long_ago, long_ago))
    month = time.time() + 30 * DAY
    monkeypatch.setattr("agent.clock.wall", lambda: month)
    await Cleanup(ledger, workspace, OwnFolders(tmp_path), days=7)()
    assert writing.exists() and not left.exists()


async def test_folders_that_go_meanwhile_keep_nothing_from_being_tidied_up(ledger: Ledger, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, tmp_path / ".venuesync")
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            for folder in folders:
                folder.mkdir()
            for folder in folders:
                folder.rmdir()

    folders = [workspace.downloads / f"e{number}" for number in range(100)]
    workspace.downloads.mkdir(parents=True)
    with ThreadPoolExecutor() as pool:
        coming = pool.submit(come_and_go)
        try:
            for _ in range(30):
                assert await Cleanup(ledger, workspace, OwnFolders(tmp_path), days=7)() == "0 files, 0.0 MB"
        finally:
            over.set()
        coming.result()


def listed_long_ago(db: sqlite3.Connection, then: float) -> None:
    db.execute("UPDATE source_state SET listed_at = ?", (then,))


def a_waiting_download(db: sqlite3.Connection, now: float) -> None:
    file = ListedFile(
        SourceId("s"), DEFAULT_EVENT, DriveId("d"), DriveId("p"), DriveId("d"), "a.jpg", "image/jpeg", "m", 5, None, ""
    )
    sources.put_file(db, file, now, None)
