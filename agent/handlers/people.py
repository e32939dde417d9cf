"""People: shown, enrolled, found on a picture, renamed, merged, denied, linked; and their consent to all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent import clock
from agent.clock import iso
from agent.errors import NotThere, UsageError
from agent.faces.workers import FaceWorkers
from agent.filing.plan import person_folders
from agent.handlers.changes import PersonChanges, alone, numbered, people_called, person_of
from agent.handlers.photos import chosen_photos
from agent.handlers.status.publisher import Publisher
from agent.jobs.links import Links
from agent.ledger import Ledger, counts, folders, live_photos, meta, troubles
from agent.ledger.sqlite.rows import Db
from agent.model import Person, PersonId, Share
from agent.people import intents
from agent.people.consent import NOTHING_SAID, Consents, Given, consent_subject
from agent.people.deciding import Decider
from agent.people.enroll import Enroller, clean, link_of, person_row
from agent.people.faces import Match, faces_on_photos, find_people, reference_id
from agent.people.planner import Planner
from agent.people.references import preview
from agent.people.told import link_closed, note_of
from agent.requests.consent import ConsentRow, ListConsents, RecordConsent
from agent.requests.people import (
    DenyPerson,
    EnrollPerson,
    EnrollResult,
    FindPeople,
    FoundPerson,
    GetPerson,
    LinkPerson,
    ListPeople,
    MergePeople,
    PersonChange,
    PersonDetails,
    PersonStatus,
    PreviewReferences,
    ReferencePreview,
    RenamePerson,
)
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb


@dataclass(eq=False, slots=True)
class PeopleHandlers:
    """A decision is carried out when it is answered: the roster has it, and what is wanted is planned."""

    _ledger: Ledger
    _roster: Roster
    _planner: Planner
    _decider: Decider
    _changes: PersonChanges
    _enroller: Enroller
    _workers: FaceWorkers
    _links: Links
    _publisher: Publisher
    _consents: Consents
    _root: Path

    # ---- questions

    async def people(self, _asked: ListPeople) -> list[PersonStatus]:
        return (await self._publisher.document())["people"]

    async def person(self, asked: GetPerson) -> PersonDetails:
        found = self._roster.person(PersonId(asked.id))
        if found is None or found.ignored or found.merged_into is not None:
            raise NotThere("There is no such person", asked.id, "See the list of people")
        shares = self._roster.shares(found.id)
        return await self._ledger.read(person_details, found, self._root, shares)

    async def find(self, asked: FindPeople) -> list[FoundPerson]:
        found = await find_people(self._workers, self._planner, self._roster, Path(asked.photo))
        rows: list[FoundPerson] = []
        for one in found:
            folder = None
            if one.person is not None and not one.person.ignored:
                specs = person_folders(self._roster.event(one.person.event), one.person)
                folder = specs[-3].disk_path
            link = None if one.person is None else link_of(self._roster.shared(one.person.id))
            rows.append(found_person(one, self._root, folder, link))
        return rows

    async def preview(self, asked: PreviewReferences) -> list[ReferencePreview]:
        return [await preview(self._workers, Path(photo)) for photo in asked.photos]

    # ---- verbs

    async def enroll(self, asked: EnrollPerson) -> EnrollResult:
        consent = Given(asked.consent, asked.until)
        return await self._enroller.enroll(asked.name, [Path(photo) for photo in asked.photos], asked.event, consent)

    @alone
    async def rename(self, asked: RenamePerson) -> PersonChange:
        whose, name = person_of(self._roster, asked.person, asked.event), clean(asked.name)
        if whose.guest:
            self._consents.check(name, whose, NOTHING_SAID)

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            changed, text = intents.rename(draft, whose, name)
            return (changed, False), text

        return await self._changes.change(Verb.RENAME, whose.event, change)

    @alone
    async def merge(self, asked: MergePeople) -> PersonChange:
        one = person_of(self._roster, asked.person, asked.event)
        other = person_of(self._roster, asked.into, one.event)
        if other.guest and not one.guest:
            one, other = other, one  # a name is kept
        if not other.guest:
            self._consents.check(other.name, intents.merge_rows(one, other)[1], NOTHING_SAID)

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            return (intents.merge(draft, one, other), True), f"{one.name} merged into {other.name}"

        closed = link_closed(self._roster, one, other)
        made = await self._changes.change(Verb.MERGE, one.event, change, told=lambda _: closed)
        for text in closed:
            await self._ledger.write(note_of, self._roster, other, "link", text, clock.wall())
        return made

    @alone
    async def deny(self, asked: DenyPerson) -> PersonChange:
        whose = person_of(self._roster, asked.person, asked.event)
        chosen = await chosen_photos(self._ledger, asked.photos)
        films = await self._ledger.read(live_photos.films_of, [] if asked.faces else [one.id for one in chosen])
        besides = [row["id"] for rows in films.values() for row in rows]
        found = await self._ledger.read(faces_on_photos, whose, [*asked.photos, *besides], asked.faces)
        if not found:
            raise UsageError(f"{whose.name} is not on these photos", numbered(asked.photos), "Choose others")

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            changed, text = intents.deny(draft, whose, found)
            return (changed, False), text

        return await self._changes.change(Verb.NOT, whose.event, change)

    async def link(self, asked: LinkPerson) -> str | None:
        person = person_of(self._roster, asked.person, asked.event)
        link = await self._links.set(person, on=asked.on, to=(asked.to or "").lower(), until=asked.until or "")
        self._publisher.bell.ring()
        return link

    # ---- consent

    async def consents(self, asked: ListConsents) -> list[ConsentRow]:
        if asked.person is not None:
            named = people_called(self._roster, asked.person, asked.event)
        else:
            where = None if asked.event is None else self._roster.event(asked.event).id
            named = [one for one in self._roster.people(where) if not one.guest or one.consent is not None]
        return [consent_row(one) for one in sorted(named, key=lambda one: one.name.casefold())]

    async def record(self, asked: RecordConsent) -> ConsentRow:
        async with self._decider.alone() as deciding:
            whose = person_of(self._roster, asked.person, asked.event)
            given = Given(asked.how, asked.until)

            def change(draft: Draft) -> tuple[Person, str]:
                person = draft.put(given.to(draft.person(whose.id) or whose))
                return person, f"Consent of {person.name} recorded"

            given.consent()  # a wrong day is refused before anything is begun
            person, before = await deciding.intend(Verb.CONSENT, change)
            await self._ledger.write(
                meta.note_activity, "decided", f"Consent of {person.name} recorded", clock.wall(), person.event
            )
            await self._ledger.write(troubles.heal, consent_subject(person).key, clock.wall())
            await deciding.follow((), before, photos=())
        return consent_row(person)


# ---- rows


def found_person(match: Match, root: Path, folder: str | None, link: str | None) -> FoundPerson:
    """`folder` is on disk, below the workspace."""
    person = match.person
    return {
        "box": match.box.edges,
        "person": None if person is None else person.id,
        "name": None if person is None else person.name,
        "event": None if person is None else person.event,
        "guest": person is not None and person.guest,
        "distance": match.distance,
        "sure": match.sure,
        "folder": None if folder is None else str(root / folder),
        "link": link,
        "why": match.why,
    }


def consent_row(person: Person) -> ConsentRow:
    known = person.consent
    return {
        "id": person.id,
        "name": person.name,
        "event": person.event,
        "how": None if known is None else known.how,
        "at": None if known is None else iso(known.at),
        "until": known.until or None if known is not None else None,
    }


def person_details(db: Db, person: Person, root: Path, shares: Sequence[Share]) -> PersonDetails:
    link = next((one for one in shares if not one.to), None)
    folder = folders.folder_of_person(db, person.id)
    tally = counts.people(db).get(person.id, {})
    return {
        "person": person_row(person, tally, link and link.folder),
        "references": [
            {
                "name": one.name,
                "sha256": one.sha256,
                "face_id": reference_id(person.id, one.sha256),
                "learned": one.learned,
                "width": one.box.right - one.box.left,
            }
            for one in person.references
        ],
        "folder": str(root / folder["disk_path"]) if folder and folder["disk_path"] else None,
        "drive_id": folder["drive_id"] if folder and folder["drive"] == "there" else None,
        "link_until": (link and link.ends) or None,
        "readers": [{"address": one.to, "until": one.ends or None} for one in shares if one.to],
        "consent": None if person.consent is None else consent_row(person),
        "enrolled_at": iso(person.created_at),
        "bytes_left": counts.bytes_until(db, person.id),
    }
