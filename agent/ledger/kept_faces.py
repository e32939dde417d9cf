"""Faces by what outlives any ledger, for as long as they may be kept: those of nobody known, and all of an event."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.ledger import faces
from agent.ledger.faces import ReferenceKey
from agent.ledger.sqlite.rows import Db, Row
from agent.model import Box, EventId, EventPhotoId, PersonId


@dataclass(frozen=True, slots=True)
class KeptFace:
    """`name`: the photo's. `person`: whom it was taken for in that event. `is_known`: by an encoding, still."""

    event_photo: EventPhotoId
    sha256: str
    name: str
    box: Box
    person: PersonId | None
    is_known: bool


OF_STRANGERS = (
    "SELECT f.*, ph.sha256, ep.id AS event_photo, ep.name, NULL AS person FROM stranger s"
    " JOIN face f ON f.id = s.face JOIN photo ph ON ph.id = f.photo"
    " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = s.event"
    " WHERE s.event = ?"
)
OF_NOBODY = (  # of a photo that is in no folder by somebody's word, or waits for it, nobody is noted down who is on it
    "SELECT f.*, ph.sha256, ep.id AS event_photo, ep.name, NULL AS person FROM event_photo ep"
    " JOIN photo ph ON ph.id = ep.photo JOIN face f ON f.photo = ep.photo"
    " WHERE ep.event = ? AND ep.arrived_at < ? AND f.encoding IS NOT NULL AND ep.planned_at IS NOT NULL"
    " AND ep.twin_of IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved', 'held')"
    " AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.face = f.id) AND NOT EXISTS"
    " (SELECT 1 FROM event_photo o WHERE o.photo = ep.photo AND o.state IN ('held', 'withdrawn'))"
)
OF_EVENT = (  # the encoding of what another event has, too, may have gone with that one
    "SELECT f.*, ph.sha256, ep.id AS event_photo, ep.name, a.person FROM event_photo ep"
    " JOIN photo ph ON ph.id = ep.photo JOIN face f ON f.photo = ep.photo"
    " LEFT JOIN assignment a ON a.face = f.id AND a.event = ep.event"
    " WHERE ep.event = ? AND (f.encoding IS NOT NULL OR (a.person IS NOT NULL AND EXISTS"
    " (SELECT 1 FROM event_photo w WHERE w.photo = ep.photo AND w.event <> ep.event)))"
    " AND ep.state <> 'superseded' AND NOT EXISTS"
    " (SELECT 1 FROM event_photo o WHERE o.photo = ep.photo AND o.state <> 'superseded'"
    " AND o.event IN (SELECT value FROM json_each(?)))"
)

OF_GONE = (
    "SELECT photo FROM event_photo ep WHERE ep.state = 'superseded' AND ep.event = ? AND ep.arrived_at < ?"
    " AND EXISTS (SELECT 1 FROM face f WHERE f.photo = ep.photo) AND NOT EXISTS"
    " (SELECT 1 FROM event_photo o WHERE o.photo = ep.photo AND o.state <> 'superseded') LIMIT 500"
)


def of_strangers(db: Db, event: EventId) -> list[KeptFace]:
    """Those that somebody may be asked about, whose they are."""
    return [_kept(row) for row in db.execute(OF_STRANGERS, (event,))]


def unknown_before(db: Db, event: EventId, arrived: float) -> list[KeptFace]:
    """Those with an encoding that are nobody's, in whatever event, on photos that arrived before then, seconds UTC:
    also those that nobody is asked about any more, that may be somebody's, or are too poor to tell.
    """
    return [_kept(row) for row in db.execute(OF_NOBODY, (event, arrived))]


def of_event(db: Db, event: EventId, others: Sequence[EventId]) -> list[KeptFace]:
    """All with an encoding, and those on photos of several events that were taken for somebody; a photo that one of the
    others has, too, is that one's to keep.
    """
    return [_kept(row) for row in db.execute(OF_EVENT, (event, json.dumps(list(others))))]


def any_gone(db: Db, event: EventId, arrived: float) -> bool:
    """Whether `forget_gone` finds any."""
    return db.has(OF_GONE, (event, arrived))


def forget_gone(db: Db, event: EventId, arrived: float) -> int:
    """Faces on photos of the event that arrived before then, seconds UTC, and that no event has any more: should one
    come back, it is looked at again. Returns how many went of some of them; 0: of all.
    """
    number = 0
    for photo in db.column(OF_GONE, (event, arrived)):
        number += db.execute("DELETE FROM face WHERE photo = ?", (photo,)).rowcount
        db.execute("UPDATE photo SET engine = NULL WHERE id = ?", (photo,))
    return number


def drop_references(db: Db, but: Collection[ReferenceKey], lying: Collection[str] = ()) -> int:
    """How many encodings of pictures went by which nobody is known any more; `but`: by these somebody is.

    `lying`: SHA-256 of pictures that could not go yet, and are found by theirs.
    """
    nobodys = {faces.key_of(row) for row in db.execute("SELECT sha256, box FROM reference")} - set(but)
    keys = {one for one in nobodys if one[0] not in lying}
    drop_these(db, keys)
    return len(keys)


def drop_these(db: Db, references: Collection[ReferenceKey]) -> None:
    """Encodings of these pictures, by whatever engine."""
    columns = [faces.key_columns(one) for one in references]
    db.executemany("DELETE FROM reference WHERE sha256 = ? AND box = ?", columns)


def _kept(row: Row) -> KeptFace:
    photo, is_known = EventPhotoId(row["event_photo"]), row["encoding"] is not None
    return KeptFace(photo, row["sha256"], row["name"], faces.box_of(row), row["person"], is_known)
