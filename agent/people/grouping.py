"""Strangers: faces of nobody known are put into groups as they come, and a group in enough photos becomes a guest.

Who has folders because of that is known by the group's best faces, like somebody enrolled; the plan does the rest.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import structlog

from agent import clock
from agent.bell import Bell
from agent.errors import VenueError
from agent.faces.cluster import grouped
from agent.faces.match import distances
from agent.ledger import Ledger, activity, meta, references, strangers
from agent.ledger.strangers import Stranger
from agent.model import Event, EventId, Person, PersonId, Reference
from agent.people.deciding import Decider
from agent.people.intents import learned, new_person, next_guest
from agent.people.known import MOST, KnownFaces
from agent.people.planner import CHANGES, Planner
from agent.roster import Roster
from agent.roster.draft import Draft
from agent.roster.journal import Verb

log = structlog.get_logger(__name__)

LOOK_EVERY = 30.0  # seconds, should a ring be missed
PAUSE = 1.0  # seconds between two rounds while photos arrive
SEEDS_FROM = 15  # the best faces of a group, out of which the most different ones are chosen to know it by
SEED_LIMIT = 0.45  # from the group's middle: what is farther may be somebody else
# Half of a group nearer than this to a guest: more of the same. On real photos (docs/decisions/08) halves of one person
# lie within 0.45 (n = 800), and two people at 0.56 (the nearest of 168 pairs).
JOIN = 0.53


@dataclass(frozen=True, slots=True)
class Found:
    """A group of faces, and whom it belongs to: `guest`, or nobody yet."""

    cluster: int
    faces: list[Stranger]
    guest: PersonId | None


class Grouper:
    """`guest_after`: in how many photos a group becomes a guest; 0: never."""

    def __init__(self, ledger: Ledger, roster: Roster, planner: Planner, decider: Decider, guest_after: int) -> None:
        self.bell = Bell()
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._decider = decider
        self._guest_after = guest_after

    async def run(self) -> None:
        loop = asyncio.get_running_loop()

        def ring() -> None:  # on the writer's thread
            loop.call_soon_threadsafe(self.bell.ring)

        self._planner.strangers = ring
        while True:
            try:
                await self.step()
            except VenueError as error:
                if not error.pauses_lane:
                    raise
            await asyncio.sleep(PAUSE)
            await self.bell.wait(LOOK_EVERY)

    async def step(self) -> None:
        """Group what is new, and make guests of groups that are large enough; nothing while everything is paused."""
        if self._roster.switches.all:
            return
        due = await self._ledger.read(due_events, self._planner.engine)
        for event in self._roster.events():
            if event.id in due:
                await self._group(event.id)
                if self._roster.restored or not self._roster.guests_sure:
                    continue  # whom an older list lacks would be taken for a stranger, under a number that was given
                await self._make_guests(event)
                await self._ledger.write(meta.put, guests_due(event.id), "")

    async def _group(self, event: EventId) -> None:
        faces = await self._ledger.read(strangers.of_event, event, self._planner.engine)
        if not any(face.cluster is None for face in faces):
            return
        encodings = np.stack([face.encoding for face in faces])
        photos, clusters = [face.photo for face in faces], [face.cluster for face in faces]
        labels = await asyncio.to_thread(grouped, encodings, photos, clusters, self._planner.rule.tolerance)
        changed = {face.face: label for face, label in zip(faces, labels, strict=True) if face.cluster != label}
        await self._ledger.write(record_groups, event, changed)

    async def _make_guests(self, event: Event) -> None:
        if not self._guest_after:
            return
        large = await self._ledger.read(strangers.large, event.id, self._guest_after)
        if not large:
            return
        async with self._decider.alone() as deciding:
            known = await self._planner.known(event)
            groups = await self._ledger.read(lambda db: [(one, strangers.of_cluster(db, one)) for one in large])
            beside = await self._ledger.read(seen_beside, event.id, groups, known)
            found = [Found(one, faces, same_guest(faces, known, beside[one])) for one, faces in groups if faces]
            seeds = {one.cluster: seeds_of(one.faces) for one in found}
            every = [face for chosen in seeds.values() for face in chosen]
            await self._ledger.write(record_seeds, every, self._planner.engine)
            people, before = await deciding.intend(
                Verb.GUESTS, lambda draft: as_guests(draft, event, found, seeds), undoable=False
            )
            self._planner.forget_known()
            photos = sorted({face.event_photo for one in found for face in one.faces})
            for person in people:
                log.info("guest", id=person.id, name=person.name)
            await self._ledger.write(tell, [one.name for one in people if not one.ignored], event.id)
            await deciding.follow({event.id}, before, photos=photos)


def guests_due(event: EventId) -> str:
    """Where it is noted that groups were made, and not looked at yet for guests."""
    return f"guests_due {event}"


def due_events(db: sqlite3.Connection, engine: str) -> set[EventId]:
    """Events in which faces are to be grouped, or groups to be looked at."""
    noted = {EventId(key.partition(" ")[2]) for key in meta.keys(db, "guests_due ")}
    return {*strangers.ungrouped(db, engine), *noted}


def record_groups(db: sqlite3.Connection, event: EventId, labels: Mapping[int, int]) -> None:
    """Face -> group; below zero: a new one."""
    new = {label: strangers.new_cluster(db, event) for label in sorted(set(labels.values())) if label < 0}
    strangers.group(db, event, {face: new.get(label, label) for face, label in labels.items()})
    meta.count_up(db, CHANGES)
    meta.put(db, guests_due(event), "1")


def record_seeds(db: sqlite3.Connection, faces: Sequence[Stranger], engine: str) -> None:
    for face in faces:
        references.record(db, reference_of(face), engine, face.encoding)


def reference_of(face: Stranger) -> Reference:
    return Reference(face.sha256, face.box, face.name, learned=True)


def seeds_of(faces: Sequence[Stranger]) -> list[Stranger]:
    """The faces to know a group by: one from its middle, then good ones that are as different as may be."""
    encodings = np.stack([face.encoding for face in faces])
    apart = distances(encodings, encodings)
    middle = int(np.median(apart, axis=1).argmin())
    best = [at for at in range(min(len(faces), SEEDS_FROM)) if at != middle and apart[middle, at] <= SEED_LIMIT]
    chosen = [middle]
    while best and len(chosen) < MOST:
        farthest = max(best, key=lambda at: float(apart[at, chosen].min()))
        best.remove(farthest)
        chosen.append(farthest)
    return [faces[at] for at in chosen]


def seen_beside(
    db: sqlite3.Connection, event: EventId, groups: Sequence[tuple[int, list[Stranger]]], known: KnownFaces
) -> dict[int, set[PersonId]]:
    """By group: the guests who are on a photo of the group's, too. Nobody is on one photo twice."""
    guests = {
        one.id: set(strangers.photos_of_person(db, event, one.id, -1)) for one in known.people if one.guest and groups
    }
    return {
        group: {id for id, photos in guests.items() if not photos.isdisjoint(face.event_photo for face in faces)}
        for group, faces in groups
    }


def same_guest(faces: Sequence[Stranger], known: KnownFaces, beside: Set[PersonId]) -> PersonId | None:
    """A guest, or a stranger who is ignored, who is most likely seen in this group, too: nobody is more like it."""
    if not known.people:
        return None
    apart, _ = known.apart(np.stack([face.encoding for face in faces]))
    middle = np.median(apart, axis=0)
    place = int(middle.argmin())
    person = known.people[place]
    return person.id if person.guest and middle[place] <= JOIN and person.id not in beside else None


def as_guests(
    draft: Draft, event: Event, found: Sequence[Found], seeds: Mapping[int, Sequence[Stranger]]
) -> tuple[list[Person], str]:
    """New guests, and those who are known better. Answers the new ones."""
    new: list[Person] = []
    for one in found:
        given = [reference_of(face) for face in seeds[one.cluster]]
        guest = None if one.guest is None else draft.person(one.guest)
        if guest is not None:
            draft.put(learned(guest, given))
        else:
            new.append(new_person(draft, event.id, next_guest(draft, event.id), given, guest=True))
    return new, "guests found"


def tell(db: sqlite3.Connection, names: Sequence[str], event: EventId) -> None:
    for name in names:
        activity.note(db, "guest", f"{name} was found in enough photos: folders are made", clock.wall(), event)
