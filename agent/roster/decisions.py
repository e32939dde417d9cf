"""What was decided about single faces and photos of one event, in a file of its own: `decisions-<event>.json`.

Keyed by what outlives any ledger: the photo's SHA-256 and the face's upright box, so that a photo that is looked at
again, by another engine or after everything else was lost, still has its answers. A decision in the making is a draft;
what each verb changed stands in a journal, as it was before: the last one can be taken back, then the one before. What
was taken back is kept the other way round until something new is decided.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from agent import clock
from agent.model import Box, EventId, Person, PersonId
from agent.roster.storage import AtomicStorage, Row, Spare, Tables, nothing_spare, value_of

TABLE = "decisions"
Side = Literal["solo", "group"]


@dataclass(frozen=True, slots=True)
class FaceDecision:
    """Of one face: `yes` it is this person, `no` it is none of these, `ignored`: nobody to ask about.

    `forgotten`: of somebody of whom nothing is to be held, no encoding either. `blurred`: and who is not to be known by
    it in what is filed of the photo.
    """

    sha256: str
    box: Box
    yes: PersonId | None = None
    no: tuple[PersonId, ...] = ()
    ignored: bool = False
    name: str = ""  # the photo's file name, for people who read the file
    at: float = 0.0
    forgotten: bool = False
    blurred: bool = False

    @property
    def key(self) -> str:
        return f"{self.sha256} {self.box.left},{self.box.top},{self.box.right},{self.box.bottom}"

    @property
    def about(self) -> frozenset[PersonId]:
        """Everybody of whom it says that it is they, or is not."""
        return frozenset(self.no if self.yes is None else (self.yes, *self.no))

    @property
    def empty(self) -> bool:
        return not self.about and not self.ignored


@dataclass(frozen=True, slots=True)
class PhotoDecision:
    """Of a whole photo: approved, taken out of all folders, moved to another event, filed as portrait or group, set
    aside.

    What is set aside may be no photo yet (`agent/ledger/troubles.py`): then another key stands for the SHA-256.
    """

    sha256: str
    withdrawn: bool = False
    moved_to: EventId | None = None
    company: Side | None = None
    approved: bool = False  # where photos are looked at first: it may be filed
    set_aside: bool = False  # it failed, and somebody said by name that all may be packed up without it
    name: str = ""
    at: float = 0.0

    @property
    def key(self) -> str:
        return self.sha256

    @property
    def empty(self) -> bool:
        return not (self.withdrawn or self.moved_to or self.company or self.approved or self.set_aside)


@dataclass(frozen=True, slots=True)
class ClockDecision:
    """Of a camera: its clock is `ahead` of true time by so many seconds; `None`: nobody has said so.

    `sha256`: its key, so that a program that knows of no clocks takes it for a photo of which nothing is decided.
    """

    sha256: str
    camera: str
    ahead: float | None = None
    at: float = 0.0

    @property
    def key(self) -> str:
        return self.sha256

    @property
    def empty(self) -> bool:
        return self.ahead is None


def clock_key(camera: str) -> str:
    return f"clock {camera}"


Decision = FaceDecision | PhotoDecision | ClockDecision


class Decisions:
    """One event's file. `damaged` names a file that was set aside at opening; an older one is used then.

    `expected`: something was decided before, so that no file at all means that it was removed.
    """

    def __init__(self, path: Path, spare: Spare = nothing_spare, *, expected: bool = False) -> None:
        self._storage = AtomicStorage(path, check, spare, expected=expected)
        self._unsaved = False
        tables: Tables = self._storage.read() or {}
        self.damaged = self._storage.damaged
        self._rows: dict[str, Row] = dict(tables.get(TABLE, {}))
        self._remember()

    def _remember(self) -> None:
        self._faces: dict[str, list[FaceDecision]] = {}
        self._photos: dict[str, PhotoDecision] = {}
        self._clocks: dict[str, ClockDecision] = {}
        for row in self._rows.values():
            found = decision_from(row)
            if isinstance(found, FaceDecision):
                self._faces.setdefault(found.sha256, []).append(found)
            elif isinstance(found, ClockDecision):
                self._clocks[found.camera] = found
            else:
                self._photos[found.sha256] = found

    def faces(self, sha256: str) -> list[FaceDecision]:
        return self._faces.get(sha256, [])

    def photo(self, sha256: str) -> PhotoDecision | None:
        return self._photos.get(sha256)

    def clocks(self) -> dict[str, float]:
        """Cameras of whose clocks somebody said it -> seconds ahead."""
        return {one.camera: one.ahead for one in self._clocks.values() if one.ahead is not None}

    def all_faces(self) -> list[FaceDecision]:
        return [one for faces in self._faces.values() for one in faces]

    def row(self, key: str) -> Row | None:
        return self._rows.get(key)

    def begin(self) -> None:
        """From now on there is a file, so that none means that it was removed. Raises `OSError`."""
        if not self._storage.path.exists():
            self._storage.write({TABLE: self._rows})

    def drop_generations(self) -> None:
        self._storage.drop_generations()

    def apply(self, changes: Mapping[str, Row | None]) -> None:
        """Put rows, or take them out where `None`, in one write; what is so already is not written again.

        Where the disk refuses they count all the same, and are written at the next call.
        """
        news = {key: row for key, row in changes.items() if self._rows.get(key) != row}
        if not news and not self._unsaved:
            return
        rows = {**self._rows, **{key: row for key, row in news.items() if row is not None}}
        rows = {key: row for key, row in rows.items() if news.get(key, row) is not None}
        self._rows, self._unsaved = rows, True
        self._remember()
        self._storage.write({TABLE: rows})
        self._unsaved = False


def row_of(decision: Decision) -> Row | None:
    """What is kept of it, as the file has it; `None` for one that says nothing (any more)."""
    return None if decision.empty else json.loads(json.dumps(asdict(decision)))


def decision_from(row: Row) -> Decision:
    return value_of(FaceDecision if "box" in row else ClockDecision if "ahead" in row else PhotoDecision, row)


def without_people(
    decision: FaceDecision, ids: Collection[str], *, gone: bool, instead: PersonId | None = None, blur: bool = False
) -> FaceDecision:
    """Nothing is said of these people any more; `gone`: it is the face of one of them, and nobody's now, to be blurred
    with `blur`. What was said not to be theirs is not `instead`'s, either.
    """
    no = tuple(one for one in decision.no if one not in ids)
    if not gone:
        return replace(decision, no=no if instead is None or no == decision.no else (*no, instead))
    return replace(decision, yes=None, no=(), ignored=True, forgotten=True, blurred=blur or decision.blurred)


def check(tables: Tables) -> None:
    """Raise if these are not an event's decisions."""
    for row in tables[TABLE].values():
        decision_from(row)


GUEST = "Guest"
GUEST_NUMBER = re.compile(rf"{GUEST} (\d+)")


class Known(Protocol):
    """What a draft is made from: the roster as it is."""

    def known_people(self, event: EventId | None = None) -> list[Person]: ...

    def person(self, person: PersonId) -> Person | None: ...

    def face_decision(self, event: EventId, decision: FaceDecision) -> FaceDecision: ...

    def photo_decision(self, event: EventId, sha256: str) -> PhotoDecision | None: ...

    def clocks(self, event: EventId) -> dict[str, float]: ...


class Draft:
    """Reads as the roster does, with the changes made so far in it."""

    def __init__(self, known: Known, guests: dict[str, int]) -> None:
        self._known = known
        self.people: dict[PersonId, Person | None] = {}
        self.decisions: dict[EventId, dict[str, Row | None]] = {}
        self._faces: dict[tuple[EventId, str], FaceDecision] = {}
        self._photos: dict[tuple[EventId, str], PhotoDecision] = {}
        self.guests = dict(guests)
        self.came: Collection[tuple[EventId, str]] = ()  # photos by SHA-256 that events have by themselves, too

    def person(self, person: PersonId) -> Person | None:
        return self.people[person] if person in self.people else self._known.person(person)

    def resolved(self, person: PersonId) -> PersonId:
        """Who somebody is by now: the same, or whom they were merged into."""
        seen: set[PersonId] = set()
        while person not in seen and (found := self.person(person)) is not None and found.merged_into is not None:
            seen.add(person)
            person = found.merged_into
        return person

    def people_of(self, event: EventId) -> list[Person]:
        """Everybody with folders, as it is to be."""
        kept = [self.person(one.id) for one in self._known.known_people(event)]
        new = [one for one in self.people.values() if one is not None and self._known.person(one.id) is None]
        there = [*(one for one in kept if one is not None), *new]
        return [one for one in there if one.event == event and one.merged_into is None and not one.ignored]

    @property
    def names_only(self) -> bool:
        """Whether somebody is called otherwise, and nothing else: whose a photo is does not follow from that."""
        before = {id: self._known.person(id) for id in self.people}
        return not self.decisions and are_names(before, self.people)

    def put(self, person: Person) -> Person:
        """A guest's number in their name counts as given: an undo or a redo may bring the name back."""
        self.people[person.id] = person
        if number := numbered([person.name, person.folder]):
            self.guests[person.event] = max(number, self.guests.get(person.event, 0))
        return person

    def next_guest(self, event: EventId, at_least: int = 0) -> str:
        """`Guest 07`: a number that was never given in this event."""
        number = max(self.guests.get(event, 0), at_least) + 1
        self.guests[event] = number
        return f"{GUEST} {number:02}"

    def decide_face(self, event: EventId, face: FaceDecision, change: Callable[[FaceDecision], FaceDecision]) -> None:
        """Change what is decided of a face: of the very box that was decided before, where they are one face."""
        known = self._known.face_decision(event, face)
        before = self._faces.get((event, known.key), known)
        after = change(before)
        if after != before:  # else nothing is decided by it, and there is nothing to take back
            after = replace(after, at=clock.wall(), name=face.name or before.name)
            self._faces[event, after.key] = after
            self._keep(event, after)

    def decide_photo(
        self, event: EventId, sha256: str, name: str, change: Callable[[PhotoDecision], PhotoDecision]
    ) -> None:
        known = self._photos.get((event, sha256)) or self._known.photo_decision(event, sha256)
        before = known or PhotoDecision(sha256)
        after = change(before)
        if after != before:
            after = replace(after, at=clock.wall(), name=name)
            self._photos[event, sha256] = after
            self._keep(event, after)

    def set_clock(self, event: EventId, camera: str, ahead: float | None) -> None:
        """`None`: it is found out again."""
        if self._known.clocks(event).get(camera) != ahead:
            self._keep(event, ClockDecision(clock_key(camera), camera, ahead, clock.wall()))

    def _keep(self, event: EventId, decision: Decision) -> None:
        self.decisions.setdefault(event, {})[decision.key] = row_of(decision)


def numbered(names: Iterable[str]) -> int:
    """The highest number in names like guests'; capitals tell nobody from anybody. 0: none is like that."""
    return max((int(found[1]) for name in names if (found := GUEST_NUMBER.fullmatch(name.capitalize()))), default=0)


JOURNAL_KEPT = 100  # verbs
MOVES_KEPT = 10_000  # photos that were moved, of which that was taken back
DONE, UNDONE = "journal", "undone"  # the roster's tables of what can be taken back, and what can be done again


class Verb(StrEnum):
    """By which a decision was made; the words stand in files."""

    ENROLL = "enroll"
    NAME = "name"
    IGNORE = "ignore"
    REVIEW = "review"
    NOT = "not"
    RENAME = "rename"
    MERGE = "merge"
    WITHDRAW = "withdraw"
    MOVE = "move"
    COMPANY = "company"
    APPROVE = "approve"
    DISMISS = "dismiss"
    RESTORE = "restore"
    CLOCK = "clock"
    CONSENT = "consent"
    RETENTION = "retention"  # nobody's: a face that was kept for as long as it may be
    GUESTS = "guests"  # nobody's decision: found by themselves


OF_PHOTOS = frozenset(  # of whole photos, no faces; or of their cameras
    {Verb.WITHDRAW, Verb.MOVE, Verb.COMPANY, Verb.APPROVE, Verb.DISMISS, Verb.RESTORE, Verb.CLOCK}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """`people` and `decisions` as they are to be by taking it back, or doing it again; `None`: none.

    `guests`: which numbers were given when it was decided, or last turned; `None`: an older program did that.
    `besides`: guests whom it did not change itself, who are known better since (`known_by.py`).
    """

    verb: str
    text: str
    at: float
    people: Mapping[PersonId, Person | None]
    decisions: Mapping[EventId, Mapping[str, Row | None]]
    guests: Mapping[EventId, int] | None = None
    besides: tuple[PersonId, ...] = ()

    @property
    def of_photos(self) -> bool:
        """Whether it is about whole photos alone."""
        return not self.people and self.verb in OF_PHOTOS


def are_names(before: Mapping[PersonId, Person | None], after: Mapping[PersonId, Person | None]) -> bool:
    """Whether these people differ by their names alone."""
    return all(
        one is not None
        and now is not None
        and replace(one, name=now.name, folder=now.folder, names_before=now.names_before) == now
        for one, now in ((one, after[id]) for id, one in before.items())
    )


def moved_to(row: Row | None) -> EventId | None:
    """By the row of a decision."""
    return None if row is None else row.get("moved_to")


def forgotten_in(entry: Entry) -> dict[EventId, set[str]]:
    """Keys of the faces of which nothing is to be held by it, blurred or not."""
    return {
        event: {key for key, row in rows.items() if row is not None and row.get("forgotten")}
        for event, rows in entry.decisions.items()
    }


def without_faces(row: Row, faces: Mapping[EventId, Collection[str]]) -> Row:
    """A journal's row that says nothing of these faces."""
    left = {
        event: {key: one for key, one in rows.items() if key not in faces.get(event, ())}
        for event, rows in row["decisions"].items()
    }
    return {"people": row["people"], "decisions": {event: rows for event, rows in left.items() if rows}}


def without_references(row: Row, event: EventId) -> Row:
    """A journal's row by which nobody of an event would be known again; but for whoever is to be blurred."""
    nothing: list[Row] = []
    people: dict[str, Row | None] = {
        key: {**one, "references": nothing, "look": one.get("look", "") if one.get("blur") else ""}
        if one is not None and one["event"] == event
        else one
        for key, one in row["people"].items()
    }
    return {"people": people, "decisions": row["decisions"]}


@dataclass(frozen=True, slots=True)
class Turned:
    """An entry that was taken back or done again, and the events that it concerns. `names_only`: see `Draft`."""

    entry: Entry
    events: frozenset[EventId]
    names_only: bool


def entry_row(
    verb: str,
    text: str,
    people: Mapping[PersonId, Person | None],
    decisions: Mapping[EventId, Mapping[str, Row | None]],
    at: float | None = None,
) -> Row:
    """`at`: when it was decided, seconds UTC; now, where nothing else is said."""
    return {
        "verb": verb,
        "text": text,
        "at": clock.wall() if at is None else at,
        "people": {key: None if one is None else asdict(one) for key, one in people.items()},
        "decisions": {event: dict(rows) for event, rows in decisions.items()},
    }
