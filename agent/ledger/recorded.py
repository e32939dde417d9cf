"""What the ledger believes to lie on disk and on Drive, row by row, for whoever checks it against the truth."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from agent.ledger import photos
from agent.ledger.sightings import FileFacts
from agent.model import DriveId, End, EventPhotoId, FolderId, PlacementId


@dataclass(frozen=True, slots=True)
class Recorded:
    """A wanted placement and what is recorded of its two ends. `path` is below the workspace and below the event."""

    placement: PlacementId
    folder: FolderId
    path: str
    name: str
    sha256: str
    md5: str
    bytes: int
    disk: End
    facts: FileFacts | None
    drive: End
    drive_id: DriveId | None


def wanted(db: sqlite3.Connection) -> list[Recorded]:
    rows = db.execute(
        "SELECT p.*, f.disk_path || '/' || p.disk_name AS path, ep.name, ph.sha256, ph.md5, ph.bytes FROM placement p"
        " JOIN folder f ON f.id = p.folder JOIN event_photo ep ON ep.id = p.event_photo"
        " JOIN photo ph ON ph.id = ep.photo"
        " WHERE p.wanted = 1 AND p.disk_name IS NOT NULL ORDER BY f.id, p.id"
    )
    return [
        Recorded(
            PlacementId(row["id"]),
            FolderId(row["folder"]),
            str(row["path"]),
            str(row["name"]),
            str(row["sha256"]),
            str(row["md5"]),
            int(row["bytes"]),
            End(row["disk"]),
            None if row["disk_inode"] is None else FileFacts(row["bytes"], row["disk_mtime_ns"], row["disk_inode"]),
            End(row["drive"]),
            None if row["drive_id"] is None else DriveId(row["drive_id"]),
        )
        for row in rows
    ]


def all_drive_ids(db: sqlite3.Connection) -> set[str]:
    """Every id on Drive that the ledger knows as ours, wanted or not."""
    rows = db.execute(
        "SELECT drive_id FROM placement WHERE drive_id IS NOT NULL"
        " UNION SELECT drive_id FROM folder WHERE drive_id IS NOT NULL UNION SELECT drive_id FROM folder_filled"
    )
    return {str(row["drive_id"]) for row in rows}


def folders_on_drive(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """`id, key, name, drive_id` of the folders that are there by our knowledge."""
    return db.execute("SELECT id, key, name, drive_id FROM folder WHERE drive = 'there'").fetchall()


def missing_on_disk(db: sqlite3.Connection, placements: Sequence[PlacementId], now: float) -> None:
    """To be filed again."""
    _again(
        db,
        "UPDATE placement SET disk = 'absent', disk_inode = NULL, disk_failed = 0, disk_after = 0 WHERE id = ?"
        " RETURNING event_photo",
        placements,
        now,
    )


def facts_changed(db: sqlite3.Connection, seen: Sequence[tuple[PlacementId, FileFacts]]) -> None:
    """The same bytes with other times or another inode (restored from a backup, copied over)."""
    db.executemany(
        "UPDATE placement SET disk_inode = ?, disk_mtime_ns = ? WHERE id = ?",
        [(facts.inode, facts.mtime_ns, placement) for placement, facts in seen],
    )


def missing_on_drive(db: sqlite3.Connection, placements: Sequence[PlacementId], now: float) -> None:
    """To be sent again, under another id."""
    _again(
        db,
        "UPDATE placement SET drive = 'absent', drive_id = NULL, drive_session = NULL, verified_at = NULL,"
        " drive_failed = 0, drive_after = 0, drive_attempts = 0 WHERE id = ? RETURNING event_photo",
        placements,
        now,
    )


def _again(db: sqlite3.Connection, change: str, placements: Sequence[PlacementId], now: float) -> None:
    touched: set[EventPhotoId] = set()
    for placement in placements:
        row = db.execute(change, (placement,)).fetchone()
        if row:
            touched.add(EventPhotoId(row["event_photo"]))
    photos.settle_states(db, touched, now)
