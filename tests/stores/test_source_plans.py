"""No query about sources reads a large table from end to end: an archive of 100,000 files costs what 100 do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.ledger import Ledger, accounts, counts, downloads, held, ours_on_drive, sources, syncs
from agent.ledger.held import Held
from agent.ledger.sources import ListedFile, ListedFolder
from agent.model import DEFAULT_EVENT, DriveId, EventId, EventPhotoId, FolderId, PhotoId, SourceId
from tests.making import content, photo_row
from tests.stores.query_plans import scans

Db = sqlite3.Connection
LARGE = (
    "source_file",
    "source_folder",
    "foreign_folder",
    "sync_run",
    "held_photo",
    "event_photo",
    "photo",
    "placement",
    "sighting",
)
NOW = 2e9
SOURCE, EVENT = SourceId("s3"), EventId("e3")
FOLDER = ListedFolder(SOURCE, DriveId("d3-4"), DriveId("d3-1"), "Cam1", 1)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    ledger = Ledger(tmp_path_factory.mktemp("plans") / "ledger.sqlite")
    ledger.open()
    ledger.submit(fill).result()
    ledger.close()
    yield ledger.path


def listed(source: int, number: int, state: str = "") -> ListedFile:
    return ListedFile(
        SourceId(f"s{source}"),
        EventId(f"e{source}"),
        DriveId(f"f{source}-{number}"),
        DriveId(f"d{source}-{number % 20}"),
        DriveId(f"f{source}-{number}"),
        f"DSC_{number}{state}.jpg",
        "image/jpeg",
        f"md5-{source}-{number}",
        1000,
        None,
        "Cam1",
    )


def fill(db: Db) -> None:
    for source in range(10):
        syncs.ensure(db, [(SourceId(f"s{source}"), EventId(f"e{source}"))])
        for number in range(20):
            above = None if number == 0 else DriveId(f"d{source}-{number // 2}")
            sources.put_folder(db, ListedFolder(SourceId(f"s{source}"), DriveId(f"d{source}-{number}"), above, "x", 1))
            syncs.begin_run(db, EventId(f"e{source}"), "changes", 1e9)
        for number in range(150):
            sources.put_file(db, listed(source, number), 1e9, 1)
    photo_row(db, "DSC_1.jpg", b"1")
    db.execute("UPDATE source_file SET state = 'done', photo = 1, path = 'x' WHERE id % 3 <> 0")
    db.execute("UPDATE source_file SET state = 'failed' WHERE id % 97 = 0")
    db.execute("UPDATE sync_run SET outcome = 'ok'")
    sources.remember_foreign(
        db, [(DriveId(f"x{number}"), DriveId(f"x{number // 2}"), 1) for number in range(1, 200)], NOW
    )


def task(db: Db) -> downloads.Download:
    return downloads.downloads_due(db, [], [], NOW, 1)[0]


def held_by(db: Db) -> Held:
    held.hold_back(db, DEFAULT_EVENT, "x", "why", [EventPhotoId(1)], NOW)
    return held.opened(db)[0]


NEWEST = "SELECT * FROM sync_run ORDER BY id DESC LIMIT 20"  # ends with its twentieth row
QUERIES: dict[str, Callable[[Db], object]] = {
    "folders_and_above": lambda db: sources.folders_and_above(db, ["d3-4", "d5-6"]),
    "folders_through": lambda db: sources.folders_through(db, ["d3-4"]),
    "subtree": lambda db: sources.subtree(db, SOURCE, ["d3-4", "d3-5"]),
    "known_as": lambda db: sources.known_as(db, ["d3-4"]),
    "resting_on": lambda db: sources.resting_on(db, ["d3-4"]),
    "roots_of": lambda db: sources.roots_of(db, SOURCE),
    "files_in": lambda db: sources.files_in(db, SOURCE, ["d3-4"]),
    "files_among": lambda db: sources.files_among(db, SOURCE, ["f3-4"]),
    "ours_among": lambda db: ours_on_drive.ours_among(db, ["f3-4"]),
    "sources.foreign_above": lambda db: sources.foreign_above(db, ["x3"]),
    "sources.foreign_versions": lambda db: sources.foreign_versions(db, ["x3"]),
    "sources.forget_some": lambda db: sources.forget_some(db, [SOURCE], 500),
    "sources.forget_foreign": lambda db: sources.forget_foreign(db, ["x3"]),
    "missing_by_source": downloads.missing_by_source,
    "sources_of_files": lambda db: sources.sources_of_files(db, ["f3-4"]),
    "shortcuts_to": lambda db: sources.shortcuts_to(db, ["f3-4"]),
    "put_folder": lambda db: sources.put_folder(db, FOLDER),
    "folder": lambda db: sources.folder(db, SOURCE, DriveId("d3-4")),
    "put_file": lambda db: sources.put_file(db, listed(3, 7), NOW, 1),
    "put_file new": lambda db: sources.put_file(db, listed(3, 777), NOW, 1),
    "rename_camera": lambda db: sources.rename_camera(db, EVENT, FOLDER, "Anna"),
    "nowhere_else": lambda db: sources.nowhere_else(db, DEFAULT_EVENT, PhotoId(1)),
    "is_there": lambda db: sources.is_there(db, SOURCE, "f3-4"),
    "file_gone": lambda db: sources.file_gone(db, SOURCE, "f3-4", NOW),
    "gone_since": lambda db: sources.gone_since(db, EVENT, NOW),
    "drop_folder": lambda db: sources.drop_folder(db, SOURCE, "d3-4"),
    "syncs.came_from": lambda db: downloads.came_from(db, EventId("e1"), PhotoId(1)),
    "syncs.not_fetched": lambda db: downloads.not_fetched(db, SourceId("s1"), "f1-1"),
    "syncs.downloads_due": lambda db: downloads.downloads_due(db, [1], ["f1-1"], NOW, 3),
    "syncs.is_old_download": lambda db: downloads.is_old_download(db, 1, NOW, None),
    "syncs.known_photo": lambda db: downloads.known_photo(db, content(b"1").md5, 1),
    "syncs.downloaded": lambda db: downloads.downloaded(db, task(db), PhotoId(1), None, NOW),
    "syncs.put_off_download": lambda db: downloads.put_off_download(db, task(db), NOW),
    "syncs.fail_download": lambda db: downloads.fail_download(db, task(db)),
    "syncs.download_gone": lambda db: downloads.download_gone(db, task(db), NOW),
    "syncs.try_downloads_again": downloads.try_downloads_again,
    "syncs.try_downloads_again of": lambda db: downloads.try_downloads_again(db, [EVENT]),
    "syncs.download_tally": downloads.download_tally,
    "files_of_source": lambda db: counts.files_of_source(db, SOURCE),
    "begin_run": lambda db: syncs.begin_run(db, EVENT, "full", NOW),
    "runs": lambda db: syncs.runs(db, EVENT, 20),
    "failed_last": syncs.failed_last,
    "last_runs": lambda db: syncs.last_runs(db, 20),
    "held.found_again": lambda db: held.found_again(db, DEFAULT_EVENT, PhotoId(1)),
    "held.hold_back": lambda db: held.hold_back(db, DEFAULT_EVENT, "x", "why", [EventPhotoId(1)], NOW),
    "held.opened": held.opened,
    "held.count": held.count,
    "held.decide": lambda db: held.decide(db, held_by(db), yes=True),
    "folders.homes": accounts.homes,
    "folders.inside": lambda db: accounts.inside(db, FolderId(1)),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_large_table_is_read_from_end_to_end(name: str, venue: Path) -> None:
    read = [step for step, statement in scans(venue, QUERIES[name], LARGE) if statement != NEWEST]
    assert read == []
