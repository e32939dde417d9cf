"""How a verb about a person is carried out: alone, said in the roster, followed by the plan, told in one shape."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from agent import clock
from agent.errors import NotThere, UsageError
from agent.filing.plan import person_folders
from agent.ledger import Ledger, meta
from agent.ledger.unknown_faces import UnknownFace
from agent.model import DEFAULT_EVENT, Event, EventId, Person, PersonId, Reference
from agent.people.deciding import Decider, Replanned
from agent.people.guests import record_seeds
from agent.people.planner import Planner
from agent.people.references import Pictures
from agent.people.told import lost
from agent.requests.people import PersonChange
from agent.roster import Roster
from agent.roster.book import called
from agent.roster.decisions import Draft, Verb

P = ParamSpec("P")
T = TypeVar("T")

KNOWN_SHOWN = 8  # names, where another one was meant
AN_ID = re.compile("p[0-9a-f]{12}")  # a person's, as the list of people gives them
NUMBERS_SHOWN = 20  # of photos


class Decides(Protocol):
    """Whoever has verbs that decide."""

    _decider: Decider


Self = TypeVar("Self", bound=Decides)


def alone(
    verb: Callable[Concatenate[Self, P], Awaitable[T]],
) -> Callable[Concatenate[Self, P], CoroutineType[Any, Any, T]]:
    """Nobody else decides from its first look to its last word.

    Else a person renamed while they become known better is known as before, and a face is enrolled beside the guest
    that it became meanwhile.
    """

    @wraps(verb)
    async def decided(self: Self, *given: P.args, **named: P.kwargs) -> T:
        async with self._decider.alone():  # pyright: ignore[reportPrivateUsage] - of its own verbs
            return await verb(self, *given, **named)

    return decided


@dataclass(eq=False, slots=True)
class PersonChanges:
    """Decisions about people, each answered once its effect is planned."""

    _ledger: Ledger
    _roster: Roster
    _planner: Planner
    _decider: Decider
    _pictures: Pictures
    _root: Path

    async def decide(
        self,
        verb: Verb,
        events: Collection[EventId],
        change: Callable[[Draft], tuple[T, str]],
        favoured: Callable[[T], PersonId | None] = lambda _: None,
    ) -> tuple[T, Replanned]:
        said: list[str] = []

        def told(draft: Draft) -> tuple[T, str]:
            value, text = change(draft)
            said.append(text)
            return value, text

        async with self._decider.alone() as deciding:
            value, before = await deciding.intend(verb, told)
            self._planner.forget_known()
            if self._roster.revision != before:
                event = next(iter(events), None)
                await self._ledger.write(meta.note_activity, "decided", said[-1], clock.wall(), event)
            replanned = await deciding.follow(events, before, favoured(value))
        return value, replanned

    async def change(
        self,
        verb: Verb,
        event: EventId,
        change: Callable[[Draft], tuple[tuple[Person, bool], str]],
        *,
        seeds: Sequence[UnknownFace] = (),
        keep: Sequence[Reference] = (),
        told: Callable[[Person], list[str]] = lambda _: [],
    ) -> PersonChange:
        """`seeds`: faces whose encodings somebody is known by from now on; `keep`: pictures to be kept for that.

        `told`: what else is to be said of it.
        """
        began = time.monotonic()
        if seeds:
            await self._ledger.write(record_seeds, seeds, self._planner.engine)
        async with self._decider.alone():
            before = self._roster.revision
            (person, merged), replanned = await self.decide(verb, {event}, change, lambda value: value[0].id)
            await self._pictures.keep(keep)  # of whoever is forgotten after that, it goes
            changed = self._roster.revision != before
        where = self._roster.event(event)
        more, took = [*told(person), *lost(self._roster, person, replanned.left)], time.monotonic() - began
        return change_row(
            where, person, replanned.photos, self._root, more, merged=merged, changed=changed, seconds=took
        )


def change_row(
    event: Event,
    person: Person,
    photos: int,
    root: Path,
    told: list[str],
    *,
    merged: bool,
    changed: bool,
    seconds: float,
) -> PersonChange:
    has_folders = not person.ignored and person.merged_into is None
    specs = person_folders(event, person)[-2:] if has_folders else []
    return {
        "id": person.id,
        "name": person.name,
        "event": event.id,
        "photos": photos,
        "folders": [str(root / str(spec.disk_path)) for spec in specs],
        "merged": merged,
        "changed": changed,
        "told": told,
        "seconds": round(seconds, 3),
    }


def only_person(roster: Roster, person: str, event: str | None) -> Person:
    """The same where nobody else can be meant: for what cannot be undone."""
    found = person_of(roster, person, event)
    alike = [one for one in roster.people() if one.name == found.name and found.id != person]
    if event is None:
        in_one_event(roster, alike)
    return found


def in_one_event(roster: Roster, alike: Sequence[Person]) -> None:
    """Raises `UsageError` where people of one name are in several."""
    events = list(dict.fromkeys(roster.event(one.event).name for one in alike))
    if len(events) > 1:
        raise UsageError("Who is meant?", f"{alike[0].name} is in {', '.join(events)}", "Say in which event: --event E")


def person_of(roster: Roster, person: str, event: str | None) -> Person:
    """By id, or by name: in the event; without one in the default event, or in the only other one that has that name.

    Raises `UsageError` where either of two could be meant.
    """
    found = people_called(roster, person, event)
    usual = next((one for one in found if one.event == DEFAULT_EVENT), None)
    if usual is None:
        in_one_event(roster, found)
    return usual or found[0]


def people_called(roster: Roster, person: str, event: str | None) -> list[Person]:
    """One or more: by id, or by name in the event, or in any. Raises `NotThere` naming who is known."""
    where = None if event is None else roster.event(event).id
    there = roster.people(where)
    found = [one for one in there if one.id == person] or called(there, person)
    if not found:
        raise not_there(roster, PersonId(person), there)
    return found


def not_there(roster: Roster, person: PersonId, there: Sequence[Person]) -> NotThere:
    """By the id of somebody who was there, as on a page that was opened before: what became of them."""
    was, now, remedy = roster.person(person), roster.resolve(person), "See who there is: venuesync people"
    if was is not None and now is not None and was.merged_into is not None:
        return NotThere("They are one with somebody else by now", f"{was.name} is {now.name}", remedy)
    if was.ignored if was is not None else AN_ID.fullmatch(person):
        return NotThere("They are nobody any more", "forgotten, ignored or taken back meanwhile", remedy)
    return NotThere("There is no such person", person, known_are(person, [one.name for one in there]))


def guest_of(roster: Roster, guest: str) -> Person | None:
    """By id, or by what the folder is called, as long as one event alone has such a guest."""
    found = called([one for one in roster.people() if one.guest], guest)
    if len(found) > 1:
        events = ", ".join(roster.event(one.event).name for one in found)
        raise UsageError("Who is meant?", f"{guest} is in {events}", "Say it by the id: venuesync unknown")
    return found[0] if found else roster.person(PersonId(guest))


def numbered(photos: Collection[int]) -> str:
    """Which photos, as an error tells it: of thousands only the first."""
    shown, more = sorted(photos)[:NUMBERS_SHOWN], len(photos) - NUMBERS_SHOWN
    return ", ".join(map(str, shown)) + (f" and {more:,} more" if more > 0 else "")


def known_are(meant: str, names: Sequence[str]) -> str:
    """The names that there are, those that are most like the one that was meant first."""
    if not names:
        return "Enroll them first"
    matcher = difflib.SequenceMatcher(None, b=meant.casefold())

    def unlike(name: str) -> float:
        matcher.set_seq1(name.casefold()[: len(meant)])
        return -matcher.ratio()

    shown, more = sorted(names, key=unlike)[:KNOWN_SHOWN], len(names) - KNOWN_SHOWN
    return f"Known are: {', '.join(shown)}" + (f" and {more} more" if more > 0 else "")
