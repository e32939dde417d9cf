"""Comparing sources with the ledger: what they hold that is not known here, and what is known and not there any more.

Each is listed in full, as a resync does it, and what that would change is told instead of done: nothing counts as gone
before its own id says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.errors import VenueError
from agent.ledger import Ledger
from agent.ledger.sources import HeldFile
from agent.model import EventId
from agent.sync.feed import Feed, Rehearsal
from agent.sync.listing import ListFreshness
from agent.sync.sources import Watched, is_loss, told_lost


@dataclass(slots=True)
class SourceFindings:
    """`events`: whose sources differ, so that they are to be listed again; `lost`: sources that cannot be reached."""

    checked: int = 0
    missing: list[HeldFile] = field(default_factory=list[HeldFile])
    changed: list[HeldFile] = field(default_factory=list[HeldFile])
    gone: list[HeldFile] = field(default_factory=list[HeldFile])
    lost: list[tuple[str, VenueError]] = field(default_factory=list[tuple[str, VenueError]])
    events: list[EventId] = field(default_factory=list[EventId])

    def add(self, found: SourceFindings) -> None:
        self.checked += found.checked
        self.missing += found.missing
        self.changed += found.changed
        self.gone += found.gone
        self.lost += found.lost
        self.events += found.events

    @property
    def differences(self) -> int:
        """How many a listing mends."""
        return len(self.missing) + len(self.changed) + len(self.gone)


class SourceInspector:
    """`watched` returns the sources that are looked at; `account` whom they have to be shared with."""

    def __init__(
        self,
        ledger: Ledger,
        client: DriveClient,
        watched: Callable[[], Sequence[Watched]],
        account: Callable[[], str | None],
        lane: str = "",
    ) -> None:
        self._lane = lane
        self._ledger = ledger
        self._client = client
        self._watched = watched
        self._account = account
        self._no_marks = ListFreshness(ledger, client, "", lambda: False)  # whoever compares changes nothing on Drive

    async def verify(self, progress: Callable[[int, int], None]) -> SourceFindings:
        """Compare every source that is looked at. Raises `DriveError` where Drive cannot be asked."""
        found = SourceFindings()
        watched = [one for one in self._watched() if one.source.resolved]
        for number, one in enumerate(watched):
            progress(number, len(watched))
            drive = one.source.shared_drive or ""
            ledger, client, lane = self._ledger, self._client, self._lane
            feed = Feed(drive, ledger, client, self._no_marks, nothing, nothing, nothing_more, account=lane)
            try:
                _compare(one, await feed.rehearse(one), found)
            except DriveError as error:
                if not is_loss(error):
                    raise
                found.lost.append((one.source.name, told_lost(one.source, self._account())))
        return found


def nothing(*_: object) -> None:
    """What comes of it is undone anyway."""


async def nothing_more(*_: object) -> None:
    """The feed itself is not read."""


def _compare(one: Watched, held: Rehearsal, found: SourceFindings) -> None:
    known, there = held.known, held.found
    missing = [there[file] for file in there.keys() - known.keys()]
    gone = [known[file] for file in known.keys() - there.keys()]
    changed = [there[file] for file in known.keys() & there.keys() if known[file].md5 != there[file].md5]
    found.checked += len(there)
    found.missing += missing
    found.gone += gone
    found.changed += changed
    if missing or gone or changed:
        found.events.append(one.event)
