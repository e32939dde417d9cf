"""One photo in the ledger, and what is true of its placements: for the tests of the placement table."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from agent.ledger import Ledger, disk_queue, drive_queue
from agent.ledger.disk_queue import Filed
from agent.ledger.drive_queue import MayGo
from agent.ledger.placements import Made
from agent.model import EventPhotoId, FolderId, FolderKind, PlacementId
from tests.making import folder_row, photo_row, rows, solo_and_group, want

NOW = time.time() + 60


class One:
    """One photo in the ledger, wanted in `Unsorted/Unknown`; Mia's folders are there, too, on Drive as well."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.photo: EventPhotoId = self.do(photo_row)
        self.unknown: FolderId = self.do(folder_row, FolderKind.UNKNOWN)
        self.solo, self.group = self.do(solo_and_group)
        self.do(lambda db: db.execute("UPDATE folder SET drive = 'there', drive_id = 'f' || id"))
        self.want(self.unknown)

    def do(self, work: Any, *values: Any) -> Any:
        return self.ledger.submit(work, *values).result()

    def want(self, *wanted: FolderId, may_remove: bool = True) -> bool:
        return bool(self.do(lambda db: want(db, self.photo, *wanted, may_remove=may_remove)))

    def of(self, folder: FolderId) -> sqlite3.Row | None:
        return next(iter(rows(self.ledger, "SELECT * FROM placement WHERE folder = ?", folder)), None)

    @property
    def row(self) -> sqlite3.Row:
        found = self.of(self.unknown)
        assert found is not None
        return found

    def set(self, folder: FolderId | None = None, **columns: object) -> None:
        text = ", ".join(f"{name} = ?" for name in columns)
        values = (*columns.values(), folder or self.unknown)
        self.do(lambda db: db.execute(f"UPDATE placement SET {text} WHERE folder = ?", values))

    def there(self, folder: FolderId) -> None:
        """Whole at both ends."""
        self.filed(folder)
        self.set(folder, drive="there", drive_id=f"d{folder}", drive_name="DSC_1.jpg")

    def filed(self, folder: FolderId) -> None:
        found = self.of(folder)
        assert found is not None
        self.do(disk_queue.finish, [Filed(PlacementId(found["id"]), Made(1, 1, 1, 1))], 1.0)

    def due_on_disk(self) -> set[FolderId]:
        return {task.folder for task in self.do(disk_queue.due, NOW, 99)}

    def due_on_drive(self) -> set[FolderId]:
        return {task.folder for task in self.do(drive_queue.due, MayGo(NOW, 99))}
