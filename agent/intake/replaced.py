"""What becomes of a photo where another one lies in its place by now: it stays (by default), or gives way once that is
filed.

Giving way is guarded: what would take more than a tenth of an event away waits for a yes, and so does another shot than
lay there, by what the cameras say. A card in another one's place has the same names, and each of its photos comes by
itself.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.intake.reading import BLOCK
from agent.ledger import Ledger, held, in_place, photos, sightings, superseded
from agent.ledger.drive_queue import DriveTask
from agent.ledger.sightings import Arrival, Sighting, to_text
from agent.ledger.sqlite.rows import Db
from agent.ledger.superseded import Overwritten
from agent.model import EventId, PhotoId
from agent.running.supervise import Errands


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


def is_no_other(before: Overwritten, shot: superseded.Shot | None, *, gives_way: bool) -> bool:
    """Whether what lay at a path, and was filed nowhere, is no photo of its own by what is known of both: it failed,
    or a program wrote into it. `gives_way`: it is to, unless the cameras say that it is another shot.
    """
    if before.has_failed or not before.bytes:
        return True
    if shot is None or gives_way:
        return gives_way and not (shot is not None and shot.is_another(before.shot))
    return bool(shot.taken_at and before.shot.taken_at) and not shot.is_another(before.shot)


def begins_with(path: Path, before: Overwritten) -> bool:
    """Whether the file at that path begins with all that lay there before: more of it has come. Blocks."""
    try:
        with path.open("rb") as file:
            found, left = hashlib.sha256(), before.bytes
            while left and (block := file.read(min(left, BLOCK))):
                found.update(block)
                left -= len(block)
    except OSError:
        return False
    return not left and found.hexdigest() == before.sha256


def give_way(
    db: Db, seen: Sighting, arrival: Arrival, lately: int, shot: superseded.Shot | None, now: float
) -> list[PhotoId]:
    """Another photo lies where one lay, and takes its place as soon as it is filed: until then nobody knows whether it
    opens. Where that would take much away, with so many others that did just before, or it is another `shot`, somebody
    is asked then. Returns photos that are to be planned by that.
    """
    event, path = seen.event, to_text(seen.path)
    held.found_again(db, event, arrival.photo)
    instead = photos.id_in_event(db, event, arrival.photo)
    known = None if arrival.replaced is None else superseded.gives_way(db, event, arrival.replaced)
    if instead is None:
        return []
    again: list[PhotoId] = []
    # What gave way to one that was never filed, and lay there in between, gives way to this one.
    for old in {*in_place.waiting_at(db, path, instead), *([] if known is None else [known])}:
        another = shot is not None and superseded.is_another_shot(db, old, shot)
        asked = another or held.too_many_to_remove(db, event, lately + 1)
        again += in_place.wait(db, old, path, instead, now, asked=asked)
    return again


# ---- originals that hold other bytes than they did: they are taken in anew, by the next sweep


class Doubts:
    """`doubted` is called when it is written down: the folders are to be swept then."""

    def __init__(self, ledger: Ledger, errands: Errands, doubted: Callable[[], None]) -> None:
        self._ledger = ledger
        self._errands = errands
        self._doubted = doubted

    def stale(self, paths: Sequence[Path]) -> None:
        """These files are not what they were."""
        if paths:
            self._errands.run("doubt", self._doubt([str(path) for path in paths]))

    def no_bytes(self, task: DriveTask) -> None:
        """No file here holds the photo's bytes any more."""
        self._errands.run("no bytes", self._doubt_originals(task))

    async def _doubt_originals(self, task: DriveTask) -> None:
        originals = await self._ledger.read(sightings.originals, task.photo)
        self.stale([Path(path) for path, _ in originals])

    async def _doubt(self, paths: Sequence[str]) -> None:
        await self._ledger.write(sightings.doubt, paths)
        self._doubted()


class NoDoubts:
    """Where nothing is watched: whoever does finds out for themselves."""

    def stale(self, paths: Sequence[Path]) -> None:
        """They stay as they are known."""

    def no_bytes(self, task: DriveTask) -> None:
        """Nothing is sent there."""
