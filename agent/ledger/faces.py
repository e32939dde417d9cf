"""Faces found in photos, their encodings, and who they were taken for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.model import Box, EventId, EventPhotoId, PersonId, PhotoId

Encoding = NDArray[np.float32]  # (128,)


@dataclass(frozen=True, slots=True)
class Face:
    """A face as an engine found it."""

    box: Box
    score: float
    sharpness: float
    encoding: Encoding


@dataclass(frozen=True, slots=True)
class StoredFace:
    id: int
    box: Box
    encoding: Encoding | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a photo gave."""

    width: int
    height: int
    taken_at: str | None
    engine: str
    faces: Sequence[Face]


def to_blob(encoding: Encoding) -> bytes:
    return np.asarray(encoding, dtype="<f4").tobytes()


def from_blob(blob: bytes | None) -> Encoding | None:
    return None if blob is None else np.frombuffer(blob, dtype="<f4").astype(np.float32)


def due(db: sqlite3.Connection, busy: Sequence[int], now: float, limit: int) -> list[sqlite3.Row]:
    """Photos that wait for a look, newest first: `id, sha256, bytes, name`."""
    return db.execute(
        "SELECT ph.id, ph.sha256, ph.bytes, ep.name FROM photo ph"
        " JOIN event_photo ep ON ep.photo = ph.id AND ep.state = 'waiting'"
        " WHERE ph.look = 'due' AND ph.look_after <= ?"
        " AND ph.id NOT IN (SELECT value FROM json_each(?))"
        " GROUP BY ph.id ORDER BY ph.id DESC LIMIT ?",
        (now, json.dumps(list(busy)), limit),
    ).fetchall()


def next_due_at(db: sqlite3.Connection) -> float | None:
    """When the next photo that was put off may be looked at."""
    return db.execute("SELECT MIN(look_after) FROM photo WHERE look = 'due'").fetchone()[0]


def put_off(db: sqlite3.Connection, photo: PhotoId, until: float) -> None:
    """Look at it later: its file may still be arriving."""
    db.execute("UPDATE photo SET look_after = ? WHERE id = ?", (until, photo))


def record_look(db: sqlite3.Connection, photo: PhotoId, looked: Looked, now: float) -> list[int]:
    """Keep what was found, in place of what was found before. Answers the faces' ids, in their order."""
    db.execute("DELETE FROM face WHERE photo = ?", (photo,))
    ids = [
        db.execute(
            "INSERT INTO face (photo, box_left, box_top, box_right, box_bottom, score, sharpness, engine, encoding)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                photo,
                face.box.left,
                face.box.top,
                face.box.right,
                face.box.bottom,
                face.score,
                face.sharpness,
                looked.engine,
                to_blob(face.encoding),
            ),
        ).fetchone()[0]
        for face in looked.faces
    ]
    db.execute(
        "UPDATE photo SET look = 'done', looked_at = ?, engine = ?, width = ?, height = ?, taken_at = ? WHERE id = ?",
        (now, looked.engine, looked.width, looked.height, looked.taken_at, photo),
    )
    return ids


def of_photo(db: sqlite3.Connection, photo: PhotoId) -> list[StoredFace]:
    return [stored(row) for row in db.execute("SELECT * FROM face WHERE photo = ? ORDER BY id", (photo,))]


def stored(row: sqlite3.Row) -> StoredFace:
    box = Box(row["box_left"], row["box_top"], row["box_right"], row["box_bottom"])
    return StoredFace(int(row["id"]), box, from_blob(row["encoding"]))


def of_event(db: sqlite3.Connection, event: EventId) -> Iterator[tuple[EventPhotoId, PhotoId, str, list[StoredFace]]]:
    """Every photo of an event that was looked at, with its kind and its faces, newest first."""
    rows = db.execute(
        "SELECT ep.id AS event_photo, ep.photo AS of_photo, ph.kind AS of_kind, f.* FROM event_photo ep"
        " JOIN photo ph ON ph.id = ep.photo LEFT JOIN face f ON f.photo = ep.photo"
        " WHERE ep.event = ? AND ph.look = 'done' AND ep.state NOT IN ('superseded', 'dismissed')"
        " ORDER BY ep.id DESC, f.id",
        (event,),
    )
    current: tuple[EventPhotoId, PhotoId, str, list[StoredFace]] | None = None
    for row in rows:
        if current is None or current[0] != row["event_photo"]:
            if current is not None:
                yield current
            current = (EventPhotoId(row["event_photo"]), PhotoId(row["of_photo"]), str(row["of_kind"]), [])
        if row["id"] is not None:
            current[3].append(stored(row))
    if current is not None:
        yield current


def assign(
    db: sqlite3.Connection, event: EventId, photo: PhotoId, taken_for: dict[int, tuple[PersonId, float]]
) -> None:
    """Who the photo's faces are in this event: face id -> (person, distance). Replaces what was thought before."""
    db.execute(
        "DELETE FROM assignment WHERE event = ? AND face IN (SELECT id FROM face WHERE photo = ?)", (event, photo)
    )
    db.executemany(
        "INSERT INTO assignment (face, event, person, distance) VALUES (?, ?, ?, ?)",
        [(face, event, person, distance) for face, (person, distance) in taken_for.items()],
    )


def people_in(db: sqlite3.Connection, event: EventId) -> dict[PhotoId, set[PersonId]]:
    """Who is in each photo of an event."""
    found: dict[PhotoId, set[PersonId]] = {}
    rows = db.execute(
        "SELECT DISTINCT f.photo, a.person FROM assignment a JOIN face f ON f.id = a.face WHERE a.event = ?", (event,)
    )
    for row in rows:
        found.setdefault(PhotoId(row["photo"]), set()).add(PersonId(row["person"]))
    return found


def assignments(db: sqlite3.Connection, event: EventId, photo: PhotoId) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT a.person, a.distance, f.box_left, f.box_top, f.box_right, f.box_bottom FROM assignment a"
        " JOIN face f ON f.id = a.face WHERE a.event = ? AND f.photo = ?",
        (event, photo),
    ).fetchall()


# ---- references


def record_reference(db: sqlite3.Connection, person: PersonId, sha256: str, engine: str, encoding: Encoding) -> None:
    db.execute("INSERT OR REPLACE INTO reference VALUES (?, ?, ?, ?)", (person, sha256, engine, to_blob(encoding)))


def references(db: sqlite3.Connection, engine: str) -> dict[tuple[PersonId, str], Encoding]:
    """(person, SHA-256 of the picture) -> encoding, of one engine."""
    rows = db.execute("SELECT person, sha256, encoding FROM reference WHERE engine = ?", (engine,))
    found: dict[tuple[PersonId, str], Encoding] = {}
    for row in rows:
        encoding = from_blob(row["encoding"])
        if encoding is not None:
            found[PersonId(row["person"]), str(row["sha256"])] = encoding
    return found
