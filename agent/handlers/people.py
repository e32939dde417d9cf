"""People: shown, enrolled, found on a picture, renamed, merged, denied, linked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Protocol

from agent import clock
from agent.errors import Cause, NotThere, UsageError, VenueError
from agent.faces.workers import FaceWorkers
from agent.filing.plan import person_folders
from agent.handlers.changes import PersonChanges, alone, person_of
from agent.handlers.consent import consent_row
from agent.handlers.photos import chosen_photos
from agent.handlers.status.publisher import Publisher
from agent.ledger import Ledger, counts, folders, meta
from agent.ledger.sqlite.rows import Db
from agent.model import DriveId, EventId, Person, PersonId
from agent.people import intents
from agent.people.consent import NOTHING_SAID, Consents, Given, last_day, today
from agent.people.deciding import Decider
from agent.people.enroll import Enroller, clean, link_of, person_row
from agent.people.faces import Match, faces_on_photos, find_people, reference_id
from agent.people.planner import Planner
from agent.people.references import preview
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
from agent.running.waiting import Bell
from agent.uploads.folder_upkeep import Sharing

LINKS_EVERY = 600.0  # seconds between looks at the links; and whenever folders were made


class PeopleHandlers:
    """A decision is carried out when it is answered: the roster has it, and what is wanted is planned."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        planner: Planner,
        decider: Decider,
        changes: PersonChanges,
        enroller: Enroller,
        workers: FaceWorkers,
        links: Links,
        publisher: Publisher,
        consents: Consents,
        root: Path,
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._decider = decider
        self._changes = changes
        self._enroller = enroller
        self._workers = workers
        self._links = links
        self._publisher = publisher
        self._consents = consents
        self._root = root

    # ---- questions

    async def people(self, _asked: ListPeople) -> list[PersonStatus]:
        return (await self._publisher.document())["people"]

    async def person(self, asked: GetPerson) -> PersonDetails:
        found = self._roster.person(PersonId(asked.id))
        if found is None:
            raise NotThere("There is no such person", asked.id, "See the list of people")
        shared, ends = self._roster.shared(found.id), self._roster.link_ends(found.id)
        return await self._ledger.read(person_details, found, self._root, shared, ends)

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
        if not other.guest:
            self._consents.check(other.name, other, NOTHING_SAID)

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            return (intents.merge(draft, one, other), True), f"{one.name} merged into {other.name}"

        return await self._changes.change(Verb.MERGE, one.event, change)

    @alone
    async def deny(self, asked: DenyPerson) -> PersonChange:
        whose = person_of(self._roster, asked.person, asked.event)
        await chosen_photos(self._ledger, asked.photos)
        found = await self._ledger.read(faces_on_photos, whose, asked.photos, asked.faces)
        if not found:
            raise UsageError(f"{whose.name} is not on these photos", ", ".join(map(str, asked.photos)), "Choose others")

        def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
            changed, text = intents.deny(draft, whose, found)
            return (changed, False), text

        return await self._changes.change(Verb.NOT, whose.event, change)

    async def link(self, asked: LinkPerson) -> str | None:
        person = person_of(self._roster, asked.person, asked.event)
        link = await self._links.set(person, on=asked.on, until=last_day(asked.until))
        self._publisher.bell.ring()
        return link


# ---- links of their folders: made, kept and taken back


class Links(Protocol):
    async def set(self, person: Person, *, on: bool, until: str = "") -> str | None:
        """Let anyone with the link read their folder on Drive, or nobody any more. Returns the link that there is.

        `until`: its last day; "": as it is.
        """
        ...


class LinksOff:
    """Where Drive is off: there is no link to make, and none to take back but what was made before."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    async def set(self, person: Person, *, on: bool, until: str = "") -> str | None:
        if self._roster.shared(person.id) is None and not on:
            return None
        raise UsageError(
            "Drive is off here", person.name, "Run `venuesync`, signed in, and try again", cause=Cause.CONFLICT
        )


class PersonLinks:
    """As a part it keeps them: a person's link leads to the folder that is theirs now, whoever threw the old one away.

    `changed` is called when a link became another.
    """

    def __init__(self, ledger: Ledger, roster: Roster, sharing: Sharing, changed: Callable[[], None]) -> None:
        self.bell = Bell()
        self._ledger = ledger
        self._roster = roster
        self._sharing = sharing
        self._changed = changed

    async def run(self) -> None:
        while True:
            with suppress(VenueError):  # Drive is away: the next look does it
                if not self._roster.switches.all:
                    await self._close_ended()
                    if await self._renew_all():
                        self._changed()
            await self.bell.wait(LINKS_EVERY)

    async def set(self, person: Person, *, on: bool, until: str = "") -> str | None:
        async with self._sharing.alone:
            return await (self._open(person, until) if on else self._close(person))

    async def _close_ended(self) -> None:
        """Links whose last day is over open nothing any more."""
        for whose in list(self._roster.open_by_link()):
            ends, person = self._roster.link_ends(whose), self._roster.person(whose)
            if ends and person is not None and date.fromisoformat(ends) < today():
                await self.set(person, on=False)
                self._changed()

    async def _close(self, person: Person) -> None:
        shared = self._roster.shared(person.id)
        if shared is not None:
            await self._sharing.close(shared)
            await self._ledger.on_writer(self._roster.set_shared, person.id, None)
            await self._note(person, f"Link of {person.name} taken back")

    async def _open(self, person: Person, until: str) -> str | None:
        folder = await self._ledger.read(folders.folder_of_person, person.id)
        if folder is None or folder["drive"] != "there":
            raise VenueError(
                "Their folder is not on Drive yet",
                person.name,
                "Try again in a moment: folders are made by themselves",
                cause=Cause.TRANSIENT,
                kind="folder_not_made",
            )
        made = DriveId(str(folder["drive_id"]))
        await self._sharing.open(made)
        await self._ledger.on_writer(self._roster.set_shared, person.id, made, until)
        await self._note(person, f"Link of {person.name}: anyone who has it may read their folder")
        return link_of(made)

    async def _renew_all(self) -> int:
        """A folder that was made anew has another address: what was open by its link is so by the new one.

        Returns how many links are others now. Raises `VenueError` where Drive cannot be asked.
        """
        renewed = 0
        for whose in list(self._roster.open_by_link()):
            async with self._sharing.alone:
                renewed += await self._renew(whose)
        return renewed

    async def _renew(self, whose: PersonId) -> bool:
        """Whether there was need: it may have been taken back meanwhile."""
        person, shared = self._roster.person(whose), self._roster.shared(whose)
        folder = await self._ledger.read(folders.folder_of_person, whose)
        if (
            person is None
            or shared is None
            or folder is None
            or folder["drive"] != "there"
            or folder["drive_id"] == shared
        ):
            return False
        made = DriveId(str(folder["drive_id"]))
        await self._sharing.open(made)
        await self._ledger.on_writer(self._roster.set_shared, whose, made)
        await self._note(person, f"Link of {person.name} is another: the folder was made anew. Show its code again")
        return True

    async def _note(self, person: Person, text: str) -> None:
        await self._ledger.write(meta.note_activity, "link", text, clock.wall(), EventId(person.event))


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


def person_details(db: Db, person: Person, root: Path, shared: DriveId | None, ends: str) -> PersonDetails:
    folder = folders.folder_of_person(db, person.id)
    tally = counts.people(db).get(person.id, {})
    return {
        "person": person_row(person, tally, shared),
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
        "link_until": ends or None,
        "consent": None if person.consent is None else consent_row(person),
        "enrolled_at": person.created_at,
        "bytes_left": counts.bytes_until(db, person.id),
    }
