"""Which file of a shot stands for both, where the ledger does not know (any more) of which one something was decided.

What is decided of faces is so of the file that was looked at. Once the ledger is lost the other one may come first; a
face that was blurred would be shown again.
"""

from __future__ import annotations

from agent.ledger import twins
from agent.ledger.matches import PlannedPhoto
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, EventPhotoId, PhotoId
from agent.roster import Roster
from agent.roster.blurred import blurred_photos


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
    if not sight.blurred:
        return ""
    known = blurred_photos(roster, sight.event)
    return next((one for one in sight.blurred if one in known), "")
