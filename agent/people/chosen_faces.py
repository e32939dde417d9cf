"""Which faces a verb is about: a person's, those on photos, the one that is to be a reference."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from agent.errors import Cause, NotThere, VenueError
from agent.faces.prominent import prominent
from agent.faces.quality import refusal
from agent.ledger import faces, reviews, sights, strangers
from agent.ledger.faces import StoredFace
from agent.ledger.numbers import row_number
from agent.ledger.sights import Sight
from agent.model import EventId, EventPhotoId, Person, PersonId
from agent.people.face_pictures import number_of
from agent.people.intents import FaceAt
from agent.people.recognise import quality_of


def faces_of_person(db: sqlite3.Connection, person: Person) -> list[FaceAt]:
    """All that were taken for her."""
    photos = strangers.photos_of_person(db, person.event, person.id, -1)
    return faces_on_photos(db, person, photos)


def faces_on_photos(db: sqlite3.Connection, person: Person, photos: Sequence[int]) -> list[FaceAt]:
    """Faces on these photos that were taken for her, or about which it is asked whether they are hers."""
    asked = reviews.asked(db, person.event)
    found: list[FaceAt] = []
    for sight in sights.of_photos(db, [EventPhotoId(one) for one in photos]):
        if sight.event == person.event:
            found += [
                FaceAt(sight.sha256, face.box, sight.name)
                for face in sight.faces
                if sight.was.get(face.id) == person.id or asked.get(face.id, (None,))[0] == person.id
            ]
    return found


def face_to_enroll(db: sqlite3.Connection, id: str, event: EventId | None) -> tuple[FaceAt, EventId, PersonId | None]:
    """The face with this id, or the only prominent one of `photo:12`; the event; and whom it was taken for.

    Raises `UsageError` for what is none, `VenueError` where the face cannot be a reference.
    """
    sight, face = _face(db, id, event)
    reason = refusal(quality_of(face))
    if reason is not None:
        raise VenueError(
            "That face cannot be a reference",
            f"{sight.name}: {reason}",
            "Choose another",
            cause=Cause.USAGE,
            kind="no_reference",
        )
    return FaceAt(sight.sha256, face.box, sight.name), sight.event, sight.was.get(face.id)


def _face(db: sqlite3.Connection, id: str, event: EventId | None) -> tuple[Sight, StoredFace]:
    kind, _, number = id.partition(":")
    if kind == "photo":
        return _only_face(db, number)
    chosen = number_of(id)
    row = None if chosen is None else faces.by_id(db, chosen)
    if row is not None:
        for sight in sights.of_content(db, row["photo"]):
            if event in (None, sight.event):
                return sight, next(face for face in sight.faces if face.id == chosen)
    raise NotThere("There is no such face", id, "Give a face's id, or photo:NUMBER")


def _only_face(db: sqlite3.Connection, photo: str) -> tuple[Sight, StoredFace]:
    number = row_number(photo)
    found = [] if number is None else sights.of_photos(db, [EventPhotoId(number)])
    if not found:
        raise NotThere("There is no such photo", photo, "See `venuesync photos` for their numbers")
    sight = found[0]
    out = prominent([one.box.edges for one in sight.faces], [one.sharpness for one in sight.faces])
    big = [face for face, stands_out in zip(sight.faces, out, strict=True) if stands_out]
    if len(big) != 1:
        many = f"{len(big)} faces stand out in it" if big else "there is no face in it"
        raise VenueError(
            "That photo cannot be a reference",
            f"{sight.name}: {many}",
            "Choose a face",
            cause=Cause.USAGE,
            kind="no_reference",
        )
    return sight, big[0]
