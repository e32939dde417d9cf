"""Who is wanted where: people, events, the workspace's id and the operator's switches.

TinyDB, because this is hundreds of rows that a person should be able to read. Every change of intent raises
`revision`, so that a plan can say which roster it was made with. Changes are made on the ledger's writer thread;
questions are answered from memory.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, cast

from tinydb import TinyDB, where
from tinydb.table import Document

from agent.errors import UsageError
from agent.model import DEFAULT_EVENT, Box, Event, EventId, Person, PersonId, Reference
from agent.roster.storage import AtomicStorage, OneWrite

Row = dict[str, Any]

ONE = 1  # the only document of the table `workspace`


@dataclass(frozen=True, slots=True)
class Switches:
    """What the operator switched off, and when; kept across restarts."""

    uploads: bool = False
    all: bool = False
    since: float | None = None


class Roster:
    """The open roster. `damaged` names a file that was set aside at opening; then `restored` holds until confirmed."""

    def __init__(self, path: Path) -> None:
        self._file = OneWrite(AtomicStorage)
        self._db: Any = TinyDB(path, check=check, storage=self._file)  # its documents have no types
        self._workspace: dict[str, Any] = {}
        self._events: dict[EventId, Event] = {}
        self._people: dict[PersonId, Person] = {}
        self._remember()
        self.damaged: Path | None = self._file.damaged
        if not self._workspace:
            self._change(self._begin)
        if self.damaged is not None:
            self.mark_restored()

    def _begin(self) -> None:
        workspace = {"id": f"w{secrets.token_hex(8)}", "revision": 0, "restored": False, "switches": asdict(Switches())}
        self._db.table("workspace").insert(Document(workspace, ONE))
        self._db.table("events").insert(asdict(Event(DEFAULT_EVENT, "default", "", created_at=time.time())))

    def _remember(self) -> None:
        """Take all of the file into memory."""
        self._workspace = next(iter(self._rows("workspace")), Row())
        self._events = {EventId(row["id"]): event_from(row) for row in self._rows("events")}
        self._people = {PersonId(row["id"]): person_from(row) for row in self._rows("people")}

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
        return Switches(**known_fields(Switches, self._workspace["switches"]))

    def events(self) -> list[Event]:
        return list(self._events.values())

    def event(self, name: str) -> Event:
        """An event by its id or name. Raises `UsageError` naming those there are."""
        for event in self._events.values():
            if name in (event.id, event.name):
                return event
        known = ", ".join(event.name for event in self._events.values())
        raise UsageError("There is no such event", name, f"Choose one of: {known}")

    def people(self, event: EventId | None = None) -> list[Person]:
        return [person for person in self._people.values() if event in (None, person.event)]

    def person(self, person: PersonId) -> Person | None:
        return self._people.get(person)

    def named(self, name: str, event: EventId) -> Person | None:
        return next((person for person in self.people(event) if person.name == name), None)

    # ---- changes: on the ledger's writer thread

    def add_person(self, name: str, event: EventId, folder: str, references: tuple[Reference, ...]) -> Person:
        """A new person, with an id that is never given again."""
        person = Person(
            PersonId(f"p{secrets.token_hex(6)}"), event, name, folder, references=references, created_at=time.time()
        )
        self._change(lambda: self._db.table("people").insert(asdict(person)))
        return person

    def add_references(self, person: PersonId, references: tuple[Reference, ...]) -> Person:
        """More references of a person; one that she has already is not added again."""
        known = self._people[person]
        together = {one.sha256: one for one in (*known.references, *references)}
        changed = replace(known, references=tuple(together.values()))
        if changed != known:
            row = {"references": [asdict(one) for one in changed.references]}
            self._change(lambda: self._db.table("people").update(row, where("id") == person))
        return changed

    def set_switches(self, switches: Switches) -> None:
        """No intent that a plan depends on: the revision stays."""
        self._write(lambda: self._update_workspace(switches=asdict(switches)))

    def confirm_restored(self) -> None:
        """The operator has seen that this is an older roster: it may remove again."""
        self._change(lambda: self._update_workspace(restored=False))

    def mark_restored(self) -> None:
        """This roster is older than the plan: found so at opening, or by the ledger's `planned_revision`."""
        self._change(lambda: self._update_workspace(restored=True))

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
            for name in ("workspace", "events", "people"):
                self._db.table(name).clear_cache()
            raise
        self._remember()


def check(tables: dict[str, dict[str, Row]]) -> None:
    """Raise if these are not a roster's tables."""
    workspace = tables["workspace"][str(ONE)]
    if not isinstance(workspace["revision"], int) or not isinstance(workspace["id"], str):
        raise TypeError("the workspace's own row")
    known_fields(Switches, workspace["switches"])
    for row in tables["events"].values():
        event_from(row)
    for row in tables.get("people", {}).values():
        person_from(row)


def known_fields(kind: type[Any], row: Row) -> Row:
    """What this program knows of a row; what a newer one wrote beside it stays in the file."""
    return {field.name: row[field.name] for field in fields(kind) if field.name in row}


def event_from(row: Row) -> Event:
    known: Row = {**known_fields(Event, row), "folders": tuple(row["folders"])}
    return Event(**known)


def person_from(row: Row) -> Person:
    references = tuple(Reference(one["sha256"], Box(**one["box"]), one["name"]) for one in row["references"])
    known: Row = {**known_fields(Person, row), "references": references}
    return Person(**known)
