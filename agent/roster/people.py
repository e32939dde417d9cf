"""The roster's people: who is enrolled, which guests were found, who is to be ignored, who was merged into whom."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict, replace

from tinydb import where

from agent import clock
from agent.model import DriveId, EventId, Person, PersonId, Reference
from agent.roster.events import EventBook
from agent.roster.rows import value_of


class PeopleBook(EventBook):
    """What is known of people. Somebody who was merged is kept, so that decisions about her still mean somebody."""

    def _remember(self) -> None:
        super()._remember()
        self._people: dict[PersonId, Person] = {
            PersonId(row["id"]): value_of(Person, row) for row in self._rows("people")
        }

    def people(self, event: EventId | None = None) -> list[Person]:
        """Everybody with folders: enrolled, or a guest."""
        return [one for one in self.known_people(event) if not one.ignored]

    def known_people(self, event: EventId | None = None) -> list[Person]:
        """The same, and strangers who are to be ignored."""
        return [one for one in self._people.values() if event in (None, one.event) and one.merged_into is None]

    def person(self, person: PersonId) -> Person | None:
        return self._people.get(person)

    def resolve(self, person: PersonId) -> Person | None:
        """Who somebody is by now: herself, or whom she was merged into."""
        seen: set[PersonId] = set()
        found = self._people.get(person)
        while found is not None and found.merged_into is not None and found.id not in seen:
            seen.add(found.id)
            found = self._people.get(found.merged_into)
        return found

    def merged(self, event: EventId) -> dict[PersonId, PersonId]:
        """Whoever was merged -> who that is now."""
        gone = [one.id for one in self._people.values() if one.event == event and one.merged_into is not None]
        return {one: found.id for one in gone if (found := self.resolve(one)) is not None}

    def named(self, name: str, event: EventId) -> Person | None:
        return next((person for person in self.people(event) if person.name == name), None)

    def shared(self, person: PersonId) -> DriveId | None:
        """Her folder on Drive, where anyone with the link may read it."""
        return self._shared.get(person)

    def open_by_link(self) -> dict[PersonId, DriveId]:
        """Everybody whose folder anyone with the link may read, and that folder."""
        return {person.id: self._shared[person.id] for person in self.people() if person.id in self._shared}

    @property
    def _shared(self) -> dict[str, DriveId]:
        known: dict[str, DriveId] = self._workspace.get("shared") or {}
        return known

    # ---- changes: on the ledger's writer thread

    def set_shared(self, person: PersonId, folder: DriveId | None) -> None:
        """No intent that a plan depends on; not to be undone with others either: the link itself is on Drive."""
        shared = {key: one for key, one in self._shared.items() if key != person}
        if folder is not None:
            shared[person] = folder
        self._write(lambda: self._update_workspace(shared=shared))

    def add_person(self, name: str, event: EventId, folder: str, references: tuple[Reference, ...]) -> Person:
        """A new person, with an id that is never given again."""
        person = Person(new_person_id(), event, name, folder, references=references, created_at=clock.wall())
        self._change(lambda: self._store([person]))
        return person

    def add_references(self, person: PersonId, references: tuple[Reference, ...]) -> Person:
        """More references of a person; one that she has already is not added again."""
        changed = with_references(self._people[person], references)
        if changed != self._people[person]:
            self._change(lambda: self._store([changed]))
        return changed

    def _store(self, people: Iterable[Person]) -> None:
        """Write rows, new or known; what a newer program wrote beside known ones stays."""
        table = self._db.table("people")
        for person in people:
            if not table.update(asdict(person), where("id") == person.id):
                table.insert(asdict(person))

    def _drop(self, people: Iterable[PersonId]) -> None:
        for person in people:
            self._db.table("people").remove(where("id") == person)


def new_person_id() -> PersonId:
    return PersonId(f"p{secrets.token_hex(6)}")


def with_references(person: Person, references: Iterable[Reference]) -> Person:
    """The person with more references, each face once. What an operator gives is not learned any more."""
    together = {(one.sha256, one.box): one for one in person.references}
    for one in references:
        kept = together.get((one.sha256, one.box))
        if kept is None or (kept.learned and not one.learned):
            together[one.sha256, one.box] = one
    return replace(person, references=tuple(together.values()))
