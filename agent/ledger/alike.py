"""Faces of an event that look alike, whosever they are: one that is hard to tell is judged together with the others.

A group is known by the middle and the spread of its faces as they were when it was looked at last: those that came
since change nothing of what was decided, and whoever is planned again comes to the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from agent.ledger import faces, meta
from agent.ledger.faces import Alike, Encoding, alike_of, to_blob
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, EventPhotoId, PhotoId

DUE = "alike_due"  # "1" while faces of an earlier program are in no groups yet


def groups(db: Db, event: EventId, engine: str) -> Iterator[Alike]:
    rows = db.execute(
        "SELECT id AS alike, faces AS alike_faces, middle, spread FROM alike WHERE event = ? AND engine = ?",
        (event, engine),
    )
    return (found for row in rows if (found := alike_of(row)) is not None)


def are_more_than(db: Db, event: EventId, engine: str, number: int) -> bool:
    """Whether there are more groups than that."""
    query = "SELECT 1 FROM alike WHERE event = ? AND engine = ? LIMIT 1 OFFSET ?"
    return db.has(query, (event, engine, number))


def groups_on(db: Db, event: EventId, photo: PhotoId) -> dict[int, int]:
    """Face -> its group, of the photo's faces that are in one."""
    return db.pairs(
        "SELECT a.face, a.alike FROM face f JOIN alike_face a ON a.face = f.id AND a.event = ?1 WHERE f.photo = ?2",
        (event, photo),
    )


def begin(db: Db, event: EventId, engine: str, face: int, encoding: Encoding) -> int:
    """A group of one."""
    group = db.value(
        "INSERT INTO alike (event, engine, number, faces, middle, spread) VALUES (?, ?, 1, 1, ?, 0) RETURNING id",
        (event, engine, to_blob(encoding)),
    )
    db.execute("INSERT INTO alike_face VALUES (?, ?, ?, 1)", (face, event, group))
    return group


def join(db: Db, event: EventId, group: int, face: int, *, counts: bool) -> bool:
    """Returns whether there is such a group (still)."""
    if not db.changed("UPDATE alike SET number = number + ? WHERE id = ?", (counts, group)):
        return False
    db.execute("INSERT INTO alike_face VALUES (?, ?, ?, ?)", (face, event, group, counts))
    return True


def sizes(db: Db, group: int) -> tuple[int, int]:
    """How many faces count in it now, and how many did when it was looked at last; 0, 0: there is no such group."""
    row = db.execute("SELECT number, faces FROM alike WHERE id = ?", (group,)).fetchone()
    return (0, 0) if row is None else (int(row["number"]), int(row["faces"]))


COUNTED = (
    "SELECT f.encoding FROM alike_face a JOIN face f ON f.id = a.face"
    " WHERE a.alike = ? AND a.counts = 1 AND f.encoding IS NOT NULL ORDER BY f.id"
)


def know(db: Db, group: int) -> tuple[Encoding, float]:
    """Know it by all of its faces from now on. Returns their middle and spread."""
    import numpy as np

    found = db.column(COUNTED, (group,))
    rows = np.frombuffer(b"".join(found), dtype="<f4").reshape(len(found), -1).astype(np.float64)
    middle = rows.mean(axis=0).astype(np.float32)
    spread = float(((rows - middle) ** 2).sum(axis=1).mean())
    db.execute(
        "UPDATE alike SET faces = ?, middle = ?, spread = ? WHERE id = ?", (len(rows), to_blob(middle), spread, group)
    )
    return middle, spread


def are_on_one_photo(db: Db, one: int, other: int) -> bool:
    """Whether some photo has a face of both."""
    return db.has(
        "SELECT 1 FROM alike_face a JOIN face f ON f.id = a.face WHERE a.alike = ? AND f.photo IN"
        " (SELECT o.photo FROM alike_face b JOIN face o ON o.id = b.face WHERE b.alike = ?) LIMIT 1",
        (one, other),
    )


def merge(db: Db, gone: int, into: int) -> None:
    db.execute("UPDATE alike SET number = number + (SELECT number FROM alike WHERE id = ?) WHERE id = ?", (gone, into))
    db.execute("UPDATE alike_face SET alike = ? WHERE alike = ?", (into, gone))
    db.execute("DELETE FROM alike WHERE id = ?", (gone,))


def photos_of(db: Db, group: int) -> list[EventPhotoId]:
    """Where its faces are, in its event."""
    return db.column(
        "SELECT DISTINCT ep.id FROM alike_face a JOIN face f ON f.id = a.face"
        " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = a.event WHERE a.alike = ?",
        (group,),
    )


def drop_encodings(db: Db, of: Sequence[int]) -> None:
    """Whose these faces are nobody is to know any more, by their groups either."""
    if not of:
        return
    chosen = json.dumps([*of])
    left = db.execute(
        "SELECT DISTINCT event, alike FROM alike_face WHERE face IN (SELECT value FROM json_each(?))", (chosen,)
    ).fetchall()
    db.execute("DELETE FROM alike_face WHERE face IN (SELECT value FROM json_each(?))", (chosen,))
    faces.drop_encodings(db, of)
    for event, group in left:
        if sizes(db, group)[0]:
            know(db, group)
        meta.forget(db, state(event))


def state(event: EventId) -> str:
    """Where it is noted that groups of an event changed: who keeps them in memory reads them again."""
    return f"alike {event}"


def forget_event(db: Db, event: EventId) -> None:
    db.execute("DELETE FROM alike_face WHERE event = ?", (event,))
    db.execute("DELETE FROM alike WHERE event = ?", (event,))
    meta.forget(db, state(event))
