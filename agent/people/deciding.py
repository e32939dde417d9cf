"""How a decision is carried through: the roster says it first, then the plan follows, then both ends are told.

One at a time. Killed in between, the next start plans by the roster as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from agent.ledger import Ledger
from agent.ledger import photos as photos_of
from agent.model import EventId, EventPhotoId, PersonId
from agent.people.plan_again import Replanned, plan_again
from agent.people.planner import Planner
from agent.roster import Roster
from agent.roster.draft import Draft
from agent.roster.journal import Entry

T = TypeVar("T")

OF_PHOTOS = ("withdraw", "move", "company")  # verbs whose decisions are about whole photos


class Decider:
    """`changed` is called when something else is wanted than before."""

    def __init__(self, ledger: Ledger, roster: Roster, planner: Planner, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._changed = changed
        self._lock = asyncio.Lock()

    @property
    def busy(self) -> bool:
        return self._lock.locked()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Deciding]:
        """Nobody else decides meanwhile: what is looked up in here is so still when it is decided."""
        async with self._lock:
            yield Deciding(self._ledger, self._roster, self._planner, self._changed)


class Deciding:
    """One decision, for as long as nobody else decides."""

    def __init__(self, ledger: Ledger, roster: Roster, planner: Planner, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._changed = changed

    async def intend(
        self, verb: str, change: Callable[[Draft], tuple[T, str]], *, undoable: bool = True
    ) -> tuple[T, int]:
        """Write the intent. Answers what `change` did, and the roster's revision before it, for `follow`."""
        before = self._roster.revision
        value = await self._ledger.on_writer(lambda: self._roster.intend(verb, change, undoable=undoable))
        return value, before

    async def follow(
        self,
        events: Collection[EventId],
        before: int,
        favoured: PersonId | None = None,
        photos: Sequence[EventPhotoId] | None = None,
    ) -> Replanned:
        """Plan what follows from it in these events; `photos`: these are all that it can concern."""
        self._changed()
        replanned = await plan_again(
            self._ledger, self._roster, self._planner, favoured, only=set(events), photos=photos, since=before
        )
        self._changed()
        return replanned

    async def follow_photos(self, sha256s: Sequence[str], before: int) -> None:
        """Plan these photos in all their events; a decision about photos concerns no others."""
        self._changed()
        found = await self._ledger.read(photos_of.by_contents, sha256s)
        await asyncio.gather(*(self._planner.plan_photo(one) for one in found))
        await self.follow((), before, photos=())

    async def undo(self) -> tuple[Entry, Replanned] | None:
        """Take back the last decision. `None`: there is none."""
        before, journal = self._roster.revision, self._roster.journal()
        known = [self._roster.person(one) for one in journal[-1].people] if journal else []
        entry = await self._ledger.on_writer(self._roster.undo)
        if entry is None:
            return None
        self._planner.forget_known()
        if not entry.people and entry.verb in OF_PHOTOS:
            contents = sorted({key for rows in entry.decisions.values() for key in rows})
            await self.follow_photos(contents, before)
            return entry, Replanned(photos=len(contents))
        events = {one.event for one in [*known, *entry.people.values()] if one is not None}
        return entry, await self.follow({*entry.decisions, *events}, before)
