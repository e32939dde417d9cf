"""Pages of the ledger for people who look through it: each begins below a number, newest first.

A page reads no more than it shows and what lies between: from its number down, along an index.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from agent.model import EventId, PersonId, PhotoState

END = 2**62  # before the first page

PHOTOS = (
    "SELECT ep.id, ep.event, ep.name, ep.state, ep.arrived_at, ep.filed_at, ep.verified_at FROM event_photo ep"
    " WHERE ep.id < :before AND (:state IS NOT NULL OR ep.state NOT IN ('superseded', 'withdrawn', 'moved'))"
    " AND (:event IS NULL OR ep.event = :event)"
    " AND (:state IS NULL OR ep.state = :state) AND ep.name LIKE :words ESCAPE '\\' ORDER BY ep.id DESC LIMIT :limit"
)
PHOTOS_OF_PERSON = (
    "SELECT DISTINCT ep.id, ep.event, ep.name, ep.state, ep.arrived_at, ep.filed_at, ep.verified_at FROM folder f"
    " JOIN placement p ON p.folder = f.id AND p.wanted = 1 JOIN event_photo ep ON ep.id = p.event_photo"
    " WHERE f.person = :person AND p.event_photo < :before AND ep.name LIKE :words ESCAPE '\\'"
    " ORDER BY ep.id DESC LIMIT :limit"
)


def photos(
    db: sqlite3.Connection, event: EventId | None, state: PhotoState | None, words: str, before: int, limit: int
) -> list[sqlite3.Row]:
    """Photos of an event (or of all) in a state (or any), whose name holds these words."""
    values = {"before": before, "event": event, "state": state, "words": holding(words), "limit": limit}
    return db.execute(PHOTOS, values).fetchall()


def photos_of_person(
    db: sqlite3.Connection, person: PersonId, words: str, before: int, limit: int
) -> list[sqlite3.Row]:
    """Photos that are wanted in a person's folders."""
    values = {"person": person, "before": before, "words": holding(words), "limit": limit}
    return db.execute(PHOTOS_OF_PERSON, values).fetchall()


def distance(db: sqlite3.Connection, event_photo: int, person: PersonId) -> float | None:
    """How far the photo's face is from the person's nearest reference."""
    return db.execute(
        "SELECT MIN(a.distance) FROM event_photo ep JOIN face f ON f.photo = ep.photo"
        " JOIN assignment a ON a.face = f.id AND a.event = ep.event WHERE ep.id = ? AND a.person = ?",
        (event_photo, person),
    ).fetchone()[0]


def folder_of_person(db: sqlite3.Connection, person: PersonId) -> sqlite3.Row | None:
    """Her own folder: `disk_path` below the workspace, `drive_id`, `made_at`."""
    return db.execute("SELECT disk_path, drive_id, drive FROM folder WHERE key = ?", (f"person:{person}",)).fetchone()


def originals(db: sqlite3.Connection, event_photo: int) -> list[str]:
    """Where the photo lies in incoming folders, as the ledger keeps paths."""
    rows = db.execute(
        "SELECT s.path FROM event_photo ep JOIN sighting s ON s.photo = ep.photo WHERE ep.id = ?", (event_photo,)
    )
    return [str(row[0]) for row in rows]


def looked_at(db: sqlite3.Connection, event_photo: int) -> float | None:
    row = db.execute(
        "SELECT ph.looked_at FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.id = ?", (event_photo,)
    ).fetchone()
    return None if row is None else row[0]


def troubles(db: sqlite3.Connection, ids: Sequence[int]) -> list[sqlite3.Row]:
    """These troubles one by one, newest first."""
    return db.execute(
        "SELECT id, subject, detail, remedy, event_photo, count, first_at, last_at FROM trouble"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY last_at DESC, id DESC",
        (json.dumps(list(ids)),),
    ).fetchall()


def activity(db: sqlite3.Connection, words: str, before: int, limit: int) -> list[sqlite3.Row]:
    """What happened, as far as its line holds these words."""
    return db.execute(
        "SELECT * FROM activity WHERE id < ? AND text LIKE ? ESCAPE '\\' ORDER BY id DESC LIMIT ?",
        (before, holding(words), limit),
    ).fetchall()


def holding(words: str) -> str:
    """A pattern for texts that hold these words in their order, each somewhere after the one before."""
    escaped = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words.split()]
    return "%" + "".join(f"{word}%" for word in escaped)
