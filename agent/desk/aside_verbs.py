"""What an operator sets aside, or wants back: said in the roster first, as every decision, then followed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent import clock
from agent.desk.house import House
from agent.ledger import activity, aside, sightings
from agent.ledger.aside import Aside
from agent.roster.draft import Draft
from agent.roster.journal import Verb
from agent.service_browse import AsideRow

NAMES = 3  # that a line of what happened holds


async def dismiss(house: House, ids: Sequence[int]) -> int:
    """Set aside what these open troubles speak of. Answers how many troubles."""
    return await _decide(house, Verb.DISMISS, ids, put=True)


async def restore(house: House, ids: Sequence[int]) -> int:
    """Bring back what these troubles, once set aside, speak of. Answers how many troubles."""
    return await _decide(house, Verb.RESTORE, ids, put=False)


async def _decide(house: House, verb: Verb, ids: Sequence[int], *, put: bool) -> int:
    async with house.decider.alone() as deciding:
        found = await house.ledger.read(aside.named, ids, aside=not put)
        if not found:
            return 0
        things = list(dict.fromkeys((one.event, one.key, one.name) for one in found))
        shown = list(dict.fromkeys(name for _, _, name in things))
        names = ", ".join(shown[:NAMES]) + (", …" if len(shown) > NAMES else "")
        what = f"{names} {'set aside' if put else 'no longer set aside'}"

        def intend(draft: Draft) -> tuple[None, str]:
            for event, key, name in things:
                draft.decide_photo(event, key, name, lambda was: replace(was, set_aside=put))
            return None, what

        _, before = await deciding.intend(verb, intend)
        await house.ledger.write(activity.note, "decided", what, clock.wall(), things[0][0])
        await deciding.follow_photos([key for _, key, _ in things], before)
    return len({one.trouble for one in found})


def rows(db: sqlite3.Connection, root: Path) -> list[AsideRow]:
    return [row(one, root) for one in aside.listing(db)]


def row(one: Aside, root: Path) -> AsideRow:
    return {
        "id": one.trouble,
        "photo": one.event_photo,
        "event": one.event,
        "name": one.name,
        "title": one.title,
        "detail": one.detail,
        "at": one.at,
        "only": one.whole.value,
        "files": [sightings.shown(str(root / sightings.from_text(path))) for path in one.files],
        "on_drive": one.on_drive,
    }
