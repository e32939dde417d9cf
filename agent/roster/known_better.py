"""Guests who are known better by faces that a decision left to nobody: by taking it back they are known as before.

Nobody decided it. So it stands with the last decision about people, beside what that changed itself: taken back with
it, and done again; faces that are nobody's then make them known better anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict

from agent.model import Person, PersonId
from agent.roster.decisions import GUEST_NUMBER, OF_PHOTOS, Entry
from agent.roster.storage import Row, value_of

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
