"""Enrolment: reference pictures make a person known. Her folders are wanted at once, earlier photos matched again.

The pictures are kept first, then the roster says who she is, then the ledger follows: killed in between, the next
start finishes it from the roster.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.errors import UsageError, VenueError
from agent.faces.workers import FaceWorkers
from agent.filing.names import distinct, safe_name
from agent.filing.tree import person_folders
from agent.ledger import Ledger, activity, counts, faces, folders
from agent.model import DEFAULT_EVENT, Event, Person, Reference
from agent.people.plan_again import plan_again
from agent.people.planner import Planner
from agent.people.references import Candidate, examine, keep
from agent.people.rows import person_row
from agent.roster import Roster
from agent.service import EnrollResult

LONGEST_NAME = 1000  # characters


class Enroller:
    """`changed` is called when something new is wanted; one enrolment at a time."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        planner: Planner,
        workers: FaceWorkers,
        *,
        root: Path,
        references: Path,
        changed: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._workers = workers
        self._root = root
        self._references = references
        self._changed = changed
        self._lock = asyncio.Lock()

    @property
    def busy(self) -> bool:
        return self._lock.locked()

    async def enroll(self, name: str, photos: Sequence[Path], event: str | None) -> EnrollResult:
        """Add references of a person, who is new if nobody in the event has that name.

        Raises `UsageError` for a wrong name or event, `VenueError` where no picture can be used.
        """
        began = time.monotonic()
        name = clean(name)
        where = self._roster.event(event or DEFAULT_EVENT)
        candidates = await asyncio.gather(*(examine(self._workers, photo) for photo in photos))
        good = [one for one in candidates if one.reference is not None]
        if not good:
            raise unusable(name, candidates)
        async with self._lock:
            await asyncio.to_thread(lambda: [keep(self._references, one) for one in good])
            person, new = await self._record(name, where, good)
            self._changed()
            matched = await plan_again(self._ledger, self._roster, self._planner, favoured=person.id)
            self._changed()
        tallies = await self._ledger.read(counts.people)
        specs = person_folders(where, person)
        return {
            "person": person_row(person, tallies.get(person.id, {})),
            "new": new,
            "references": [one.verdict for one in candidates],
            "folders": [str(self._root / str(spec.disk_path)) for spec in specs[-2:]],
            "matched": matched,
            "seconds": round(time.monotonic() - began, 3),
        }

    async def _record(self, name: str, event: Event, good: Sequence[Candidate]) -> tuple[Person, bool]:
        """First the intent, then what follows from it."""
        references = tuple(one.reference for one in good if one.reference is not None)
        person, new = await self._ledger.on_writer(self._intend, name, event, references)
        await self._ledger.write(record, person, event, good, self._planner.engine, new, time.time())
        self._planner.forget_known()
        return person, new

    def _intend(self, name: str, event: Event, references: tuple[Reference, ...]) -> tuple[Person, bool]:
        """On the writer's thread: the roster's row."""
        known = self._roster.named(name, event.id)
        if known is not None:
            return self._roster.add_references(known.id, references), False
        taken = [person.folder for person in self._roster.people(event.id)]
        folder = distinct(safe_name(name), taken)
        unique = tuple({one.sha256: one for one in references}.values())
        return self._roster.add_person(name, event.id, folder, unique), True


def record(
    db: sqlite3.Connection,
    person: Person,
    event: Event,
    good: Sequence[Candidate],
    engine: str,
    new: bool,
    now: float,
) -> None:
    for one in good:
        if one.reference is not None and one.encoding is not None:
            faces.record_reference(db, person.id, one.reference.sha256, engine, one.encoding)
    folders.ensure(db, person_folders(event, person), now)
    what = "enrolled" if new else "known better"
    activity.note(db, "enrolled", f"{person.name} {what}: {counts.plural(len(good), 'reference')}", now, event.id)


def clean(name: str) -> str:
    """A name as it is kept and shown. Raises `UsageError` for none at all."""
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        raise UsageError("The name is no text", ascii(name), "Write it in UTF-8")
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name:
        raise UsageError("The name is empty", "a person needs one", "Give a name: venuesync enroll NAME PHOTO…")
    if len(name) > LONGEST_NAME:
        raise UsageError("The name is too long", f"{len(name)} characters", f"Use {LONGEST_NAME} at most")
    return name


def unusable(name: str, candidates: Sequence[Candidate]) -> VenueError:
    """No picture can be used: which, and why."""
    reasons = "; ".join(f"{one.verdict['photo']}: {one.verdict['verdict']}" for one in candidates)
    return VenueError(
        f"{name} was not enrolled",
        reasons or "no photo was given",
        "Give a photo with exactly one clear face",
        kind="no_reference",
    )
