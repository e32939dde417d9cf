"""Who is wanted where: people, events, what was decided, and how to take it back.

TinyDB, because this is hundreds of rows that a person should be able to read. A verb changes people, decisions and the
undo journal together: the roster's file says all of it in one write, and the decisions' files follow; killed in
between, the next opening lets them follow.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from agent.model import EventId, PersonId, overlap
from agent.roster.book import ONE, Switches
from agent.roster.decisions import Decisions, FaceDecision, PhotoDecision
from agent.roster.draft import Draft
from agent.roster.events import event_from
from agent.roster.journal import KEPT, Entry, entry_from, entry_row
from agent.roster.people import PeopleBook
from agent.roster.rows import Row, known_fields, person_from

T = TypeVar("T")

SAME = 0.4  # share of the union from which two boxes are one face


class Roster(PeopleBook):
    """The open roster, in a folder of its own with the decisions' files."""

    def __init__(self, path: Path) -> None:
        self._decisions: dict[EventId, Decisions] = {}
        super().__init__(path, check)
        for event in self._events:
            if self._of(event).damaged is not None:
                self.damaged = self.damaged or self._of(event).damaged
                self.mark_restored()
        self._finish()

    def _of(self, event: EventId) -> Decisions:
        if event not in self._decisions:
            self._decisions[event] = Decisions(self.path.with_name(f"decisions-{event}.json"))
        return self._decisions[event]

    # ---- what was decided

    def face_decisions(self, event: EventId, sha256: str) -> list[FaceDecision]:
        """Of the faces of one photo; the people in them are who they are by now."""
        return [self._resolved(one) for one in self._of(event).faces(sha256)]

    def _resolved(self, decision: FaceDecision) -> FaceDecision:
        yes = None if decision.yes is None else self.resolve(decision.yes)
        no = tuple(found.id for one in decision.no if (found := self.resolve(one)) is not None)
        return FaceDecision(
            decision.sha256,
            decision.box,
            None if yes is None else yes.id,
            no,
            decision.ignored,
            decision.name,
            decision.at,
        )

    def face_decision(self, event: EventId, decision: FaceDecision) -> FaceDecision:
        """What is decided of the face at this box, as it stands in the file; an empty decision where nothing is."""
        known = self._of(event).faces(decision.sha256)
        nearest = max(known, key=lambda one: overlap(one.box, decision.box), default=None)
        if nearest is not None and overlap(nearest.box, decision.box) >= SAME:
            return nearest
        return FaceDecision(decision.sha256, decision.box)

    def denials(self, event: EventId) -> list[FaceDecision]:
        """Faces of which somebody said whose they are not."""
        return [one for each in self._of(event).denials() if (one := self._resolved(each)).no]

    def photo_decision(self, event: EventId, sha256: str) -> PhotoDecision | None:
        return self._of(event).photo(sha256)

    # ---- changes: on the ledger's writer thread

    def intend(self, verb: str, change: Callable[[Draft], tuple[T, str]], *, undoable: bool = True) -> T:
        """Let `change` make a draft, and write it: all of it or nothing. It answers a value, and in words what it did.

        A draft in which nothing changed is no change, and nothing to undo.
        """
        self._finish()
        draft = Draft(self, self._workspace.get("guests", {}))
        value, text = change(draft)
        people = {key: self.person(key) for key, one in draft.people.items() if one != self.person(key)}
        decisions = {
            event: {key: self._of(event).row(key) for key, row in rows.items() if row != self._of(event).row(key)}
            for event, rows in draft.decisions.items()
        }
        decisions = {event: rows for event, rows in decisions.items() if rows}
        if people or decisions:
            before = entry_row(verb, text, people, decisions) if undoable else None
            self._commit(Entry(verb, text, 0.0, draft.people, draft.decisions), draft.guests, before)
        return value

    def journal(self) -> list[Entry]:
        """What can be taken back, the last one last."""
        return [entry_from(row) for row in self._rows("journal")]

    def undo(self) -> Entry | None:
        """Take back the last verb. Answers what it was, or `None` where there is nothing to take back."""
        self._finish()
        rows = self._db.table("journal").all()
        if not rows:
            return None
        entry = entry_from(cast(Row, rows[-1]))
        self._commit(entry, self._workspace.get("guests", {}), None, taken_back=rows[-1].doc_id)
        return entry

    def _commit(
        self, after: Entry, guests: dict[str, int], journalled: Row | None, taken_back: int | None = None
    ) -> None:
        """People, journal and what is still to be written of decisions, in one write; then the decisions."""

        def write() -> None:
            self._store(one for one in after.people.values() if one is not None)
            self._drop(key for key, one in after.people.items() if one is None)
            journal = self._db.table("journal")
            if journalled is not None:
                journal.insert(journalled)
                old = [row.doc_id for row in journal.all()][:-KEPT]
                journal.remove(doc_ids=old) if old else None
            if taken_back is not None:
                journal.remove(doc_ids=[taken_back])
            pending = {event: dict(rows) for event, rows in after.decisions.items()}
            self._update_workspace(guests=guests, pending=pending)

        self._change(write)
        self._finish()

    def _finish(self) -> None:
        """Let the decisions' files follow the last change; done already, it does nothing."""
        pending: dict[str, dict[str, Any]] = self._workspace.get("pending") or {}
        for event, rows in pending.items():
            self._of(EventId(event)).apply(rows)

    def pictures_in_use(self) -> set[str]:
        """SHA-256 of every reference picture that somebody has, or would have again by an undo."""
        before = [one for entry in self.journal() for one in entry.people.values() if one is not None]
        return {reference.sha256 for person in [*self._people.values(), *before] for reference in person.references}


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
    for row in tables.get("journal", {}).values():
        entry_from(row)


__all__ = ["PersonId", "Roster", "Switches"]
