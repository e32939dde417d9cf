"""Faces of nobody known, and the groups of those that are alike."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.ledger import faces
from agent.ledger.faces import Encoding, from_blob
from agent.ledger.sqlite.rows import Db, Row, from_row
from agent.model import Box, EventId, EventPhotoId, PhotoId, worth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAGE = 4096  # faces that are read at a time


@dataclass(frozen=True, slots=True)
class UnknownFace:
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


def record_unknown(db: Db, event: EventId, photo: PhotoId, faces: Iterable[int]) -> bool:
    """These of the photo's faces are nobody's in the event; those that were and are not any more leave their group.

    Returns whether anything changed.
    """
    wanted = set(faces)
    theirs = "SELECT s.face FROM stranger s JOIN face f ON f.id = s.face WHERE f.photo = ? AND s.event = ?"
    before = set(db.column(theirs, (photo, event)))
    gone = [(face, event) for face in before - wanted]
    db.executemany("DELETE FROM stranger WHERE face = ? AND event = ?", gone)
    db.executemany("INSERT INTO stranger (face, event) VALUES (?, ?)", [(face, event) for face in wanted - before])
    return before != wanted


def unknown_among(db: Db, event: EventId, among: Sequence[int]) -> set[int]:
    """Of these faces, those of nobody known."""
    query = "SELECT face FROM json_each(?) one CROSS JOIN stranger ON face = one.value WHERE event = ?"
    return set(db.column(query, (json.dumps(list(among)), event)))


UNKNOWN_FACES = (
    "SELECT s.face, s.cluster, f.*, ph.sha256, ep.id AS event_photo, ep.name FROM stranger s"
    " JOIN face f ON f.id = s.face JOIN photo ph ON ph.id = f.photo"
    " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = s.event"
)


@dataclass(frozen=True, slots=True)
class Stranger:
    """A face of nobody known, as far as groups are made of it."""

    face: int
    photo: PhotoId
    event_photo: EventPhotoId
    cluster: int | None
    encoding: Encoding


STRANGERS = (
    "SELECT s.face, f.photo, ep.id AS event_photo, s.cluster, f.encoding FROM {} JOIN face f ON f.id = s.face"
    " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = s.event"
    " WHERE s.event = ? AND f.engine = ? AND f.encoding IS NOT NULL"
)
NEW_STRANGERS = f"{STRANGERS.format('stranger s')} AND s.cluster IS NULL ORDER BY s.face"
AMONG = STRANGERS.format("json_each(?) one CROSS JOIN stranger s ON s.face = one.value")
OF_CLUSTERS = STRANGERS.format("json_each(?) one CROSS JOIN stranger s ON s.cluster = one.value")
GROUPED = (
    "SELECT s.face, f.encoding FROM stranger s JOIN face f ON f.id = s.face"
    " WHERE s.event = ? AND s.cluster IS NOT NULL AND f.engine = ? AND f.encoding IS NOT NULL"
)


def new_strangers(db: Db, event: EventId, engine: str) -> list[Stranger]:
    """Those in no group yet, with an encoding of this engine, by their ids."""
    return [_stranger(row) for row in db.execute(NEW_STRANGERS, (event, engine))]


def strangers_among(db: Db, event: EventId, engine: str, faces: Iterable[int]) -> list[Stranger]:
    """Which of these faces are strangers in the event, with an encoding of this engine."""
    return [_stranger(row) for row in db.execute(AMONG, (json.dumps(sorted(faces)), event, engine))]


def strangers_of(db: Db, event: EventId, engine: str, clusters: Iterable[int]) -> list[Stranger]:
    """All faces of these groups, with an encoding of this engine."""
    return [_stranger(row) for row in db.execute(OF_CLUSTERS, (json.dumps(sorted(clusters)), event, engine))]


def grouped_encodings(db: Db, event: EventId, engine: str) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
    """All faces in groups with an encoding of this engine, by the page: ids, and (n, 128).

    Also those of photos that are not in the event just now: they may come back, and are in their group then.
    """
    import numpy as np

    rows = db.execute(GROUPED, (event, engine))
    while page := rows.fetchmany(PAGE):
        encodings = np.frombuffer(b"".join(encoding for _, encoding in page), dtype="<f4")
        yield [int(face) for face, _ in page], encodings.reshape(len(page), -1).astype(np.float32)


def _stranger(row: Row) -> Stranger:
    import numpy as np

    face, photo, event_photo, cluster, encoding = row
    return Stranger(face, photo, event_photo, cluster, np.frombuffer(encoding, dtype="<f4").astype(np.float32))


def unknown_in_cluster(db: Db, cluster: int) -> list[UnknownFace]:
    """The best face first."""
    rows = db.execute(f"{UNKNOWN_FACES} WHERE s.cluster = ?", (cluster,))
    found = [one for row in rows if (one := _unknown_face(row)) is not None]
    return sorted(found, key=lambda one: -one.quality)


def _unknown_face(row: Row) -> UnknownFace | None:
    encoding = from_blob(row["encoding"])
    if encoding is None:
        return None
    box = faces.box_of(row)
    quality = worth(box.width, row["sharpness"], row["yaw"])
    return from_row(UnknownFace, row, box=box, quality=float(quality), encoding=encoding)


def ungrouped(db: Db) -> list[tuple[EventId, str]]:
    """Events in which there are faces that were not grouped yet, and the engines that encoded these."""
    return db.tuples(
        "SELECT DISTINCT s.event, f.engine FROM stranger s JOIN face f ON f.id = s.face WHERE s.cluster IS NULL"
        " AND f.encoding IS NOT NULL"
    )


def new_cluster(db: Db, event: EventId) -> int:
    return db.value("INSERT INTO cluster (event) VALUES (?) RETURNING id", (event,))


def put_in_clusters(db: Db, event: EventId, clusters: Mapping[int, int], left: Collection[int] | None = None) -> None:
    """Face -> its group. A face that left meanwhile stays away; groups without faces go.

    `left`: only these may be without any now. `None`: any of the event's.
    """
    db.executemany(
        "UPDATE stranger SET cluster = ? WHERE face = ? AND event = ?",
        [(cluster, face, event) for face, cluster in clusters.items()],
    )
    if left is None:
        db.execute(f"DELETE FROM cluster WHERE event = ? AND {EMPTY}", (event,))  # noqa: S608 - our own words
    else:
        db.executemany(f"DELETE FROM cluster WHERE id = ? AND {EMPTY}", [(one,) for one in left])  # noqa: S608 - the same


EMPTY = "NOT EXISTS (SELECT 1 FROM stranger s WHERE s.cluster = cluster.id)"


def event_of_cluster(db: Db, cluster: int) -> EventId | None:
    return db.value("SELECT event FROM cluster WHERE id = ?", (cluster,))


def clusters(db: Db, event: EventId | None, limit: int = 200) -> list[Row]:
    """Groups of two faces and more: `id, event, faces, photos, last`, those in most photos first."""
    return db.execute(
        "SELECT c.id, c.event, COUNT(*) AS faces, COUNT(DISTINCT f.photo) AS photos, MAX(ep.arrived_at) AS last"
        " FROM cluster c JOIN stranger s ON s.cluster = c.id JOIN face f ON f.id = s.face"
        " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = c.event"
        " WHERE (?1 IS NULL OR c.event = ?1) GROUP BY c.id HAVING COUNT(*) > 1"
        " ORDER BY photos DESC, c.id LIMIT ?2",
        (event, limit),
    ).fetchall()


# One look at what is counted of each group of several; of one photo are all groups, which no count makes fewer.
LARGE = (
    "SELECT t.cluster FROM group_tally t JOIN cluster c ON c.id = t.cluster"
    " WHERE t.number > 1 AND t.number >= ?2 AND c.event = ?1 AND ?2 <="
    " (SELECT COUNT(DISTINCT f.photo) FROM stranger s JOIN face f ON f.id = s.face WHERE s.cluster = t.cluster)"
    " ORDER BY t.cluster"
)
EVERY = "SELECT DISTINCT s.cluster FROM stranger s WHERE s.event = ? AND s.cluster IS NOT NULL ORDER BY s.cluster"


def large_clusters(db: Db, event: EventId, photos: int) -> list[int]:
    """Groups in so many photos at least."""
    return db.column(LARGE, (event, photos)) if photos > 1 else db.column(EVERY, (event,))


def photos_of_cluster(db: Db, cluster: int, limit: int) -> list[int]:
    """Photos in the event in which the group is, newest first."""
    return db.column(
        "SELECT DISTINCT ep.id FROM stranger s JOIN face f ON f.id = s.face"
        " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = s.event WHERE s.cluster = ?"
        " ORDER BY ep.id DESC LIMIT ?",
        (cluster, limit),
    )


def count_clusters(db: Db) -> int:
    """Groups of two faces and more."""
    return db.value("SELECT COUNT(*) FROM group_tally WHERE number > 1")


FACES_OF_CLUSTER = "SELECT f.id FROM stranger s JOIN face f ON f.id = s.face WHERE s.cluster = ?"


def best_of_cluster(db: Db, cluster: int, limit: int) -> list[int]:
    """The group's best faces, for the eye."""
    return db.column(FACES_OF_CLUSTER + faces.BEST_FIRST, (cluster, limit))


# ---- how many there are


def tally(db: Db) -> dict[str, int]:
    """All that were `found`; `unknown`: nobody's yet, of photos that are not withdrawn from all that have them."""
    by_look: dict[int, int] = db.pairs("SELECT found, number FROM face_tally")
    known = by_look.pop(0, 0) + db.value(ON_WITHDRAWN)
    return {"found": sum(by_look.values()), "unknown": max(0, sum(by_look.values()) - known)}


ON_WITHDRAWN = (  # nobody is looked for on these; a photo that several events withdrew counts once
    "SELECT COUNT(*) FROM event_photo ep CROSS JOIN face f ON f.photo = ep.photo WHERE ep.state = 'withdrawn'"
    " AND NOT EXISTS (SELECT 1 FROM event_photo o WHERE o.photo = ep.photo AND CASE o.state"
    " WHEN 'withdrawn' THEN o.id < ep.id ELSE o.state NOT IN ('moved', 'superseded') END)"
)
