"""Troubles: what went wrong, why, and what to do; open until it heals or is set aside."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.errors import VenueError
from agent.model import EventId, EventPhotoId

Severity = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is in trouble: a key that is the same each time, and words for people."""

    key: str  # photo:12, placement:9, folder:/mnt/nas, part:router, drive
    name: str  # the photo's, the folder's, the person's
    event: EventId | None = None
    event_photo: EventPhotoId | None = None


def open_trouble(
    db: sqlite3.Connection, subject: Subject, error: VenueError, now: float, severity: Severity = "error"
) -> bool:
    """Record a trouble; the same one again is counted, one that had healed is open again. Answers if it is news."""
    known = db.execute("SELECT 1 FROM trouble WHERE key = ? AND state = 'open'", (subject.key,)).fetchone()
    db.execute(
        "INSERT INTO trouble (key, kind, cause, severity, title, subject, detail, remedy, event, event_photo,"
        " first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, cause = excluded.cause, severity = excluded.severity,"
        " title = excluded.title, detail = excluded.detail, remedy = excluded.remedy, last_at = excluded.last_at,"
        " first_at = CASE WHEN state = 'open' THEN first_at ELSE excluded.first_at END,"
        " count = CASE WHEN state = 'open' THEN count + 1 ELSE 1 END, state = 'open', ended_at = NULL",
        (
            subject.key,
            error.kind,
            error.cause.value,
            severity,
            error.title,
            subject.name,
            error.detail,
            error.remedy,
            subject.event,
            subject.event_photo,
            now,
            now,
        ),
    )
    return known is None


def passed(db: sqlite3.Connection, subject: Subject, error: VenueError, since: float, now: float) -> None:
    """Record a trouble that is over already: while it lasted nothing could be written."""
    open_trouble(db, subject, error, since)
    heal(db, subject.key, now)


def heal(db: sqlite3.Connection, key: str, now: float) -> bool:
    """The trouble is over, also one that was set aside. Answers whether there was one."""
    return (
        db.execute(
            "UPDATE trouble SET state = 'healed', ended_at = ? WHERE key = ? AND state <> 'healed'", (now, key)
        ).rowcount
        > 0
    )


def heal_all(db: sqlite3.Connection, keys: Collection[str], now: float) -> None:
    """The troubles of these keys are over."""
    db.execute(
        "UPDATE trouble SET state = 'healed', ended_at = ? WHERE state = 'open'"
        " AND key IN (SELECT value FROM json_each(?))",
        (now, json.dumps(list(keys))),
    )


def open_keys(db: sqlite3.Connection, beginnings: Collection[str]) -> list[str]:
    """Keys of open troubles that begin so."""
    rows = db.execute("SELECT key FROM trouble WHERE state = 'open'")
    return [key for row in rows if (key := str(row["key"])).startswith(tuple(beginnings))]


def heal_photo(db: sqlite3.Connection, event_photo: EventPhotoId, now: float) -> None:
    """All troubles of a photo are over."""
    db.execute(
        "UPDATE trouble SET state = 'healed', ended_at = ? WHERE event_photo = ? AND state = 'open'", (now, event_photo)
    )


def heal_all_but(db: sqlite3.Connection, prefix: str, still: Sequence[str], now: float) -> None:
    """Troubles whose key begins with `prefix` are over, but for those named."""
    db.execute(
        "UPDATE trouble SET state = 'healed', ended_at = ? WHERE state = 'open' AND substr(key, 1, ?) = ?"
        " AND key NOT IN (SELECT value FROM json_each(?))",
        (now, len(prefix), prefix, json.dumps(list(still))),
    )


def count_open(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT COUNT(*) FROM trouble WHERE state = 'open'").fetchone()[0])


def opened(db: sqlite3.Connection, limit: int = 2000) -> list[sqlite3.Row]:
    return db.execute("SELECT * FROM trouble WHERE state = 'open' ORDER BY last_at DESC LIMIT ?", (limit,)).fetchall()


def healed(db: sqlite3.Connection, since: float, limit: int) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM trouble WHERE state = 'healed' AND ended_at >= ? ORDER BY ended_at DESC LIMIT ?", (since, limit)
    ).fetchall()


def count_healed(db: sqlite3.Connection, since: float) -> int:
    query = "SELECT COUNT(*) FROM trouble WHERE state = 'healed' AND ended_at >= ?"
    return int(db.execute(query, (since,)).fetchone()[0])
