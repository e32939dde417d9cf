"""The faces of the latest photos: whom an operator may want to enroll, as they stand in front of the photographer."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from agent.faces.quality import advice, refusal, unsure
from agent.ledger import browse, sights
from agent.ledger.faces import StoredFace
from agent.ledger.sights import Sight
from agent.model import EventId, EventPhotoId, PersonId
from agent.people.face_pictures import face_id
from agent.people.recognise import quality_of
from agent.service_people import LatestFace

PHOTOS = 48  # that are looked through for faces


def latest_faces(
    db: sqlite3.Connection, event: EventId | None, limit: int, names: Mapping[PersonId, str]
) -> list[LatestFace]:
    """Newest photo first, in each the largest face first; what may be no face at all is left out."""
    photos = browse.photos(db, event, None, "", browse.END, PHOTOS)
    found: list[LatestFace] = []
    for sight in sights.of_photos(db, [EventPhotoId(row["id"]) for row in photos]):
        faces = [face for face in sight.faces if not unsure(quality_of(face))]
        faces.sort(key=lambda face: face.box.left - face.box.right)
        found += [_row(sight, face, names) for face in faces]
        if len(found) >= limit:
            break
    return found[:limit]


def _row(sight: Sight, face: StoredFace, names: Mapping[PersonId, str]) -> LatestFace:
    quality = quality_of(face)
    reason = refusal(quality)
    whose = sight.was.get(face.id)
    return {
        "face_id": face_id(face.id),
        "photo": sight.event_photo,
        "name": None if whose is None else names.get(whose),
        "arrived_at": sight.arrived_at,
        "verdict": {
            "photo": sight.name,
            "used": reason is None,
            "faces": 1,
            "verdict": reason or advice(quality) or "good",
        },
    }
