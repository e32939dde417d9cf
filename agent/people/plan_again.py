"""Planning everything anew: after an enrolment or another verb, a restored roster, a rebuilt ledger.

Only what differs is written, in pieces, so that fresh photos get in between.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent import clock
from agent.filing.plan import event_folders, person_folders
from agent.ledger import Ledger, alike, folders, matches, meta, placements, renditions, troubles, unknown_faces
from agent.ledger.matches import PlannedPhoto
from agent.ledger.placements import As
from agent.ledger.sqlite.rows import Db
from agent.model import Event, EventId, EventPhotoId, Person, PersonId
from agent.people.known_faces import KnownFaces
from agent.people.planner import Planner
from agent.people.plans import OUT, Planned, StalePlan
from agent.roster import Roster

SLICE = 2000  # photos that are compared with what is wanted at once: of a million, all take two gigabytes
CHUNK = 200  # photos in one transaction
HELD = "held_removals"  # placements that an older roster would take away
OLDER = "people_older"  # "1" while the list of people is not the last one, and nobody has said yes to it
ROSTER_TROUBLE = "store:roster"  # that it is an older one: over once the operator has said yes, and it is planned so


@dataclass(frozen=True, slots=True)
class Difference:
    """Plans that differ from what is wanted now, and how many placements each would take away."""

    plans: list[Planned]
    removals: list[int]

    @property
    def undecided(self) -> list[Planned]:
        """Those with faces that are to be blurred, which the roster has to say first."""
        return [one for one in self.plans if one.undecided]


async def plan_again(
    ledger: Ledger,
    roster: Roster,
    planner: Planner,
    favoured: PersonId | None = None,
    *,
    only: Collection[EventId] | None = None,
    photos: Sequence[EventPhotoId] | None = None,
    since: int | None = None,
) -> None:
    """Plan every photo of every event, and every person's folders.

    The placements of who is favoured go before the backlog. `only` these events (and in them, `photos`) are concerned
    by what changed after the revision `since`: if all was planned by that, nothing else is looked at, but for an older
    roster, of which the operator is told all that it would take away. Afterwards the ledger is planned with the roster
    as it is then: if that changed meanwhile, what differs is planned once more.
    """
    up_to_date = since is not None and not roster.restored and await ledger.read(is_planned, since, planner.fingerprint)
    while True:
        revision, changes, removals = roster.revision, planner.changes, 0
        for event in roster.events():
            if only is not None and up_to_date and event.id not in only:
                continue
            removals += await plan_event(ledger, roster, planner, event, favoured, photos if up_to_date else None)
        for photo in {*await ledger.read(planner.moved.all_taken_back), *await ledger.read(planner.back_unlooked)}:
            await planner.plan_photo(photo)
        with contextlib.suppress(StalePlan):
            await ledger.write(record, roster, planner, revision, changes, removals)
            return
        up_to_date = False


async def plan_event(
    ledger: Ledger,
    roster: Roster,
    planner: Planner,
    event: Event,
    favoured: PersonId | None,
    photos: Sequence[EventPhotoId] | None = None,
) -> int:
    """The same for one event, or these photos of it. Returns how many placements that takes away.

    If the roster changes meanwhile, all is planned by the new one.
    """
    while True:
        people = roster.people(event.id)
        await ledger.write(want_folders, planner, event, people, clock.wall(), may_remove=not roster.restored)
        known, removals = await planner.known(event), 0
        among = await ledger.read(matches.planned_in_event, event.id) if photos is None else photos
        if await ledger.read(meta.get, alike.DUE):
            await group(ledger, planner, event.id, among)
        try:
            for start in range(0, len(among), SLICE):
                part = [EventPhotoId(one) for one in among[start : start + SLICE]]
                while part:
                    while undecided := (found := await ledger.read(differences, planner, event, known, part)).undecided:
                        await planner.blur(event.id, undecided)
                        known = await planner.known(event)
                    part = list[EventPhotoId]()
                    for first in range(0, len(found.plans), CHUNK):
                        chunk = found.plans[first : first + CHUNK]
                        part += await ledger.write(write_chunk, planner, known, chunk, favoured, clock.wall())
                    plans = zip(found.plans, found.removals, strict=True)
                    removals += sum(taken for one, taken in plans if one.sight.event_photo not in part)
        except StalePlan:
            continue
        return removals


async def group(ledger: Ledger, planner: Planner, event: EventId, among: Sequence[int]) -> None:
    """Faces of an earlier program's photos, those that came first first; killed amid it, the next start goes on."""
    for end in range(len(among), 0, -CHUNK):
        part = [EventPhotoId(one) for one in among[max(0, end - CHUNK) : end]]
        await ledger.write(planner.group, event, part)


def want_folders(
    db: Db, planner: Planner, event: Event, people: Sequence[Person], now: float, *, may_remove: bool
) -> None:
    """The event's folder and everybody's, called as they are; those of others are not wanted any more."""
    above = event_folders(event) if folders.find(db, f"event:{event.id}") is not None else []
    planner.ensure_folders(db, [*above, *(spec for person in people for spec in person_folders(event, person))], now)
    renditions.follow(db, event.id, event.made_as, now)
    if may_remove:
        folders.keep_only(db, event.id, [person.id for person in people], all_photos=event.all_photos)


def differences(
    db: Db, planner: Planner, event: Event, known: KnownFaces, photos: Sequence[EventPhotoId]
) -> Difference:
    sights = matches.planned_among(db, photos)
    files = [one for sight in sights for one in (sight.event_photo, *sight.twins)]
    faces = [face.id for sight in sights for face in sight.faces]
    before = Before(
        event,
        placements.wanted_keys(db, files),
        placements.sent_as(db, files),
        matches.asked(db, event.id, faces),
        unknown_faces.unknown_among(db, event.id, faces),
    )
    plans = [planned for sight in sights if not before.same(planned := planner.plan(sight, known))]
    taken = [before.wanted.get(one.sight.event_photo, set()) - set(one.plan.wanted) for one in plans]
    return Difference(plans, [*map(len, taken)])


@dataclass(frozen=True, slots=True)
class Before:
    """What was planned of some photos: folders' keys by photo, the name of each and what lies of it, whom is asked
    about by face, faces of nobody known.
    """

    event: Event
    wanted: dict[EventPhotoId, set[str]]
    sent_as: dict[EventPhotoId, As]
    asked: dict[int, tuple[PersonId, str]]
    strangers: set[int]

    def same(self, planned: Planned) -> bool:
        sight, found = planned.sight, planned.found
        ids = {face.id for face in sight.faces}
        return (
            (planned.out or sight.state) == sight.state
            and not (planned.out is None and sight.state in OUT)
            and self.wanted.get(sight.event_photo, set()) == set(planned.plan.wanted)
            and sight.was == {face: one.person for face, one in found.taken.items()}
            and {face: self.asked[face] for face in ids if face in self.asked}
            == {face: (one.person, one.why) for face, one in found.questions.items()}
            and self.strangers & ids == set(found.strangers)
            and not found.forgotten
            and self._twins_follow(sight, planned)
            and all(self._lies_so(one, planned) for one in (sight.event_photo, *sight.twins))
        )

    def _lies_so(self, one: EventPhotoId, planned: Planned) -> bool:
        known = self.sent_as.get(one)
        if known is None:
            return True
        made_as = self.event.sent_as(known.name, planned.made_as)
        return known.made_as in (None, made_as) and known.filed_as == planned.filed_as

    def _twins_follow(self, sight: PlannedPhoto, planned: Planned) -> bool:
        return all(self.wanted.get(twin, set()) == set(planned.plan.wanted) for twin in sight.twins)


def write_chunk(
    db: Db, planner: Planner, known: KnownFaces, plans: Sequence[Planned], favoured: PersonId | None, now: float
) -> list[EventPhotoId]:
    """What is looked at anew is planned by that. Returns those that are judged by other faces by now, as one like
    theirs came meanwhile, or whose shot has other files: these are to be compared once more.
    """
    planner.refuse_stale(known)
    there = matches.planned_by(db, [one.sight.event_photo for one in plans])
    plans = [one for one in plans if there.get(one.sight.event_photo) == one.sight.planned_by]
    specs = {spec.key: spec for planned in plans for spec in planned.plan.folders}
    ids = planner.ensure_folders(db, list(specs.values()), now)
    for planned in plans:
        planner.write(db, planned, now, priority=int(favoured in planned.people), ids=ids)
    return [one for one in there if one not in {each.sight.event_photo for each in plans}]


def record(db: Db, roster: Roster, planner: Planner, revision: int, changes: int, removals: int) -> None:
    """All is planned by that revision of the roster, and by the encodings after so many changes."""
    if (roster.revision, planner.changes) != (revision, changes):
        raise StalePlan
    meta.record_planned(db, revision)
    meta.put(db, meta.PLANNED_BY, planner.fingerprint)
    meta.forget(db, alike.DUE)
    meta.put(db, HELD, str(removals if roster.restored else 0))
    meta.put(db, OLDER, str(int(roster.restored)))
    if not roster.restored:
        troubles.heal(db, ROSTER_TROUBLE, clock.wall())
    troubles.heal_outlived(db, clock.wall())


def is_planned(db: Db, revision: int, fingerprint: str) -> bool:
    """Whether all is planned with this revision of the roster, by this rule."""
    return meta.planned_revision(db) == revision and meta.get(db, meta.PLANNED_BY) == fingerprint
