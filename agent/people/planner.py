"""The planner: turns faces, people and decisions into what is wanted, and keeps it so when any of them changes.

A plan is made outside a transaction and written in one; if the roster changed in between, it is made again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from agent.faces.prominent import prominent
from agent.filing.names import file_names
from agent.filing.plan import Known, Plan, plan_photo
from agent.ledger import Ledger, faces, folders, photos, placements
from agent.ledger.faces import Looked, StoredFace
from agent.model import Event, EventId, EventPhotoId, PersonId, PhotoId
from agent.people.known import KnownFaces, known_faces
from agent.roster import Roster


class StalePlan(Exception):
    """The roster changed while the plan was made."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One photo's plan in one event: who its faces are (face id -> person), and where it is wanted."""

    event_photo: EventPhotoId
    photo: PhotoId
    taken_for: dict[int, Known]
    plan: Plan

    @property
    def people(self) -> set[PersonId]:
        return {known.person for known in self.taken_for.values()}


class Planner:
    """`engine` names whose encodings are compared; `tolerance` is the workspace's."""

    def __init__(self, ledger: Ledger, roster: Roster, engine: str, tolerance: float) -> None:
        self._ledger = ledger
        self._roster = roster
        self.engine = engine
        self._tolerance = tolerance
        self._known: dict[EventId, KnownFaces] = {}
        self._forgotten = 0  # times

    async def known(self, event: Event) -> KnownFaces:
        """The event's people as the roster has them now."""
        kept = self._known.get(event.id)
        if kept is None or kept.revision != self._roster.revision:
            revision, forgotten = self._roster.revision, self._forgotten
            people = self._roster.people(event.id)
            encodings = await self._ledger.read(faces.references, self.engine)
            tolerance = event.tolerance or self._tolerance
            kept = known_faces(event.id, people, encodings, tolerance, revision)
            if forgotten == self._forgotten:  # else they were read before they changed
                self._known[event.id] = kept
        return kept

    def forget_known(self) -> None:
        """Encodings changed without the roster: read them anew."""
        self._forgotten += 1
        self._known.clear()

    async def record_look(self, photo: PhotoId, looked: Looked) -> None:
        """Keep what a look found and what follows from it, in one transaction."""
        await self._until_fresh(photo, looked)

    async def plan_photo(self, photo: PhotoId) -> None:
        """Plan a photo that needs no look (any more): a video, or one that was looked at for another event."""
        await self._until_fresh(photo, None)

    async def _until_fresh(self, photo: PhotoId, looked: Looked | None) -> None:
        while True:
            known = {event.id: await self.known(event) for event in self._roster.events()}
            try:
                return await self._ledger.write(self._write_photo, photo, looked, known, time.time())
            except StalePlan:
                continue

    def _write_photo(
        self,
        db: sqlite3.Connection,
        photo: PhotoId,
        looked: Looked | None,
        known: dict[EventId, KnownFaces],
        now: float,
    ) -> None:
        if looked is not None:
            faces.record_look(db, photo, looked, now)
        found = faces.of_photo(db, photo)
        kind = photos.kind_of(db, photo)
        for row in photos.in_events(db, photo):
            self.refuse_stale(known[row.event])
            self.write(db, self.plan(row.id, photo, kind, found, known[row.event]), row.event, now)

    def refuse_stale(self, known: KnownFaces) -> None:
        """On the writer's thread, where rosters are changed: raise `StalePlan` if people or encodings did since."""
        if known.revision != self._roster.revision or self._known.get(known.event) is not known:
            raise StalePlan

    def plan(
        self, event_photo: EventPhotoId, photo: PhotoId, kind: str, found: Sequence[StoredFace], known: KnownFaces
    ) -> Planned:
        """What is wanted of a photo. Touches nothing."""
        event = next(one for one in self._roster.events() if one.id == known.event)
        taken = known.recognise([face.encoding for face in found])
        plan = plan_photo(event, kind, taken, prominent([face.box.edges for face in found]), known.people)
        pairs = {face.id: one for face, one in zip(found, taken, strict=True) if one is not None}
        return Planned(event_photo, photo, pairs, plan)

    def write(self, db: sqlite3.Connection, planned: Planned, event: EventId, now: float, priority: int = 0) -> None:
        """Make a plan what is wanted, within the transaction that its reason is in."""
        ids = folders.ensure(db, planned.plan.folders, now)
        pairs = {face: (one.person, one.distance) for face, one in planned.taken_for.items()}
        faces.assign(db, event, planned.photo, pairs)
        placements.want(
            db,
            planned.event_photo,
            [ids[key] for key in planned.plan.wanted],
            now,
            names=file_names,
            priority=priority,
            may_remove=not self._roster.restored,
        )
        photos.settle_states(db, {planned.event_photo}, now)
