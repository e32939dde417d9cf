"""What happened, one line each, newest last."""

from __future__ import annotations

import sqlite3

from agent.model import EventId, EventPhotoId

KEPT = 20_000  # lines


def note(
    db: sqlite3.Connection,
    kind: str,
    text: str,
    now: float,
    event: EventId | None = None,
    photo: EventPhotoId | None = None,
) -> None:
    """`photo`: whose line it is, where it is one photo's."""
    db.execute(
        "INSERT INTO activity (at, kind, event, text, event_photo) VALUES (?, ?, ?, ?, ?)",
        (now, kind, event, text, photo),
    )


def before(db: sqlite3.Connection, last: int | None, limit: int) -> list[sqlite3.Row]:
    """The lines before number `last`, newest first; `None`: from the end."""
    return db.execute(
        "SELECT * FROM activity WHERE id < ? ORDER BY id DESC LIMIT ?", (last if last is not None else 2**62, limit)
    ).fetchall()


def after(db: sqlite3.Connection, last: int, limit: int) -> list[sqlite3.Row]:
    """The lines after number `last`, oldest first."""
    return db.execute("SELECT * FROM activity WHERE id > ? ORDER BY id LIMIT ?", (last, limit)).fetchall()


def trim(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM activity WHERE id <= (SELECT MAX(id) FROM activity) - ?", (KEPT,))
