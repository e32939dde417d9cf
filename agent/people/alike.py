"""Faces that look alike are put into groups as they come: average linkage, by the middle and spread of each group.

How far two groups are from each other is the root of the mean of their faces' squared distances: the squared distance
of their middles, and both spreads. A face joins the nearest group; a group that is known by more faces than before is
looked at once more, and becomes one with another that is as near. On random events (docs/decisions/40) that finds the
same names as average linkage of all pairs.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence, Set

from agent.faces import np
from agent.faces.quality import poor, unsure, useless
from agent.faces.rule import ALIKE, Encodings
from agent.ledger import alike, meta
from agent.ledger.faces import StoredFace
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, EventPhotoId, PhotoId
from agent.people.recognise import quality_of

GROWN = 1.5  # times as many faces as it was known by: it is looked at once more
ENOUGH = 16  # faces: known by as many, a group stays as it is
MOST = 60_000  # groups that are kept in memory: 31 MB; an event with more is left as it is


class Middles:
    """The groups of one event as they were at `state`: their ids, middles (n, 128) float32, and spreads."""

    def __init__(self) -> None:
        self.state = ""
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._rows = np.empty((64, 128), np.float32)
        self._lengths = np.empty(64, np.float32)  # squared, and the spread; infinite: it is no group any more
        self._spreads = np.empty(64, np.float32)

    def __len__(self) -> int:
        return len(self._ids)

    def put(self, id: int, middle: Encodings, spread: float) -> None:
        at = self._places.setdefault(id, len(self._ids))
        if at == len(self._ids):
            self._ids.append(id)
            if at == len(self._rows):
                more = len(self._rows)
                self._rows = np.concatenate([self._rows, np.empty((more, 128), np.float32)])
                self._lengths = np.concatenate([self._lengths, np.empty(more, np.float32)])
                self._spreads = np.concatenate([self._spreads, np.empty(more, np.float32)])
        self._rows[at], self._spreads[at] = middle, spread
        self._lengths[at] = self._rows[at] @ self._rows[at] + spread

    def drop(self, id: int) -> None:
        """Nothing is near it any more."""
        if id in self._places:
            self._lengths[self._places[id]] = np.inf

    def least(self, face: Encodings) -> float:
        """How far the nearest group is, squared."""
        return float(self._apart(face, 0.0).min()) if self._ids else np.inf

    def near(self, face: Encodings, but: Set[int]) -> list[int]:
        """The groups within the limit of a face, nearest first."""
        return self._within(self._apart(face, 0.0), but)

    def near_group(self, group: int) -> list[int]:
        """The other groups within the limit of one."""
        at = self._places[group]
        return self._within(self._apart(self._rows[at], float(self._spreads[at])), {group})

    def _apart(self, middle: Encodings, spread: float) -> Encodings:
        """Squared, (n,)."""
        count = len(self._ids)
        row = middle.astype(np.float32)
        return self._lengths[:count] - 2 * (self._rows[:count] @ row) + (row @ row + spread)

    def _within(self, apart: Encodings, but: Set[int]) -> list[int]:
        near = sorted((float(apart[at]), self._ids[at]) for at in np.flatnonzero(apart <= ALIKE**2))
        return [id for _, id in near if id not in but]


class Alikes:
    """All in the transaction that writes the faces, on the writer's thread."""

    def __init__(self) -> None:
        self._kept: dict[EventId, Middles] = {}

    def put(
        self, db: Db, event: EventId, photo: PhotoId, found: Sequence[StoredFace], engine: str
    ) -> set[EventPhotoId]:
        """Put the photo's faces, as `engine` encoded them, into groups, as far as they are in none.

        Returns photos of which other things may be thought now, as groups of theirs are known otherwise.
        """
        here = [one for one in found if one.engine == engine and useless(quality_of(one)) is None]
        groups = alike.groups_on(db, event, photo) if here else {}
        new = [(one, one.encoding) for one in here if one.encoding is not None and one.id not in groups]
        middles = self._middles(db, event, engine) if new else None
        if middles is None:
            return set()
        taken = set(groups.values())  # nobody is on a photo twice
        new.sort(key=lambda one: (not _counts(one[0]), middles.least(one[1]), one[0].id))
        grown = [self._join(db, event, face, encoding, middles, taken) for face, encoding in new]
        due: set[EventPhotoId] = set()
        for group in grown:
            if group is not None:
                self._look_again(db, group, middles, due)
        self._keep(db, event, middles)
        return due

    def _join(
        self, db: Db, event: EventId, face: StoredFace, encoding: Encodings, middles: Middles, taken: set[int]
    ) -> int | None:
        """Returns the group that is larger by it."""
        counts = _counts(face)
        for group in middles.near(encoding, taken):
            if alike.join(db, event, group, face.id, counts=counts):
                taken.add(group)
                return group if counts else None
            middles.drop(group)
        if counts:
            group = alike.begin(db, event, face.engine, face.id, encoding)
            middles.put(group, encoding, 0.0)
            taken.add(group)
        return None

    def _look_again(self, db: Db, group: int, middles: Middles, due: set[EventPhotoId]) -> None:
        """At a group that has grown: how its faces look by now, and whether it and another one are one."""
        number, known_by = alike.sizes(db, group)
        if known_by >= ENOUGH or number < GROWN * known_by:
            return
        middles.put(group, *alike.know(db, group))
        due.update(alike.photos_of(db, group))
        while (other := self._same(db, group, middles)) is not None:
            into, gone = sorted((group, other), key=lambda one: (-alike.sizes(db, one)[0], one))
            due.update(alike.photos_of(db, gone))
            alike.merge(db, gone, into)
            middles.drop(gone)
            if alike.sizes(db, into)[1] < ENOUGH:
                middles.put(into, *alike.know(db, into))
                due.update(alike.photos_of(db, into))
            group = into

    def _same(self, db: Db, group: int, middles: Middles) -> int | None:
        number = alike.sizes(db, group)[0]
        for other in middles.near_group(group):
            theirs = alike.sizes(db, other)[0]
            if not theirs:
                middles.drop(other)
            elif min(number, theirs) <= ENOUGH and not alike.are_on_one_photo(db, group, other):
                return other
        return None

    def _middles(self, db: Db, event: EventId, engine: str) -> Middles | None:
        """What is kept, if it is so still. `None`: they are too many."""
        state, kept = meta.get(db, alike.state(event)), self._kept.pop(event, None)
        if kept is not None and state and kept.state == state:
            return kept
        if alike.are_more_than(db, event, engine, MOST):
            return None
        kept = Middles()
        for one in alike.groups(db, event, engine):
            kept.put(one.id, one.middle, one.spread)
        return kept

    def _keep(self, db: Db, event: EventId, middles: Middles) -> None:
        """As they are once this is written: where it is not, they are read again."""
        middles.state = secrets.token_hex(8)
        meta.put(db, alike.state(event), middles.state)
        self._kept[event] = middles
        while sum(map(len, self._kept.values())) > MOST:
            del self._kept[next(iter(self._kept))]


def _counts(face: StoredFace) -> bool:
    """Whether it says how the others of its group look."""
    quality = quality_of(face)
    return poor(quality) is None and not unsure(quality)
