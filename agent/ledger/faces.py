"""Faces found in photos, their encodings, and who they were taken for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.ledger import photos, troubles
from agent.model import Box, EventId, PersonId, PhotoId, overlap

Encoding = NDArray[np.float32]  # (128,)

SAME = 0.4  # share of the union from which two boxes are one face


@dataclass(frozen=True, slots=True)
class Face:
    """A face as an engine found it."""

    box: Box
    score: float
    sharpness: float
    encoding: Encoding
    yaw: float = 0.0
    light: float = 128.0
    contrast: float = 50.0


@dataclass(frozen=True, slots=True)
class StoredFace:
    """A face in the ledger. `was`: whom it was taken for when the photo was planned last, and at what distance."""

    id: int
    box: Box
    encoding: Encoding | None
    engine: str = ""
    score: float = 1.0
    sharpness: float = 100.0
    yaw: float = 0.0
    light: float = 128.0
    contrast: float = 50.0
    was: tuple[PersonId, float] | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a photo gave."""

    width: int
    height: int
    taken_at: str | None
    engine: str
    faces: Sequence[Face]
    whole: bool = True  # False: a quick look, which left smaller faces for later


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
    """Keep what was found, in place of what was found before; what was wrong with the photo is over.

    Answers the faces' ids, in their order.
    """
    troubles.heal_all(db, [f"photo:{one.id}" for one in photos.in_events(db, photo)], now)
    db.execute("DELETE FROM face WHERE photo = ?", (photo,))
    ids = [_insert(db, photo, face, looked.engine) for face in looked.faces]
    db.execute(
        "UPDATE photo SET look = 'done', looked_at = ?, engine = ?, width = ?, height = ?,"
        " taken_at = COALESCE(?, taken_at), second = ? WHERE id = ?",
        (
            *(now, looked.engine, looked.width, looked.height, looked.taken_at),
            *("wanted" if not looked.faces else "due" if looked.whole else "rest", photo),
        ),
    )
    return ids


def _insert(db: sqlite3.Connection, photo: PhotoId, face: Face, engine: str, found: int = 1) -> int:
    values = (
        *(photo, *face.box.edges, face.score, face.sharpness, face.yaw, face.light, face.contrast),
        *(found, engine, to_blob(face.encoding)),
    )
    return db.execute(
        "INSERT INTO face (photo, box_left, box_top, box_right, box_bottom, score, sharpness, yaw, light, contrast,"
        " found, engine, encoding) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        values,
    ).fetchone()[0]


def record_again(db: sqlite3.Connection, photo: PhotoId, looked: Looked, *, second: bool) -> int:
    """Another look at a photo: faces that are known keep their ids, and take the encoding of a new engine.

    What is new is added, marked as the second look's if it was one; nothing is taken away. Answers how many are new.
    """
    known = of_photo(db, photo)
    new = 0
    for face in looked.faces:
        same = max(known, key=lambda one: overlap(one.box, face.box), default=None)
        if same is None or overlap(same.box, face.box) < SAME:
            _insert(db, photo, face, looked.engine, 2 if second else 1)
            new += 1
        elif same.engine != looked.engine:
            known.remove(same)
            db.execute(
                "UPDATE face SET engine = ?, encoding = ?, score = ?, sharpness = ?, yaw = ?, light = ?, contrast = ?"
                " WHERE id = ?",
                (
                    *(looked.engine, to_blob(face.encoding), face.score, face.sharpness),
                    *(face.yaw, face.light, face.contrast, same.id),
                ),
            )
    db.execute("UPDATE photo SET engine = ? WHERE id = ?", (looked.engine, photo))
    return new


def of_photo(db: sqlite3.Connection, photo: PhotoId) -> list[StoredFace]:
    return [stored(row) for row in db.execute("SELECT * FROM face WHERE photo = ? ORDER BY id", (photo,))]


def by_id(db: sqlite3.Connection, face: int) -> sqlite3.Row | None:
    """A face with its photo's `sha256`."""
    return db.execute(
        "SELECT f.*, ph.sha256 FROM face f JOIN photo ph ON ph.id = f.photo WHERE f.id = ?", (face,)
    ).fetchone()


def encoding_at(db: sqlite3.Connection, sha256: str, box: Box, engine: str) -> Encoding | None:
    """The encoding by this engine of the face at this box of a photo."""
    rows = db.execute(
        "SELECT f.* FROM photo ph JOIN face f ON f.photo = ph.id WHERE ph.sha256 = ? AND f.engine = ?", (sha256, engine)
    )
    best = max((stored(row) for row in rows), key=lambda one: overlap(one.box, box), default=None)
    return None if best is None or overlap(best.box, box) < SAME else best.encoding


def box_of(row: sqlite3.Row) -> Box:
    return Box(row["box_left"], row["box_top"], row["box_right"], row["box_bottom"])


def stored(row: sqlite3.Row, was: tuple[PersonId, float] | None = None) -> StoredFace:
    return StoredFace(
        int(row["id"]),
        box_of(row),
        from_blob(row["encoding"]),
        str(row["engine"]),
        float(row["score"]),
        float(row["sharpness"]),
        float(row["yaw"]),
        float(row["light"]),
        float(row["contrast"]),
        was,
    )


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


def assignments(db: sqlite3.Connection, event: EventId, photo: PhotoId) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT a.person, a.distance, f.box_left, f.box_top, f.box_right, f.box_bottom FROM assignment a"
        " JOIN face f ON f.id = a.face WHERE a.event = ? AND f.photo = ?",
        (event, photo),
    ).fetchall()
