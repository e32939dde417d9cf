"""Photos that an operator moved to another event: they are that event's as long as it is decided so."""

from __future__ import annotations

from agent.ledger import moved_photos, photos, placements, superseded, twins
from agent.ledger.matches import PlannedPhoto
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, EventPhotoId, PhotoId
from agent.people.plans import out_of
from agent.roster import Roster
from agent.roster.decisions import PhotoDecision


class MovedPhotos:
    """All on the ledger's thread, where rosters are changed."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def go_along(self, db: Db, sight: PlannedPhoto, to: EventId, now: float) -> None:
        """The other event has it from now on, or the one that it was moved into from there; planned there by whoever
        asks for what is not planned yet.
        """
        came_from = sight.event
        for event in self._roster.moved_along(to, sight.sha256):
            if self._roster.find_event(event) is None:
                return
            moved_photos.move_in(db, event, sight.photo, sight.name, came_from, now)
            moved_photos.join_twins(db, event, sight.event_photo, sight.twins, came_from, now)
            if out_of(self._roster.photo_decision(event, sight.sha256)) is None:
                photos.set_back(db, event, (sight.event_photo, *sight.twins))
            came_from = event

    def left_behind(
        self, db: Db, event: EventId, photo: EventPhotoId, decision: PhotoDecision | None
    ) -> list[EventPhotoId]:
        """Files of a shot that came once the event was gone into which its photo was moved: nobody files them there, so
        each stands for itself where it came.
        """
        if decision is None or decision.moved_to is None or self._roster.find_event(decision.moved_to) is not None:
            return []
        return twins.free_waiting(db, photo, lambda one: out_of(self._roster.photo_decision(event, one)) is not None)

    def take_back(self, db: Db, photo: PhotoId, now: float) -> list[EventPhotoId]:
        """It leaves an event into which it was moved, once that was taken back. Returns what it was there: the other
        file of its shot may have come there by itself.
        """
        left = [EventPhotoId(row["id"]) for row in moved_photos.moved_in(db, photo) if self._is_taken_back(row)]
        for one in [along for main in left for along in moved_photos.moved_along(db, main)]:
            placements.want_nowhere(db, one)
            superseded.supersede_one(db, one, now)
            twins.leave(db, one)
        return left

    def _is_taken_back(self, row: Row) -> bool:
        """Whether that move does not hold any more; an older list of people takes nothing away."""
        decision = self._roster.photo_decision(EventId(row["came_from"]), str(row["sha256"]))
        return not (self._roster.restored or (decision is not None and decision.moved_to == row["event"]))

    def all_taken_back(self, db: Db) -> list[PhotoId]:
        """Photos that lie in events into which they are not moved any more."""
        return [PhotoId(row["photo"]) for row in moved_photos.all_moved_in(db) if self._is_taken_back(row)]
