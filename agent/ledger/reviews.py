"""Questions to the operator: is this face that person?"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from agent.ledger import faces
from agent.ledger.faces import StoredFace
from agent.model import EventId, EventPhotoId, PersonId, PhotoId


@dataclass(frozen=True, slots=True)
class Question:
    """One face and whom it may be. `reference`: the nearest picture of that person, by its SHA-256."""

    person: PersonId
    distance: float
    why: str
    rival: PersonId | None = None
    rival_distance: float | None = None
    reference: str | None = None


def ask(db: sqlite3.Connection, event: EventId, photo: PhotoId, questions: Mapping[int, Question]) -> bool:
    """What is to be asked about the photo's faces: face -> question. Replaces what was asked before.

    The same question keeps its number, another one about the same face gets a new one. Answers whether any is new or
    gone.
    """
    before = {
        int(row["face"]): row
        for row in db.execute(
            "SELECT * FROM review WHERE event = ? AND face IN (SELECT id FROM face WHERE photo = ?)", (event, photo)
        )
    }
    changed = False
    for face, row in before.items():
        now = questions.get(face)
        if now is None or now.person != row["person"]:
            db.execute("DELETE FROM review WHERE id = ?", (row["id"],))
            changed = True
    for face, one in questions.items():
        values = (one.distance, one.why, one.rival, one.rival_distance, one.reference)
        kept = before.get(face)
        if kept is not None and kept["person"] == one.person:
            db.execute(
                "UPDATE review SET distance = ?, why = ?, rival = ?, rival_distance = ?, reference = ? WHERE id = ?",
                (*values, kept["id"]),
            )
            continue
        db.execute(
            "INSERT INTO review (face, event, person, distance, why, rival, rival_distance, reference)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (face, event, one.person, *values),
        )
        changed = True
    return changed


def asked(db: sqlite3.Connection, event: EventId) -> dict[int, tuple[PersonId, str]]:
    """Face -> whom is asked about, and why."""
    rows = db.execute("SELECT face, person, why FROM review WHERE event = ?", (event,))
    return {int(row["face"]): (PersonId(row["person"]), str(row["why"])) for row in rows}


OPEN = (
    "SELECT r.*, f.photo, ph.sha256, ep.id AS event_photo, ep.name, ep.arrived_at"
    " FROM review r JOIN face f ON f.id = r.face JOIN photo ph ON ph.id = f.photo"
    " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = r.event"
)


@dataclass(frozen=True, slots=True)
class Open:
    """A question that waits for its answer, with all that an answer needs of its photo and face."""

    event: EventId
    event_photo: EventPhotoId
    person: PersonId
    name: str  # the photo's
    sha256: str  # the photo's
    face: StoredFace


def opened(db: sqlite3.Connection, event: EventId | None, limit: int = 500) -> list[sqlite3.Row]:
    """Open questions with their photos, newest photo first."""
    return db.execute(
        f"{OPEN} WHERE (?1 IS NULL OR r.event = ?1) ORDER BY ep.id DESC, r.id LIMIT ?2",
        (event, limit),
    ).fetchall()


def by_id(db: sqlite3.Connection, number: int) -> Open | None:
    row = db.execute(f"{OPEN} WHERE r.id = ?", (number,)).fetchone()
    face = None if row is None else faces.by_id(db, row["face"])
    if row is None or face is None:
        return None
    return Open(
        EventId(row["event"]),
        EventPhotoId(row["event_photo"]),
        PersonId(row["person"]),
        str(row["name"]),
        str(row["sha256"]),
        faces.stored(face),
    )


def count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT COUNT(*) FROM review").fetchone()[0])
