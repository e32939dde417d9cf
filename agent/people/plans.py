"""One photo's plan in one event, what stands in the way of writing it, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from agent.errors import VenueError
from agent.filing.plan import Plan
from agent.ledger import moved_photos, photos, placements, superseded, troubles, twins
from agent.ledger.matches import PlannedPhoto
from agent.ledger.sqlite.rows import Db, Row
from agent.ledger.troubles import Subject
from agent.model import ORIGINAL, EventId, EventPhotoId, PersonId, PhotoId, PhotoState
from agent.people.recognise import Recognised, Taken
from agent.roster import Roster
from agent.roster.decisions import FaceDecision, PhotoDecision
from agent.roster.moves import Along, Came

OUT = {PhotoState.WITHDRAWN, PhotoState.MOVED, PhotoState.HELD}
PLACED = {PhotoState.FILED, PhotoState.UNSORTED, PhotoState.FAILED, PhotoState.DISMISSED}
UNPLANNED = -1  # no revision of the roster


class StalePlan(Exception):
    """The roster changed while the plan was made."""


class Undecided(Exception):
    """Faces on a photo are known by what is kept of somebody forgotten, and to be blurred: the roster says so first."""

    def __init__(self, event: EventId, faces: Sequence[FaceDecision]) -> None:
        super().__init__(event, faces)
        self.event, self.faces = event, faces


class Follows(Exception):
    """A film came after the photo beside it was moved: the roster says first that it goes along.

    `came`: whether it came into that event by itself, too.
    """

    def __init__(self, along: Along, came: Came) -> None:
        super().__init__(along, came)
        self.along, self.came = along, came


@dataclass(frozen=True, slots=True)
class Planned:
    """One photo's plan in one event: who its faces are, what is to be asked, and where it is wanted."""

    sight: PlannedPhoto
    found: Recognised
    plan: Plan
    decision: PhotoDecision | None = None
    held: bool = False  # nobody approved it yet, and somebody has to
    made_as: str = ORIGINAL  # what Drive has of it
    filed_as: str = ORIGINAL  # what lies of it here
    undecided: Sequence[FaceDecision] = ()  # faces that are to be blurred, which nothing says yet

    @property
    def taken_for(self) -> Mapping[int, Taken]:
        return self.found.taken

    @property
    def people(self) -> set[PersonId]:
        return {one.person for one in self.found.taken.values()}

    @property
    def out(self) -> PhotoState | None:
        """The state of a photo that is placed nowhere by an operator's word, or for want of it."""
        return out_of(self.decision) or (PhotoState.HELD if self.held else None)


def out_of(decision: PhotoDecision | None) -> PhotoState | None:
    """The state of a photo of which this was decided; `None`: it is placed."""
    if decision is None:
        return None
    if decision.withdrawn:
        return PhotoState.WITHDRAWN
    return None if decision.moved_to is None else PhotoState.MOVED


@dataclass(slots=True)
class Tally:
    """What was planned otherwise while somebody counted, whoever planned it: a look that ends meanwhile plans, too.

    Photo -> the people whose it is now and was not before, and the other way round. Photos that had no plan before are
    not among them.
    """

    photos: dict[EventPhotoId, set[PersonId]] = field(default_factory=dict[EventPhotoId, set[PersonId]])
    left: dict[EventPhotoId, set[PersonId]] = field(default_factory=dict[EventPhotoId, set[PersonId]])

    def note(self, photo: EventPhotoId, was: Set[PersonId] = frozenset(), now: Set[PersonId] = frozenset()) -> None:
        self.photos.setdefault(photo, set()).update(now - was)
        self.left.setdefault(photo, set()).update(was - now)

    def clear(self) -> None:
        self.photos.clear()
        self.left.clear()

    def gained(self, person: PersonId | None) -> int:
        return sum(person in people for people in self.photos.values())


def follow_video(db: Db, sight: PlannedPhoto, now: float, *, shows: bool, out: bool) -> None:
    """A video on which somebody is to be seen who is blurred on photos stays as it is, and is named: taken out of
    others' folders, something of theirs would be lost without a word.

    `shows`: such a face is known on it; `out`: it lies in no folder.
    """
    subject = Subject(f"shows:{sight.event_photo}", sight.name, sight.event)
    if out:
        troubles.heal(db, subject.key, now)
    elif shows:
        told = VenueError(
            "A video shows somebody who was forgotten",
            f"{sight.name}: they are blurred on photos, and a video stays as it is",
            f"Look at it, and take it out of all folders if need be: venuesync photos withdraw {sight.event_photo}",
            kind="not_blurred",
        )
        troubles.open_trouble(db, subject, told, now, "warning")


class MovedPhotos:
    """Photos that an operator moved to another event: they are that event's as long as it is decided so.

    All on the ledger's thread, where rosters are changed.
    """

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
