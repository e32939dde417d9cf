"""Which file of a shot stands for both, where the ledger does not know (any more) of which one something was decided.

What is decided of faces is so of the file that was looked at. Once the ledger is lost the other one may come first; a
face that was blurred would be shown again.
"""

from __future__ import annotations

from operator import mul

from agent.ledger import photos, twins
from agent.ledger.matches import PlannedPhoto
from agent.ledger.sqlite.rows import Db, Row
from agent.model import Box, EventId, EventPhotoId, PhotoId
from agent.roster import Roster
from agent.roster.decisions import FaceDecision


def decided_files(db: Db, roster: Roster, photo: PhotoId) -> list[EventPhotoId]:
    """Files that go along with a photo, and of whose faces more was decided than of its own."""

    def decided(row: Row, file: str) -> tuple[bool, bool]:
        """That a face is blurred goes before all else."""
        event, sha256 = EventId(row["event"]), str(row[file])
        return bool(roster.blurred_faces(event, sha256)), bool(roster.face_decisions(event, sha256))

    found = twins.others_with(db, photo)
    return [EventPhotoId(row["id"]) for row in found if decided(row, "sha256") > decided(row, "shot")]


def blurred_in_place_of(roster: Roster, sight: PlannedPhoto) -> str:
    """Which faces are blurred in what is to lie in a photo's place, as in that of the other file of its shot: what was
    made of it says so, and of that file it is decided still. "": none, by all that is known.
    """
    return _by_the_other(roster, sight)[0]


def blurred_by_the_other(db: Db, roster: Roster, sight: PlannedPhoto) -> list[FaceDecision]:
    """The same faces on the photo itself, as soon as both were looked at: it may never be known again whose shot it is
    of, and others on it may be forgotten.
    """
    if not sight.blurred or sight.kind != photos.IMAGE or roster.blurred_faces(sight.event, sight.sha256):
        return []
    other = _by_the_other(roster, sight)[1]
    sizes = {
        str(row["sha256"]): (row["width"], row["height"])
        for one in (sight.sha256, other)
        for row in photos.shown_with(db, one)
    }
    (width, height), (wide, high) = sizes.get(sight.sha256, (0, 0)), sizes.get(other, (0, 0))
    if not (width and height and wide and high):
        return []
    scale = (width / wide, height / high) * 2
    boxes = [Box(*map(round, map(mul, one.edges, scale))) for one in roster.blurred_faces(sight.event, other)]
    return [FaceDecision(sight.sha256, box, name=sight.name) for box in boxes]


def _by_the_other(roster: Roster, sight: PlannedPhoto) -> tuple[str, str]:
    """What is said of faces that are blurred, and the SHA-256 of the file of which it is decided."""
    known = roster.blurred_photos(sight.event, sight.name) if sight.blurred else {}
    others = ((one, known[one]) for one in sight.blurred if one in known)
    return next(((one, by[-1]) for one, by in others if sight.sha256 not in by), ("", ""))
