"""What waits for the operator's yes: removals that nobody asked for by name and that would take much away (law 4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from agent.model import EventId, EventPhotoId, PhotoId

MANY = 20  # photos
SHARE = 0.1  # of what an event has placed


@dataclass(frozen=True, slots=True)
class Held:
    id: int
    event: EventId
    kind: str
    why: str
    at: float
    photos: int


def too_many(db: sqlite3.Connection, event: EventId, photos: int) -> bool:
    """Whether so many photos are more than a change may take away by itself."""
    placed = db.execute(
        "SELECT COUNT(*) FROM event_photo WHERE event = ? AND state IN ('filed', 'unsorted')", (event,)
    ).fetchone()[0]
    return photos > MANY and photos > SHARE * placed


def hold(
    db: sqlite3.Connection, event: EventId, kind: str, why: str, photos: Sequence[EventPhotoId], now: float
) -> None:
    """Keep these until somebody says yes or no; more of the same kind join what is held already."""
    row = db.execute("SELECT id FROM held WHERE event = ? AND kind = ? AND state = 'open'", (event, kind)).fetchone()
    if row is None:
        row = db.execute(
            "INSERT INTO held (event, kind, why, at) VALUES (?, ?, ?, ?) RETURNING id", (event, kind, why, now)
        ).fetchone()
    db.executemany("INSERT OR IGNORE INTO held_photo VALUES (?, ?)", [(row["id"], photo) for photo in photos])


def opened(db: sqlite3.Connection) -> list[Held]:
    rows = db.execute(
        "SELECT h.*, (SELECT COUNT(*) FROM held_photo p WHERE p.held = h.id) AS photos FROM held h"
        " WHERE h.state = 'open' ORDER BY h.id"
    )
    return [
        Held(int(row["id"]), EventId(row["event"]), str(row["kind"]), str(row["why"]), row["at"], int(row["photos"]))
        for row in rows
    ]


def count_open(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT COUNT(*) FROM held WHERE state = 'open'").fetchone()[0])


def decide(db: sqlite3.Connection, held: int, *, yes: bool) -> list[EventPhotoId]:
    """Close it. Answers its photos, or none if it was not open."""
    word = "approved" if yes else "rejected"
    if not db.execute("UPDATE held SET state = ? WHERE id = ? AND state = 'open'", (word, held)).rowcount:
        return []
    rows = db.execute("SELECT event_photo FROM held_photo WHERE held = ?", (held,))
    return [EventPhotoId(row["event_photo"]) for row in rows]


def back(db: sqlite3.Connection, event: EventId, photo: PhotoId) -> None:
    """The photo is there again: nothing is to be decided about it any more."""
    db.execute(
        "DELETE FROM held_photo WHERE event_photo = (SELECT id FROM event_photo WHERE event = ? AND photo = ?)"
        " AND held IN (SELECT id FROM held WHERE state = 'open')",
        (event, photo),
    )
    db.execute("DELETE FROM held WHERE state = 'open' AND id NOT IN (SELECT held FROM held_photo)")
