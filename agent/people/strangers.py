"""Faces of nobody known, kept in memory: which of them are near a new one takes milliseconds, however many there are.

What is kept of an event may be more than there is, and is never less. Faces come into groups by the grouper alone,
which adds them here, and where an encoding became another one, or none, the ledger counts it (`faces.ENCODINGS`).
Whoever left is found to have left in the ledger, which is asked about the near ones.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agent.faces import np
from agent.faces.gallery import directions, squares
from agent.faces.rule import Encodings, distances
from agent.ledger import faces, meta, unknown_faces
from agent.ledger.sqlite.rows import Db
from agent.ledger.unknown_faces import PAGE, Stranger
from agent.model import EventId

MOST = 120_000  # faces, of all events: 80 MB; an event with more is read again each time
# Of two faces' squared lengths: what their squared distance in these directions may be too large by, as it is summed up
# in float32 (at most 2e-4 where everything is rounded the worst way).
ROUNDED = 1e-3
SLACK = 1e-6  # of a distance: the last word is the exact one's, of whoever asks


class Stack:
    """Faces of one event by one engine, as they were at `state`, in pages of `PAGE`.

    `is_whole`: all that are in groups. `is_new`: nothing was added since they were read.
    """

    def __init__(self, state: str, *, is_whole: bool = True) -> None:
        self.state = state
        self.is_whole = is_whole
        self.is_new = True
        self._pages: list[Page] = []
        self._along: Encodings | None = None

    def __len__(self) -> int:
        return sum(page.count for page in self._pages)

    def add(self, ids: Sequence[int], encodings: Encodings) -> None:
        """`encodings`: (n, 128) float32."""
        done = 0
        while done < len(ids):
            if not self._pages or self._pages[-1].count == PAGE:
                self._pages.append(Page(self._along))
            page = self._pages[-1]
            room = PAGE - page.count
            page.add(ids[done : done + room], encodings[done : done + room])
            done += room
            if self._along is None and page.count == PAGE:
                self._along = directions(page.rows)
                page.turn(self._along)

    def near(self, faces: Encodings, limit: float) -> set[int]:
        """The ids of all that are within the limit of one of these faces, (n, 128), or hardly above it."""
        found: set[int] = set()
        for face in faces:
            turned = face if self._along is None else face @ self._along
            for page in self._pages:
                found |= page.near(face, turned, limit)
        return found


class Page:
    """Up to `PAGE` faces: `rows`, and the same `along` the directions in which faces differ most, if known."""

    def __init__(self, along: Encodings | None) -> None:
        self.count = 0
        self.rows = np.empty((PAGE, 128), np.float32)
        self._ids = np.empty(PAGE, np.int64)
        self._least = np.empty(PAGE, np.float32)  # the product with a near face is this at least, but for its own part
        self._along = along
        self._turned = self.rows if along is None else np.empty((PAGE, along.shape[1]), np.float32)

    def add(self, ids: Sequence[int], encodings: Encodings) -> None:
        where = slice(self.count, self.count + len(ids))
        self.rows[where] = encodings
        self._ids[where] = ids
        self._weigh(where)
        self.count += len(ids)

    def turn(self, along: Encodings) -> None:
        self._along = along
        self._turned = np.empty((PAGE, along.shape[1]), np.float32)
        self._weigh(slice(0, self.count))

    def near(self, face: Encodings, turned: Encodings, limit: float) -> set[int]:
        """`turned`: the face along the same directions. A distance that is no number counts as near."""
        bound = (turned @ turned - ROUNDED * (face @ face) - limit**2) / 2
        products = self._turned[: self.count] @ turned
        maybe = np.flatnonzero(~(products - self._least[: self.count] < bound))
        if not len(maybe):
            return set()
        apart = distances(face[None], self.rows[maybe])[0]
        return {int(one) for one in self._ids[maybe[~(apart > limit + SLACK)]]}

    def _weigh(self, where: slice) -> None:
        rows = self.rows[where]
        if self._along is not None:
            self._turned[where] = rows @ self._along
        self._least[where] = (squares(self._turned[where]) - ROUNDED * squares(rows)) / 2


class KeptStrangers:
    """The stacks of the events in which faces were grouped lately: `most` faces together, or none.

    Whoever writes faces into groups takes the stack before and puts it back with them afterwards: where that came to
    nothing, or nobody knows whether it did, the faces are read again.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._stacks: dict[EventId, Stack] = {}

    def __len__(self) -> int:
        return sum(map(len, self._stacks.values()))

    def let_go(self) -> None:
        self._stacks.clear()

    def take(self, event: EventId) -> Stack | None:
        return self._stacks.pop(event, None)

    def put_back(self, event: EventId, stack: Stack, new: Sequence[Stranger]) -> None:
        """`new`: those that are in groups since."""
        if new:
            stack.add([one.face for one in new], stacked(new))
        stack.is_new = False
        self._keep(event, stack)

    def like(self, db: Db, event: EventId, engine: str, these: Encodings, limit: float) -> list[Stranger]:
        """Faces in groups, near one of these; all of one moment, where that is the caller's."""
        near = self._near(db, event, engine, these, limit)
        return [one for one in unknown_faces.strangers_among(db, event, engine, near) if one.cluster is not None]

    def _near(self, db: Db, event: EventId, engine: str, these: Encodings, limit: float) -> set[int]:
        state = f"{engine} {meta.get(db, faces.ENCODINGS, '0')}"
        stack = self.take(event)
        near: set[int] = set()
        if stack is None or stack.state != state:
            stack = Stack(state)
            for ids, encodings in unknown_faces.grouped_encodings(db, event, engine):
                if len(stack) + len(ids) > self._most:
                    near |= stack.near(these, limit)
                    stack = Stack(state, is_whole=False)
                stack.add(ids, encodings)
        near |= stack.near(these, limit)
        if stack.is_whole:
            self._keep(event, stack)
        return near

    def _keep(self, event: EventId, stack: Stack) -> None:
        """Beside those of other events that there is room for, the ones asked last."""
        self._stacks[event] = stack
        while len(self) > self._most:
            del self._stacks[next(iter(self._stacks))]


def stacked(strangers: Collection[Stranger]) -> Encodings:
    return np.stack([one.encoding for one in strangers])


def to_group(db: Db, kept: KeptStrangers, event: EventId, engine: str, limit: float) -> list[Stranger]:
    """Faces that are in no group yet, and all faces of the groups that they are near to, by their ids.

    What `grouped` makes of these is what it makes of all faces of the event: no other can become another group's.
    """
    new = unknown_faces.new_strangers(db, event, engine)
    if not new:
        return []
    groups = {one.cluster for one in kept.like(db, event, engine, stacked(new), limit) if one.cluster is not None}
    return sorted(new + unknown_faces.strangers_of(db, event, engine, groups), key=lambda one: one.face)
