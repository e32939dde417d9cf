"""Decisions about whole photos: withdrawn, moved to another event, filed as portraits or groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from agent import clock
from agent.desk.alone import alone
from agent.desk.house import House
from agent.errors import NotThere
from agent.ledger import activity, photos
from agent.ledger.counts import plural
from agent.ledger.photos import Chosen
from agent.model import EventPhotoId
from agent.roster.decisions import PhotoDecision
from agent.roster.draft import Draft
from agent.roster.journal import Verb
from agent.service_people import Company

Change = Callable[[PhotoDecision], PhotoDecision]


class PhotoVerbs:
    """A part of the operator: everything about single photos."""

    _house: House

    @alone
    async def withdraw(self, ids: Sequence[int]) -> int:
        chosen = await self._chosen(ids)
        what = f"{plural(len(chosen))} withdrawn"
        return await self._decide_photos(Verb.WITHDRAW, chosen, lambda was: replace(was, withdrawn=True), what)

    @alone
    async def move_photos(self, ids: Sequence[int], event: str) -> int:
        to = self._house.roster.event(event)
        chosen = [one for one in await self._chosen(ids) if one.event != to.id]
        what = f"{plural(len(chosen))} moved to {to.name}"

        def back(draft: Draft) -> None:
            """What was moved or withdrawn out of that event is wanted there again."""
            for one in chosen:
                if self._house.roster.photo_decision(to.id, one.sha256) is not None:
                    draft.decide_photo(
                        to.id, one.sha256, one.name, lambda was: replace(was, withdrawn=False, moved_to=None)
                    )

        return await self._decide_photos(Verb.MOVE, chosen, lambda was: replace(was, moved_to=to.id), what, back)

    @alone
    async def set_company(self, ids: Sequence[int], company: Company) -> int:
        chosen = await self._chosen(ids)
        side = None if company == "auto" else company
        word = {"solo": "filed as portraits", "group": "filed as groups", "auto": "filed by the rule again"}[company]
        what = f"{plural(len(chosen))} {word}"
        return await self._decide_photos(Verb.COMPANY, chosen, lambda was: replace(was, company=side), what)

    async def _chosen(self, ids: Sequence[int]) -> list[Chosen]:
        """The photos of these numbers; of a shot with two files the one that stands for both."""
        found = await self._house.ledger.read(photos.chosen, [EventPhotoId(one) for one in ids])
        missing = set(ids) - {number for one in found for number in (one.id, *one.twins)}
        if missing:
            numbers = ", ".join(map(str, sorted(missing)))
            raise NotThere("There is no such photo", numbers, "See `venuesync photos` for their numbers")
        return found

    async def _decide_photos(
        self,
        verb: Verb,
        chosen: Sequence[Chosen],
        change: Change,
        what: str,
        besides: Callable[[Draft], None] = lambda _: None,
    ) -> int:
        house = self._house

        def intend(draft: Draft) -> tuple[int, str]:
            for one in chosen:
                draft.decide_photo(one.event, one.sha256, one.name, change)
            besides(draft)
            return len(chosen), what

        if not chosen:
            return 0
        async with house.decider.alone() as deciding:
            count, before = await deciding.intend(verb, intend)
            await house.ledger.write(activity.note, "decided", what, clock.wall(), chosen[0].event)
            await deciding.follow_photos([one.sha256 for one in chosen], before)
        return count
