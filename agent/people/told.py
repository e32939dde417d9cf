"""What is told of somebody by name: in the activity, unless they were forgotten before it could be written, and to
whoever decided something of which others' photos followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.ledger import matches, meta
from agent.ledger.counts import plural
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, Person, PersonId
from agent.roster import Roster


def note_of(db: Db, roster: Roster, person: Person, kind: str, text: str, now: float) -> None:
    """On the writer's thread, where people are forgotten: whoever is nobody any more is not named again."""
    if roster.person(person.id) is not None:
        meta.note_activity(db, kind, text, now, person.event)


def beside(db: Db, event: EventId, people: Sequence[PersonId]) -> int:
    """On how many photos two of them stand: nobody is on one twice."""
    every = [photo for one in people for photo in matches.photos_of_person(db, event, one, -1)]
    return len(every) - len({*every})


def lost(roster: Roster, person: Person, left: Mapping[PersonId, int]) -> list[str]:
    """By a decision about a person: whose photos are not theirs any more, but for whoever is one with them now."""
    found = [(roster.person(one), number) for one, number in left.items() if one != person.id]
    return [
        f"{plural(number)} {'is' if number == 1 else 'are'} not of {one.name} any more"
        for one, number in found
        if one is not None and one.merged_into is None and not one.ignored
    ]


def one_with(person: Person, guests: Sequence[str], photos: int) -> list[str]:
    """Guests, by their names, who are found to be that person; `photos`: on which two of them stand."""
    if not guests:
        return []
    verb = "is" if len(guests) == 1 else "are"
    doubt = (
        f", though {plural(photos)} {'shows' if photos == 1 else 'show'} both: if they are two, undo" if photos else ""
    )
    return [f"{' and '.join(guests)} {verb} one with {person.name} now{doubt}"]


def called(guest: Person) -> str:
    """Whom nobody has named: a guest by their number, a stranger by what becomes of their faces."""
    return guest.name or ("A stranger whose face is blurred" if guest.blur else "A stranger who was ignored")


def link_closed(roster: Roster, gone: Person, into: Person) -> list[str]:
    """Of two who become one: the first one's link led to a folder of theirs, and opens nothing from now on."""
    if all(one.to for one in roster.shares(gone.id)):
        return []
    has = any(not one.to for one in roster.shares(into.id))
    then = f"that of {into.name} does: show its code again" if has else f"{into.name} has none yet: make one"
    return [f"The link of {gone.name} opens nothing any more; {then}"]
