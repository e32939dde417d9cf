"""Single facts about the ledger as a whole, by name."""

from __future__ import annotations

import sqlite3


def get(db: sqlite3.Connection, key: str, default: str = "") -> str:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return default if row is None else str(row[0])


def put(db: sqlite3.Connection, key: str, value: str) -> None:
    db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))


def keys(db: sqlite3.Connection, beginning: str) -> list[str]:
    """Names of facts that begin so, and say anything."""
    rows = db.execute("SELECT key FROM meta WHERE substr(key, 1, ?2) = ?1 AND value <> ''", (beginning, len(beginning)))
    return [str(row["key"]) for row in rows]


def count_up(db: sqlite3.Connection, key: str) -> None:
    put(db, key, str(int(get(db, key, "0")) + 1))


ROOT = "root"  # where the workspace lay when the ledger was last open
REBUILD_DISK, REBUILD_DRIVE = "rebuild_disk", "rebuild_drive"  # "1" until that half of a lost ledger is read again
PLANNED_BY = "planned_by"  # the rule and engine that all was planned with


def rebuilding(db: sqlite3.Connection, *, drive: bool) -> bool:
    """Whether a lost ledger is still being rebuilt."""
    return get(db, REBUILD_DISK) == "1" or (drive and get(db, REBUILD_DRIVE) == "1")


def planned_revision(db: sqlite3.Connection) -> int:
    """The roster's revision that all placements were planned with."""
    return int(get(db, "planned_revision", "0"))


def record_planned(db: sqlite3.Connection, revision: int) -> None:
    put(db, "planned_revision", str(revision))
