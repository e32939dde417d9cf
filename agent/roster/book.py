"""The roster's file: its events and people, its revision, and changes that are made whole or not at all.

Every change of intent raises `revision`, so that a plan can say which roster it was made with. Changes are made on the
ledger's writer thread; questions are answered from memory.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

from tinydb import TinyDB, where
from tinydb.table import Document

from agent import clock
from agent.errors import Cause, UsageError
from agent.model import (
    DEFAULT_EVENT,
    LINK_PERMISSION,
    DriveId,
    Event,
    EventId,
    Person,
    PersonId,
    Reference,
    Share,
    Source,
    folded,
)
from agent.roster.decisions import DONE, UNDONE
from agent.roster.event_names import event_called
from agent.roster.storage import AtomicStorage, OneWrite, Row, Spare, Tables, nothing_spare, value_of

ONE = 1  # the only document of the table `workspace`
PLANNED_BY = attrgetter(  # of an event, what the places of its photos depend on, and what lies there
    "name", "tolerance", "review", "all_photos", "made_as", "without_faces", "exclude"
)
TABLES = ("workspace", "events", "people", "journal", "undone")


@dataclass(frozen=True, slots=True)
class Switches:
    """What the operator switched off, and when; kept across restarts.

    `metered`: whether the line is, as they said; `None`: as the settings say.
    """

    uploads: bool = False
    all: bool = False
    since: float | None = None
    metered: bool | None = None


class Book:
    """The open file. Somebody who was merged is kept, so that decisions about them still mean somebody.

    `damaged` names a file that was set aside at opening; then `restored` holds until confirmed.

    `begun`: there was none, and no copy of one either. `spare` gives what is kept of a file elsewhere.
    """

    def __init__(self, path: Path, check: Callable[[Tables], object], spare: Spare = nothing_spare) -> None:
        self.path = path
        self._file = OneWrite(AtomicStorage)
        self._db: Any  # its documents have no types
        self._db = TinyDB(path, check=check, spare=spare, older=as_older, storage=self._file)
        self._workspace: dict[str, Any] = {}
        self._remember()
        self.damaged: Path | None = self._file.damaged
        self.begun = not self._workspace
        if self.begun:
            self._change(self._begin)
        if self.damaged is not None:
            self.mark_restored()

    def _begin(self) -> None:
        workspace = {"id": f"w{secrets.token_hex(8)}", "revision": 0, "restored": False, "switches": asdict(Switches())}
        self._db.table("workspace").insert(Document(workspace, ONE))
        self._db.table("events").insert(asdict(Event(DEFAULT_EVENT, "default", "", created_at=clock.wall())))

    def _remember(self) -> None:
        """Take all of the file into memory."""
        self._workspace = next(iter(self._rows("workspace")), Row())
        self._switches = value_of(Switches, self._workspace.get("switches") or asdict(Switches()))
        self._events: dict[EventId, Event] = {EventId(row["id"]): value_of(Event, row) for row in self._rows("events")}
        self._people: dict[PersonId, Person] = {
            PersonId(row["id"]): value_of(Person, row) for row in self._rows("people")
        }

    def _rows(self, table: str) -> list[Row]:
        return cast(list[Row], self._db.table(table).all())

    # ---- questions

    @property
    def workspace_id(self) -> str:
        return str(self._workspace["id"])

    @property
    def revision(self) -> int:
        return int(self._workspace["revision"])

    @property
    def restored(self) -> bool:
        """Whether this is an older roster than the last plan's: it may add, never remove, until confirmed."""
        return bool(self._workspace["restored"])

    @property
    def switches(self) -> Switches:
        return self._switches

    @property
    def guests_sure(self) -> bool:
        """Whether it is known which guests' numbers were given. If not, it has to be looked at Drive first."""
        return bool(self._workspace.get("guests_sure", True))

    @property
    def decided(self) -> list[EventId]:
        """Events in which anything was decided; those that were removed, too."""
        return self._workspace.get("decided") or []

    # ---- changes: on the ledger's writer thread

    def raise_guests(self, given: Mapping[EventId, int], *, sure: bool) -> None:
        """Guests' numbers up to these were given, in these events at least; `sure`: none beyond."""
        known: dict[str, int] = self._workspace.get("guests") or {}
        guests = {**known, **{event: max(number, known.get(event, 0)) for event, number in given.items()}}
        if guests != known or sure != self.guests_sure:
            self._write(lambda: self._update_workspace(guests=guests, guests_sure=sure))

    def set_switches(self, switches: Switches) -> None:
        """No intent that a plan depends on: the revision stays."""
        self._write(lambda: self._update_workspace(switches=asdict(switches)))

    def confirm_restored(self) -> None:
        """The operator has seen that this is an older roster: it may remove again."""
        self._change(lambda: self._update_workspace(restored=False, anew=False))

    def mark_restored(self, *, anew: bool = False) -> None:
        """This roster is older than the plan: found so at opening, or by the ledger's `planned_revision`.

        `anew`: there was one, and it is gone. Marked already, nothing is written.
        """
        if not self.restored:
            self._change(lambda: self._update_workspace(restored=True, anew=anew))

    def raise_revision(self, beyond: int) -> None:
        """A plan was made with a later revision than this one: the next must not look older than it."""
        if self.revision <= beyond:
            self._write(lambda: self._update_workspace(revision=beyond + 1))

    def _update_workspace(self, **fields: Any) -> None:
        self._db.table("workspace").update(fields, doc_ids=[ONE])

    def _change(self, change: Callable[[], object]) -> None:
        """A change of intent: with the next revision, in one write."""

        def both() -> None:
            change()
            self._update_workspace(revision=self._rows("workspace")[0]["revision"] + 1)

        self._write(both)

    def _write(self, change: Callable[[], object]) -> None:
        """All of a change or nothing of it, on disk and in memory."""
        try:
            change()
            self._file.flush()
        except BaseException:
            self._file.roll_back()
            for name in TABLES:
                self._db.table(name).clear_cache()
            raise
        self._remember()

    # ---- events

    def events(self) -> list[Event]:
        return list(self._events.values())

    def quiet_events(self) -> list[EventId]:
        """Those of which nothing is sent."""
        return [event.id for event in self._events.values() if not event.send]

    def find_event(self, event: EventId | str | None) -> Event | None:
        """By its id; `None` where there is no such one (any more)."""
        return None if event is None else self._events.get(EventId(event))

    def event(self, name: str) -> Event:
        """By its id or name, however that is written. Raises `UsageError` naming those there are."""
        return event_called(name, self.events())

    # ---- events: changes

    def add_event(self, event: Event) -> None:
        """One more event; its name and id are nobody else's. Raises `UsageError`. No plan depends on it yet."""
        for known in self._events.values():
            if folded(event.name) == folded(known.name) or event.id == known.id:
                raise UsageError(
                    "There is an event of that name already", known.name, "Choose another name", cause=Cause.CONFLICT
                )
        self._write(lambda: self._db.table("events").insert(asdict(event)))

    def put_event(self, event: Event) -> None:
        """The event as it is from now on. Only what a plan depends on raises the revision."""
        before = self._events[event.id]
        depends = PLANNED_BY(before) != PLANNED_BY(event)
        write = self._change if depends else self._write
        write(lambda: self._db.table("events").update(asdict(event), where("id") == event.id))

    def put_source(self, event: EventId, source: Source) -> None:
        """What was learned of one of an event's sources; without effect where it was removed meanwhile."""
        self.change_event(
            event, lambda known: replace(known, sources=tuple(source_learned(one, source) for one in known.sources))
        )

    def change_event(self, event: EventId, change: Callable[[Event], Event]) -> Event | None:
        """The event as it is when it is written, changed so; `None` where it was removed meanwhile."""
        known = self._events.get(event)
        if known is None:
            return None
        changed = change(known)
        self.put_event(changed)
        return changed

    def remove_event(self, event: EventId) -> None:
        """The event and its people are no longer known; nothing else happens to anything."""
        self._change(lambda: self._forget_event(event))

    def _forget_event(self, event: EventId) -> None:
        gone = [one.id for one in self._people.values() if one.event == event]
        self._update_workspace(**self._shared_with({one: () for one in gone}))
        self._db.table("events").remove(where("id") == event)
        self._db.table("people").remove(where("event") == event)

    # ---- people

    def people(self, event: EventId | None = None) -> list[Person]:
        """Everybody with folders: enrolled, or a guest."""
        return [one for one in self.known_people(event) if not one.ignored]

    def everybody(self) -> list[Person]:
        """Also who was merged into somebody, and strangers."""
        return list(self._people.values())

    def known_people(self, event: EventId | None = None) -> list[Person]:
        """The same, and strangers who are to be ignored."""
        return [one for one in self._people.values() if event in (None, one.event) and one.merged_into is None]

    def person(self, person: PersonId) -> Person | None:
        return self._people.get(person)

    def resolve(self, person: PersonId) -> Person | None:
        """Who somebody is by now: themselves, or whom they were merged into."""
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
        return next(iter(called(self.people(event), name)), None)

    def shared(self, person: PersonId) -> DriveId | None:
        """Their folder on Drive, where anyone with the link may read it."""
        return self._shared.get(person)

    def shares(self, person: PersonId) -> list[Share]:
        """Who may read their folder: anyone with the link first, then addresses."""
        folder = self._shared.get(person)
        link = [] if folder is None else [Share(folder, LINK_PERMISSION, ends=self._link_ends.get(person, ""))]
        return [*link, *(Share(**one) for one in self._readers.get(person, ()))]

    @property
    def _shared(self) -> dict[str, DriveId]:
        known: dict[str, DriveId] = self._workspace.get("shared") or {}
        return known

    @property
    def _link_ends(self) -> dict[str, str]:
        known: dict[str, str] = self._workspace.get("link_ends") or {}
        return known

    @property
    def _readers(self) -> dict[str, list[dict[str, Any]]]:
        known: dict[str, list[dict[str, Any]]] = self._workspace.get("readers") or {}
        return known

    # ---- people: changes

    def set_shares(self, person: PersonId, shares: Iterable[Share]) -> bool:
        """No intent that a plan depends on; not to be undone with others either: they stand on Drive.

        Returns whether the person is known: else nothing of them is kept.
        """
        known = person in self._people
        self._write(lambda: self._update_workspace(**self._shared_with({person: list(shares) if known else []})))
        return known

    def _shared_with(self, changed: Mapping[str, Sequence[Share]]) -> dict[str, Any]:
        """The rows of all who share, as they are to be stored."""
        links = {person: one for person, shares in changed.items() for one in shares if not one.to}
        readers = {person: [asdict(one) for one in shares if one.to] for person, shares in changed.items()}
        return {
            "shared": without(self._shared, changed) | {person: one.folder for person, one in links.items()},
            "link_ends": without(self._link_ends, changed)
            | {person: one.ends for person, one in links.items() if one.ends},
            "readers": without(self._readers, changed) | {person: rows for person, rows in readers.items() if rows},
        }

    def _store(self, people: Iterable[Person]) -> None:
        """Write rows, new or known; what a newer program wrote beside known ones stays."""
        table = self._db.table("people")
        for person in people:
            if not table.update(asdict(person), where("id") == person.id):
                table.insert(asdict(person))

    def _drop(self, people: Iterable[PersonId]) -> None:
        for person in people:
            self._db.table("people").remove(where("id") == person)

    def _rewrite_journals(self, change: Callable[[Row], Row]) -> None:
        for name in (DONE, UNDONE):
            table = self._db.table(name)
            for row in table.all():
                kept = change(cast(Row, row))
                if kept["people"] or kept["decisions"]:
                    table.update(kept, doc_ids=[row.doc_id])
                else:
                    table.remove(doc_ids=[row.doc_id])


def as_older(tables: Tables) -> Tables:
    """An older list: what was decided last by it followed long ago, and by now something else may be decided."""
    workspace = {key: one for key, one in tables["workspace"][str(ONE)].items() if key != "pending"}
    workspace["restored"] = True  # written with it: each write takes the place of an earlier list
    return {**tables, "workspace": {**tables["workspace"], str(ONE): workspace}}


def without(rows: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    return {key: one for key, one in rows.items() if key not in keys}


def source_learned(one: Source, source: Source) -> Source:
    """What somebody chose of it meanwhile stays."""
    return replace(source, enabled=one.enabled, only=one.only) if one.id == source.id else one


def called(people: Iterable[Person], name: str) -> list[Person]:
    """Who is called so, to the letter; else in other capitals, where that is one name and no choice between two."""
    meant = folded(name)
    alike = [one for one in people if folded(one.name) == meant]
    exact = [one for one in alike if one.name == name]
    return exact or (alike if len({one.name for one in alike}) == 1 else [])


def new_person_id() -> PersonId:
    return PersonId(f"p{secrets.token_hex(6)}")


def known_as(person: Person, *names: str) -> Person:
    """The person, who was called by these names before, or whose folder was."""
    before = dict.fromkeys((*person.names_before, *names))
    return replace(person, names_before=tuple(one for one in before if one not in ("", person.name, person.folder)))


def with_references(person: Person, references: Iterable[Reference]) -> Person:
    """The person with more references, each face once. What an operator gives is not learned any more."""
    together = {(one.sha256, one.box): one for one in person.references}
    for one in references:
        kept = together.get((one.sha256, one.box))
        if kept is None or (kept.learned and not one.learned):
            together[one.sha256, one.box] = one
    return replace(person, references=tuple(together.values()))
