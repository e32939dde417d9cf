"""What the ledger believes to lie on disk and on Drive, row by row, for whoever checks it against the truth."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from agent.ledger import photos
from agent.ledger.made import COLUMNS, Made, columns_of, made_in
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
    made: Made | None
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
            made_in(row),
            End(row["drive"]),
            None if row["drive_id"] is None else DriveId(row["drive_id"]),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that we made; `path` is below the workspace."""

    placement: PlacementId
    path: str
    sha256: str
    made: Made


def made_on_disk(db: sqlite3.Connection) -> list[MadeFile]:
    """Every file of ours that lies in its place or is about to, wanted or not."""
    rows = db.execute(
        "SELECT p.*, f.disk_path || '/' || p.disk_name AS path, ph.bytes, ph.sha256 FROM placement p JOIN folder f"
        " ON f.id = p.folder JOIN event_photo ep ON ep.id = p.event_photo JOIN photo ph ON ph.id = ep.photo"
        " WHERE p.disk IN ('reserved', 'there') AND p.disk_inode IS NOT NULL"
    )
    found = ((row, made_in(row)) for row in rows)
    return [
        MadeFile(PlacementId(row["id"]), str(row["path"]), str(row["sha256"]), made)
        for row, made in found
        if made is not None
    ]


def paths_on_disk(db: sqlite3.Connection) -> set[str]:
    """Every path, below the workspace, at which a placement lies, is to come or is still to go; and every folder's."""
    rows = db.execute(
        "SELECT f.disk_path || '/' || p.disk_name FROM placement p JOIN folder f ON f.id = p.folder"
        " WHERE p.disk_name IS NOT NULL UNION SELECT disk_path FROM folder UNION SELECT disk_wanted FROM folder"
    )
    return {str(path) for (path,) in rows if path is not None}


def settled(db: sqlite3.Connection) -> dict[str, set[str]]:
    """Photos that lie, on disk, wherever they are wanted, if anywhere: SHA-256 -> its names in its events."""
    rows = db.execute(
        "SELECT ph.sha256, ep.name FROM photo ph JOIN event_photo ep ON ep.photo = ph.id WHERE NOT EXISTS"
        " (SELECT 1 FROM event_photo e LEFT JOIN placement o ON o.event_photo = e.id AND +o.wanted = 1"
        " WHERE e.photo = ph.id AND ((e.state <> 'superseded' AND e.planned_at IS NULL) OR o.disk <> 'there'))"
        " AND EXISTS (SELECT 1 FROM event_photo e WHERE e.photo = ph.id AND e.state <> 'superseded')"
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(str(row["sha256"]), set()).add(str(row["name"]))
    return found


def all_drive_ids(db: sqlite3.Connection) -> set[str]:
    """Every id on Drive that the ledger knows as ours, wanted or not."""
    rows = db.execute(
        "SELECT drive_id FROM placement WHERE drive_id IS NOT NULL"
        " UNION SELECT drive_id FROM folder WHERE drive_id IS NOT NULL UNION SELECT drive_id FROM folder_filled"
    )
    return {str(row["drive_id"]) for row in rows}


def ours_among(db: sqlite3.Connection, ids: Iterable[str]) -> frozenset[str]:
    """Which of these ids are of folders or files that venuesync made, or of a folder that was given to it."""
    rows = db.execute(
        "WITH asked (id) AS (SELECT value FROM json_each(?))"
        " SELECT drive_id FROM asked JOIN placement ON drive_id = asked.id"
        " UNION SELECT drive_id FROM asked JOIN folder ON drive_id = asked.id"
        " UNION SELECT drive_id FROM asked JOIN folder_filled ON drive_id = asked.id",
        (json.dumps(list(ids)),),
    )
    return frozenset(str(row["drive_id"]) for row in rows)


def given_among(db: sqlite3.Connection, ids: Iterable[str]) -> frozenset[str]:
    """Which of these ids are of operators' own folders that were given to venuesync."""
    rows = db.execute(
        "WITH asked (id) AS (SELECT value FROM json_each(?))"
        " SELECT drive_id FROM asked JOIN folder ON drive_id = asked.id WHERE drive_given = 1",
        (json.dumps(list(ids)),),
    )
    return frozenset(str(row["drive_id"]) for row in rows)


def our_folders(db: sqlite3.Connection) -> frozenset[str]:
    """Ids of all folders on Drive that venuesync made, or that were given to it."""
    rows = db.execute("SELECT drive_id FROM folder WHERE drive_id IS NOT NULL UNION SELECT drive_id FROM folder_filled")
    return frozenset(str(row["drive_id"]) for row in rows)


def let_go(db: sqlite3.Connection, ids: Collection[str]) -> set[str]:
    """Those of these files and folders on Drive that nobody has by now; and nobody takes them over any more."""
    db.executemany("DELETE FROM drive_found WHERE drive_id = ?", [(one,) for one in ids])
    return set(ids) - all_drive_ids(db)


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


def is_ours_now(db: sqlite3.Connection, seen: Sequence[tuple[PlacementId, Made]]) -> None:
    """The same file with another time, or a faithful copy in its place: this is what we made from now on."""
    db.executemany(
        f"UPDATE placement SET ({COLUMNS}) = (?, ?, ?, ?) WHERE id = ?",  # noqa: S608 - ours
        [(*columns_of(made), placement) for placement, made in seen],
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
