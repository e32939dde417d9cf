"""Faces of nobody known, and which of them belong together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.ledger.faces import Encoding, from_blob
from agent.model import Box, EventId, EventPhotoId, PersonId, PhotoId


@dataclass(frozen=True, slots=True)
class Stranger:
    """A face of nobody known. `quality` orders faces of one group: larger and sharper ones first."""

    face: int
    photo: PhotoId
    event_photo: EventPhotoId
    sha256: str
    name: str
    box: Box
    quality: float
    cluster: int | None
    encoding: Encoding


def record(db: sqlite3.Connection, event: EventId, photo: PhotoId, faces: Iterable[int]) -> bool:
    """These of the photo's faces are nobody's in the event; those that were and are not any more leave their group.

    Answers whether anything changed.
    """
    wanted = set(faces)
    rows = db.execute(
        "SELECT s.face FROM stranger s JOIN face f ON f.id = s.face WHERE f.photo = ? AND s.event = ?", (photo, event)
    )
    before = {int(row["face"]) for row in rows}
    leave(db, event, before - wanted)
    db.executemany("INSERT INTO stranger (face, event) VALUES (?, ?)", [(face, event) for face in wanted - before])
    return before != wanted


def ids_of_event(db: sqlite3.Connection, event: EventId) -> set[int]:
    return {int(row[0]) for row in db.execute("SELECT face FROM stranger WHERE event = ?", (event,))}


def leave(db: sqlite3.Connection, event: EventId, faces: Iterable[int]) -> None:
    db.executemany("DELETE FROM stranger WHERE face = ? AND event = ?", [(face, event) for face in faces])


SELECT = (
    "SELECT s.face, s.cluster, f.*, ph.sha256, ep.id AS event_photo, ep.name FROM stranger s"
    " JOIN face f ON f.id = s.face JOIN photo ph ON ph.id = f.photo"
    " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = s.event"
)


def of_event(db: sqlite3.Connection, event: EventId, engine: str) -> list[Stranger]:
    """All of them with an encoding of this engine."""
    rows = db.execute(f"{SELECT} WHERE s.event = ? AND f.engine = ? ORDER BY s.face", (event, engine))
    return [one for row in rows if (one := _stranger(row)) is not None]


def of_cluster(db: sqlite3.Connection, cluster: int) -> list[Stranger]:
    """The best face first."""
    rows = db.execute(f"{SELECT} WHERE s.cluster = ?", (cluster,))
    found = [one for row in rows if (one := _stranger(row)) is not None]
    return sorted(found, key=lambda one: -one.quality)


def _stranger(row: sqlite3.Row) -> Stranger | None:
    encoding = from_blob(row["encoding"])
    if encoding is None:
        return None
    box = Box(row["box_left"], row["box_top"], row["box_right"], row["box_bottom"])
    quality = min(box.width, 400) * min(1.0, row["sharpness"] / 100) * max(0.1, 1 - 2 * abs(row["yaw"]))
    cluster = None if row["cluster"] is None else int(row["cluster"])
    return Stranger(
        *(int(row["face"]), PhotoId(row["photo"]), EventPhotoId(row["event_photo"])),
        *(str(row["sha256"]), str(row["name"]), box),
        *(float(quality), cluster, encoding),
    )


def ungrouped(db: sqlite3.Connection, engine: str) -> list[EventId]:
    """Events in which there are faces that were not grouped yet, encoded by this engine."""
    rows = db.execute(
        "SELECT DISTINCT s.event FROM stranger s JOIN face f ON f.id = s.face WHERE s.cluster IS NULL AND f.engine = ?"
        " AND f.encoding IS NOT NULL",
        (engine,),
    )
    return [EventId(row["event"]) for row in rows]


def new_cluster(db: sqlite3.Connection, event: EventId) -> int:
    return int(db.execute("INSERT INTO cluster (event) VALUES (?) RETURNING id", (event,)).fetchone()[0])


def group(db: sqlite3.Connection, event: EventId, clusters: Mapping[int, int]) -> None:
    """Face -> its group. A face that left meanwhile stays away; groups without faces go."""
    db.executemany(
        "UPDATE stranger SET cluster = ? WHERE face = ? AND event = ?",
        [(cluster, face, event) for face, cluster in clusters.items()],
    )
    drop_empty(db, event)


def drop_empty(db: sqlite3.Connection, event: EventId) -> None:
    db.execute(
        "DELETE FROM cluster WHERE event = ? AND NOT EXISTS (SELECT 1 FROM stranger s WHERE s.cluster = cluster.id)",
        (event,),
    )


def event_of(db: sqlite3.Connection, cluster: int) -> EventId | None:
    row = db.execute("SELECT event FROM cluster WHERE id = ?", (cluster,)).fetchone()
    return None if row is None else EventId(row["event"])


def clusters(db: sqlite3.Connection, event: EventId | None, limit: int = 200) -> list[sqlite3.Row]:
    """Groups of two faces and more: `id, event, faces, photos, last`, those in most photos first."""
    return db.execute(
        "SELECT c.id, c.event, COUNT(*) AS faces, COUNT(DISTINCT f.photo) AS photos, MAX(ep.arrived_at) AS last"
        " FROM cluster c JOIN stranger s ON s.cluster = c.id JOIN face f ON f.id = s.face"
        " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = c.event"
        " WHERE (?1 IS NULL OR c.event = ?1) GROUP BY c.id HAVING COUNT(*) > 1"
        " ORDER BY photos DESC, c.id LIMIT ?2",
        (event, limit),
    ).fetchall()


def large(db: sqlite3.Connection, event: EventId, photos: int) -> list[int]:
    """Groups in so many photos at least."""
    rows = db.execute(
        "SELECT s.cluster FROM stranger s JOIN face f ON f.id = s.face WHERE s.event = ? AND s.cluster IS NOT NULL"
        " GROUP BY s.cluster HAVING COUNT(DISTINCT f.photo) >= ? ORDER BY s.cluster",
        (event, photos),
    )
    return [int(row[0]) for row in rows]


def photos_of(db: sqlite3.Connection, cluster: int, limit: int) -> list[int]:
    """Photos in the event in which the group is, newest first."""
    rows = db.execute(
        "SELECT DISTINCT ep.id FROM stranger s JOIN face f ON f.id = s.face"
        " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = s.event WHERE s.cluster = ?"
        " ORDER BY ep.id DESC LIMIT ?",
        (cluster, limit),
    )
    return [int(row["id"]) for row in rows]


def count_clusters(db: sqlite3.Connection) -> int:
    """Groups of two faces and more."""
    return int(
        db.execute(
            "SELECT COUNT(*) FROM (SELECT 1 FROM stranger WHERE cluster IS NOT NULL GROUP BY cluster"
            " HAVING COUNT(*) > 1)"
        ).fetchone()[0]
    )


BEST_FIRST = (
    " ORDER BY MIN(f.box_right - f.box_left, 400) * MIN(1.0, f.sharpness / 100) * MAX(0.1, 1 - 2 * ABS(f.yaw)) DESC,"
    " f.id LIMIT ?"
)
FACES_OF_CLUSTER = "SELECT f.id FROM stranger s JOIN face f ON f.id = s.face WHERE s.cluster = ?"
FACES_OF_PERSON = "SELECT f.id FROM assignment a JOIN face f ON f.id = a.face WHERE a.person = ? AND a.event = ?"


def best_of_cluster(db: sqlite3.Connection, cluster: int, limit: int) -> list[int]:
    """The group's best faces, for the eye."""
    return [int(row[0]) for row in db.execute(FACES_OF_CLUSTER + BEST_FIRST, (cluster, limit))]


def best_of_person(db: sqlite3.Connection, event: EventId, person: PersonId, limit: int) -> list[int]:
    """The same of somebody whose faces were found."""
    return [int(row[0]) for row in db.execute(FACES_OF_PERSON + BEST_FIRST, (person, event, limit))]


def tally_of_person(db: sqlite3.Connection, event: EventId, person: PersonId) -> sqlite3.Row:
    """`faces, photos, last` of somebody in an event."""
    return db.execute(
        "SELECT COUNT(*) AS faces, COUNT(DISTINCT f.photo) AS photos, MAX(ep.arrived_at) AS last FROM assignment a"
        " JOIN face f ON f.id = a.face JOIN event_photo ep ON ep.photo = f.photo AND ep.event = a.event"
        " WHERE a.person = ? AND a.event = ?",
        (person, event),
    ).fetchone()


def photos_of_person(db: sqlite3.Connection, event: EventId, person: PersonId, limit: int) -> list[int]:
    """Photos in the event on which somebody is, newest first."""
    rows = db.execute(
        "SELECT DISTINCT ep.id FROM assignment a JOIN face f ON f.id = a.face"
        " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = a.event WHERE a.person = ? AND a.event = ?"
        " ORDER BY ep.id DESC LIMIT ?",
        (person, event, limit),
    )
    return [int(row["id"]) for row in rows]
