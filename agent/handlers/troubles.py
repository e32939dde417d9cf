"""Troubles, what is set aside, what waits for a yes, and what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent import clock
from agent.clock import iso, iso_or_none
from agent.errors import Cause, NotThere, VenueError
from agent.handlers.approving import OF, PhotoDecider
from agent.handlers.status import activity
from agent.handlers.status.publisher import Publisher
from agent.ledger import Ledger, accounts, counts, held, meta, sightings, troubles
from agent.ledger.held import Held
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Aside
from agent.people.deciding import Decider
from agent.people.plan_again import HELD, plan_again
from agent.people.planner import Planner
from agent.requests.troubles import (
    ActivityEntry,
    ApproveHeld,
    AsideRow,
    DismissTroubles,
    HeldRow,
    ListActivity,
    ListHeld,
    ListSetAside,
    ListTroubleRows,
    ListTroubles,
    RejectHeld,
    RestoreTroubles,
    TroubleRow,
    TroubleSection,
)
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb
from agent.sync.draft import take_out

NAMES = 3  # that a line of what happened holds
PAGE = 200  # troubles at most
ROSTER = "roster"  # the id of what a restored roster would take away


@dataclass(eq=False, slots=True)
class TroubleHandlers:
    """`look`: everybody looks at once, as something may go on now."""

    _ledger: Ledger
    _roster: Roster
    _planner: Planner
    _decider: Decider
    _photos: PhotoDecider
    _publisher: Publisher
    _look: Callable[[], None]
    _root: Path

    async def troubles(self, _asked: ListTroubles) -> TroubleSection:
        return (await self._publisher.snapshot())["troubles"]

    async def rows(self, asked: ListTroubleRows) -> list[TroubleRow]:
        return await self._ledger.read(trouble_rows, asked.ids)

    async def activity(self, asked: ListActivity) -> list[ActivityEntry]:
        return await self._ledger.read(activity.page, asked)

    # ---- set aside

    async def set_aside(self, _asked: ListSetAside) -> list[AsideRow]:
        return await self._ledger.read(aside_rows, self._root)

    async def dismiss(self, asked: DismissTroubles) -> int:
        return await self._decide(Verb.DISMISS, asked.ids, put=True)

    async def restore(self, asked: RestoreTroubles) -> int:
        done = await self._decide(Verb.RESTORE, asked.ids, put=False)
        self._look()
        return done

    async def _decide(self, verb: Verb, ids: Sequence[int], *, put: bool) -> int:
        async with self._decider.alone() as deciding:
            found = await self._ledger.read(troubles.named, ids, aside=not put)
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
            await self._ledger.write(meta.note_activity, "decided", what, clock.wall(), things[0][0])
            await deciding.follow_photos([key for _, key, _ in things], before)
        return len({one.trouble for one in found})

    # ---- held

    async def held(self, _asked: ListHeld) -> list[HeldRow]:
        count = int(await self._ledger.read(meta.get, HELD, "0"))
        away = f"{counts.plural(count, 'placement')} would be taken out of folders"
        restored: list[HeldRow] = [
            {
                "id": ROSTER,
                "what": away if count else "guests are made again",
                "why": "the list of people is not the last one: see errors",
                "event": None,
                "count": count,
                "photos_of": None,
            }
        ]
        names: dict[str, str] = {event.id: event.name for event in self._roster.events()}
        opened = await self._ledger.read(held.opened)
        rows = (restored if self._roster.restored else []) + [held_row(one, names.get(one.event)) for one in opened]
        return rows + await self._photos.held()

    async def approve(self, asked: ApproveHeld) -> int:
        """How many of them were open and are done now."""
        chosen, waiting = await self._chosen(asked.ids, asked.all), await self._photos.waiting(asked.ids, asked.all)
        async with self._decider.alone():  # what is being withdrawn is out before
            done = await self._ledger.write(take_all_out, chosen, clock.wall())
        if (asked.all or ROSTER in asked.ids) and self._roster.restored:
            await self._ledger.on_writer(self._roster.confirm_restored)
            await plan_again(self._ledger, self._roster, self._planner)
            await self._ledger.write(accounts.are_sure)
            done += 1
        done += await self._photos.answer(waiting, yes=True)
        self._look()
        return done

    async def reject(self, asked: RejectHeld) -> int:
        """What would be taken away stays, and photos that wait for a yes are withdrawn. An older list of people cannot
        be rejected: it is the only one there is. Raises `VenueError` where it is named, or all that is held.
        """
        if ROSTER in asked.ids and self._roster.restored:
            raise only_list()
        chosen, waiting = await self._chosen(asked.ids, asked.all), await self._photos.waiting(asked.ids, asked.all)
        async with self._decider.alone():
            done = await self._ledger.write(keep_all, chosen, clock.wall())
        done += await self._photos.answer(waiting, yes=False)
        self._look()
        if asked.all and not done and self._roster.restored:
            raise only_list()
        return done

    async def _chosen(self, ids: Sequence[str], everything: bool) -> list[Held]:
        """Raises `NotThere` where only some of the named are, or were, held: one is a slip of the finger. Of none it is
        none.
        """
        named, waiting = set(ids), {row["id"] for row in await self.held(ListHeld())}
        answered = {ROSTER, *(f"{OF}{event.id}" for event in self._roster.events())}  # or may have been
        wrong = named - waiting - answered - await self._ledger.read(held.ever)
        if not everything and named & waiting and wrong:
            raise NotThere("Nothing is held under that name", ", ".join(sorted(wrong)), "See: venuesync held")
        opened = await self._ledger.read(held.opened)
        return [one for one in opened if everything or str(one.id) in ids]


def only_list() -> VenueError:
    return VenueError(
        "The list of people cannot be rejected",
        "it is not the last one, but the only one that there is",
        "Put another one back: venuesync restore; or say yes: venuesync held approve --all",
        cause=Cause.CONFLICT,
        kind="only_list",
    )


def held_row(one: Held, event: str | None) -> HeldRow:
    what = f"{counts.plural(one.photos)} would be taken out of folders"
    return {"id": str(one.id), "what": what, "why": one.why, "event": event, "count": one.photos, "photos_of": None}


def take_all_out(db: Db, chosen: Sequence[Held], now: float) -> int:
    done = 0
    for one in chosen:
        decided = held.decide(db, one, yes=True)
        if not decided:  # somebody else was first
            continue
        for photo in decided:
            take_out(db, photo, now)
        text = f"Approved: {counts.plural(len(decided))} taken out of folders"
        meta.note_activity(db, "held", text, now, one.event)
        done += 1
    return done


def keep_all(db: Db, chosen: Sequence[Held], now: float) -> int:
    done = 0
    for one in chosen:
        if decided := held.decide(db, one, yes=False):
            text = f"Rejected: {counts.plural(len(decided))} stay in their folders"
            meta.note_activity(db, "held", text, now, one.event)
            done += 1
    return done


def aside_rows(db: Db, root: Path) -> list[AsideRow]:
    return [aside_row(one, root) for one in troubles.set_aside(db)]


def aside_row(one: Aside, root: Path) -> AsideRow:
    return {
        "id": one.trouble,
        "photo": one.event_photo,
        "event": one.event,
        "name": one.name,
        "title": one.title,
        "detail": one.detail,
        "at": iso_or_none(one.at),
        "only": one.whole.value,
        "files": [sightings.shown(str(root / sightings.from_text(path))) for path in one.files],
        "on_drive": one.on_drive,
    }


def trouble_rows(db: Db, ids: Sequence[int]) -> list[TroubleRow]:
    return [
        {
            "id": row["id"],
            "photo": row["event_photo"],
            "subject": row["subject"],
            "detail": row["detail"],
            "remedy": row["remedy"],
            "count": row["count"],
            "first_at": iso(row["first_at"]),
            "last_at": iso(row["last_at"]),
        }
        for row in troubles.by_numbers(db, list(ids)[:PAGE])
    ]
