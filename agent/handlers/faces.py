"""Faces that nobody has named, near misses, and pictures of faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.clock import iso, iso_or_none
from agent.errors import Cause, NotThere, UsageError
from agent.faces.quality import advice, poor, refusal, unsure, useless
from agent.faces.rule import Rule
from agent.handlers.changes import AN_ID, PersonChanges, alone, guest_of, person_of
from agent.ledger import Ledger, faces, matches, photo_pages, unknown_faces
from agent.ledger.faces import StoredFace
from agent.ledger.matches import PlannedPhoto
from agent.ledger.meta import row_number
from agent.ledger.photo_pages import Which
from agent.ledger.sqlite.rows import Db, Row
from agent.ledger.unknown_faces import UnknownFace
from agent.model import EventId, EventPhotoId, Person, PersonId, Reference
from agent.people import intents
from agent.people.consent import Consents, Given
from agent.people.deciding import Decider
from agent.people.enroll import meant
from agent.people.faces import FacePictures, face_id, face_to_enroll, faces_of_person, not_denied, reference_id
from agent.people.guests import became, reference_of, seeds_of
from agent.people.intents import FaceAt
from agent.people.planner import Planner
from agent.people.recognise import quality_of
from agent.people.references import take_over
from agent.people.told import beside, called, one_with
from agent.requests.faces import (
    ConfirmMatch,
    DenyMatch,
    GetFacePicture,
    IgnoreUnknown,
    LatestFace,
    ListFaces,
    ListReview,
    ListUnknown,
    NameUnknown,
    ReviewAnswer,
    ReviewRow,
    UnknownRow,
)
from agent.requests.people import EnrollFace, PersonChange
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb

SHOWN = 8  # faces and photos of a group
PHOTOS = 48  # that are looked through for faces


@dataclass(eq=False, slots=True)
class FaceHandlers:
    _ledger: Ledger
    _roster: Roster
    _planner: Planner
    _decider: Decider
    _changes: PersonChanges
    _faces: FacePictures
    _consents: Consents

    # ---- questions

    async def unknown(self, asked: ListUnknown) -> list[UnknownRow]:
        where = self._where(asked.event)
        guests = [one for one in self._roster.people(where) if one.guest]
        return await self._ledger.read(unknown_rows, where, guests)

    async def review(self, asked: ListReview) -> list[ReviewRow]:
        roster, where = self._roster, self._where(asked.event)
        people = {one.id: one for one in roster.people(where)}
        rules = {one.id: self._planner.rule_of(one) for one in roster.events()}
        return await self._ledger.read(review_rows, where, people, rules)

    async def latest_faces(self, asked: ListFaces) -> list[LatestFace]:
        where = self._where(asked.event)
        names = {one.id: one.name for one in self._roster.people(where)}
        return await self._ledger.read(latest_faces, where, asked.limit, names)

    async def face_picture(self, asked: GetFacePicture) -> bytes | None:
        return await self._faces.picture(asked.id, asked.side)

    # ---- decisions

    @alone
    async def name_unknown(self, asked: NameUnknown) -> PersonChange:
        consent = Given(asked.consent, asked.until)
        guest, group, event = await self._meant(asked.id)
        name = self._called(asked.name, event)
        self._consents.check(name, self._roster.named(name, event) or guest, consent)
        if guest is not None:
            return await self._name_guest(guest, name, consent)
        seeds = seeds_of(group)
        given = [Reference(one.sha256, one.box, one.name) for one in seeds]

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            known = intents.named(draft, event, name)
            if known is not None:
                more = intents.learned(known, [reference_of(one) for one in seeds])
                intents.after_all(draft, known, group)
                return (draft.put(consent.to(more)), True), f"Faces of {name} put to the others"
            new = intents.new_person(draft, event, name, given)
            return (draft.put(consent.to(new)), False), f"{name} named"

        return await self._changes.change(Verb.NAME, event, change, seeds=seeds, keep=given)

    async def _name_guest(self, guest: Person, name: str, consent: Given) -> PersonChange:
        shown = await self._ledger.read(faces_of_person, guest)

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            known = intents.named(draft, guest.event, name)
            if known is not None and known.id != guest.id:
                one = intents.merge(draft, guest, known)
                intents.after_all(draft, one, [*guest.references, *shown])
                return (draft.put(consent.to(one)), True), f"{guest.name} is {name}"
            one = intents.name_guest(draft, guest, name)
            return (draft.put(consent.to(one)), False), f"{guest.name} named {name}"

        return await self._changes.change(Verb.NAME, guest.event, change, keep=guest.references)

    @alone
    async def ignore_unknown(self, asked: IgnoreUnknown) -> PersonChange:
        guest, group, event = await self._meant(asked.id)
        seeds: list[UnknownFace] = []
        if guest is not None:
            found = await self._ledger.read(faces_of_person, guest)
        else:
            seeds = seeds_of(group)
            found = [FaceAt(one.sha256, one.box, one.name) for one in group]

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            person = guest or intents.new_person(draft, event, "", [reference_of(one) for one in seeds], guest=True)
            changed, text = intents.ignore(draft, person, found)
            return (changed, False), text

        return await self._changes.change(Verb.IGNORE, event, change, seeds=seeds)

    @alone
    async def enroll_face(self, asked: EnrollFace) -> PersonChange:
        chosen = await self._ledger.read(face_to_enroll, asked.face, self._where(asked.event))
        face, where, good = chosen.at, chosen.event, chosen.refusal is None
        name = meant(self._roster, asked.name, where)
        owner = None if chosen.owner is None else self._roster.person(chosen.owner)
        known = self._roster.named(name, where)
        guests = [owner.id] if owner is not None and owner.guest else []
        guests = await self._ledger.read(not_denied, self._roster, guests, known, [face])
        names = [called(owner)] if owner is not None and guests else []
        both = await self._ledger.read(beside, where, [*guests, *([] if known is None else [known.id])])
        theirs = not asked.reference and known is not None and not known.guest
        if not good and not theirs and (asked.reference or not (guests or known)):
            raise chosen.no_reference()
        given = [Reference(face.sha256, face.box, face.name, learned=theirs)] if good else []
        consent = Given(asked.consent, asked.until)
        self._consents.check(name, known, consent)

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            if known is not None and theirs:
                person, text = intents.confirm(draft, draft.person(known.id) or known, [face], learn=good)
                for one in [draft.person(guest) for guest in guests]:
                    person = person if one is None else intents.merge(draft, one, person)
            else:
                (person, _), text = intents.enroll(draft, where, name, given, guests)
                draft.decide_face(where, intents.empty(face), lambda was: intents.with_yes(draft, was, person.id))
            if owner is not None and not guests and owner.id != person.id:
                draft.put(intents.unlearn(draft.person(owner.id) or owner, face))
            return (draft.put(consent.to(person)), bool(guests)), text

        await self._ledger.write(take_over, given, self._planner.engine)
        return await self._changes.change(
            Verb.ENROLL, where, change, keep=given, told=lambda person: one_with(person, names, both)
        )

    async def confirm(self, asked: ConfirmMatch) -> ReviewAnswer:
        return await self._answer(asked.id, yes=True)

    async def refute(self, asked: DenyMatch) -> ReviewAnswer:
        return await self._answer(asked.id, yes=False)

    @alone
    async def _answer(self, id: int, *, yes: bool) -> ReviewAnswer:
        together = await self._ledger.read(matches.asked_together, id)
        asked = together[0] if together else None
        person = None if asked is None else self._roster.resolve(asked.person)
        if asked is None or person is None:
            raise NotThere("There is no such question", str(id), "See those that are open: venuesync review")
        found = [FaceAt(one.sha256, one.face.box, one.name) for one in together]
        quality = quality_of(asked.face)
        learn = yes and poor(quality) is None and useless(quality) is None
        reference = Reference(asked.sha256, asked.face.box, asked.name, learned=True)
        if learn and asked.face.encoding is not None:
            await self._ledger.write(faces.record_reference, reference, asked.face.engine, asked.face.encoding)

        def change(draft: Draft) -> tuple[Person, str]:
            known = draft.person(person.id) or person
            return intents.confirm(draft, known, found, learn=learn) if yes else intents.deny(draft, known, found)

        _, replanned = await self._changes.decide(Verb.REVIEW, {asked.event}, change)
        return {
            "id": id,
            "photo": asked.event_photo,
            "name": person.name,
            "yes": yes,
            "faces": len(found),
            "photos": replanned.photos,
        }

    # ---- whom is meant

    def _where(self, event: str | None) -> EventId | None:
        return None if event is None else self._roster.event(event).id

    def _called(self, name: str, event: EventId) -> str:
        """A name as it was said, or of whom that id is. Raises `UsageError`, for somebody who is nobody by now, too."""
        if not AN_ID.fullmatch(name):
            return meant(self._roster, name, event)
        try:
            return person_of(self._roster, name, event).name
        except NotThere as gone:  # not the stranger who is to get the name
            raise UsageError(gone.title, gone.detail, gone.remedy, cause=Cause.CONFLICT) from gone

    async def _meant(self, id: str) -> tuple[Person | None, list[UnknownFace], EventId]:
        """A guest, or a group's faces. A group that has become a guest since it was seen is that guest."""
        number = cluster_number(id)
        if number is None:
            guest = guest_of(self._roster, id)
        else:
            event = await self._ledger.read(unknown_faces.event_of_cluster, number)
            group = await self._ledger.read(unknown_faces.unknown_in_cluster, number)
            if event is not None and group:
                return None, group, event
            person = await self._ledger.read(became, number)
            guest = None if person is None else self._roster.person(PersonId(person))
        named = None if guest is None else self._roster.resolve(guest.id)
        if named is not None and not named.guest:
            see = "See who there is: venuesync people"
            raise UsageError("They have a name already", named.name, see, cause=Cause.CONFLICT)
        if guest is None or not guest.guest or guest.ignored or guest.merged_into is not None:
            raise NotThere("There is no such guest or group", id, "See who there is: venuesync unknown")
        return guest, [], guest.event


# ---- rows


def unknown_rows(db: Db, event: EventId | None, guests: Sequence[Person]) -> list[UnknownRow]:
    """Guests and groups of faces that nobody has named, those in most photos first.

    A guest who was found just now is still shown as the group: their photos are planned as theirs any moment.
    """
    found = [guest_row(db, guest) for guest in guests]
    groups = [cluster_row(db, row) for row in unknown_faces.clusters(db, event)]
    rows = [*(row for row in found if row["faces"]), *groups]
    return sorted(rows, key=lambda row: (-row["photos"], row["name"] or "~", row["id"]))


def guest_row(db: Db, guest: Person) -> UnknownRow:
    tally = matches.tally_of_person(db, guest.event, guest.id)
    return {
        "id": guest.id,
        "name": guest.name,
        "event": guest.event,
        "faces": tally["faces"],
        "photos": tally["photos"],
        "last_seen_at": iso_or_none(tally["last"]),
        "face_ids": [face_id(one) for one in matches.best_of_person(db, guest.event, guest.id, SHOWN)],
        "photo_ids": matches.photos_of_person(db, guest.event, guest.id, SHOWN),
    }


def cluster_row(db: Db, row: Row) -> UnknownRow:
    return {
        "id": cluster_id(row["id"]),
        "name": None,
        "event": row["event"],
        "faces": row["faces"],
        "photos": row["photos"],
        "last_seen_at": iso_or_none(row["last"]),
        "face_ids": [face_id(one) for one in unknown_faces.best_of_cluster(db, row["id"], SHOWN)],
        "photo_ids": unknown_faces.photos_of_cluster(db, row["id"], SHOWN),
    }


def cluster_id(number: int) -> str:
    return f"c{number}"


def cluster_number(id: str) -> int | None:
    """The number in a group's id; `None` for what is none."""
    return row_number(id[1:]) if id[:1] == "c" else None


def review_rows(
    db: Db, event: EventId | None, people: Mapping[PersonId, Person], rules: Mapping[EventId, Rule]
) -> list[ReviewRow]:
    """Questions about people who are known still, newest photo first."""
    return [review_row(row, people, rules) for row in matches.open_questions(db, event) if row["person"] in people]


def review_row(row: Row, people: Mapping[PersonId, Person], rules: Mapping[EventId, Rule]) -> ReviewRow:
    person, rule = people[PersonId(row["person"])], rules.get(EventId(row["event"]), Rule())
    rival = people.get(PersonId(row["rival"] or ""))
    return {
        "id": row["id"],
        "event": row["event"],
        "photo": row["event_photo"],
        "photo_name": row["name"],
        "person": person.id,
        "name": person.name,
        "distance": round(row["distance"], 4),
        "limits": (rule.tolerance, rule.review),
        "why": row["why"],
        "faces": row["faces"],
        "rival": None if rival is None else rival.name,
        "rival_distance": None if row["rival_distance"] is None else round(row["rival_distance"], 4),
        "face_id": face_id(row["face"]),
        "reference_id": None if row["reference"] is None else reference_id(person.id, row["reference"]),
        "seen_at": iso(row["arrived_at"]),
    }


def latest_faces(db: Db, event: EventId | None, limit: int, names: Mapping[PersonId, str]) -> list[LatestFace]:
    """Newest photo first, in each the largest face first; what may be no face at all is left out."""
    rows = photo_pages.page(db, Which(event), None, PHOTOS)
    found: list[LatestFace] = []
    for sight in matches.planned_among(db, [EventPhotoId(row["id"]) for row in rows]):
        faces = [face for face in sight.faces if not unsure(quality_of(face))]
        faces.sort(key=lambda face: face.box.left - face.box.right)
        found += [face_row(sight, face, names) for face in faces]
        if len(found) >= limit:
            break
    return found[:limit]


def face_row(sight: PlannedPhoto, face: StoredFace, names: Mapping[PersonId, str]) -> LatestFace:
    quality = quality_of(face)
    reason = refusal(quality)
    whose = sight.was.get(face.id)
    return {
        "face_id": face_id(face.id),
        "photo": sight.event_photo,
        "name": None if whose is None else names.get(whose),
        "arrived_at": iso(sight.arrived_at),
        "verdict": {
            "photo": sight.name,
            "used": reason is None,
            "faces": 1,
            "verdict": reason or advice(quality) or "good",
        },
    }
