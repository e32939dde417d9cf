"""How a decision is carried through: the roster says it first, then the plan follows, then both ends are told.

One at a time. Killed in between, the next start plans by the roster as it is.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from agent import clock
from agent.ledger import Ledger, live_photos, moved_photos, photos, troubles
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, EventPhotoId, Person, PersonId, PhotoId
from agent.people.plan_again import is_planned, plan_again
from agent.people.planner import Planner
from agent.people.plans import Tally
from agent.roster import Roster
from agent.roster.decisions import Draft, Entry, Turned, Verb
from agent.roster.moves import Came
from agent.running.waiting import patient

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Replanned:
    """`gained`: photos that are the favoured person's now; `photos`: those that lie in other folders than before.

    `left`: how many of them were whose, and are not any more.
    """

    gained: int = 0
    photos: int = 0
    left: Mapping[PersonId, int] = field(default_factory=dict[PersonId, int])


def with_films(db: Db, keys: Sequence[str]) -> set[PhotoId]:
    """These photos, and the films beside them: one that came once something was decided follows without a word."""
    found = photos.by_contents(db, keys)
    films = live_photos.films_of(db, [row.id for one in found for row in photos.in_events(db, one)])
    return {*found, *(PhotoId(row["photo"]) for rows in films.values() for row in rows)}


class Decider:
    """`changed` is called when something else is wanted than before."""

    def __init__(self, ledger: Ledger, roster: Roster, planner: Planner, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._changed = changed
        self._lock = asyncio.Lock()
        self._held: tuple[asyncio.Task[object] | None, Deciding] | None = None  # by whom

    @property
    def busy(self) -> bool:
        return self._lock.locked()

    @property
    def engine(self) -> str:
        return self._planner.engine

    async def is_planned(self) -> bool:
        """Whether all follows what the roster says: nobody was killed, or broken off, between the two."""
        return await self._ledger.read(is_planned, self._roster.revision, self._planner.fingerprint)

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Deciding]:
        """Nobody else decides meanwhile: what is looked up in here is so still when it is decided.

        Whoever decides does not wait for a full disk, as others wait for them: that raises `VenueError`. Within one
        decision it is the same one again.
        """
        task = asyncio.current_task()
        if self._held is not None and self._held[0] is task:
            yield self._held[1]
            return
        async with self._lock:
            with self._planner.counting() as tally, patient(False):
                deciding = Deciding(self._ledger, self._roster, self._planner, self._changed, tally)
                self._held = task, deciding
                try:
                    yield deciding
                finally:
                    self._held = None
        for one in deciding.afterwards:
            await one()


class Deciding:
    """One decision, for as long as nobody else decides."""

    def __init__(
        self, ledger: Ledger, roster: Roster, planner: Planner, changed: Callable[[], None], tally: Tally
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._changed = changed
        self._tally = tally
        self.afterwards: list[Callable[[], Awaitable[object]]] = []  # what others need not wait for
        self._names: list[bool] = []  # of what was said and not followed yet: whether it is about names alone

    async def catch_up(self) -> None:
        """Let follow what the roster says and was broken off, for whoever asks by the plan whose a face is."""
        if not await self._ledger.read(is_planned, self._roster.revision, self._planner.fingerprint):
            self._planner.forget_known()  # by what they are known may not have been read since
            await plan_again(self._ledger, self._roster, self._planner)
            self._changed()

    async def intend(
        self,
        verb: Verb,
        change: Callable[[Draft], tuple[T, str]],
        *,
        undoable: bool = True,
        unlearned: EventId | None = None,
    ) -> tuple[T, int]:
        """Write the intent. Returns what `change` did, and the roster's revision before it, for `follow`."""
        before = self._roster.revision

        def write() -> T:
            self._tally.clear()  # what was planned before followed from something else
            return self._roster.intend(verb, noted, undoable=undoable, unlearned=unlearned)

        def noted(draft: Draft) -> tuple[T, str]:
            done = change(draft)
            self._names.append(draft.names_only and unlearned is None)
            return done

        value = await self._ledger.on_writer(write)
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
        if self._names and all(self._names):
            photos = ()
        self._names.clear()
        await plan_again(
            self._ledger, self._roster, self._planner, favoured, only=set(events), photos=photos, since=before
        )
        self._changed()
        left = Counter(one for people in self._tally.left.values() for one in people)
        return Replanned(self._tally.gained(favoured), len(self._tally.photos), left)

    async def follow_photos(self, keys: Sequence[str], before: int) -> None:
        """Plan these photos in all their events; a decision about photos concerns no others.

        `keys` are photos' SHA-256, and those of what was set aside without being a photo.
        """
        self._changed()
        found = await self._ledger.read(with_films, keys)
        await asyncio.gather(*(self._planner.plan_photo(one) for one in found))
        await self._ledger.write(troubles.follow, self._roster.is_aside, keys, clock.wall())
        await self.follow((), before, photos=())

    async def undo(
        self, besides: Mapping[PersonId, Person | None], may: Callable[[], object]
    ) -> tuple[Entry, Replanned] | None:
        """Take back the last decision, and let these people be so besides. `None`: there is none.

        `may` raises `VenueError` where it may not be, asked on the writer just before.
        """
        return await self._turn(self._roster.journal()[-1:], lambda came: self._roster.undo(besides, came), may)

    async def redo(
        self, besides: Mapping[PersonId, Person | None], may: Callable[[], object]
    ) -> tuple[Entry, Replanned] | None:
        """The same of what was taken back last: do it again. `None`: there is nothing."""
        return await self._turn(self._roster.undone()[-1:], lambda came: self._roster.redo(besides, came), may)

    async def _turn(
        self, last: Sequence[Entry], turn: Callable[[Came], Turned | None], may: Callable[[], object]
    ) -> tuple[Entry, Replanned] | None:
        before = self._roster.revision
        keys = sorted({key for entry in last for rows in entry.decisions.values() for key in rows})
        came = await self._ledger.read(moved_photos.came_by_themselves, keys)

        def write() -> Turned | None:
            may()
            self._tally.clear()
            return turn(came)

        turned = await self._ledger.on_writer(write)
        if turned is None:
            return None
        self._planner.forget_known()
        self._names.append(turned.names_only)
        entry = turned.entry
        if not entry.of_photos:
            return entry, await self.follow(turned.events, before)
        await self.follow_photos(sorted({key for rows in entry.decisions.values() for key in rows}), before)
        return entry, Replanned(photos=len(self._tally.photos))
