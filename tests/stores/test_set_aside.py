"""What is set aside follows the roster's word, whatever it is, and is listed with what there is of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from agent.errors import VenueError
from agent.ledger import Ledger, counts, downloads, photos, placements, sightings, troubles
from agent.ledger.sightings import FileFacts, Sighting
from agent.ledger.troubles import Subject
from agent.model import DEFAULT_EVENT, Whole
from tests.making import folder_row, photo_row, want

Db = sqlite3.Connection
NOW = 5.0


def open_one(db: Db, key: str, name: str, event_photo: int | None = None) -> int:
    subject = Subject(key, name, DEFAULT_EVENT, event_photo)  # type: ignore[arg-type]
    troubles.open_trouble(db, subject, VenueError("It went wrong", name), 1.0)
    return int(db.execute("SELECT id FROM trouble WHERE key = ?", (key,)).fetchone()[0])


def broken(db: Db) -> int:
    photo = photo_row(db, "broken.jpg")
    db.execute("UPDATE event_photo SET state = 'failed'")
    db.execute("UPDATE photo SET look = 'failed'")
    db.execute(
        "INSERT INTO sighting (path, event, folder, state, photo, bytes, mtime_ns, inode, seen_at)"
        " SELECT '/in/broken.jpg', 'default', '/in', 'photo', photo, 9, 9, 9, 1 FROM event_photo"
    )
    return open_one(db, f"photo:{photo}", "broken.jpg", photo)


def refused(db: Db) -> int:
    """Filed here, and Drive does not take it."""
    photo = photo_row(db, "refused.jpg")
    want(db, photo, folder_row(db))
    db.execute("UPDATE photo SET look = 'done'")
    db.execute("UPDATE placement SET disk = 'there', disk_inode = 1, drive_failed = 1")
    photos.settle_states(db, {photo}, 1.0)
    return open_one(db, "placement:1/drive", "refused.jpg", photo)


def folder_refused(db: Db) -> int:
    """The same, as Drive takes nothing into that folder."""
    refused(db)
    troubles.heal(db, "placement:1/drive", 1.0)
    return open_one(db, "destination:" + str(db.execute("SELECT folder FROM placement").fetchone()[0]), "Unknown")


def unreadable(db: Db) -> int:
    sighting = Sighting("/in/locked.jpg", DEFAULT_EVENT, "/in", FileFacts(1, 2, 3))
    sightings.record_other(db, sighting, "unreadable", "no permission", 1.0)
    return open_one(db, "file:/in/locked.jpg", "locked.jpg")


def not_fetched(db: Db) -> int:
    db.execute(
        "INSERT INTO source_file (id, source, event, drive_id, parent, content, name, mime, md5, bytes, state, seen_at)"
        " VALUES (7, 's', 'default', 'd', 'p', 'd', 'cloud.jpg', 'image/jpeg', 'a1', 9, 'failed', 1)"
    )
    return open_one(db, "download:7", "cloud.jpg")


def taken_away(db: Db) -> int:
    photo_row(db, "gone.jpg")
    db.execute("UPDATE event_photo SET state = 'superseded'")
    return open_one(db, "gone:1", "gone.jpg")


KINDS: dict[Callable[[Db], int], tuple[str, Whole, list[str]]] = {
    broken: ("broken.jpg", Whole.CARD, ["/in/broken.jpg"]),
    refused: ("refused.jpg", Whole.HERE, ["Unsorted/Unknown/refused.jpg"]),
    folder_refused: ("refused.jpg", Whole.HERE, ["Unsorted/Unknown/refused.jpg"]),
    unreadable: ("locked.jpg", Whole.CARD, ["/in/locked.jpg"]),
    not_fetched: ("cloud.jpg", Whole.SOURCE, []),
    taken_away: ("gone.jpg", Whole.CARD, []),
}


class Desk:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.decided: set[str] = set()

    def named(self, trouble: int, *, is_aside: bool) -> list[str]:
        return [one.key for one in self.ledger.submit(troubles.named, [trouble, 999], aside=is_aside).result()]

    def follow(self, keys: list[str]) -> None:
        self.ledger.submit(troubles.follow, lambda _, key: key in self.decided, keys, NOW).result()

    def number_aside(self) -> int:
        """Photos of the event, and all others."""
        counted = self.ledger.submit(counts.photos).result()["dismissed"]
        return counted + sum(self.ledger.submit(troubles.others_aside).result().values())


@pytest.mark.parametrize("make", KINDS)
def test_whatever_failed_can_be_set_aside_and_brought_back(make: Callable[[Db], int], ledger: Ledger) -> None:
    desk, trouble = Desk(ledger), ledger.submit(make).result()
    before = ledger.submit(counts.photos).result()
    keys = desk.named(trouble, is_aside=False)
    assert desk.number_aside() == 0
    desk.decided = set(keys)
    for _ in range(2):
        desk.follow(keys)
        assert (desk.number_aside(), ledger.submit(troubles.count_open).result()) == (1, 0)
    (one,) = ledger.submit(troubles.set_aside).result()
    name, whole, files = KINDS[make]
    assert (one.name, one.whole, one.files) == (name, whole, files)
    ledger.submit(placements.try_again, None).result()
    ledger.submit(downloads.try_downloads_again).result()
    assert desk.number_aside() == 1, "what is set aside is not tried again"
    keys = desk.named(trouble, is_aside=True)
    desk.decided.clear()
    for _ in range(2):
        desk.follow(keys)
        assert (desk.number_aside(), ledger.submit(troubles.count_open).result()) == (0, 1)
    assert ledger.submit(counts.photos).result() == before


@pytest.mark.parametrize("make", KINDS)
def test_what_was_decided_outlives_the_ledger(make: Callable[[Db], int], ledger: Ledger) -> None:
    """A new ledger knows nothing of it: it fails again, and is looked up."""
    desk, trouble = Desk(ledger), ledger.submit(make).result()
    desk.decided = set(desk.named(trouble, is_aside=False))
    late = ledger.submit(troubles.overlooked, lambda _, key: key in desk.decided).result()
    desk.follow(late)
    assert desk.number_aside() == 1
    assert ledger.submit(troubles.overlooked, lambda _, key: key in desk.decided).result() == []
    desk.decided.clear()  # taken back, and killed before it was followed
    desk.follow(ledger.submit(troubles.overlooked, lambda _, key: key in desk.decided).result())
    assert desk.number_aside() == 0


def test_of_any_other_trouble_only_the_telling_is_put_aside(ledger: Ledger) -> None:
    desk, trouble = Desk(ledger), ledger.submit(open_one, "part:router", "router").result()
    keys = desk.named(trouble, is_aside=False)
    desk.decided = set(keys)
    desk.follow(keys)
    assert (desk.number_aside(), ledger.submit(troubles.count_open).result()) == (0, 0)
    assert ledger.submit(open_one, "part:router", "router").result() == trouble, "it went wrong once more"
    assert ledger.submit(troubles.count_open).result() == 1


def test_a_file_that_can_be_read_after_all_is_set_aside_no_more(ledger: Ledger) -> None:
    desk, trouble = Desk(ledger), ledger.submit(unreadable).result()
    keys = desk.named(trouble, is_aside=False)
    desk.decided = set(keys)
    desk.follow(keys)
    ledger.submit(sightings.forget_paths, ["/in/locked.jpg"], NOW).result()
    assert desk.number_aside() == 0
    assert ledger.submit(troubles.heal, "file:/in/locked.jpg", NOW).result()
