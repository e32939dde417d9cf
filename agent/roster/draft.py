"""A change of intent in the making: people and decisions as they are to be, written all at once or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from agent import clock
from agent.model import EventId, Person, PersonId
from agent.roster.decisions import Decision, FaceDecision, PhotoDecision, row_of
from agent.roster.rows import Row

GUEST = "Guest"


class Known(Protocol):
    """What a draft is made from: the roster as it is."""

    def known_people(self, event: EventId | None = None) -> list[Person]: ...

    def person(self, person: PersonId) -> Person | None: ...

    def face_decision(self, event: EventId, decision: FaceDecision) -> FaceDecision: ...

    def photo_decision(self, event: EventId, sha256: str) -> PhotoDecision | None: ...


class Draft:
    """Reads as the roster does, with the changes made so far in it."""

    def __init__(self, known: Known, guests: dict[str, int]) -> None:
        self._known = known
        self.people: dict[PersonId, Person | None] = {}
        self.decisions: dict[EventId, dict[str, Row | None]] = {}
        self._faces: dict[tuple[EventId, str], FaceDecision] = {}
        self._photos: dict[tuple[EventId, str], PhotoDecision] = {}
        self.guests = dict(guests)

    def person(self, person: PersonId) -> Person | None:
        return self.people[person] if person in self.people else self._known.person(person)

    def resolved(self, person: PersonId) -> PersonId:
        """Who somebody is by now: the same, or whom they were merged into."""
        seen: set[PersonId] = set()
        while person not in seen and (found := self.person(person)) is not None and found.merged_into is not None:
            seen.add(person)
            person = found.merged_into
        return person

    def people_of(self, event: EventId) -> list[Person]:
        """Everybody with folders, as it is to be."""
        kept = [self.person(one.id) for one in self._known.known_people(event)]
        new = [one for one in self.people.values() if one is not None and self._known.person(one.id) is None]
        there = [*(one for one in kept if one is not None), *new]
        return [one for one in there if one.event == event and one.merged_into is None and not one.ignored]

    def put(self, person: Person) -> Person:
        self.people[person.id] = person
        return person

    def next_guest(self, event: EventId, at_least: int = 0) -> str:
        """`Guest 07`: a number that was never given in this event."""
        number = max(self.guests.get(event, 0), at_least) + 1
        self.guests[event] = number
        return f"{GUEST} {number:02}"

    def decide_face(self, event: EventId, face: FaceDecision, change: Callable[[FaceDecision], FaceDecision]) -> None:
        """Change what is decided of a face: of the very box that was decided before, where they are one face."""
        known = self._known.face_decision(event, face)
        before = self._faces.get((event, known.key), known)
        after = change(before)
        if after != before:  # else nothing is decided by it, and there is nothing to take back
            after = replace(after, at=clock.wall(), name=face.name or before.name)
            self._faces[event, after.key] = after
            self._keep(event, after)

    def decide_photo(
        self, event: EventId, sha256: str, name: str, change: Callable[[PhotoDecision], PhotoDecision]
    ) -> None:
        known = self._photos.get((event, sha256)) or self._known.photo_decision(event, sha256)
        before = known or PhotoDecision(sha256)
        after = change(before)
        if after != before:
            after = replace(after, at=clock.wall(), name=name)
            self._photos[event, sha256] = after
            self._keep(event, after)

    def _keep(self, event: EventId, decision: Decision) -> None:
        self.decisions.setdefault(event, {})[decision.key] = row_of(decision)
