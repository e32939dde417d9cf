"""Errors that are told while what they speak of is so, and over once it is not."""

from __future__ import annotations

import sqlite3

import pytest

from agent.errors import VenueError
from agent.ledger import Ledger, accounts, drive_queue, folders, renditions, troubles
from agent.ledger.drive_queue import DriveTask, MayGo
from agent.ledger.folders import DriveFolder
from agent.model import DEFAULT_EVENT, ORIGINAL, FolderId
from agent.uploads import records
from tests.filing import one_placement
from tests.filing.one_placement import One
from tests.making import folder_row

NOW = 5.0
REFUSED = VenueError("Drive refuses", "a folder", "Look at Drive")


@pytest.mark.parametrize("rolled", [0, 1], ids=["the first", "one beside a full one"])
def test_a_folder_that_drive_does_not_make_is_told_for_as_long_as_it_is_wanted(ledger: Ledger, rolled: int) -> None:
    def due(db: sqlite3.Connection) -> DriveFolder:
        folder = folder_row(db)
        db.execute("UPDATE folder SET drive = 'there' WHERE id <> ?", (folder,))
        db.execute("UPDATE folder SET rolled = ? WHERE id = ?", (rolled, folder))
        return folders.due_on_drive(db, NOW)[0]

    folder = ledger.submit(due).result()
    ledger.submit(records.folder_refused, folder, REFUSED, NOW, NOW).result()
    ledger.submit(troubles.heal_outlived, NOW).result()
    assert [row["title"] for row in ledger.ask(troubles.opened)] == ["Drive refuses"]
    ledger.submit(lambda db: db.execute("UPDATE folder SET wanted = 0 WHERE id = ?", (folder.id,)).rowcount).result()
    ledger.submit(troubles.heal_outlived, NOW).result()
    ledger.submit(records.folder_refused, folder, REFUSED, NOW, NOW).result()
    assert ledger.ask(troubles.opened) == []


def test_an_event_that_drive_does_not_move_is_told_for_as_long_as_it_is_there(ledger: Ledger) -> None:
    def there(db: sqlite3.Connection) -> FolderId:
        folder_row(db)
        db.execute("UPDATE folder SET drive = 'there'")
        return FolderId(db.execute("SELECT id FROM folder WHERE kind = 'event'").fetchone()["id"])

    folder = ledger.submit(there).result()
    ledger.submit(records.move_refused, folder, "Wedding", REFUSED, NOW, NOW).result()
    ledger.submit(troubles.heal_outlived, NOW).result()
    (told,) = ledger.ask(troubles.opened)
    assert (told["subject"], told["detail"]) == ("Wedding", "Wedding: Drive refuses, a folder")
    ledger.submit(lambda db: db.execute("UPDATE folder SET wanted = 0 WHERE id = ?", (folder,)).rowcount).result()
    ledger.submit(troubles.heal_outlived, NOW).result()
    assert ledger.ask(troubles.opened) == []


def refused(one: One) -> DriveTask:
    """What is sent of it, smaller than it is, when Drive's answer is still to come."""
    one.filed(one.unknown)
    one.set(made_as="640 90")
    (task,) = one.do(drive_queue.due, MayGo(one_placement.NOW, 99))
    return task


def test_what_was_refused_of_a_photo_is_no_fault_of_what_is_wanted_in_its_place_by_now(ledger: Ledger) -> None:
    """A watermark that could not be read was taken off the event amid the last try: the photo stayed set aside."""
    one = One(ledger)
    task = refused(one)
    one.do(renditions.want, one.photo, ORIGINAL)
    one.do(lambda db: records.refused(db, task, REFUSED, NOW, lambda *_: False, again_at=None))
    assert (one.due_on_drive(), one.row["drive_attempts"]) == ({one.unknown}, 0)
    assert ledger.ask(troubles.opened) == []


@pytest.mark.parametrize("folder", [False, True], ids=["a photo", "a folder"])
def test_what_one_drive_refused_is_nothing_of_the_one_to_which_its_event_goes_by_now(
    ledger: Ledger, folder: bool
) -> None:
    """All that was to be sent there was set aside."""
    one = One(ledger)
    task = refused(one)
    one.do(accounts.follow, {DEFAULT_EVENT: "ben@example.com"}, lambda *_: True, NOW)
    if folder:
        one.do(records.destination_refused, task, REFUSED, NOW, lambda *_: False)
    else:
        one.do(lambda db: records.refused(db, task, REFUSED, NOW, lambda *_: False, again_at=None))
    assert (one.row["drive"], one.row["drive_failed"]) == ("absent", 0)
    assert ledger.ask(troubles.opened) == []
