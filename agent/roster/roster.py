"""Who is wanted where: people, events, what was decided, and how to take it back.

TinyDB, because this is hundreds of rows that a person should be able to read. A verb changes people, decisions and the
undo journal together: the roster's file says all of it in one write, and the decisions' files follow; killed in
between, the next opening lets them follow.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from agent import clock
from agent.model import Box, EventId, Person, PersonId
from agent.roster.book import known_as
from agent.roster.decided import Decided
from agent.roster.decisions import (
    DONE,
    JOURNAL_KEPT,
    UNDONE,
    Draft,
    Entry,
    FaceDecision,
    PhotoDecision,
    Turned,
    Verb,
    are_names,
    decision_from,
    entry_row,
    forgotten_in,
    row_of,
    without_faces,
    without_people,
    without_references,
)
from agent.roster.forgetting import (
    Forgetting,
    about,
    names_in,
    names_of,
    never_called,
    references_in,
    saying,
    with_merged,
    without_names,
)
from agent.roster.known_by import BESIDES, is_about_people, unlearn_denied, with_known_better, without_besides
from agent.roster.moves import Along, Came, Moves, said_along, turned_along
from agent.roster.storage import Row, Spare, nothing_spare, value_of

T = TypeVar("T")


class Roster(Decided):
    """The open roster, in a folder of its own with the decisions' files.

    `planned`: the revision of the last plan. An older list that somebody laid there by hand says nothing of decisions;
    one that `venuesync restore` put back says what they are to be: `was_put_back`, of the opening that finds it so.
    """

    def __init__(self, path: Path, spare: Spare = nothing_spare, planned: int = 0) -> None:
        super().__init__(path, spare)
        for event in self._events:
            if self._of(event).damaged is not None:
                self.damaged = self.damaged or self._of(event).damaged
                self.mark_restored()
                with suppress(OSError):  # it is said; without a file it would be missing at each opening
                    self._of(event).begin()
        if self.revision < planned and not self._workspace.get("put_back"):
            self._update_workspace(pending={})  # on disk with the next write: until then it is as old
            self._remember()
        self._finish()
        self.was_put_back = bool(self._workspace.get("put_back"))
        if self.was_put_back:  # a copy of it that somebody lays there later is just an older list
            with suppress(OSError):
                self._write(lambda: self._update_workspace(put_back=False))

    # ---- changes: on the ledger's writer thread

    def intend(
        self,
        verb: Verb,
        change: Callable[[Draft], tuple[T, str]],
        *,
        undoable: bool = True,
        unlearned: EventId | None = None,
    ) -> T:
        """Let `change` make a draft, and write it: all of it or nothing. It answers a value, and in words what it did.

        A draft in which nothing changed is no change, and nothing to undo. What can be undone is a new decision: what
        was taken back before it cannot be done again. `unlearned`: nobody of that event is known by anything any more,
        nor is by taking back what was decided before.
        """
        self._finish()
        draft = Draft(self, self._workspace.get("guests", {}))
        value, text = change(draft)
        unlearn_denied(draft, self._faces_of)
        people = {key: self.person(key) for key, one in draft.people.items() if one != self.person(key)}
        decisions = {
            event: {key: self._of(event).row(key) for key, row in rows.items() if row != self._of(event).row(key)}
            for event, rows in draft.decisions.items()
        }
        decisions = {event: rows for event, rows in decisions.items() if rows}
        if people or decisions or unlearned is not None:
            before = {**entry_row(verb, text, people, decisions), "guests": draft.guests}
            after = Entry(verb, text, 0.0, draft.people, draft.decisions)
            forgets = partial(self._unjournal, forgotten_in(after), unlearned)
            better = {key: one for key, one in people.items() if one is not None and verb is Verb.GUESTS}
            unasked = partial(self._note_better, better) if better else forgets
            kept = partial(self._journalled, before) if undoable else unasked
            self._commit(after, draft.guests, kept, moves=self._moves.noted(None, after.decisions, draft.came))
        return value

    def undo(self, besides: Mapping[PersonId, Person | None] | None = None, came: Came = ()) -> Turned | None:
        """Take back the last verb. Returns what it was, or `None` where there is nothing to take back."""
        return self._turn(DONE, UNDONE, besides or {}, came)

    def redo(self, besides: Mapping[PersonId, Person | None], came: Came = ()) -> Turned | None:
        """Do again what was taken back last; `besides`: people who are to be so from then on, as by an undo, too."""
        return self._turn(UNDONE, DONE, besides, came)

    def _turn(self, of: str, to: str, besides: Mapping[PersonId, Person | None], came: Came) -> Turned | None:
        """Make the last entry of one table so; what was so before it becomes the last of the other."""
        self._finish()
        rows = self._db.table(of).all()
        if not rows:
            return None
        entry = value_of(Entry, cast(Row, rows[-1]))
        draft = Draft(self, {})
        draft.people = self._still_called({**entry.people, **besides})
        draft.decisions = self._still_approved(entry)
        unlearn_denied(draft, self._faces_of)
        entry = replace(entry, people=draft.people, decisions=draft.decisions)
        people = {key: self.person(key) for key in entry.people}
        decisions = {event: {key: self._of(event).row(key) for key in rows} for event, rows in entry.decisions.items()}
        guests: dict[str, int] = self._workspace.get("guests") or {}
        back = {**entry_row(entry.verb, entry.text, people, decisions, entry.at), "guests": guests}
        back[BESIDES] = [*entry.besides]
        known = [one for one in [*people.values(), *entry.people.values()] if one is not None]

        def move() -> None:
            self._db.table(of).remove(doc_ids=[rows[-1].doc_id])
            self._db.table(to).insert(back)

        self._commit(entry, guests, move, moves=self._moves.noted(decisions, entry.decisions, came))
        events = frozenset({*entry.decisions, *(one.event for one in known)})
        return Turned(entry, events, names_only=not entry.decisions and are_names(people, entry.people))

    def _still_called(self, people: Mapping[PersonId, Person | None]) -> dict[PersonId, Person | None]:
        """These as they are to be: a name that is taken back is one that they were called by."""
        pairs = [(id, one, self.person(id)) for id, one in people.items()]
        return {
            id: one if one is None or now is None else known_as(one, *now.names_before, now.name, now.folder)
            for id, one, now in pairs
        }

    def _still_approved(self, entry: Entry) -> dict[EventId, dict[str, Row | None]]:
        """An entry's decisions, as it changed them: a yes that was said to a photo since then is no part of that."""
        found: dict[EventId, dict[str, Row | None]] = {event: {**rows} for event, rows in entry.decisions.items()}
        for event, rows in found.items() if entry.verb != Verb.APPROVE else ():
            for key, row in rows.items():
                now = self.photo_decision(event, key)
                if now is not None and now.approved:
                    then = PhotoDecision(key, name=now.name, at=now.at) if row is None else decision_from(row)
                    rows[key] = row_of(replace(then, approved=True)) if isinstance(then, PhotoDecision) else row
        return found

    # ---- somebody is forgotten

    def called(self, but: Collection[str] = (), event: EventId | None = None) -> set[str]:
        """Names of everybody else, whoever is one with them among these, and of events.

        Also what they were called before, but for people of `event`.
        """
        others = [one for one in self.everybody() if one.id not in but]
        before = {name for one in others if one.event != event for name in one.names_before}
        return names_of(others) | before | self._called_events()

    def _called_events(self) -> set[str]:
        return {name for event in self.events() for name in (event.name, event.folder)}

    def forgetting(self) -> list[Forgetting]:
        """Who is being forgotten: something of them is left somewhere."""
        rows: list[Row] = self._workspace.get("forgetting") or []
        return [value_of(Forgetting, row) for row in rows]

    def forget(
        self,
        person: Person,
        faces: Sequence[FaceDecision],
        instead: Person | None,
        left_over: Collection[tuple[str, Box]] = (),
        besides: Sequence[Person] = (),
        *,
        blur: bool = False,
    ) -> Forgetting:
        """They are no longer known, nor what was decided of them, and `faces` are nobody's: all in one write.

        No undo brings them back. `instead`: a stranger, by whom they are told from people to be asked about, and whom
        no face is taken for of which it was said that it is not theirs. `left_over`: references of theirs by which they
        are not known any more. `besides`: who was enrolled by a name of theirs and taken back. `blur`: their faces are
        not to be seen in what is filed.

        A name that somebody else of the event has by now is theirs; one that somebody had before is not kept of them.
        """
        self._finish()
        event, theirs = person.event, [*with_merged(person, self.everybody()), *besides]
        ids = [one.id for one in theirs]
        draft = Draft(self, self._workspace.get("guests", {}))
        others = [one for one in self.everybody() if one.event == event and one.id not in ids]
        for known in [one for one in self._of(event).all_faces() if {one.yes, *one.no} & {*ids}] + [*faces]:
            gone, stranger = known in faces or known.yes in ids, None if instead is None else instead.id
            lost = partial(without_people, ids=ids, gone=gone, instead=stranger, blur=blur)
            draft.decide_face(event, known, lost)
        keys = {key for rows in draft.decisions.values() for key in rows}
        journals = [cast(Row, row) for name in (DONE, UNDONE) for row in self._db.table(name).all()]
        before = {name for one in theirs for name in one.names_before} | names_of(theirs) | names_in(journals, ids)
        names = names_of([person]) | (before - names_of(others) - self._called_events())
        nobodys = names - self.called({*ids}, event)
        draft.people = {one: None for one in ids} | ({} if instead is None else {instead.id: instead})
        draft.people |= {one.id: never_called(one, nobodys) for one in others if {*one.names_before} & nobodys}
        references = {(one.sha256, one.box) for each in theirs for one in each.references}
        references |= {*left_over} | references_in(journals, ids)
        opened = tuple((share.folder, share.permission) for one in ids for share in self.shares(one))
        called = tuple(sorted(names - {""}))
        made = Forgetting(tuple(ids), event, called, tuple(sorted(references)), clock.wall(), blur, opened)
        says = saying(nobodys, self.called({*ids}))

        def write() -> None:
            self._rewrite_journals(lambda row: without_besides(row, ids))
            for table in (self._db.table(DONE), self._db.table(UNDONE)):
                rows = list(reversed(table.all()))
                gone = about([cast(Row, row) for row in rows], ids, keys, says)
                table.remove(doc_ids=[row.doc_id for row, goes in zip(rows, gone, strict=True) if goes])
            self._rewrite_journals(lambda row: without_names(row, event, nobodys))
            shared = self._shared_with({one: () for one in ids})
            self._update_workspace(**shared, forgetting=self._forgetting_rows([*self.forgetting(), made]))

        self._commit(Entry("forget", "", 0.0, draft.people, draft.decisions), draft.guests, write)
        return made

    def blur_faces(self, event: EventId, faces: Sequence[FaceDecision]) -> None:
        """They are of somebody who was forgotten and is known again by what is kept of them: nobody's, blurred.

        By their very boxes; said twice, it is decided once. No undo shows them again. The revision stays: whoever says
        it plans these photos next, and nothing else depends on it.
        """
        self._finish()
        known = {one.key: one for face in faces for one in self._of(event).faces(face.sha256)}
        were = [known.get(one.key, one) for one in faces]
        made = [without_people(one, (), gone=True, blur=True) for one in were if not (one.forgotten and one.blurred)]
        if made:
            rows = {one.key: row_of(replace(one, at=clock.wall())) for one in made}
            after = Entry("blur", "", 0.0, {}, {event: rows})
            unjournal = partial(self._unjournal, forgotten_in(after))
            self._commit(after, self._workspace.get("guests", {}), unjournal, planned=True)

    def follow(self, along: Along, came: Came) -> None:
        """It came after its shot was moved: it is, too, and is back by what takes that back. Said twice, it is so once.

        The revision stays, as of `blur_faces`.
        """
        self._finish()
        rows = said_along([along], lambda of, key: self._of(of).row(key))

        def turned() -> None:
            self._rewrite_journals(lambda entry: turned_along(entry, [along], lambda of, key: self._of(of).row(key)))

        if rows:
            after, guests = Entry("move", "", 0.0, {}, rows), self._workspace.get("guests", {})
            self._commit(after, guests, turned, planned=True, moves=self._moves.noted(None, rows, came))

    def put_forgetting(self, before: Forgetting, now: Forgetting | None) -> None:
        """What is left of it; `None`: nothing."""
        left = [now if one == before else one for one in self.forgetting()]
        self._write(lambda: self._update_workspace(forgetting=self._forgetting_rows(left)))

    def drop_generations(self, event: EventId) -> None:
        """No earlier state of the list or of an event's decisions is left. Raises `OSError`."""
        self._file.drop_generations()
        self._of(event).drop_generations()

    def _forgetting_rows(self, them: Sequence[Forgetting | None]) -> list[Row]:
        return [json.loads(json.dumps(asdict(one))) for one in them if one is not None]

    # ----

    def _commit(
        self,
        after: Entry,
        guests: dict[str, int],
        journalled: Callable[[], object],
        *,
        planned: bool = False,
        moves: Moves | None = None,
    ) -> None:
        """People, journal and what is still to be written of decisions, in one write; then the decisions.

        `planned`: no plan is behind by it. `moves`: what is kept of them from now on; `None`: the same as before.
        """
        for event in after.decisions:
            self._of(event).begin()

        def write() -> None:
            self._store(one for one in after.people.values() if one is not None)
            self._drop(key for key, one in after.people.items() if one is None)
            journalled()
            pending = {event: dict(rows) for event, rows in after.decisions.items()}
            decided = sorted({*self.decided, *pending})
            self._update_workspace(guests=guests, pending=pending, decided=decided, put_back=False)
            if moves is not None and moves != self._moves:
                self._update_workspace(**moves.fields())

        (self._write if planned else self._change)(write)
        with suppress(OSError):  # it is decided; the file follows with the next decision, or at the next opening
            self._finish()

    def _journalled(self, row: Row) -> None:
        """A new decision: the oldest goes where there are many, and nothing can be done again."""
        journal = self._db.table(DONE)
        journal.insert(row)
        old = [row.doc_id for row in journal.all()][:-JOURNAL_KEPT]
        journal.remove(doc_ids=old) if old else None
        self._db.table(UNDONE).truncate()
        known = {*self._people, *(one for each in journal.all() for one in each["people"])}
        gone = {*self._shared, *self._readers} - known  # whose enrolment was taken back, and is not done again
        if gone:
            self._update_workspace(**self._shared_with({one: () for one in gone}))

    def _note_better(self, before: Mapping[PersonId, Person]) -> None:
        """These guests are known better from now on: until the last decision about people is taken back, or that which
        was taken back last is done again.
        """
        for table in (self._db.table(DONE), self._db.table(UNDONE)):
            last = next((row for row in reversed(table.all()) if is_about_people(cast(Row, row))), None)
            if last is not None:
                table.update(with_known_better(cast(Row, last), before), doc_ids=[last.doc_id])

    def _unjournal(self, faces: Mapping[EventId, Collection[str]], unlearned: EventId | None = None) -> None:
        """What was decided of these faces can neither be taken back nor done again, nor by what an event's people were
        known.
        """
        if any(faces.values()):
            self._rewrite_journals(lambda row: without_faces(row, faces))
        if unlearned is not None:
            self._rewrite_journals(lambda row: without_references(row, unlearned))

    def remove_event(self, event: EventId, along: Sequence[Along] = ()) -> None:
        """`along`: files that followed their shots; of those that are moved, the same is decided by this very word."""
        self._finish()

        def row(of: EventId, key: str) -> Row | None:
            return self._of(of).row(key)

        def gone() -> None:
            said = [one for one in along if one.sha256 in rows.get(one.event, {})]
            self._rewrite_journals(lambda entry: turned_along(entry, said, row))
            self._forget_event(event)

        rows = said_along(along, row)
        self._commit(Entry("remove", "", 0.0, {}, rows), self._workspace.get("guests", {}), gone)

    def _forget_event(self, event: EventId) -> None:
        """What was decided in it can neither be taken back nor done again."""
        super()._forget_event(event)
        self._rewrite_journals(lambda row: self._without(row, event))

    def _without(self, row: Row, event: EventId) -> Row:
        """The people and decisions of other events in a journal's row; no photo would come into this one by it."""
        people = {key: one for key, one in row["people"].items() if self._event_of(PersonId(key), one) != event}
        decisions = {
            other: {key: one for key, one in rows.items() if one is None or one.get("moved_to") != event}
            for other, rows in row["decisions"].items()
            if other != event
        }
        return {"people": people, "decisions": {other: rows for other, rows in decisions.items() if rows}}

    def _event_of(self, person: PersonId, row: Row | None) -> EventId | None:
        known = self.person(person)
        return EventId(row["event"]) if row is not None else None if known is None else known.event

    def _finish(self) -> None:
        """Let the decisions' files follow the last change; done already, it does nothing."""
        pending: dict[str, dict[str, Any]] = self._workspace.get("pending") or {}
        for event, rows in pending.items():
            self._of(EventId(event)).apply(rows)
