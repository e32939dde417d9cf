"""Photos of events whose photos are looked at first: they wait for a yes, and lie in nobody's folder until then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from agent import clock
from agent.ledger import Ledger, held, live_photos, meta, moved_photos, twins
from agent.ledger.counts import plural
from agent.ledger.photos import Chosen
from agent.model import EventId, EventPhotoId
from agent.people.deciding import Decider
from agent.requests.troubles import HeldRow
from agent.roster import Roster
from agent.roster.decisions import Draft, PhotoDecision, Verb

Change = Callable[[PhotoDecision], PhotoDecision]
OF = "photos:"  # how the id of an event's held photos begins


class PhotoDecider:
    """What is decided of whole photos, each with what follows from it."""

    def __init__(self, ledger: Ledger, roster: Roster, decider: Decider) -> None:
        self._ledger = ledger
        self._roster = roster
        self._decider = decider

    async def decide(
        self,
        verb: Verb,
        chosen: Sequence[Chosen],
        change: Change,
        what: str,
        besides: Callable[[Draft, Chosen], None] = lambda _, __: None,
    ) -> int:
        """Returns how many they were, each once in however many events it is; none is no decision.

        The same is decided of each file of a shot, as once the ledger is lost nobody knows that they went together, and
        of the films beside them.
        """
        if not chosen:
            return 0
        async with self._decider.alone() as deciding:
            others = await self._ledger.read(twins.others_of, [one.id for one in chosen])
            films = await self._ledger.read(live_photos.films_of, [one.id for one in chosen])
            mains = {one.sha256 for one in chosen}
            along = {str(row["sha256"]) for rows in films.values() for row in rows} - mains
            for one, rows in films.items():
                others.setdefault(one, []).extend(row for row in rows if row["sha256"] in along)
            files = [str(row["sha256"]) for rows in others.values() for row in rows]
            came = await self._ledger.read(moved_photos.came_by_themselves, [*(one.sha256 for one in chosen), *files])

            told = f"{what}, with {plural(len(along), 'video')}" if along else what

            def intend(draft: Draft) -> tuple[int, str]:
                draft.came = came
                for one in chosen:
                    draft.decide_photo(one.event, one.sha256, one.name, change)
                    besides(draft, one)
                    decided = any(one.sha256 in rows for rows in draft.decisions.values())
                    for row in others.get(one.id, ()) if decided else ():
                        draft.decide_photo(one.event, row["sha256"], row["name"], change)
                        besides(draft, replace(one, sha256=row["sha256"], name=row["name"]))
                return len(mains), told

            count, before = await deciding.intend(verb, intend)
            await self._ledger.write(meta.note_activity, "decided", told, clock.wall(), chosen[0].event)
            await deciding.follow_photos([*mains, *along], before)
        return count

    async def approve(self, chosen: Sequence[Chosen]) -> int:
        what = f"{plural(len(chosen))} approved"
        return await self.decide(Verb.APPROVE, chosen, lambda was: replace(was, approved=True), what)

    async def withdraw(self, chosen: Sequence[Chosen]) -> int:
        what = f"{plural(len({one.sha256 for one in chosen}))} withdrawn"
        return await self.decide(Verb.WITHDRAW, chosen, lambda was: replace(was, withdrawn=True), what)

    # ---- what is held, an event at a time

    async def held(self) -> list[HeldRow]:
        counted = await self._ledger.read(held.photos_by_event)
        return [
            {
                "id": f"{OF}{event.id}",
                "what": f"{plural(counted[event.id])} of {event.name} would be filed and sent",
                "why": "somebody is to look at its photos first; yes files and sends them, no withdraws them",
                "event": event.name,
                "count": counted[event.id],
                "photos_of": event.id,
            }
            for event in self._roster.events()
            if counted.get(event.id)
        ]

    async def waiting(self, ids: Sequence[str], everything: bool) -> dict[EventId, list[EventPhotoId]]:
        """Which photos wait in these events as somebody answers: what comes before it is their turn, nobody saw."""
        events = [EventId(str(one["photos_of"])) for one in await self.held() if everything or one["id"] in ids]
        return {event: [one.id for one in await self._ledger.read(held.photos, event)] for event in events}

    async def answer(self, waiting: Mapping[EventId, Sequence[EventPhotoId]], *, yes: bool) -> int:
        """Of those that wait still. Returns how many events that were; somebody else may be first."""
        done = 0
        for event, among in waiting.items():
            async with self._decider.alone():
                chosen = await self._ledger.read(held.photos, event, None, among)
                done += bool(await (self.approve(chosen) if yes else self.withdraw(chosen)))
        return done
