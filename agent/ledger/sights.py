"""What planning needs of a photo in an event: its faces, whom they were taken for, the other file of the same shot."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.ledger.faces import StoredFace, stored
from agent.model import EventId, EventPhotoId, PersonId, PhotoId, PhotoState


@dataclass(frozen=True, slots=True)
class Sight:
    """A photo in an event that was looked at, or a video. `twins`: files of the same shot, placed together with it."""

    event_photo: EventPhotoId
    event: EventId
    photo: PhotoId
    sha256: str
    name: str
    kind: str
    state: PhotoState
    arrived_at: float
    faces: list[StoredFace] = field(default_factory=list[StoredFace])
    twins: tuple[EventPhotoId, ...] = ()

    @property
    def was(self) -> dict[int, PersonId]:
        """Face -> whom it was taken for."""
        return {face.id: face.was[0] for face in self.faces if face.was is not None}


SELECT = (
    "SELECT ep.id AS event_photo, ep.event AS of_event, ep.photo AS of_photo, ep.name AS of_name, ep.state AS of_state,"
    " ep.arrived_at AS of_arrival, ph.sha256 AS of_sha256, ph.kind AS of_kind, f.*, a.person, a.distance,"
    " (SELECT json_group_array(t.id) FROM event_photo t WHERE t.twin_of = ep.id"
    " AND t.state <> 'superseded') AS twins"
    " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo LEFT JOIN face f ON f.photo = ep.photo"
    " LEFT JOIN assignment a ON a.face = f.id AND a.event = ep.event"
)
PLANNED = " AND ph.look = 'done' AND ep.state <> 'superseded' AND ep.twin_of IS NULL"


def of_event(db: sqlite3.Connection, event: EventId) -> Iterator[Sight]:
    """Every photo of an event that is planned, newest first."""
    rows = db.execute(f"{SELECT} WHERE ep.event = ?{PLANNED} ORDER BY ep.id DESC, f.id", (event,))
    return _gathered(rows)


def of_content(db: sqlite3.Connection, photo: PhotoId) -> list[Sight]:
    """The photo in all its events."""
    rows = db.execute(f"{SELECT} WHERE ep.photo = ?{PLANNED} ORDER BY ep.id, f.id", (photo,))
    return list(_gathered(rows))


def of_photos(db: sqlite3.Connection, event_photos: Sequence[EventPhotoId]) -> list[Sight]:
    """These photos, as far as they were looked at; one of a shot's files stands for all of it."""
    chosen = json.dumps(list(event_photos))
    rows = db.execute(
        f"{SELECT} WHERE ep.id IN (SELECT value FROM json_each(?1) UNION"  # noqa: S608
        " SELECT twin_of FROM event_photo WHERE id IN (SELECT value FROM json_each(?1)))"
        f"{PLANNED} ORDER BY ep.id DESC, f.id",
        (chosen,),
    )
    return list(_gathered(rows))


def _gathered(rows: Iterator[sqlite3.Row] | sqlite3.Cursor) -> Iterator[Sight]:
    current: Sight | None = None
    for row in rows:
        if current is None or current.event_photo != row["event_photo"]:
            if current is not None:
                yield current
            current = _sight(row)
        if row["id"] is not None:
            was = None if row["person"] is None else (PersonId(row["person"]), float(row["distance"]))
            current.faces.append(stored(row, was))
    if current is not None:
        yield current


def _sight(row: sqlite3.Row) -> Sight:
    return Sight(
        EventPhotoId(row["event_photo"]),
        EventId(row["of_event"]),
        PhotoId(row["of_photo"]),
        str(row["of_sha256"]),
        str(row["of_name"]),
        str(row["of_kind"]),
        PhotoState(row["of_state"]),
        float(row["of_arrival"]),
        twins=tuple(EventPhotoId(one) for one in json.loads(row["twins"])),
    )


def faces_of_contents(db: sqlite3.Connection, sha256s: Sequence[str]) -> dict[str, list[StoredFace]]:
    """The faces of photos by their SHA-256, for what was decided of them."""
    rows = db.execute(
        "SELECT ph.sha256, f.* FROM photo ph JOIN face f ON f.photo = ph.id"
        " WHERE ph.sha256 IN (SELECT value FROM json_each(?)) ORDER BY f.id",
        (json.dumps(list(sha256s)),),
    )
    found: dict[str, list[StoredFace]] = {}
    for row in rows:
        found.setdefault(str(row["sha256"]), []).append(stored(row))
    return found
