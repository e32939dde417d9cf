"""Errors that are told while what they speak of is so, and over once it is not."""

from __future__ import annotations

import sqlite3

import pytest

from agent.errors import VenueError
from agent.ledger import Ledger, folders, troubles
from agent.ledger.folders import DriveFolder
from agent.model import FolderId
from agent.uploads import records
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
