"""By what people are known: by no face of which somebody said that it is not theirs, whatever brought it there.

A guest is known better by groups of faces, two people become one, something is taken back: none of it says anything of
single faces, and what was said of one stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Protocol

from agent.model import Box, EventId, Person, PersonId, overlap
from agent.roster.decisions import GUEST_NUMBER, OF_PHOTOS, Draft, Entry, FaceDecision, decision_from
from agent.roster.storage import Row, value_of

SAME = 0.4  # share of the union from which two boxes are one face


class At(Protocol):
    """A face in a photo. `name`: the photo's."""

    @property
    def sha256(self) -> str: ...

    @property
    def box(self) -> Box: ...

    @property
    def name(self) -> str: ...


def is_same(one: At, other: At) -> bool:
    return one.sha256 == other.sha256 and overlap(one.box, other.box) >= SAME


def denied_of(faces: Iterable[At], decided: Callable[[str], Sequence[FaceDecision]]) -> set[PersonId]:
    """Everybody of whom somebody said that one of these is not theirs. `decided`: of the faces of one photo."""
    told = [one for face in faces for one in decided(face.sha256) if is_same(face, one)]
    return {person for one in told for person in one.no if person != one.yes}


def unlearn_denied(draft: Draft, decided: Callable[[EventId, str], Sequence[FaceDecision]]) -> None:
    """Of all whom a draft changes. `decided`: of the faces of one photo, as it was before."""
    told: dict[tuple[EventId, str], list[FaceDecision]] = {}
    for event, rows in draft.decisions.items():
        for one in [decision_from(row) for row in rows.values() if row is not None]:
            if isinstance(one, FaceDecision):
                told.setdefault((event, one.sha256), []).append(one)

    def is_denied(person: Person, reference: At) -> bool:
        changed, photo = draft.decisions.get(person.event, {}), (person.event, reference.sha256)
        known = [one for one in decided(*photo) if one.key not in changed] + told.get(photo, [])
        return any(is_same(one, reference) and denies(draft, one, person) for one in known)

    for person in [one for one in draft.people.values() if one is not None]:
        kept = tuple(one for one in person.references if not is_denied(person, one))
        if kept != person.references:
            draft.put(replace(person, references=kept))


def denies(draft: Draft, decision: FaceDecision, person: Person) -> bool:
    """Of what was said of two who are one by now, the yes counts."""
    no = {draft.resolved(one) for one in decision.no}
    return person.id in no and (decision.yes is None or draft.resolved(decision.yes) != person.id)


# ---- guests who are known better by faces that a decision left to nobody: by taking it back they are known as before.
# Nobody decided it. So it stands with the last decision about people, beside what that changed itself: taken back with
# it, and done again; faces that are nobody's then make them known better anew.

BESIDES = "besides"  # in a journal's row, as in `Entry`


def is_about_people(row: Row) -> bool:
    return row["verb"] not in OF_PHOTOS


def with_known_better(row: Row, before: Mapping[PersonId, Person]) -> Row:
    """A journal's row by which these guests are as they were before, too, but for whoever was found since."""
    entry = value_of(Entry, row)
    more = {id: one for id, one in before.items() if id not in entry.people and not is_new(one, entry)}
    people = {**row["people"], **{id: asdict(one) for id, one in more.items()}}
    return {"people": people, "decisions": row["decisions"], BESIDES: [*entry.besides, *more]}


def is_new(guest: Person, entry: Entry) -> bool:
    """Whether they were found after that was decided, or taken back: by their number, as clocks are set."""
    number = GUEST_NUMBER.fullmatch(guest.name)
    if entry.guests is None or number is None:
        return guest.created_at > entry.at
    return int(number[1]) > entry.guests.get(guest.event, 0)


def without_besides(row: Row, ids: Collection[str]) -> Row:
    """A journal's row without these people, where it is not about them."""
    gone = {*ids} & {*row.get(BESIDES, ())}
    return {"people": {id: one for id, one in row["people"].items() if id not in gone}, "decisions": row["decisions"]}
