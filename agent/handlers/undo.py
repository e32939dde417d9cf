"""What was decided, newest first; the last of it taken back, and what was taken back done again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from agent import clock
from agent.clock import iso
from agent.disk.own_folders import OwnFolders
from agent.errors import Cause, VenueError
from agent.faces import np
from agent.faces.rule import distances
from agent.filing.files import holds_at
from agent.filing.withdrawn import LastFiles, Whereabouts, whereabouts
from agent.ledger import Ledger, faces, meta
from agent.ledger.faces import Encoding, ReferenceKey, reference_key
from agent.model import EventId, Person, PersonId
from agent.people.clocks import CameraClocks
from agent.people.deciding import Decider, Replanned
from agent.people.intents import merge_rows
from agent.people.planner import Planner
from agent.people.recognise import guests_like
from agent.people.taken_back import FoundMeanwhile
from agent.requests.people import DecisionRow, Decisions, ListDecisions, Redo, Undo, Undone
from agent.roster import Roster
from agent.roster.decisions import Entry, FaceDecision, PhotoDecision, decision_from
from agent.roster.known_by import is_new

NAMES = 3  # that an error tells
SAME = 0.01  # apart at most: one face, by what was found in it

Besides = Mapping[PersonId, Person | None]  # as they are to be; `None`: there is no such person then


@dataclass(eq=False, slots=True)
class UndoHandlers:
    """`kept`: the last files of what was withdrawn."""

    _ledger: Ledger
    _roster: Roster
    _planner: Planner
    _decider: Decider
    _own: OwnFolders
    _kept: LastFiles
    _cameras: CameraClocks
    _meanwhile: FoundMeanwhile

    async def decisions(self, _asked: ListDecisions) -> Decisions:
        roster = self._roster
        names: dict[str, str] = {event.id: event.name for event in roster.events()}

        def row(entry: Entry) -> DecisionRow:
            events = events_of(roster, entry)
            known = [name for event, name in names.items() if event in events]
            return {"verb": entry.verb, "what": entry.text, "at": iso(entry.at), "events": known}

        return {
            "done": [row(one) for one in reversed(roster.journal())],
            "undone": [row(one) for one in reversed(roster.undone())],
        }

    async def undo(self, _asked: Undo) -> Undone:
        """Take back the last decision. Raises `VenueError` of the kind `nothing` if there is none."""
        meant = self._roster.journal()[-1:]
        async with self._decider.alone() as deciding:
            return await self._turn("undo", "Undone", self._roster.journal, meant, deciding.undo)

    async def redo(self, _asked: Redo) -> Undone:
        """Do again what was taken back last. Raises `VenueError` of the kind `nothing` if there is nothing."""
        meant = self._roster.undone()[-1:]
        async with self._decider.alone() as deciding:
            return await self._turn("redo", "Done again", self._roster.undone, meant, deciding.redo)

    async def _turn(
        self,
        verb: str,
        word: str,
        entries: Callable[[], Sequence[Entry]],
        meant: Sequence[Entry],
        turn: Callable[[Besides, Callable[[], object]], Awaitable[tuple[Entry, Replanned] | None]],
    ) -> Undone:
        refuse_another(verb, meant, entries()[-1:])
        besides: Besides = {}
        people: Besides = {}
        about = set[EventId]()
        for entry in entries()[-1:]:
            besides = await self._besides(entry)
            people = {**entry.people, **besides}
            about = events_of(self._roster, entry)
        turned = await turn(besides, partial(self._refuse_open, people))
        if turned is None:
            raise VenueError(f"Nothing to {verb}", cause=Cause.CONFLICT, kind="nothing")
        entry, replanned = turned
        await self._ledger.write(meta.note_activity, verb, f"{word}: {entry.text}", clock.wall(), only(about))
        await self._cameras.follow_hands()
        return {"what": entry.text, "photos": replanned.photos, "left": len(entries())}

    # ---- what cannot be put back, and who was found meanwhile

    async def _besides(self, entry: Entry) -> Besides:
        """Guests who were found meanwhile. Raises `VenueError` where something cannot be put back."""
        then = await self._meanwhile.as_then(entry)
        await self._refuse_lost(entry)
        return then | await self._found_meanwhile(entry, {id for id, one in then.items() if one is None})

    def _refuse_open(self, people: Besides) -> None:
        """A link with a last day nobody would take back then: whom the list does not know is not looked at. Asked on
        the writer, as one may be given meanwhile. Raises `VenueError`.
        """
        gone = [self._roster.person(id) for id, one in people.items() if one is None]
        open_still = [
            f"{one.name} until {each.ends}"
            for one in gone
            if one is not None
            for each in self._roster.shares(one.id)
            if each.ends
        ]
        if open_still:
            raise VenueError(
                "Their folder is open until a day",
                ", ".join(open_still),
                "Undo after that day, or take the link back before: venuesync people link NAME --off",
                cause=Cause.CONFLICT,
            )

    async def _refuse_lost(self, entry: Entry) -> None:
        """What cannot be put back is not promised. Raises `VenueError` naming the photos that lie nowhere any more.

        While a lost ledger is learned anew nobody knows yet what lies here: Drive may have told of a photo first.
        """
        back = self._coming_back(entry)
        if not back or await self._ledger.read(meta.rebuilding, drive=False):
            return
        found = await self._ledger.read(whereabouts, list(back))
        lost = await asyncio.to_thread(missing, self._own, self._kept, found)
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

    def _coming_back(self, entry: Entry) -> dict[str, str]:
        """Photos that are in no folder now and would be: SHA-256 -> name."""
        found: dict[str, str] = {}
        for event, rows in entry.decisions.items():
            for key, told in rows.items():
                now = self._roster.photo_decision(event, key)
                then = None if told is None else decision_from(told)
                if now is not None and is_out(now) and not (isinstance(then, PhotoDecision) and is_out(then)):
                    found[key] = now.name
        return found

    async def _found_meanwhile(self, entry: Entry, gone: Collection[PersonId]) -> dict[PersonId, Person]:
        """Whoever is known again, or whose faces are theirs again, was nobody known meanwhile, and may have become a
        guest: the two are one, where there is that guest still.
        """
        denied = denied_until_now(self._roster, entry)
        people = {one.id: one for one in map(self._roster.person, denied) if one is not None}
        people |= {id: one for id, one in entry.people.items() if one is not None}
        besides: dict[PersonId, Person] = {}
        for them in people.values():
            back = denied.get(them.id, [])
            looks = await self._looks_again(them, back)
            known = await self._planner.known(self._roster.event(them.event)) if looks else None
            for id in () if known is None else guests_like(known, looks):
                guest = self._roster.person(id)
                if guest is None or guest.ignored or id in {*gone, *entry.people} or not is_new(guest, entry):
                    continue
                if await self._is_theirs(guest, them, back):
                    one, person = merge_rows(guest, besides.get(them.id, them))
                    besides |= {one.id: one, person.id: person}
        return besides

    async def _looks_again(self, person: Person, denied: Sequence[FaceDecision]) -> list[Encoding]:
        """How somebody with a name looks by what they are known by again, and where these faces are theirs again."""
        theirs = known_by(person)
        back = theirs - known_by(self._roster.person(person.id))
        if person.guest or not theirs or not (back or denied):
            return []
        encodings = await self._ledger.read(faces.reference_encodings, self._planner.engine)
        looks = [encodings[key] for key in back if key in encodings]
        near = [encodings[key] for key in theirs if key in encodings]
        tolerance = self._planner.rule_of(self._roster.event(person.event)).tolerance
        for face in denied if near else ():
            look = await self._ledger.read(faces.encoding_at, face.sha256, face.box, self._planner.engine)
            if look is not None and is_near(look, near, tolerance):
                looks.append(look)
        return looks

    async def _is_theirs(self, guest: Person, person: Person, denied: Sequence[FaceDecision]) -> bool:
        """Whether each look that a guest is known by is like somebody's, or of a face that is theirs again: else it is
        who was taken for them. Where they are known again themselves, one is enough.
        """
        theirs = known_by(person)
        if theirs - known_by(self._roster.person(person.id)):
            return True
        encodings = await self._ledger.read(faces.reference_encodings, self._planner.engine)
        near = [encodings[key] for key in theirs if key in encodings]
        engine = self._planner.engine
        found = [await self._ledger.read(faces.encoding_at, one.sha256, one.box, engine) for one in denied]
        again = [one for one in found if one is not None]
        tolerance = self._planner.rule_of(self._roster.event(person.event)).tolerance
        looks = [encodings[key] for key in known_by(guest) if key in encodings]
        return all(is_near(one, near, tolerance) or is_near(one, again, SAME) for one in looks)


def refuse_another(verb: str, meant: Sequence[Entry], last: Sequence[Entry]) -> None:
    """Somebody else had their turn since it was said, and what would be taken back is not what was meant. Raises
    `VenueError`.
    """
    if [(one.at, one.text) for one in meant] != [(one.at, one.text) for one in last]:
        raise VenueError(
            "Somebody else decided something meanwhile",
            f"the last is now: {last[0].text}" if last else f"there is nothing to {verb} any more",
            "See: venuesync undo --list; if that is meant, say it again",
            cause=Cause.CONFLICT,
        )


def events_of(roster: Roster, entry: Entry) -> set[EventId]:
    """Those that it is about, by its people as they are and as they are to be."""
    people = [*entry.people.values(), *map(roster.person, entry.people)]
    return {*entry.decisions, *(one.event for one in people if one is not None)}


def only(events: Collection[EventId]) -> EventId | None:
    """Whose a line is, where it is one event's."""
    return next(iter(events)) if len(events) == 1 else None


def denied_until_now(roster: Roster, entry: Entry) -> dict[PersonId, list[FaceDecision]]:
    """Faces of which it is not said any more by it that they are not these people's."""
    found: dict[PersonId, list[FaceDecision]] = {}
    for event, rows in entry.decisions.items():
        for face in roster.denials(event):
            if face.key not in rows:
                continue
            row = rows[face.key]
            then = None if row is None else decision_from(row)
            still = [roster.resolve(one) for one in then.no] if isinstance(then, FaceDecision) else []
            for person in {*face.no} - {one.id for one in still if one is not None}:
                found.setdefault(person, []).append(face)
    return found


def known_by(person: Person | None) -> set[ReferenceKey]:
    """By what somebody is known, if they are anybody."""
    if person is None or person.ignored or person.merged_into is not None:
        return set()
    return {*map(reference_key, person.references)}


def is_near(look: Encoding, theirs: Sequence[Encoding], tolerance: float) -> bool:
    """Whether it would be taken for theirs, had nobody said otherwise: not where that was only asked."""
    return bool(distances(np.stack([look]), np.stack(theirs)).min() <= tolerance)


def is_out(decision: PhotoDecision) -> bool:
    return decision.withdrawn or decision.moved_to is not None


def missing(own: OwnFolders, kept: LastFiles, found: Sequence[Whereabouts]) -> list[str]:
    return [
        one.sha256 for one in found if not (one.is_here(own) or holds_at(kept.path(one.sha256), one.sha256, one.bytes))
    ]
