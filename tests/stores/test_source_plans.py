"""No query about sources reads a large table from end to end: an archive of 100,000 files costs what 100 do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.ledger import Ledger, downloads, events, held, homes, sources, syncs
from agent.ledger.sources import ListedFile, ListedFolder
from agent.model import DEFAULT_EVENT, DriveId, EventId, EventPhotoId, FolderId, PhotoId, SourceId
from tests.making import content, photo_row
from tests.stores.query_plans import scans

Db = sqlite3.Connection
LARGE = ("source_file", "source_folder", "sync_run", "held_photo", "event_photo", "photo", "placement", "sighting")
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


QUERIES: dict[str, Callable[[Db], object]] = {
    "folders_by_id": lambda db: sources.folders_by_id(db, ["d3-4", "d5-6"]),
    "sources_of_files": lambda db: sources.sources_of_files(db, ["f3-4"]),
    "put_folder": lambda db: sources.put_folder(db, FOLDER),
    "has_folder": lambda db: sources.has_folder(db, SOURCE, DriveId("d3-4")),
    "put_file": lambda db: sources.put_file(db, listed(3, 7), NOW, 1),
    "put_file new": lambda db: sources.put_file(db, listed(3, 777), NOW, 1),
    "rename_camera": lambda db: sources.rename_camera(db, EVENT, FOLDER, "Anna"),
    "nowhere_else": lambda db: sources.nowhere_else(db, DEFAULT_EVENT, PhotoId(1)),
    "is_there": lambda db: sources.is_there(db, SOURCE, "f3-4"),
    "file_gone": lambda db: sources.file_gone(db, SOURCE, "f3-4", NOW),
    "drop_folder": lambda db: sources.drop_folder(db, SOURCE, "d3-4", NOW),
    "downloads.due": lambda db: downloads.due(db, [1], ["f1-1"], NOW, 3),
    "downloads.known_photo": lambda db: downloads.known_photo(db, content(b"1").md5, 1),
    "downloads.done": lambda db: downloads.done(db, 3, PhotoId(1), None, NOW),
    "downloads.put_off": lambda db: downloads.put_off(db, 3, NOW, count=True),
    "downloads.fail": lambda db: downloads.fail(db, 3),
    "downloads.gone": lambda db: downloads.gone(db, 3, NOW),
    "downloads.try_again": downloads.try_again,
    "downloads.tally": downloads.tally,
    "files_of_source": lambda db: events.files_of_source(db, SOURCE),
    "begin_run": lambda db: syncs.begin_run(db, EVENT, "full", NOW),
    "runs": lambda db: syncs.runs(db, EVENT, 20),
    "failed_last": syncs.failed_last,
    "last_runs": lambda db: syncs.last_runs(db, 20),
    "held.back": lambda db: held.back(db, DEFAULT_EVENT, PhotoId(1)),
    "held.hold": lambda db: held.hold(db, DEFAULT_EVENT, "x", "why", [EventPhotoId(1)], NOW),
    "homes.all_of": homes.all_of,
    "homes.inside": lambda db: homes.inside(db, FolderId(1)),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_large_table_is_read_from_end_to_end(name: str, venue: Path) -> None:
    assert scans(venue, QUERIES[name], LARGE) == []
