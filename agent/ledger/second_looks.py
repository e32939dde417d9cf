"""Which photos are looked at again in idle time: for faces that were missed, or because the engine is another one."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Literal

from agent.model import PhotoId

NEAR = 30.0  # seconds between photos that show the same people
AT_ONCE = 200  # photos that are decided on in one transaction
Second = Literal["due", "rest", "wanted", "done", "none"]


def decide(db: sqlite3.Connection) -> int:
    """Decide of photos with faces whether they want another look: those with fewer than their neighbours do."""
    rows = db.execute(
        "SELECT id FROM photo WHERE second = 'due' AND look = 'done' AND kind = 'image' LIMIT ?", (AT_ONCE,)
    ).fetchall()
    for row in rows:
        photo = PhotoId(row["id"])
        put(db, photo, "wanted" if has_fewer(db, photo) else "none")
    return len(rows)


def has_fewer(db: sqlite3.Connection, photo: PhotoId) -> bool:
    """Whether most photos of the same event, taken within half a minute of it, show more faces."""
    taken = db.execute("SELECT taken_at FROM photo WHERE id = ?", (photo,)).fetchone()["taken_at"]
    span = _around(taken)
    if span is None:
        return False
    counts = [
        int(row["faces"])
        for row in db.execute(
            "SELECT n.id, (SELECT COUNT(*) FROM face f WHERE f.photo = n.id) AS faces FROM photo n"
            " WHERE n.taken_at BETWEEN ? AND ? AND n.look = 'done' AND n.kind = 'image' AND n.id <> ?"
            " AND EXISTS (SELECT 1 FROM event_photo o JOIN event_photo m ON m.event = o.event AND m.photo = ?"
            " WHERE o.photo = n.id)",
            (*span, photo, photo),
        )
    ]
    own = int(db.execute("SELECT COUNT(*) FROM face WHERE photo = ?", (photo,)).fetchone()[0])
    return 2 * sum(own < one for one in counts) > len(counts)


def _around(taken_at: str | None) -> tuple[str, str] | None:
    """The first and the last text of times near this one, as the same camera writes them."""
    try:
        middle = datetime.fromisoformat(str(taken_at))
    except ValueError:
        return None
    first, last = (middle + timedelta(seconds=away) for away in (-NEAR, NEAR))
    return first.isoformat(), last.isoformat()


def following(db: sqlite3.Connection) -> sqlite3.Row | None:
    """The photo that is next, those without faces first, the newest first: `id, sha256, second, of_its_own`.

    `of_its_own`: it is wanted somewhere, and is not the other file of a shot.
    """
    return db.execute(
        "SELECT ph.id, ph.sha256, ph.second, EXISTS (SELECT 1 FROM event_photo ep WHERE ep.photo = ph.id"
        " AND ep.twin_of IS NULL AND ep.state IN ('waiting', 'filed', 'unsorted')) AS of_its_own"
        " FROM photo ph WHERE ph.second IN ('rest', 'wanted') AND ph.look = 'done' AND ph.kind = 'image'"
        " ORDER BY ph.second DESC, ph.id DESC LIMIT 1"
    ).fetchone()


def by_another_engine(db: sqlite3.Connection, engine: str) -> sqlite3.Row | None:
    """A photo whose faces another engine encoded: `id, sha256, closely`, whether the slower look found some of them."""
    return db.execute(
        "SELECT ph.id, ph.sha256, EXISTS (SELECT 1 FROM face f WHERE f.photo = ph.id AND f.found = 2) AS closely"
        " FROM photo ph WHERE (ph.engine < ?1 OR ph.engine > ?1) AND ph.look = 'done' LIMIT 1",
        (engine,),
    ).fetchone()


def put(db: sqlite3.Connection, photo: PhotoId, second: Second) -> None:
    db.execute("UPDATE photo SET second = ? WHERE id = ?", (second, photo))


def leave_with(db: sqlite3.Connection, photo: PhotoId, engine: str) -> None:
    """Its faces stay as they are: it cannot be looked at any more."""
    db.execute("UPDATE photo SET engine = ? WHERE id = ?", (engine, photo))


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Photos `waiting` for the second look and `done`, and faces `found` by it."""
    of = {
        str(row[0]): int(row[1])
        for row in db.execute(
            "SELECT second, COUNT(*) FROM photo WHERE look = 'done' AND kind = 'image' GROUP BY second"
        )
    }
    found = int(db.execute("SELECT COUNT(*) FROM face WHERE found = 2").fetchone()[0])
    return {"waiting": of.get("rest", 0) + of.get("wanted", 0), "done": of.get("done", 0), "found": found}
