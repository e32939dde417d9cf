"""Planning everything anew: after an enrolment, a restored roster, a rebuilt ledger.

Only what differs is written, in pieces, so that fresh photos get in between.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from agent.filing.tree import person_folders
from agent.ledger import Ledger, faces, folders, meta, placements
from agent.model import Event, PersonId
from agent.people.known import KnownFaces
from agent.people.planner import Planned, Planner, StalePlan
from agent.roster import Roster

CHUNK = 200  # photos in one transaction
HELD = "held_removals"  # placements that an older roster would take away
ROSTER_TROUBLE = "store:roster"  # that it is an older one: over once the operator has said yes


@dataclass(frozen=True, slots=True)
class Difference:
    """Plans that differ from what is wanted now, and how many placements they would take away."""

    plans: list[Planned]
    removals: int
    gained: int  # photos that are the favoured person's, and were not


async def plan_again(ledger: Ledger, roster: Roster, planner: Planner, favoured: PersonId | None = None) -> int:
    """Plan every photo of every event, and every person's folders. Answers how many photos the favoured person gains.

    Her placements go before the backlog. Afterwards the ledger is planned with the roster as it is then: if that
    changed meanwhile, what differs is planned once more.
    """
    gained = 0
    while True:
        revision, removals = roster.revision, 0
        for event in roster.events():
            found = await plan_event(ledger, roster, planner, event, favoured)
            gained += found.gained
            removals += found.removals
        with contextlib.suppress(StalePlan):
            await ledger.write(record, roster, revision, removals)
            return gained


async def plan_event(
    ledger: Ledger, roster: Roster, planner: Planner, event: Event, favoured: PersonId | None
) -> Difference:
    """The same for one event. If the roster changes meanwhile, what is left is planned by the new one."""
    first: Difference | None = None
    while True:
        specs = [spec for person in roster.people(event.id) for spec in person_folders(event, person)]
        await ledger.write(folders.ensure, specs, time.time())
        known = await planner.known(event)
        found = await ledger.read(differences, planner, event, known, favoured)
        first = first or found
        try:
            for start in range(0, len(found.plans), CHUNK):
                chunk = found.plans[start : start + CHUNK]
                await ledger.write(write_chunk, planner, known, chunk, favoured, time.time())
        except StalePlan:
            continue
        return first


def differences(
    db: sqlite3.Connection, planner: Planner, event: Event, known: KnownFaces, favoured: PersonId | None
) -> Difference:
    wanted = placements.wanted_keys(db, event.id)
    people = faces.people_in(db, event.id)
    plans: list[Planned] = []
    removals = gained = 0
    for event_photo, photo, kind, found in faces.of_event(db, event.id):
        planned = planner.plan(event_photo, photo, kind, found, known)
        before, goal = wanted.get(event_photo, set()), set(planned.plan.wanted)
        were = people.get(photo, set())
        if before == goal and were == planned.people:
            continue
        plans.append(planned)
        removals += len(before - goal)
        gained += favoured in planned.people - were
    return Difference(plans, removals, gained)


def write_chunk(
    db: sqlite3.Connection,
    planner: Planner,
    known: KnownFaces,
    plans: Sequence[Planned],
    favoured: PersonId | None,
    now: float,
) -> None:
    planner.refuse_stale(known)
    for planned in plans:
        planner.write(db, planned, known.event, now, priority=int(favoured in planned.people))


def record(db: sqlite3.Connection, roster: Roster, revision: int, removals: int) -> None:
    if roster.revision != revision:
        raise StalePlan
    meta.record_planned(db, revision)
    meta.put(db, HELD, str(removals if roster.restored else 0))
