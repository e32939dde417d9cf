"""What becomes of a photo where another one lies in its place by now: it stays (by default), or gives way.

Giving way is guarded: what would take more than a tenth of an event away waits for a yes, and so does another shot than
lay there, by what the cameras say. A card in another one's place has the same names, and each of its photos comes by
itself.
"""

from __future__ import annotations

from collections import deque

from agent.ledger import held, superseded
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, PhotoId

OVERWRITTEN = "overwritten"  # what is held for that
ANOTHER_CARD = (
    "other photos lie under their names, as on another card in the first one's place, and they are to be taken out"
    " here by incoming.replaced"
)


class ReplacedPolicy:
    """`gives_way`: whether it does, by the workspace's setting."""

    def __init__(self, *, gives_way: bool) -> None:
        self.gives_way = gives_way
        self._lately: dict[EventId, deque[float]] = {}  # when, on the steady line

    def lately(self, event: EventId, now: float) -> int | None:
        """How many of the event gave way within the change that is going on; `None`: they stay."""
        if not self.gives_way:
            return None
        lately = self._lately.setdefault(event, deque())
        while lately and lately[0] < now - held.ONE_CHANGE:
            lately.popleft()
        return len(lately)

    def note(self, event: EventId, now: float) -> None:
        """One more has another one in its place."""
        if self.gives_way:
            self._lately.setdefault(event, deque()).append(now)


def give_way(
    db: Db, event: EventId, photo: PhotoId, to: PhotoId, lately: int, now: float, *, another: bool = False
) -> None:
    """Another photo lies where it lay, and takes its place; where that would take much away, with so many others that
    did just before, or it is `another` shot, somebody is asked.
    """
    held.found_again(db, event, to)
    known = superseded.gives_way(db, event, photo)
    if known is not None and (another or held.too_many_to_remove(db, event, lately + 1)):
        held.hold_back(db, event, OVERWRITTEN, ANOTHER_CARD, [known], now)
    else:
        superseded.replaced(db, event, photo)
