"""Where events lie on Drive: in folders of ours, or in one that the operator gave; and what moves when that changes."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from agent.ledger import drive_queue, meta
from agent.model import DriveId, FolderId


@dataclass(frozen=True, slots=True)
class Home:
    """An event's folder on Drive. `above`: the folder in which one of ours would lie."""

    folder: FolderId
    key: str
    name: str
    drive_id: DriveId
    given: bool
    above: DriveId | None


def all_of(db: sqlite3.Connection) -> list[Home]:
    rows = db.execute(
        "SELECT f.id, f.key, f.name, f.drive_id, f.drive_given, up.drive_id AS above FROM folder f"
        " LEFT JOIN folder up ON up.id = f.parent WHERE f.kind = 'event' AND f.drive = 'there' AND f.wanted = 1"
    )
    return [
        Home(
            FolderId(row["id"]),
            str(row["key"]),
            str(row["name"]),
            DriveId(row["drive_id"]),
            bool(row["drive_given"]),
            None if row["above"] is None else DriveId(row["above"]),
        )
        for row in rows
    ]


def inside(db: sqlite3.Connection, folder: FolderId) -> list[DriveId]:
    """What lies in it by our doing."""
    rows = db.execute("SELECT drive_id FROM folder WHERE parent = ? AND drive = 'there'", (folder,))
    return [DriveId(row["drive_id"]) for row in rows]


def reserve(db: sqlite3.Connection, folder: FolderId) -> DriveId | None:
    """An id for a folder of ours in place of the one that was given; the same one until it is moved into."""
    kept = meta.get(db, f"home:{folder}")
    if kept:
        return DriveId(kept)
    fresh = drive_queue.take_id(db)
    if fresh is not None:
        meta.put(db, f"home:{folder}", fresh)
    return fresh


def moved(db: sqlite3.Connection, home: Home, drive_id: DriveId, *, given: bool) -> None:
    db.execute(
        "UPDATE folder SET drive_id = ?, drive_name = ?, drive_given = ? WHERE id = ? AND drive_id = ?",
        (drive_id, home.name, given, home.folder, home.drive_id),
    )
    meta.put(db, f"home:{home.folder}", "")
