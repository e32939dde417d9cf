"""Enrolment: reference pictures make a person known. Their folders are wanted at once, earlier photos matched again.

The pictures are kept first, then the roster says who it is, then the ledger follows: killed in between, the next
start finishes it from the roster.
"""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent import clock
from agent.clock import iso_or_none
from agent.errors import Cause, NotThere, UsageError, VenueError
from agent.faces.workers import FaceWorkers
from agent.filing.plan import person_folders
from agent.ledger import Ledger, counts, faces, folders, meta
from agent.ledger.faces import Encoding
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, Box, DriveId, Event, EventId, Person
from agent.people import intents
from agent.people.consent import GUEST_PAGE, NOTHING_SAID, Consents, Given
from agent.people.deciding import Decider
from agent.people.faces import not_denied
from agent.people.known_faces import KnownFaces
from agent.people.planner import Planner
from agent.people.recognise import Resemblance, resemble, whose
from agent.people.references import Candidate, examine, keep_picture
from agent.people.told import beside, called, lost, one_with
from agent.requests.people import EnrollResult, PersonStatus, ReferenceVerdict
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb

LONGEST_NAME = 1000  # characters


class Enroller:
    """One enrolment at a time."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        planner: Planner,
        workers: FaceWorkers,
        *,
        root: Path,
        references: Path,
        decider: Decider,
        consents: Consents,
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._workers = workers
        self._root = root
        self._references = references
        self._decider = decider
        self._consents = consents

    async def enroll(
        self, name: str, photos: Sequence[Path], event: str | None, consent: Given = NOTHING_SAID
    ) -> EnrollResult:
        """Add references of a person, who is new if nobody in the event has that name.

        Raises `UsageError` for a wrong name or event, `VenueError` where no picture can be used.
        """
        began = time.monotonic()
        where, name = self._as_now(self._roster.event(event or DEFAULT_EVENT), name, consent)
        candidates = await asyncio.gather(*(examine(self._workers, photo) for photo in photos))
        good = [one for one in candidates if one.reference is not None and one.encoding is not None]
        if not good:
            raise Unusable(name, [one.verdict for one in candidates])
        async with self._decider.alone() as deciding:
            where, name = self._as_now(where, name, consent)  # pictures took their time
            known = await self._planner.known(where)
            looks = [one.encoding for one in good]
            if consent.how == GUEST_PAGE:
                self._refuse_named(looks, known)
            await asyncio.to_thread(lambda: [keep_picture(self._references, one) for one in good])
            await self._ledger.write(record_encodings, good, self._planner.engine)
            like = resemble(name, known, looks)
            theirs = self._roster.named(name, where.id)
            guests = await self._ledger.read(not_denied, self._roster, like.guests, theirs)
            names = [called(one) for one in map(self._roster.person, guests) if one is not None]
            both = await self._ledger.read(beside, where.id, [*guests, *([] if theirs is None else [theirs.id])])
            given = [one.reference for one in good if one.reference is not None]
            added = len({(one.sha256, one.box) for one in given} - given_of(theirs))

            def change(draft: Draft) -> tuple[tuple[Person, bool], str]:
                (person, new), text = intents.enroll(draft, where.id, name, given, guests)
                return (draft.put(consent.to(person)), new), text

            (person, new), before = await deciding.intend(Verb.ENROLL, change)
            self._planner.forget_known()
            await self._ledger.write(record, person, where, added, new, clock.wall())
            replanned = await deciding.follow({where.id}, before, person.id)
            told = [*one_with(person, names, both), *lost(self._roster, person, replanned.left)]
            if told:
                await self._ledger.write(note_told, told, where, clock.wall())
        tally = (await self._ledger.read(counts.people)).get(person.id, {})
        of_them = int(tally.get("solo", 0) + tally.get("group", 0))  # also those of the guest that they were
        specs = person_folders(where, person)
        return {
            "person": person_row(person, tally, self._roster.shared(person.id)),
            "new": new,
            "references": verdicts(candidates, good, like),
            "folders": [str(self._root / str(spec.disk_path)) for spec in specs[-2:]],
            "matched": of_them if new else replanned.gained,
            "added": added,
            "told": told,
            "seconds": round(time.monotonic() - began, 3),
        }

    def _as_now(self, event: Event, name: str, consent: Given) -> tuple[Event, str]:
        """The event, and the name as it is spelled there. Raises `UsageError`: it was removed, a consent lacks, or
        a guest who enrolls themselves gives the name of somebody who may be another one.
        """
        known = self._roster.find_event(event.id)
        if known is None:
            raise NotThere("The event was removed meanwhile", event.name, "See what there is: venuesync events")
        name = meant(self._roster, name, known.id)
        theirs = self._roster.named(name, known.id)
        if consent.how == GUEST_PAGE and theirs is not None and not theirs.guest:
            raise UsageError("Somebody has that name already", name, "Choose another name", cause=Cause.CONFLICT)
        self._consents.check(name, theirs, consent)
        return known, name

    def _refuse_named(self, looks: Sequence[Encoding | None], known: KnownFaces) -> None:
        """Whoever is known by a name already, and be it since a moment ago, gives themselves no other one: there would
        be two of whom nobody could tell whose a face is. Raises `UsageError`.
        """
        for look in looks:
            person = None if look is None else whose(look, known, self._planner.engine)
            if person is not None and not person.guest:
                raise UsageError("They have a name already", person.name, "Nothing is to be done", cause=Cause.CONFLICT)


def verdicts(candidates: Sequence[Candidate], good: Sequence[Candidate], like: Resemblance) -> list[ReferenceVerdict]:
    """What is said of each picture, with a warning where it looks like somebody else or not like the others."""
    warned = {id(one): warning for one, warning in zip(good, like.warnings, strict=True) if warning}
    found: list[ReferenceVerdict] = []
    for one in candidates:
        warning = warned.get(id(one))
        plain = one.verdict["verdict"]
        text = plain if warning is None else warning if plain == "good" else f"{plain}; {warning}"
        found.append({**one.verdict, "verdict": text})
    return found


def record_encodings(db: Db, good: Sequence[Candidate], engine: str) -> None:
    for one in good:
        if one.reference is not None and one.encoding is not None:
            faces.record_reference(db, one.reference, engine, one.encoding)


def record(db: Db, person: Person, event: Event, count: int, new: bool, now: float) -> None:
    folders.ensure(db, person_folders(event, person), now)
    what = "enrolled" if new else "known better"
    if count:
        meta.note_activity(db, "enrolled", f"{person.name} {what}: {counts.plural(count, 'reference')}", now, event.id)


def note_told(db: Db, told: Sequence[str], event: Event, now: float) -> None:
    """Nobody reads the answer where pictures lay in a folder, or a guest gave one."""
    for one in told:
        meta.note_activity(db, "enrolled", one, now, event.id)


def given_of(person: Person | None) -> set[tuple[str, Box]]:
    """Pictures that an operator gave of them."""
    return set() if person is None else {(one.sha256, one.box) for one in person.references if not one.learned}


def clean(name: str) -> str:
    """A name as it is kept and shown. Raises `UsageError` for none at all."""
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        raise UsageError("The name is no text", ascii(name), "Write it in UTF-8")
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name:
        raise UsageError("The name is empty", "a person needs one", "Give a name")
    if len(name) > LONGEST_NAME:
        raise UsageError("The name is too long", f"{len(name)} characters", f"Use {LONGEST_NAME} at most")
    return name


def meant(roster: Roster, name: str, event: EventId) -> str:
    """As somebody is called already, whom this name means, or a new name. Raises `UsageError` for none."""
    known = roster.named(clean(name), event)
    return intents.new_name(clean(name)) if known is None else known.name


class Unusable(VenueError):
    """No picture can be used: which, and why."""

    cause = Cause.USAGE
    kind = "no_reference"

    def __init__(self, name: str, verdicts: Sequence[ReferenceVerdict]) -> None:
        reasons = "; ".join(f"{one['photo']}: {one['verdict']}" for one in verdicts)
        super().__init__(
            f"{name} was not enrolled", reasons or "no photo was given", "Give a photo with exactly one clear face"
        )
        self.verdicts = list(verdicts)


def link_of(folder: DriveId | None) -> str | None:
    """The address that is given away; None where nobody was let in by it."""
    return None if folder is None else f"https://drive.google.com/drive/folders/{folder}"


def person_row(person: Person, tally: Mapping[str, float], shared: DriveId | None = None) -> PersonStatus:
    """`tally`: counts of photos (`solo`, `group`, `on_drive`, `only_here`, `last`); `shared`: their folder's id."""
    return {
        "id": person.id,
        "name": person.name,
        "event": person.event,
        "guest": person.guest,
        "references": len(person.references),
        "solo": int(tally.get("solo", 0)),
        "group": int(tally.get("group", 0)),
        "on_drive": int(tally.get("on_drive", 0)),
        "only_here": int(tally.get("only_here", 0)),
        "link": link_of(shared),
        "last_seen_at": iso_or_none(tally.get("last")),
    }
