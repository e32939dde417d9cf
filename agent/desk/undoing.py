"""What was decided, newest first; the last of it taken back, and what was taken back done again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent import clock
from agent.desk.house import House
from agent.errors import Cause, VenueError
from agent.filing.files import holds_at
from agent.filing.last_files import LastFiles
from agent.filing.whereabouts import Whereabouts, whereabouts
from agent.ledger import activity, references
from agent.ledger.references import key_of
from agent.model import Person, PersonId
from agent.own_folders import OwnFolders
from agent.people.intents import merge_rows
from agent.people.resemblance import guests_like
from agent.roster.decisions import PhotoDecision, decision_from
from agent.roster.journal import Entry
from agent.service_people import DecisionRow, Decisions, Undone
from agent.times import iso

NAMES = 3  # that an error tells


def listing(house: House) -> Decisions:
    roster = house.roster
    names: dict[str, str] = {event.id: event.name for event in roster.events()}

    def row(entry: Entry) -> DecisionRow:
        people = [*entry.people.values(), *map(roster.person, entry.people)]
        events = {*entry.decisions, *(one.event for one in people if one is not None)}
        known = [name for event, name in names.items() if event in events]
        return {"verb": entry.verb, "what": entry.text, "at": iso(entry.at), "events": known}

    return {
        "done": [row(one) for one in reversed(roster.journal())],
        "undone": [row(one) for one in reversed(roster.undone())],
    }


async def undo(house: House) -> Undone:
    """Take back the last decision. Raises `VenueError` of the kind `nothing` if there is none."""
    async with house.decider.alone() as deciding:
        for entry in house.roster.journal()[-1:]:
            await refuse_lost(house, entry)
        turned = await deciding.undo()
        if turned is None:
            raise VenueError("Nothing to undo", cause=Cause.CONFLICT, kind="nothing")
        entry, replanned = turned
        await house.ledger.write(activity.note, "undo", f"Undone: {entry.text}", clock.wall())
    return {"what": entry.text, "photos": replanned.photos, "left": len(house.roster.journal())}


async def redo(house: House) -> Undone:
    """Do again what was taken back last. Raises `VenueError` of the kind `nothing` if there is nothing."""
    async with house.decider.alone() as deciding:
        besides: dict[PersonId, Person] = {}
        for entry in house.roster.undone()[-1:]:
            await refuse_lost(house, entry)
            besides = await found_meanwhile(house, entry)
        turned = await deciding.redo(besides)
        if turned is None:
            raise VenueError("Nothing to redo", cause=Cause.CONFLICT, kind="nothing")
        entry, replanned = turned
        await house.ledger.write(activity.note, "redo", f"Done again: {entry.text}", clock.wall())
    return {"what": entry.text, "photos": replanned.photos, "left": len(house.roster.undone())}


# ---- photos whose bytes are gone


async def refuse_lost(house: House, entry: Entry) -> None:
    """What cannot be put back is not promised. Raises `VenueError` naming the photos that lie nowhere any more."""
    back = coming_back(house, entry)
    if not back:
        return
    found = await house.ledger.read(whereabouts, list(back))
    lost = await asyncio.to_thread(missing, house.own, LastFiles(house.workspace.state), found)
    if lost:
        names = [back[one] for one in lost]
        shown = ", ".join(names[:NAMES]) + (f" and {len(names) - NAMES} more" if len(names) > NAMES else "")
        raise VenueError(
            "That cannot be brought back",
            f"{shown}: no file here holds {'it' if len(names) == 1 else 'them'} any more",
            f"Copy {'it' if len(names) == 1 else 'them'} into an incoming folder again, then undo",
            cause=Cause.CONFLICT,
            kind="lost",
        )


def coming_back(house: House, entry: Entry) -> dict[str, str]:
    """Photos that are in no folder now and would be: SHA-256 -> name."""
    found: dict[str, str] = {}
    for event, rows in entry.decisions.items():
        for key, told in rows.items():
            now = house.roster.photo_decision(event, key)
            then = None if told is None else decision_from(told)
            if now is not None and is_out(now) and not (isinstance(then, PhotoDecision) and is_out(then)):
                found[key] = now.name
    return found


def is_out(decision: PhotoDecision) -> bool:
    return decision.withdrawn or decision.moved_to is not None


def missing(own: OwnFolders, kept: LastFiles, found: Sequence[Whereabouts]) -> list[str]:
    return [
        one.sha256 for one in found if not (one.is_here(own) or holds_at(kept.path(one.sha256), one.sha256, one.bytes))
    ]


# ---- guests who were found meanwhile


async def found_meanwhile(house: House, entry: Entry) -> dict[PersonId, Person]:
    """Whoever is known again by a redo was nobody known meanwhile, and may have become a guest: the two are one."""
    encodings = await house.ledger.read(references.encodings, house.planner.engine)
    besides: dict[PersonId, Person] = {}
    for person in entry.people.values():
        if person is None or person.guest or person.ignored or person.merged_into is not None:
            continue
        known = await house.planner.known(house.roster.event(person.event))
        looks = [encodings[key_of(one)] for one in person.references if key_of(one) in encodings]
        for id in guests_like(known, looks):
            guest = house.roster.person(id)
            if guest is not None and id not in entry.people and guest.created_at > entry.at:
                gone, person = merge_rows(guest, besides.get(person.id, person))
                besides |= {gone.id: gone, person.id: person}
    return besides
