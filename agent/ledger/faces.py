"""Faces in photos and in reference pictures, with their encodings; which photos wait for a look, or another one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from agent.ledger import bursts, meta, photos, troubles, twins
from agent.ledger.sqlite.rows import Db, Row, from_row
from agent.model import Box, EventId, PersonId, PhotoId, Reference, overlap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encoding: TypeAlias = NDArray[np.float32]  # (128,)
else:
    Encoding = Any  # `from_row` reads the hints; numpy is imported where there is an encoding

ENCODINGS = "encodings_changed"  # how often that of a face of nobody known became another one, or none
SAME = 0.4  # share of the union from which two boxes are one face
BEST_FIRST = " ORDER BY WORTH(f.box_right - f.box_left, f.sharpness, f.yaw) DESC, f.id LIMIT ?"


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
class Alike:
    """A group of faces that look alike: how many `faces` it is known by, their middle (128,), the mean squared distance
    from it.
    """

    id: int
    faces: int
    middle: Encoding
    spread: float


@dataclass(frozen=True, slots=True)
class StoredFace:
    """A face in the ledger. `was`: whom it was taken for when the photo was planned last, and at what distance.

    `alike`: its group in the event for which it was read, if it is in one.
    """

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
    alike: Alike | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a photo gave; of a video that cannot be read, nothing: 0 x 0 pixels."""

    width: int
    height: int
    taken_at: str | None
    engine: str
    faces: Sequence[Face]
    whole: bool = True  # False: a quick look, which left smaller faces for later
    likeness: int | None = None  # 64 bits
    sharpness: float | None = None
    device: str = ""
    gps_at: float | None = None  # seconds UTC


def to_blob(encoding: Encoding) -> bytes:
    return encoding.astype("<f4").tobytes()


def from_blob(blob: bytes | None) -> Encoding | None:
    if blob is None:
        return None
    import numpy as np

    return np.frombuffer(blob, dtype="<f4").astype(np.float32)


def due(db: Db, busy: Sequence[int], now: float, limit: int) -> list[Row]:
    """Photos that wait for a look, then videos, which take longer, each the last that came first.

    `id, sha256, bytes, kind, name` and `goes_along`: the other file of a shot, that only has to be whole.
    """
    found: list[Row] = []
    for kind in (photos.IMAGE, photos.VIDEO):
        found += _due(db, kind, busy, now, limit - len(found))
    return found


def _due(db: Db, kind: str, busy: Sequence[int], now: float, limit: int) -> list[Row]:
    return db.execute(
        "SELECT ph.id, ph.sha256, ph.bytes, ph.kind, (SELECT name FROM event_photo e"
        " WHERE e.photo = ph.id AND e.state = 'waiting') AS name, NOT EXISTS (SELECT 1 FROM event_photo o"
        " WHERE o.photo = ph.id AND o.twin_of IS NULL AND o.state <> 'superseded') AS goes_along FROM photo ph"
        " WHERE ph.look = 'due' AND ph.kind = ? AND ph.look_after <= ?"
        " AND EXISTS (SELECT 1 FROM event_photo e WHERE e.photo = ph.id AND e.state = 'waiting')"
        " AND ph.id NOT IN (SELECT value FROM json_each(?))"
        " ORDER BY ph.came_at DESC, ph.id DESC LIMIT ?",
        (kind, now, json.dumps(list(busy)), limit),
    ).fetchall()


def next_due_at(db: Db, busy: Sequence[int] = ()) -> float | None:
    """When the next photo may be looked at, but for those that are."""
    return db.value(
        f"SELECT MIN(look_after) FROM photo WHERE {photos.LOOK_DUE}"  # noqa: S608 - our own words
        " AND id NOT IN (SELECT value FROM json_each(?))",
        (json.dumps(list(busy)),),
    )


def put_off(db: Db, photo: PhotoId, until: float) -> None:
    """Look at it later: its file may still be arriving."""
    db.execute("UPDATE photo SET look_after = ? WHERE id = ?", (until, photo))


def record_look(db: Db, photo: PhotoId, looked: Looked, now: float) -> list[int]:
    """Keep what was found, in place of what was found before; what was wrong with the photo is over.

    Returns the faces' ids, in their order. Of a photo that became the other file of a shot meanwhile nothing is kept:
    it is due still, and only has to be whole.
    """
    if twins.goes_along(db, photo):
        return []
    troubles.heal_all(db, [f"photo:{one.id}" for one in photos.in_events(db, photo)], now)
    db.execute("DELETE FROM face WHERE photo = ?", (photo,))
    ids = [_insert(db, photo, face, looked.engine) for face in looked.faces]
    db.execute(
        "UPDATE photo SET look = 'done', looked_at = ?, engine = ?, width = ?, height = ?,"
        " taken_at = COALESCE(?, taken_at), likeness = ?, sharpness = ?, device = ?, gps_at = ?, second = ?"
        " WHERE id = ?",
        (
            *(now, looked.engine, looked.width or None, looked.height or None, looked.taken_at),
            *(looked.likeness, looked.sharpness, looked.device, looked.gps_at),
            *("wanted" if not looked.faces else "due" if looked.whole else "rest", photo),
        ),
    )
    twins.part(db, photo)
    twins.share_time(db, photo)
    bursts.link(db, photo)
    return ids


def _insert(db: Db, photo: PhotoId, face: Face, engine: str, found: int = 1) -> int:
    values = (
        *(photo, *face.box.edges, face.score, face.sharpness, face.yaw, face.light, face.contrast),
        *(found, engine, to_blob(face.encoding)),
    )
    return db.execute(
        "INSERT INTO face (photo, box_left, box_top, box_right, box_bottom, score, sharpness, yaw, light, contrast,"
        " found, engine, encoding) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        values,
    ).fetchone()[0]


def record_again(db: Db, photo: PhotoId, looked: Looked, *, second: bool) -> int:
    """Another look at a photo: faces that are known keep their ids, and take the encoding of a new engine.

    What is new is added, marked as the second look's if it was one; nothing is taken away. Returns how many are new: of
    what became the other file of a shot meanwhile, none.
    """
    if twins.goes_along(db, photo):
        return 0
    known = of_photo(db, photo)
    new = 0
    for face in looked.faces:
        same = max(known, key=lambda one: overlap(one.box, face.box), default=None)
        if same is None or overlap(same.box, face.box) < SAME:
            _insert(db, photo, face, looked.engine, 2 if second else 1)
            new += 1
        elif same.engine != looked.engine:
            known.remove(same)
            db.execute("DELETE FROM alike_face WHERE face = ?", (same.id,))
            db.execute(
                "UPDATE face SET engine = ?, encoding = ?, score = ?, sharpness = ?, yaw = ?, light = ?, contrast = ?"
                " WHERE id = ?",
                (
                    *(looked.engine, to_blob(face.encoding), face.score, face.sharpness),
                    *(face.yaw, face.light, face.contrast, same.id),
                ),
            )
            _note_changed(db, [same.id])
    db.execute(
        "UPDATE photo SET engine = ?1, device = COALESCE(NULLIF(device, ''), ?2), gps_at = COALESCE(gps_at, ?3)"
        " WHERE id = ?4",  # a photo that an earlier version looked at first
        (looked.engine, looked.device, looked.gps_at, photo),
    )
    return new


def of_photo(db: Db, photo: PhotoId) -> list[StoredFace]:
    return [stored(row) for row in db.execute("SELECT * FROM face WHERE photo = ? ORDER BY id", (photo,))]


def number_on(db: Db, photo: PhotoId) -> int:
    return db.value("SELECT COUNT(*) FROM face WHERE photo = ?", (photo,))


def in_event(db: Db, event: EventId, photo: PhotoId) -> list[Row]:
    """The photo's faces from left to right: whose each is there, or is asked to be, or in which group of strangers."""
    return db.execute(
        "SELECT f.*, COALESCE(a.person, r.person) AS person, COALESCE(a.distance, r.distance) AS distance,"
        " a.person IS NOT NULL AS sure, s.cluster, COALESCE(g.faces, 1) AS alike FROM face f"
        " LEFT JOIN assignment a ON a.face = f.id AND a.event = ?1"
        " LEFT JOIN review r ON r.face = f.id AND r.event = ?1"
        " LEFT JOIN stranger s ON s.face = f.id AND s.event = ?1"
        " LEFT JOIN alike_face i ON i.face = f.id AND i.event = ?1 LEFT JOIN alike g ON g.id = i.alike"
        " WHERE f.photo = ?2 ORDER BY f.box_left, f.id",
        (event, photo),
    ).fetchall()


def by_id(db: Db, face: int) -> Row | None:
    """A face with its photo's `sha256`."""
    return db.execute(
        "SELECT f.*, ph.sha256 FROM face f JOIN photo ph ON ph.id = f.photo WHERE f.id = ?", (face,)
    ).fetchone()


def encoding_at(db: Db, sha256: str, box: Box, engine: str) -> Encoding | None:
    """The encoding by this engine of the face at this box of a photo."""
    rows = db.execute(
        "SELECT f.* FROM photo ph JOIN face f ON f.photo = ph.id WHERE ph.sha256 = ? AND f.engine = ?", (sha256, engine)
    )
    best = max((stored(row) for row in rows), key=lambda one: overlap(one.box, box), default=None)
    return None if best is None or overlap(best.box, box) < SAME else best.encoding


def drop_encodings(db: Db, faces: Sequence[int]) -> None:
    """Whose these are nobody is to know any more."""
    db.executemany("UPDATE face SET encoding = NULL WHERE id = ?", [(one,) for one in faces])
    _note_changed(db, faces)


def _note_changed(db: Db, faces: Sequence[int]) -> None:
    """Encodings of these are others now, or none: whoever keeps those of strangers in memory reads them again."""
    if any(db.value("SELECT 1 FROM stranger WHERE face = ?", (one,)) for one in faces):
        meta.count_up(db, ENCODINGS)


def box_of(row: Row) -> Box:
    return Box(row["box_left"], row["box_top"], row["box_right"], row["box_bottom"])


def stored(row: Row, was: tuple[PersonId, float] | None = None, alike: Alike | None = None) -> StoredFace:
    return from_row(StoredFace, row, box=box_of(row), encoding=from_blob(row["encoding"]), was=was, alike=alike)


def alike_of(row: Row) -> Alike | None:
    """The columns `alike, alike_faces, middle, spread`."""
    middle = from_blob(row["middle"])
    return None if middle is None else Alike(row["alike"], row["alike_faces"], middle, row["spread"])


def looked_at(db: Db, event_photo: int) -> float | None:
    return db.value(
        "SELECT ph.looked_at FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.id = ?", (event_photo,)
    )


# ---- another look, in idle time

NEAR_IN_TIME = 30.0  # seconds between photos that show the same people
NEIGHBOURS = 100  # photos of each way of being near, in all events
DECIDED_AT_ONCE = 200  # photos that are decided on in one transaction
SecondLook = Literal["due", "rest", "wanted", "done", "none"]


def decide_second_looks(db: Db) -> int:
    """Decide of photos with faces whether they want another look: those with fewer than their neighbours do."""
    undecided = "SELECT id FROM photo WHERE second = 'due' AND look = 'done' AND kind = 'image' LIMIT ?"
    chosen: list[PhotoId] = db.column(undecided, (DECIDED_AT_ONCE,))
    for photo in chosen:
        put_second_look(db, photo, "wanted" if has_fewer_faces(db, photo) else "none")
    return len(chosen)


def has_fewer_faces(db: Db, photo: PhotoId) -> bool:
    """Whether most photos of the same event, taken within half a minute of it, show more faces.

    The nearest ones alone are asked: a camera without a clock takes a whole evening within one second.
    """
    taken = db.value("SELECT taken_at FROM photo WHERE id = ?", (photo,))
    span = _around(taken)
    if span is None:
        return False
    near = {"photo": photo, "taken": taken, "first": span[0], "last": span[1], "most": NEIGHBOURS}
    counts = [faces for where in NEAR for faces in db.column(FACES_OF_NEIGHBOURS.format(where), near)]
    own = number_on(db, photo)
    return 2 * sum(own < one for one in counts) > len(counts)


FACES_OF_NEIGHBOURS = (
    "SELECT (SELECT COUNT(*) FROM face f WHERE f.photo = n.id) FROM (SELECT id FROM photo WHERE {} LIMIT :most) near"
    " CROSS JOIN photo n ON n.id = near.id WHERE n.look = 'done' AND n.kind = 'image'"
    " AND EXISTS (SELECT 1 FROM event_photo o JOIN event_photo m ON m.event = o.event AND m.photo = :photo"
    " WHERE o.photo = n.id)"
)
NEAR = (  # within its second by number, else by time
    "taken_at = :taken AND id < :photo ORDER BY id DESC",
    "taken_at = :taken AND id > :photo ORDER BY id",
    "taken_at >= :first AND taken_at < :taken ORDER BY taken_at DESC",
    "taken_at > :taken AND taken_at <= :last ORDER BY taken_at",
)


def _around(taken_at: str | None) -> tuple[str, str] | None:
    """The first and the last text of times near this one, as the same camera writes them."""
    try:
        middle = datetime.fromisoformat(str(taken_at))
    except ValueError:
        return None
    first, last = (middle + timedelta(seconds=away) for away in (-NEAR_IN_TIME, NEAR_IN_TIME))
    return first.isoformat(), last.isoformat()


def next_second_look(db: Db, but: Sequence[int] = ()) -> Row | None:
    """The photo that is next, those without faces first, the newest first: `id, sha256, second, of_its_own`.

    `but`: those that are put off. `of_its_own`: it is wanted somewhere, and is not the other file of a shot.
    """
    return db.execute(
        "SELECT ph.id, ph.sha256, ph.second, EXISTS (SELECT 1 FROM event_photo ep WHERE ep.photo = ph.id"
        " AND ep.twin_of IS NULL AND ep.state IN ('waiting', 'filed', 'unsorted')) AS of_its_own"
        " FROM photo ph WHERE ph.second IN ('rest', 'wanted') AND ph.look = 'done' AND ph.kind = 'image'"
        " AND ph.id NOT IN (SELECT value FROM json_each(?)) ORDER BY ph.second DESC, ph.id DESC LIMIT 1",
        (json.dumps([*but]),),
    ).fetchone()


def next_of_another_engine(db: Db, engine: str, but: Sequence[int] = ()) -> Row | None:
    """A photo whose faces another engine encoded: `id, sha256, closely`, whether the slower look found some of them."""
    return db.execute(
        "SELECT ph.id, ph.sha256, EXISTS (SELECT 1 FROM face f WHERE f.photo = ph.id AND f.found = 2) AS closely"
        " FROM photo ph WHERE (ph.engine < ?1 OR ph.engine > ?1) AND ph.look = 'done'"
        " AND ph.id NOT IN (SELECT value FROM json_each(?2)) LIMIT 1",
        (engine, json.dumps([*but])),
    ).fetchone()


def put_second_look(db: Db, photo: PhotoId, second: SecondLook) -> None:
    db.execute("UPDATE photo SET second = ? WHERE id = ?", (second, photo))


def leave_with_engine(db: Db, photo: PhotoId, engine: str) -> None:
    """Its faces stay as they are: it cannot be looked at any more."""
    db.execute("UPDATE photo SET engine = ? WHERE id = ?", (engine, photo))


def second_look_counts(db: Db) -> dict[str, int]:
    """Photos `waiting` for the second look and `done`, and faces `found` by it."""
    of = db.pairs("SELECT second, number FROM look_tally")
    found = db.value("SELECT number FROM face_tally WHERE found = 2") or 0
    return {"waiting": of.get("rest", 0) + of.get("wanted", 0), "done": of.get("done", 0), "found": found}


# ---- reference pictures

ReferenceKey = tuple[str, Box]  # a picture's SHA-256, and which of its faces


def reference_key(reference: Reference) -> ReferenceKey:
    return reference.sha256, reference.box


def record_reference(db: Db, reference: Reference, engine: str, encoding: Encoding) -> None:
    db.execute(
        "INSERT OR REPLACE INTO reference VALUES (?, ?, ?, ?)",
        (*key_columns(reference_key(reference)), engine, to_blob(encoding)),
    )


def reference_encodings(db: Db, engine: str) -> dict[ReferenceKey, Encoding]:
    """All that one engine made."""
    found: dict[ReferenceKey, Encoding] = {}
    for row in db.execute("SELECT sha256, box, encoding FROM reference WHERE engine = ?", (engine,)):
        encoding = from_blob(row["encoding"])
        if encoding is not None:
            found[key_of(row)] = encoding
    return found


def reference_keys(db: Db, engine: str) -> set[ReferenceKey]:
    """Which there are of one engine."""
    rows = db.execute("SELECT sha256, box FROM reference WHERE engine = ?", (engine,))
    return {key_of(row) for row in rows}


def key_of(row: Row) -> ReferenceKey:
    left, top, right, bottom = (int(edge) for edge in str(row["box"]).split(","))
    return str(row["sha256"]), Box(left, top, right, bottom)


def key_columns(key: ReferenceKey) -> tuple[str, str]:
    """The values of `sha256, box`."""
    return key[0], ",".join(map(str, key[1].edges))
