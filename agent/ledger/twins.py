"""The two files of one shot, RAW and JPEG: one of them has the faces, and both are placed together.

They have one name but for its ending, lie in one folder, and come from one camera. The JPEG is looked at, unless the
raw file was already.
"""

from __future__ import annotations

import sqlite3
from pathlib import PurePath

from agent.model import EventId, PhotoId

RAW = "image/x-"  # how the types of cameras' raw files begin


def pair(db: sqlite3.Connection, event: EventId, photo: PhotoId) -> None:
    """Join a photo that is new in an event with the other file of its shot, if that is there."""
    new = db.execute(
        "SELECT ep.id, ep.name, ep.camera, ep.twin_of, ph.mime, ph.kind FROM event_photo ep"
        " JOIN photo ph ON ph.id = ep.photo WHERE ep.event = ? AND ep.photo = ?",
        (event, photo),
    ).fetchone()
    if new is None or new["kind"] != "image" or new["twin_of"] is not None:
        return
    for other in _same_name(db, event, new):
        if _places(db, event, photo) & _places(db, event, PhotoId(other["photo"])):
            first = _is_raw(new) or other["look"] == "done"
            twin, main = (new, other) if first else (other, new)
            db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main["id"], twin["id"]))
            _needs_no_look(db, photo if first else PhotoId(other["photo"]))
            return


def _same_name(db: sqlite3.Connection, event: EventId, new: sqlite3.Row) -> list[sqlite3.Row]:
    """Photos of the other kind with this one's name, that have no other file yet."""
    stem = _stem(new["name"])
    rows = db.execute(
        "SELECT ep.id, ep.photo, ep.name, ph.mime, ph.look FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.event = ? AND ep.name >= ? || '.' AND ep.name < ? || '/' AND ep.camera = ? AND ep.twin_of IS NULL"
        " AND ep.state IN ('waiting', 'filed', 'unsorted') AND ph.kind = 'image' AND ph.look <> 'failed'"
        " AND NOT EXISTS (SELECT 1 FROM event_photo t WHERE t.twin_of = ep.id) ORDER BY ep.id DESC",
        (event, stem, stem, new["camera"]),
    )
    return [row for row in rows if stem and _stem(row["name"]) == stem and _is_raw(row) != _is_raw(new)]


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _is_raw(row: sqlite3.Row) -> bool:
    return str(row["mime"]).startswith(RAW)


def _places(db: sqlite3.Connection, event: EventId, photo: PhotoId) -> set[tuple[str, str]]:
    """The folders that a photo lies in; for one that was fetched, its source."""
    rows = db.execute("SELECT path, folder FROM sighting WHERE photo = ? AND event = ?", (photo, event))
    return {
        (row["folder"], "" if row["folder"].startswith("drive:") else str(PurePath(row["path"]).parent)) for row in rows
    }


def _needs_no_look(db: sqlite3.Connection, photo: PhotoId) -> None:
    """Unless another event has it as a photo of its own."""
    db.execute(
        "UPDATE photo SET look = 'done', second = 'none' WHERE id = ?1 AND look = 'due' AND NOT EXISTS"
        " (SELECT 1 FROM event_photo WHERE photo = ?1 AND twin_of IS NULL)",
        (photo,),
    )


def main_of(db: sqlite3.Connection, event: EventId, photo: PhotoId) -> PhotoId | None:
    """The photo that this one is the other file of, if that was looked at."""
    row = db.execute(
        "SELECT m.photo FROM event_photo ep JOIN event_photo m ON m.id = ep.twin_of JOIN photo ph ON ph.id = m.photo"
        " WHERE ep.event = ? AND ep.photo = ? AND ph.look = 'done'",
        (event, photo),
    ).fetchone()
    return None if row is None else PhotoId(row["photo"])


def free(db: sqlite3.Connection, photo: PhotoId) -> None:
    """The other files of this photo's shot stand for themselves from now on: it cannot be looked at, or is gone."""
    rows = db.execute(
        "SELECT t.id, t.photo FROM event_photo t JOIN event_photo m ON m.id = t.twin_of WHERE m.photo = ?", (photo,)
    ).fetchall()
    for row in rows:
        db.execute("UPDATE event_photo SET twin_of = NULL WHERE id = ?", (row["id"],))
        db.execute(
            "UPDATE photo SET look = 'due', look_after = 0 WHERE id = ? AND look = 'done' AND looked_at IS NULL",
            (row["photo"],),
        )


def shown_as(db: sqlite3.Connection, event_photo: int) -> str | None:
    """The SHA-256 of the photo that is shown for this one: itself, or the file of its shot that was looked at."""
    row = db.execute(
        "SELECT ph.sha256 FROM event_photo ep JOIN event_photo m ON m.id = COALESCE(ep.twin_of, ep.id)"
        " JOIN photo ph ON ph.id = m.photo WHERE ep.id = ?",
        (event_photo,),
    ).fetchone()
    return None if row is None else str(row["sha256"])
