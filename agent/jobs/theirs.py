"""Of whoever is to be forgotten: who is one with them, which faces are theirs, and by what they are or were known."""

from __future__ import annotations

from collections.abc import Iterable

from agent.faces import np
from agent.faces.rule import distances
from agent.ledger import Ledger, faces, forgotten
from agent.ledger.faces import Encoding
from agent.ledger.forgotten import FaceOf
from agent.model import Person
from agent.people.planner import Planner
from agent.people.taken_back import taken_back as of_nobody
from agent.roster import Roster
from agent.roster.forgetting import names_of, with_merged


class Theirs:
    def __init__(self, ledger: Ledger, roster: Roster, planner: Planner) -> None:
        self._ledger = ledger
        self._roster = roster
        self._planner = planner

    def merged(self, person: Person) -> list[Person]:
        return with_merged(person, self._roster.everybody())

    async def taken_back(self, person: Person) -> list[Person]:
        """Who was enrolled by a name of theirs before, and is nobody any more: their folder is known, and what lies in
        Drive's trash.
        """
        theirs = self.merged(person)
        others = [one for one in self._roster.everybody() if one.event == person.event and one not in theirs]
        names = names_of(theirs) | ({name for one in theirs for name in one.names_before} - names_of(others))
        gone = await of_nobody(self._ledger, self._roster)
        return [one for one in gone if one.event == person.event and names_of([one]) & names and one not in theirs]

    async def faces(self, person: Person) -> list[FaceOf]:
        """Faces that were taken for them; on photos that are in no folder those that would be, and of whoever was taken
        back, too, all that would be.
        """
        theirs = await self._ledger.read(forgotten.faces_of, [one.id for one in self.merged(person)])
        known = await self.looks(person)
        hidden = await self._ledger.read(forgotten.faces_out_of_sight, person.event)
        if self._roster.person(person.id) is None:
            hidden += await self._ledger.read(forgotten.faces_of_strangers, person.event)
        if known and hidden:
            apart = distances(
                np.stack([one.face.encoding for one in hidden if one.face.encoding is not None]), np.stack(known)
            )
            near = apart.min(axis=1) <= self._planner.rule_of(self._roster.event(person.event)).tolerance
            theirs += [one for one, is_near in zip(hidden, near, strict=True) if is_near]
        return theirs

    async def looks(self, person: Person) -> list[Encoding]:
        """The encodings by which they are known now."""
        known = await self._ledger.read(faces.reference_encodings, self._planner.engine)
        keys = [faces.reference_key(one) for each in self.merged(person) for one in each.references]
        return [known[key] for key in keys if key in known]

    async def left_over(self, person: Person) -> set[faces.ReferenceKey]:
        """What shows them, and nobody is known by it any more: taken back, or learned longer ago than is kept."""
        looks = await self.looks(person)
        encodings = await self._ledger.read(faces.reference_encodings, self._planner.engine)
        known = references_of([person, *self._roster.everybody()])
        nobodys = {key: one for key, one in encodings.items() if key not in known}
        if not looks or not nobodys:
            return set()
        near = distances(np.stack([*nobodys.values()]), np.stack(looks)).min(axis=1)
        tolerance = self._planner.rule_of(self._roster.event(person.event)).tolerance
        return {key for key, apart in zip(nobodys, near, strict=True) if apart <= tolerance}


def references_of(people: Iterable[Person]) -> set[faces.ReferenceKey]:
    return {faces.reference_key(each) for one in people for each in one.references}
