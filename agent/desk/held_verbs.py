"""What waits for a yes: shown, approved or rejected."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from agent import clock
from agent.changes.gone import take_out
from agent.desk.house import House
from agent.ledger import activity, counts, held, meta, troubles
from agent.ledger.held import Held
from agent.people.plan_again import HELD, ROSTER_TROUBLE, plan_again
from agent.service_people import HeldRow

ROSTER = "roster"  # the id of what a restored roster would take away


async def rows(house: House) -> list[HeldRow]:
    count = int(await house.ledger.read(meta.get, HELD, "0"))
    restored: list[HeldRow] = [
        {
            "id": ROSTER,
            "what": f"{count:,} placements would be taken out of folders" if count else "guests are made again",
            "why": "the list of people is not the last one: see errors",
            "event": None,
            "count": count,
        }
    ]
    names: dict[str, str] = {event.id: event.name for event in house.roster.events()}
    opened = await house.ledger.read(held.opened)
    return (restored if house.roster.restored else []) + [row(one, names.get(one.event)) for one in opened]


def row(one: Held, event: str | None) -> HeldRow:
    what = f"{counts.plural(one.photos)} would be taken out of folders"
    return {"id": str(one.id), "what": what, "why": one.why, "event": event, "count": one.photos}


async def approve(house: House, ids: Sequence[str], *, everything: bool) -> int:
    """Answers how many of them were open and are done now."""
    chosen = await chosen_of(house, ids, everything=everything)
    done = await house.ledger.write(take_all_out, chosen, clock.wall())
    if (everything or ROSTER in ids) and house.roster.restored:
        await house.ledger.on_writer(house.roster.confirm_restored)
        await house.ledger.write(troubles.heal, ROSTER_TROUBLE, clock.wall())
        await plan_again(house.ledger, house.roster, house.planner)
        house.planner.strangers()
        done += 1
    return done


async def reject(house: House, ids: Sequence[str], *, everything: bool) -> int:
    """What would be taken away stays. An older list of people cannot be rejected: it is the only one there is."""
    chosen = await chosen_of(house, ids, everything=everything)
    return await house.ledger.write(keep_all, chosen, clock.wall())


async def chosen_of(house: House, ids: Sequence[str], *, everything: bool) -> list[Held]:
    opened = await house.ledger.read(held.opened)
    return [one for one in opened if everything or str(one.id) in ids]


def take_all_out(db: sqlite3.Connection, chosen: Sequence[Held], now: float) -> int:
    done = 0
    for one in chosen:
        decided = held.decide(db, one.id, yes=True)
        if not decided:  # somebody else was first
            continue
        for photo in decided:
            take_out(db, photo, now)
        activity.note(db, "held", f"Approved: {counts.plural(one.photos)} taken out of folders", now, one.event)
        done += 1
    return done


def keep_all(db: sqlite3.Connection, chosen: Sequence[Held], now: float) -> int:
    done = 0
    for one in chosen:
        if held.decide(db, one.id, yes=False):
            activity.note(db, "held", f"Rejected: {counts.plural(one.photos)} stay in their folders", now, one.event)
            done += 1
    return done
