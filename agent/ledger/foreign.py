"""Folders on Drive that lie in no source, with what they lie in: what is put there costs no question.

Only a memory: forgotten ones are asked for again, the oldest go first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from agent.model import DriveId

MOST = 10_000  # rows


def above(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, DriveId | None]:
    """Of these folders and of all above them those that are foreign, each with its parent."""
    rows = db.execute(
        "WITH RECURSIVE above (id) AS (SELECT value FROM json_each(?) UNION SELECT g.parent FROM above a"
        " JOIN foreign_folder g ON g.drive_id = a.id WHERE g.parent IS NOT NULL)"
        " SELECT g.drive_id, g.parent FROM above a JOIN foreign_folder g ON g.drive_id = a.id",
        (json.dumps(list(ids)),),
    )
    return {str(row["drive_id"]): None if row["parent"] is None else DriveId(row["parent"]) for row in rows}


def versions(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, int]:
    """Of these folders the foreign ones, with the version in which they were found so."""
    rows = db.execute(
        "SELECT drive_id, version FROM foreign_folder WHERE drive_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {str(row["drive_id"]): int(row["version"]) for row in rows}


def remember(db: sqlite3.Connection, folders: Sequence[tuple[DriveId, DriveId | None, int]], now: float) -> None:
    """Each as (folder, parent, version)."""
    db.executemany(
        "INSERT INTO foreign_folder (drive_id, parent, version, at) VALUES (?, ?, ?, ?) ON CONFLICT (drive_id)"
        " DO UPDATE SET parent = excluded.parent, version = excluded.version, at = excluded.at",
        [(*folder, now) for folder in folders],
    )
    if folders:
        over = int(db.execute("SELECT COUNT(*) FROM foreign_folder").fetchone()[0]) - MOST
        if over > 0:
            db.execute(
                "DELETE FROM foreign_folder WHERE drive_id IN"
                " (SELECT drive_id FROM foreign_folder ORDER BY at LIMIT ?)",
                (over,),
            )


def forget(db: sqlite3.Connection, folders: Iterable[str]) -> None:
    """These are foreign no more, or nobody can say: they, and what is remembered below them."""
    db.execute(
        "WITH RECURSIVE below (id) AS (SELECT value FROM json_each(?) UNION SELECT g.drive_id FROM below b"
        " JOIN foreign_folder g ON g.parent = b.id)"
        " DELETE FROM foreign_folder WHERE drive_id IN (SELECT id FROM below)",
        (json.dumps(list(folders)),),
    )


def forget_all(db: sqlite3.Connection) -> None:
    """Changes were missed: any of them may be elsewhere by now."""
    db.execute("DELETE FROM foreign_folder")
