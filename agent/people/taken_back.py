"""Guests who were found since something was decided, as they are to be once that is taken back, or done again.

They were found on faces that were nobody's by what was known. Where these are somebody's again there is no such guest:
with two who look the same, nobody could tell whose a face is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent.faces import np
from agent.ledger import Ledger, faces, folders, matches, photos
from agent.ledger.faces import Encoding, ReferenceKey, reference_key
from agent.ledger.matches import PlannedPhoto
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, EventPhotoId, Person, PersonId, Reference, overlap
from agent.people.guests import same_guest
from agent.people.known_faces import KnownFaces
from agent.people.planner import Planner
from agent.people.recognise import Knower, recognise
from agent.roster import Roster
from agent.roster.decisions import Draft, Entry, FaceDecision, are_names, decision_from
from agent.roster.known_by import SAME, denied_of, is_new

SLICE = 2000  # photos that are looked through at once


@dataclass(slots=True)
class Faces:
    """A guest's faces, by what is known then: whose some are, or of whom is asked; photos on which one is nobody's, how
    these look, and who is another one, as they are beside it, or it was said so; and whether the guest is known by one
    that is like nobody's, and on no photo here.
    """

    whose: set[PersonId] = field(default_factory=set[PersonId])
    left: set[EventPhotoId] = field(default_factory=set[EventPhotoId])
    looks: list[Encoding] = field(default_factory=list[Encoding])
    others: set[PersonId] = field(default_factory=set[PersonId])
    unlike: bool = False


class FoundMeanwhile:
    """`guest_after`: in how many photos a group becomes a guest; 0: never."""

    def __init__(self, ledger: Ledger, roster: Roster, planner: Planner, guest_after: int) -> None:
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._guest_after = guest_after

    async def as_then(self, entry: Entry) -> dict[PersonId, Person | None]:
        """Who of them is no guest any more (`None`), and who stays, though by the entry they would go.

        Whoever is found on enough photos of nobody stays, and of whose faces somebody said something; they take no
        face that is an enrolled person's.
        """
        before = {id: self._roster.person(id) for id in entry.people}
        guests = [one for one in self._roster.people() if one.guest and self._is_found_since(one, entry)]
        if not guests or entry.of_photos or (not entry.decisions and are_names(before, entry.people)):
            return {}
        found = await self._faces_then(entry, guests)
        about = self._roster.named_in(entry)
        then: dict[PersonId, Person | None] = {}
        for guest in guests:
            if found[guest.id].whose & about and not self._stays(guest, found[guest.id]):
                then[guest.id] = None
            elif guest.id in entry.people:
                then[guest.id] = guest
        return then

    def _is_found_since(self, guest: Person, entry: Entry) -> bool:
        went = guest.id in entry.people and entry.people[guest.id] is None  # as that was taken back
        return went or (is_new(guest, entry) and guest.id not in entry.people)

    def _stays(self, guest: Person, theirs: Faces) -> bool:
        enough = 0 < self._guest_after <= len(theirs.left)
        return enough or theirs.unlike or bool(self._roster.decided_of_faces(guest))

    async def _faces_then(self, entry: Entry, guests: Sequence[Person]) -> dict[PersonId, Faces]:
        then = Then(self._roster, entry, [one.id for one in guests])
        knower = Knower(self._ledger, then, lambda: self._planner.engine, self._planner.rule)
        encodings = await self._ledger.read(faces.reference_encodings, self._planner.engine)
        found = {one.id: Faces() for one in guests}
        for event in {one.event for one in guests}:
            known = await knower.known(self._roster.event(event))
            here = [one for one in guests if one.event == event]
            among = await self._ledger.read(photos_of, event, here)
            seen: set[ReferenceKey] = set()
            for start in range(0, len(among), SLICE):
                sights = await self._ledger.read(matches.planned_among, among[start : start + SLICE])
                sights = [one for one in sights if one.event == event]
                seen |= await asyncio.to_thread(sort_faces, sights, known, then, self._planner.engine, here, found)
            for guest in here:
                unseen = [one for one in guest.references if reference_key(one) not in seen]
                sort_looks(found[guest.id], unseen, known, encodings)
                sort_left(found[guest.id], known)
        return found


class Then:
    """The roster as an entry makes it, but for some guests: what names follow from, and nothing else."""

    def __init__(self, roster: Roster, entry: Entry, without: Collection[PersonId]) -> None:
        self._roster = roster
        self._entry = entry
        self._draft = Draft(roster, {})
        self._draft.people = {**entry.people, **dict.fromkeys(without)}

    @property
    def revision(self) -> int:
        return self._roster.revision

    def known_people(self, event: EventId | None = None) -> list[Person]:
        return [one for one in self._everybody(event) if one.merged_into is None]

    def merged(self, event: EventId) -> dict[PersonId, PersonId]:
        return {one.id: self._draft.resolved(one.id) for one in self._everybody(event) if one.merged_into is not None}

    def _everybody(self, event: EventId | None) -> list[Person]:
        ids = dict.fromkeys([*(one.id for one in self._roster.everybody()), *self._draft.people])
        found = [one for one in map(self._draft.person, ids) if one is not None]
        return [one for one in found if event in (None, one.event)]

    def face_decisions(self, sight: PlannedPhoto) -> list[FaceDecision]:
        """Of the faces of one photo."""
        there = (FaceDecision(sight.sha256, face.box) for face in sight.faces)
        return [one for one in self._decided(sight.event, there) if one.sha256 == sight.sha256]

    def denials(self, event: EventId) -> list[FaceDecision]:
        denied = self._decided(event, self._roster.denials(event))
        return [replace(one, no=tuple(map(self._draft.resolved, one.no))) for one in denied if one.no]

    def _decided(self, event: EventId, faces: Iterable[FaceDecision]) -> list[FaceDecision]:
        """What is decided then of these, and of all faces that the entry is about."""
        rows = self._entry.decisions.get(event, {})
        now = {one.key: one for one in (self._roster.face_decision(event, face) for face in faces) if not one.empty}
        then = [decision_from(row) for row in rows.values() if row is not None]
        return [
            *(one for key, one in now.items() if key not in rows),
            *(one for one in then if isinstance(one, FaceDecision)),
        ]


def photos_of(db: Db, event: EventId, guests: Sequence[Person]) -> list[EventPhotoId]:
    """Those that they are on, or are known by."""
    found = {id for one in guests for id in matches.photos_of_person(db, event, one.id, -1)}
    contents = sorted({one.sha256 for guest in guests for one in guest.references})
    sights = [sight for photo in photos.by_contents(db, contents) for sight in matches.planned_of_content(db, photo)]
    return [EventPhotoId(one) for one in sorted(found | {one.event_photo for one in sights if one.event == event})]


async def taken_back(ledger: Ledger, roster: Roster) -> list[Person]:
    """Who was known once and is nobody by now: as they would be by doing it again, else by their folder's name."""
    known = {one.id for one in roster.everybody()}
    gone = {one.id: one for one in roster.turned() if one.id not in known}
    for id, event, name in await ledger.read(folders.of_nobody, known):
        gone.setdefault(id, Person(id, event, name, name))
    events = {one.id for one in roster.events()}
    return [one for one in gone.values() if one.event in events]


def sort_faces(
    sights: Sequence[PlannedPhoto],
    known: KnownFaces,
    then: Then,
    engine: str,
    guests: Sequence[Person],
    found: Mapping[PersonId, Faces],
) -> set[ReferenceKey]:
    """Whose the guests' faces on these photos are then. Returns the references that were met."""
    seen: set[ReferenceKey] = set()
    references: dict[str, list[tuple[Reference, PersonId]]] = {}
    for guest in guests:
        for one in guest.references:
            references.setdefault(one.sha256, []).append((one, guest.id))
    for sight in sights:
        decided = then.face_decisions(sight)
        judged = recognise(sight.faces, known, decided, engine)
        for face in sight.faces:
            there = [one for one in references.get(sight.sha256, ()) if overlap(one[0].box, face.box) >= SAME]
            seen |= {reference_key(one) for one, _ in there}
            taken, asked = judged.taken.get(face.id), judged.questions.get(face.id)
            person = taken.person if taken is not None else None if asked is None else asked.person
            of = {one for _, one in there}
            if face.was is not None and face.was[0] in found:
                of.add(face.was[0])
            for guest in of:
                if person is None:
                    found[guest].left.add(sight.event_photo)
                    found[guest].looks += [] if face.encoding is None or face.engine != engine else [face.encoding]
                    denied = denied_of([Reference(sight.sha256, face.box, sight.name)], lambda _: decided)  # noqa: B023
                    found[guest].others |= {one.person for one in judged.taken.values()}
                    found[guest].others |= {known.merged.get(one, one) for one in denied}
                else:
                    found[guest].whose.add(person)
    return seen


def sort_looks(
    theirs: Faces, references: Sequence[Reference], known: KnownFaces, encodings: Mapping[ReferenceKey, Encoding]
) -> None:
    """The same of faces that a guest is known by, and of which the ledger has no photo."""
    for one in references:
        look = encodings.get(reference_key(one))
        near = None if look is None else known.near(np.stack([look]))
        if near is None or not near.people or near.apart.min() > known.rule.tolerance:
            theirs.unlike = True
        else:
            theirs.whose.add(near.people[int(near.apart[0].argmin())].id)


def sort_left(theirs: Faces, known: KnownFaces) -> None:
    """What is nobody's then and would be taken for another guest's, once it is in a group, is that one's."""
    same = same_guest(theirs.looks, known, theirs.others) if theirs.looks else None
    if same is not None:
        theirs.whose.add(same)
        theirs.left.clear()
