"""What was decided of photos and faces: each event's file, read; people in it are who they are by now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from agent.model import Box, EventId, Person, PersonId, faces_blurred, overlap
from agent.roster.book import Book
from agent.roster.decisions import (
    DONE,
    UNDONE,
    Decisions,
    Entry,
    FaceDecision,
    PhotoDecision,
    decision_from,
)
from agent.roster.known_by import SAME
from agent.roster.moves import Move, Moves, moves_in
from agent.roster.storage import Spare, nothing_spare, value_of
from agent.roster.tables import check


class Decided(Book):
    """The roster's own file, and beside it what was decided in each event."""

    def __init__(self, path: Path, spare: Spare = nothing_spare) -> None:
        self._decisions: dict[EventId, Decisions] = {}
        self._spare = spare
        super().__init__(path, check, spare)

    def _of(self, event: EventId) -> Decisions:
        if event not in self._decisions:
            decided = self._workspace.get("decided")
            expected = event in (decided or [])
            spare = self._spare if expected or decided is None else nothing_spare  # none is right where nothing was
            file = self.path.with_name(f"decisions-{event}.json")
            self._decisions[event] = Decisions(file, spare, expected=expected)
        return self._decisions[event]

    def face_decisions(self, event: EventId, sha256: str) -> list[FaceDecision]:
        """Of the faces of one photo; the people in them are who they are by now."""
        return [self._resolved(one) for one in self._faces_of(event, sha256)]

    def _faces_of(self, event: EventId, sha256: str) -> list[FaceDecision]:
        return self._of(event).faces(sha256)

    def _resolved(self, decision: FaceDecision) -> FaceDecision:
        yes = None if decision.yes is None else self.resolve(decision.yes)
        no = tuple(found.id for one in decision.no if (found := self.resolve(one)) is not None)
        return replace(decision, yes=None if yes is None else yes.id, no=no)

    def face_decision(self, event: EventId, decision: FaceDecision) -> FaceDecision:
        """What is decided of the face at this box, as it stands in the file; an empty decision where nothing is."""
        known = self._of(event).faces(decision.sha256)
        nearest = max(known, key=lambda one: overlap(one.box, decision.box), default=None)
        if nearest is not None and overlap(nearest.box, decision.box) >= SAME:
            return nearest
        return FaceDecision(decision.sha256, decision.box)

    def denials(self, event: EventId) -> list[FaceDecision]:
        """Faces of which somebody said whose they are not."""
        return [one for each in self._of(event).all_faces() if (one := self._resolved(each)).no]

    def decided_of_faces(self, person: Person) -> list[FaceDecision]:
        """Faces of which somebody said that they are theirs, or are not."""
        return [one for each in self._of(person.event).all_faces() if person.id in (one := self._resolved(each)).about]

    def decided_about(self, person: Person) -> list[Entry]:
        """What can be taken back of all that was decided about them, or about whom they are one with by now."""
        ids = {person.id, *(gone for gone, by in self.merged(person.event).items() if by == person.id)}
        return [one for one in self.journal() if ids & self.named_in(one)]

    def named_in(self, entry: Entry) -> set[PersonId]:
        """Everybody whom it changed, or of whose faces it decided: as that was, and as it is."""
        named = {*entry.people} - {*entry.besides}
        for event, rows in entry.decisions.items():
            for row in (*rows.values(), *(self._of(event).row(key) for key in rows)):
                decided = None if row is None else decision_from(row)
                named |= decided.about if isinstance(decided, FaceDecision) else set()
        return named

    def references(self, events: Collection[EventId]) -> set[tuple[str, Box]]:
        """By what their people are known, or would be by taking something back or doing it again: SHA-256 and box."""
        people = [one for one in (*self.everybody(), *self.turned()) if one.event in events]
        return {(reference.sha256, reference.box) for one in people for reference in one.references}

    def turned(self) -> list[Person]:
        """People as they would be by taking something back or doing it again."""
        rows = [row for name in (DONE, UNDONE) for row in self._rows(name)]
        return [value_of(Person, one) for row in rows for one in row["people"].values() if one is not None]

    def photo_decision(self, event: EventId, sha256: str) -> PhotoDecision | None:
        return self._of(event).photo(sha256)

    def clocks(self, event: EventId) -> dict[str, float]:
        """Cameras -> how far ahead an operator said that their clocks are, seconds."""
        return self._of(event).clocks()

    def forgotten_faces(self, event: EventId) -> list[FaceDecision]:
        """Of somebody of whom nothing is to be held."""
        return [one for one in self._of(event).all_faces() if one.forgotten]

    def blurred_faces(self, event: EventId, sha256: str) -> list[Box]:
        """Of one photo, those that nobody is to be known by in what is filed of it in that event.

        So it stays wherever it was moved since that was decided, by way of further events, too.
        """
        by = [event]
        for one in by:
            by += [other for other in self.decided if other not in by and self._moved_to(other, sha256) == one]
        return sorted({box for one in by for box in self._blurred(one, sha256)}, key=lambda box: box.edges)

    def moved_along(self, event: EventId, sha256: str) -> list[EventId]:
        """An event, and all into which a photo of it was moved from there, one after the other."""
        found = [event]
        for one in found:
            to = self._moved_to(one, sha256)
            found += [] if to is None or to in found else [to]
        return found

    def came_through(self, event: EventId, sha256: str) -> list[Move]:
        """By which moves an operator brought the photo into this event, the last one first; also where that was taken
        back: it may lie there still.
        """
        here = [one.id for one in self.events()]
        return self._moves.through(sha256, event, here, lambda one: self._moved_to(one, sha256))

    @property
    def _moves(self) -> Moves:
        return moves_in(self._workspace)

    def is_expected(self, event: EventId, sha256: str) -> bool:
        """Whether what lies in an event may be missed there: nobody took it out of that, or its move there back, and
        there is the event still.
        """
        decision = self.photo_decision(event, sha256)
        out = decision is not None and (decision.withdrawn or decision.moved_to is not None)
        left = event in self._moves.back.get(sha256, {}) and not self._moves.by_itself(sha256, event)
        stays = not left or any(self._moved_to(one, sha256) == event for one in self.decided)
        return stays and not out and event in self._events

    def _moved_to(self, event: EventId, sha256: str) -> EventId | None:
        decision = self.photo_decision(event, sha256)
        return None if decision is None else decision.moved_to

    def blurred_photos(self, event: EventId, name: str | None = None) -> dict[str, list[str]]:
        """What a rendition says of faces that are to be blurred in an event -> of which photos, by their SHA-256.

        So the other file of a shot is known: what was decided of it is so by the file that was looked at, and once the
        ledger is lost, that may be the other one. `name`: of those alone that may be of one shot with a photo of that
        name: a picture of the same size, made again of another one, may have its faces in the very same places.
        """
        photos = {
            one.sha256
            for by in {event, *self.decided}
            for one in self.forgotten_faces(by)
            if one.blurred and (name is None or not one.name or _stem(one.name) == _stem(name))
        }
        found: dict[str, list[str]] = {}
        for one in sorted(photos):
            if boxes := self.blurred_faces(event, one):
                found.setdefault(faces_blurred(boxes), []).append(one)
        return found

    def is_blurred(self, sha256: str) -> bool:
        """Whether that is decided of a face of this photo, in whatever event."""
        return any(self._blurred(event, sha256) for event in self._events)

    def _blurred(self, event: EventId, sha256: str) -> list[Box]:
        return [one.box for one in self._of(event).faces(sha256) if one.forgotten and one.blurred]

    def is_aside(self, event: EventId, key: str) -> bool:
        """Whether somebody set this photo (or what is no photo yet) aside, by its key."""
        decision = self.photo_decision(event, key)
        return decision is not None and decision.set_aside

    # ---- what can be taken back

    def journal(self) -> list[Entry]:
        """What can be taken back, the last one last."""
        return [value_of(Entry, row) for row in self._rows(DONE)]

    def undone(self) -> list[Entry]:
        """What was taken back and can be done again, the last one last."""
        return [value_of(Entry, row) for row in self._rows(UNDONE)]


def _stem(name: str) -> str:
    return name.rpartition(".")[0]
