"""People, faces and decisions, asked in the agent's own process: `PeopleService` at its near end."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from agent import clock
from agent.desk import people_pages, undoing
from agent.desk.alone import alone
from agent.desk.house import House
from agent.desk.latest_faces import latest_faces
from agent.desk.photo_verbs import PhotoVerbs
from agent.errors import NotThere, UsageError
from agent.faces.quality import poor, useless
from agent.filing.tree import person_folders
from agent.ledger import activity, references, reviews, strangers
from agent.ledger.strangers import Stranger
from agent.model import DEFAULT_EVENT, EventId, Person, PersonId, Reference
from agent.people import intents
from agent.people.chosen_faces import face_to_enroll, faces_of_person, faces_on_photos
from agent.people.deciding import Replanned
from agent.people.enroll import clean
from agent.people.face_pictures import FacePictures
from agent.people.find import find_people
from agent.people.grouping import record_seeds, reference_of, seeds_of
from agent.people.intents import FaceAt
from agent.people.previews import preview
from agent.people.recognise import quality_of
from agent.people.references import take_over
from agent.people.rows import link_of
from agent.roster.draft import Draft
from agent.roster.journal import Verb
from agent.service_people import (
    Decisions,
    FoundPerson,
    LatestFace,
    PersonChange,
    PhotoRow,
    ReferencePreview,
    ReviewAnswer,
    ReviewRow,
    Undone,
    UnknownRow,
)

T = TypeVar("T")

PREVIEWS = 20  # pictures at once
MOST_FACES = 200


class PeopleVerbs(PhotoVerbs):
    """A part of the operator: everything about people."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._faces = FacePictures(
            house.ledger, house.roster, house.pictures, house.workers, house.workspace.cache / "faces"
        )

    # ---- questions

    async def unknown(self, event: str | None = None) -> list[UnknownRow]:
        where = None if event is None else self._house.roster.event(event).id
        guests = [one for one in self._house.roster.people(where) if one.guest]
        return await self._house.ledger.read(people_pages.unknown_rows, where, guests)

    async def review(self, event: str | None = None) -> list[ReviewRow]:
        roster = self._house.roster
        where = None if event is None else roster.event(event).id
        people = {one.id: one for one in roster.people(where)}
        rules = {one.id: self._house.planner.rule_of(one) for one in roster.events()}
        return await self._house.ledger.read(people_pages.review_rows, where, people, rules)

    async def photos(
        self,
        event: str | None = None,
        person: str | None = None,
        state: str | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[PhotoRow]:
        roster = self._house.roster
        where = None if event is None else roster.event(event).id
        whose = None if person is None else self._person(person, event).id
        names = {str(one.id): one.name for one in roster.people()}
        return await self._house.ledger.read(
            people_pages.photo_rows, where, whose, people_pages.state_of(state), before, limit, names
        )

    async def find_people(self, photo: str) -> list[FoundPerson]:
        house = self._house
        found = await find_people(house.workers, house.planner, house.roster, Path(photo))
        rows: list[FoundPerson] = []
        for one in found:
            folder = None
            if one.person is not None and not one.person.ignored:
                specs = person_folders(house.roster.event(one.person.event), one.person)
                folder = specs[-3].disk_path
            link = None if one.person is None else link_of(house.roster.shared(one.person.id))
            rows.append(people_pages.found_person(one, house.workspace.root, folder, link))
        return rows

    async def latest_faces(self, event: str | None = None, limit: int = 48) -> list[LatestFace]:
        roster = self._house.roster
        where = None if event is None else roster.event(event).id
        names = {one.id: one.name for one in roster.people(where)}
        return await self._house.ledger.read(latest_faces, where, max(1, min(limit, MOST_FACES)), names)

    async def preview_references(self, photos: Sequence[str]) -> list[ReferencePreview]:
        return [await preview(self._house.workers, Path(photo)) for photo in photos[:PREVIEWS]]

    async def face_picture(self, id: str, side: int = 160) -> bytes | None:
        return await self._faces.picture(id, side)

    # ---- verbs about people

    @alone
    async def name_unknown(self, id: str, name: str) -> PersonChange:
        name = clean(name)
        number = people_pages.cluster_number(id)
        if number is None:
            return await self._name_guest(id, name)
        group, event = await self._group(number)
        seeds = seeds_of(group)
        given = [Reference(one.sha256, one.box, one.name) for one in seeds]

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            known = intents.named(draft, event, name)
            if known is not None:
                more = intents.learned(known, [reference_of(one) for one in seeds])
                return (draft.put(more), True), f"Faces of {name} put to the others"
            return (intents.new_person(draft, event, name, given), False), f"{name} named"

        return await self._change_person(Verb.NAME, event, change, seeds=seeds, keep=given)

    async def _name_guest(self, id: str, name: str) -> PersonChange:
        guest = self._guest(id)

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            known = intents.named(draft, guest.event, name)
            if known is not None and known.id != guest.id:
                return (intents.merge(draft, guest, known), True), f"{guest.name} is {name}"
            return (intents.name_guest(draft, guest, name), False), f"{guest.name} named {name}"

        return await self._change_person(Verb.NAME, guest.event, change, keep=guest.references)

    @alone
    async def ignore_unknown(self, id: str) -> PersonChange:
        number = people_pages.cluster_number(id)
        seeds: list[Stranger] = []
        if number is None:
            guest = self._guest(id)
            event = guest.event
            found = await self._house.ledger.read(faces_of_person, guest)
        else:
            guest = None
            group, event = await self._group(number)
            seeds = seeds_of(group)
            found = [FaceAt(one.sha256, one.box, one.name) for one in group]

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            person = guest or intents.new_person(draft, event, "", [reference_of(one) for one in seeds], guest=True)
            changed, text = intents.ignore(draft, person, found)
            return (changed, False), text

        return await self._change_person(Verb.IGNORE, event, change, seeds=seeds)

    @alone
    async def not_this_person(self, person: str, photos: Sequence[int], event: str | None = None) -> PersonChange:
        whose = self._person(person, event)
        await self._chosen(photos)
        found = await self._house.ledger.read(faces_on_photos, whose, photos)
        if not found:
            raise UsageError(
                f"{whose.name} is not on these photos", ", ".join(map(str, photos)) or "none was given", "Choose others"
            )

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            changed, text = intents.deny(draft, whose, found)
            return (changed, False), text

        return await self._change_person(Verb.NOT, whose.event, change)

    @alone
    async def rename_person(self, person: str, name: str, event: str | None = None) -> PersonChange:
        whose, name = self._person(person, event), clean(name)

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            changed, text = intents.rename(draft, whose, name)
            return (changed, False), text

        return await self._change_person(Verb.RENAME, whose.event, change)

    @alone
    async def merge_people(self, person: str, into: str, event: str | None = None) -> PersonChange:
        one = self._person(person, event)
        other = self._person(into, one.event)

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            return (intents.merge(draft, one, other), True), f"{one.name} merged into {other.name}"

        return await self._change_person(Verb.MERGE, one.event, change)

    @alone
    async def enroll_face(self, name: str, face: str, event: str | None = None) -> PersonChange:
        name = clean(name)
        chosen, where, owner = await self._house.ledger.read(
            face_to_enroll, face, None if event is None else self._house.roster.event(event).id
        )
        guest = None if owner is None else self._house.roster.person(owner)
        reference = Reference(chosen.sha256, chosen.box, chosen.name)

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            guests = [guest.id] if guest is not None and guest.guest else []
            (person, _), text = intents.enroll(draft, where, name, [reference], guests)
            draft.decide_face(where, intents.empty(chosen), lambda was: intents.with_yes(draft, was, person.id))
            return (person, bool(guests)), text

        await self._house.ledger.write(take_over, [reference], self._house.planner.engine)
        return await self._change_person(Verb.ENROLL, where, change, keep=[reference])

    # ---- questions answered

    @alone
    async def answer_review(self, id: int, yes: bool) -> ReviewAnswer:
        house = self._house
        asked = await house.ledger.read(reviews.by_id, id)
        person = None if asked is None else house.roster.resolve(asked.person)
        if asked is None or person is None:
            raise NotThere("There is no such question", str(id), "See `venuesync review` for those that are open")
        face = FaceAt(asked.sha256, asked.face.box, asked.name)
        quality = quality_of(asked.face)
        learn = yes and poor(quality) is None and useless(quality) is None
        reference = Reference(face.sha256, face.box, face.name, learned=True)
        if learn and asked.face.encoding is not None:
            await house.ledger.write(references.record, reference, asked.face.engine, asked.face.encoding)

        def change(draft: Draft) -> tuple[Person, str]:
            known = draft.person(person.id) or person
            return intents.confirm(draft, known, face, learn=learn) if yes else intents.deny(draft, known, [face])

        _, replanned = await self._decide(Verb.REVIEW, {asked.event}, change)
        return {"id": id, "photo": asked.event_photo, "name": person.name, "yes": yes, "photos": replanned.photos}

    async def undo(self) -> Undone:
        return await undoing.undo(self._house)

    async def redo(self) -> Undone:
        return await undoing.redo(self._house)

    async def decisions(self) -> Decisions:
        return undoing.listing(self._house)

    # ---- how a decision is carried out

    async def _decide(
        self,
        verb: Verb,
        events: Collection[EventId],
        change: Callable[[Draft], tuple[T, str]],
        favoured: Callable[[T], PersonId | None] = lambda _: None,
    ) -> tuple[T, Replanned]:
        house = self._house
        said: list[str] = []

        def told(draft: Draft) -> tuple[T, str]:
            value, text = change(draft)
            said.append(text)
            return value, text

        async with house.decider.alone() as deciding:
            value, before = await deciding.intend(verb, told)
            house.planner.forget_known()
            await house.ledger.write(activity.note, "decided", said[-1], clock.wall(), next(iter(events), None))
            replanned = await deciding.follow(events, before, favoured(value))
        return value, replanned

    async def _change_person(
        self,
        verb: Verb,
        event: EventId,
        change: Callable[[Draft], tuple[tuple[Person, bool], str]],
        *,
        seeds: Sequence[Stranger] = (),
        keep: Sequence[Reference] = (),
    ) -> PersonChange:
        """`seeds`: faces whose encodings somebody is known by from now on; `keep`: pictures to be kept for that."""
        house, began = self._house, time.monotonic()
        if seeds:
            await house.ledger.write(record_seeds, seeds, house.planner.engine)
        async with house.decider.alone() as deciding:
            (person, merged), replanned = await self._decide(verb, {event}, change, lambda value: value[0].id)
            deciding.afterwards.append(lambda: house.pictures.keep(keep))
        where = house.roster.event(event)
        return people_pages.change_row(
            where, person, replanned.photos, house.workspace.root, merged=merged, seconds=time.monotonic() - began
        )

    # ---- whom and what is meant

    def _person(self, person: str, event: str | None) -> Person:
        """By id, or by name: in the event; without one in the first event, or wherever there is one of that name."""
        roster = self._house.roster
        where = None if event is None else roster.event(event).id
        there = roster.people(where)
        found = [one for one in there if one.id == person] or [one for one in there if one.name == person]
        if not found:
            names = ", ".join(one.name for one in there[:8])
            raise NotThere("There is no such person", person, f"Known are: {names}" if names else "Enroll her first")
        return next((one for one in found if one.event == DEFAULT_EVENT), found[0])

    def _guest(self, id: str) -> Person:
        guest = self._house.roster.person(PersonId(id))
        if guest is None or not guest.guest or guest.ignored or guest.merged_into is not None:
            raise NotThere("There is no such guest or group", id, "See `venuesync unknown` for their ids")
        return guest

    async def _group(self, number: int) -> tuple[list[Stranger], EventId]:
        event = await self._house.ledger.read(strangers.event_of, number)
        group = await self._house.ledger.read(strangers.of_cluster, number)
        if event is None or not group:
            raise NotThere("There is no such guest or group", f"c{number}", "See `venuesync unknown` for their ids")
        return group, event
