"""When a file is whole, and when one is gone: the paths of one folder that changed, and what may be told of them.

Half a photo fails, or worse, is filed. The clock is passed in and nothing here touches a file, so that every order of
events can be tested; the cost of a path is the same whether ten or ten thousand arrive (one timer serves all).
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from agent.clock import Moment
from agent.intake.kinds import named_like_picture
from agent.intake.listener import FileEvent
from agent.intake.listing import FoundFile
from agent.ledger.sightings import FileFacts

QUIET = 1.0  # seconds without a change that make a file whole where nobody tells of its close
OPEN_QUIET = 10.0  # the same where a close will be told: after that it is asked who has the file open, if anybody
UNTOLD = 3600.0  # seconds that a file which was not closed is waited for, where nobody tells who has it open
STILL_OPEN = 60.0  # seconds without a change after which a file that is open all the time is named
FIRST_LOOK = 0.05  # seconds: most files are closed by then, and need no look at all
LONGEST_WAIT = 600.0  # seconds that a whole file may wait behind newer ones
LONG_UNCHANGED = 2.0  # seconds: a file found so long after its last change is taken for whole
TOLD_AFTER = 10.0  # seconds after which a departure is told, whatever is still arriving


class Sign(Enum):
    """What was seen of a file."""

    WHOLE = auto()  # closed by its writer, renamed into place, or found lying there long unchanged
    CLOSED = auto()  # whole, under a name that no photo has: it may be about to get its own
    MADE = auto()  # new or changed, and nobody may tell when it is whole
    WRITING = auto()  # bytes are being written, by somebody whose close will be told


class Outcome(Enum):
    """What became of a path that was taken."""

    DONE = auto()
    CHANGING = auto()  # it was not whole after all
    OPEN = auto()  # somebody has it open for writing
    PUT_OFF = auto()  # it could not be handed on: the next sweep tries again
    GONE = auto()


class _Stage(Enum):
    WAITING = auto()
    READY = auto()
    TAKEN = auto()
    PUT_OFF = auto()


@dataclass(slots=True)
class _Entry:
    order: int
    seen_at: float
    noted_at: float
    changed_at: float
    stage: _Stage = _Stage.WAITING
    quiet: float = QUIET
    facts: FileFacts | None = None
    still_since: float = 0.0
    look_at: float = 0.0
    ready_since: float = 0.0
    again: Sign | None = None  # what was seen while it was being handed on
    unclosed: bool = False  # its writer was not seen to close it
    open_since: float | None = None  # when it was seen first that somebody has it open


@dataclass(slots=True)
class Settler:
    """Every path is in one place: waiting for quiet, ready, being handed on, or put off.

    `now` is a monotonic time, `at` the wall time of the file's change, `noted_at` that at which it is noted, where it
    changed before; all in seconds.
    """

    quiet: float = QUIET
    open_quiet: float = OPEN_QUIET
    _entries: dict[str, _Entry] = field(default_factory=dict[str, _Entry])
    _looks: list[tuple[float, int, str]] = field(default_factory=list[tuple[float, int, str]])
    _ready: list[tuple[float, int, str]] = field(default_factory=list[tuple[float, int, str]])
    _line: deque[tuple[float, str]] = field(default_factory=deque[tuple[float, str]])
    _open: set[str] = field(default_factory=set[str])  # that somebody had open, when they were looked at last
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __len__(self) -> int:
        """How many paths are not handed on yet, those being handed on among them."""
        return len(self._entries)

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def paths(self) -> list[str]:
        """All of these."""
        return list(self._entries)

    @property
    def oldest_at(self) -> float | None:
        """The wall time at which the path that has been here longest was first seen."""
        return next((entry.noted_at for entry in self._entries.values()), None)

    @property
    def oldest_order(self) -> int | None:
        """The number of that path; numbers grow with every path that comes."""
        return next((entry.order for entry in self._entries.values()), None)

    def next_order(self) -> int:
        return next(self._numbers)

    def put_off(self) -> list[str]:
        return [path for path, entry in self._entries.items() if entry.stage is _Stage.PUT_OFF]

    def note(self, path: str, sign: Sign, now: float, at: float, noted_at: float | None = None) -> None:
        """Something was seen of `path`. A file that was ready and is written again waits again."""
        entry = self._entries.get(path)
        if entry is None:
            entry = self._entries[path] = _Entry(self.next_order(), now, at if noted_at is None else noted_at, at)
            self._wait(path, entry, sign, now)
        elif entry.stage is _Stage.TAKEN:
            entry.again = sign
        elif entry.stage is _Stage.WAITING and sign in (Sign.MADE, Sign.WRITING):
            entry.quiet = max(entry.quiet, self._quiet_of(sign))
            entry.unclosed = entry.unclosed or sign is Sign.WRITING
            entry.still_since = now
            entry.changed_at = at
        else:
            entry.changed_at = at
            self._wait(path, entry, sign, now)

    def due(self, now: float, most: int = 1000) -> list[str]:
        """The paths to look at now (`looked` takes what was seen). Each is answered once."""
        paths: list[str] = []
        while self._looks and self._looks[0][0] <= now and len(paths) < most:
            at, order, path = heapq.heappop(self._looks)
            entry = self._at_stage(path, order, _Stage.WAITING)
            if entry is not None and entry.look_at == at:
                paths.append(path)
        return paths

    def looked(self, path: str, facts: FileFacts | None, now: float) -> None:
        """What `stat` said of a path that was due; `None`: it is not there any more."""
        entry = self._entries.get(path)
        if entry is None or entry.stage is not _Stage.WAITING:
            return
        if facts is None:
            del self._entries[path]
        elif facts == entry.facts and now - entry.still_since >= entry.quiet:
            self._make_ready(path, entry, now)
        else:
            if facts != entry.facts:
                entry.facts, entry.still_since = facts, now
            self._look_at(path, entry, entry.still_since + entry.quiet)

    def next_look(self) -> float | None:
        """When the next path is due, in monotonic seconds."""
        return self._looks[0][0] if self._looks else None

    def newest_ready(self) -> float | None:
        """The wall time of the newest file that may be taken; `None`: there is none."""
        while self._ready and self._at_stage(self._ready[0][2], self._ready[0][1], _Stage.READY) is None:
            heapq.heappop(self._ready)
        return -self._ready[0][0] if self._ready else None

    def take(self, now: float) -> str | None:
        """The newest whole file, to be handed on (then `finished`); the oldest, where one has waited ten minutes."""
        if self.newest_ready() is None:
            return None
        path = self._overdue(now) or heapq.heappop(self._ready)[2]
        self._entries[path].stage = _Stage.TAKEN
        return path

    def age(self, path: str, now: float) -> float:
        """Seconds since a path was first seen that is not handed on yet."""
        return now - self._entries[path].seen_at

    def finished(self, path: str, outcome: Outcome, now: float, at: float) -> None:
        """What became of a taken path. What was seen of it meanwhile begins a new round."""
        entry = self._entries[path]
        again = entry.again or (Sign.MADE if outcome is Outcome.CHANGING else None)
        if again is not None:
            entry.again = None
            entry.changed_at = at
            self._wait(path, entry, again, now)
        elif outcome is Outcome.OPEN:
            self._wait_for_close(path, entry, now)
        elif outcome is Outcome.PUT_OFF:
            entry.stage = _Stage.PUT_OFF
        else:
            del self._entries[path]

    def is_unclosed(self, path: str, now: float) -> bool:
        """Whether a path that is being handed on was written to within the hour, and not closed."""
        entry = self._entries[path]
        return entry.unclosed and now - entry.still_since < UNTOLD

    def still_open(self, now: float) -> list[tuple[str, float]]:
        """Paths that somebody has open without changing them, and for how many seconds."""
        found: list[tuple[str, float]] = []
        for path in [*self._open]:
            entry = self._entries.get(path)
            if entry is None or entry.open_since is None:
                self._open.discard(path)
            elif now - entry.still_since >= STILL_OPEN:
                found.append((path, now - entry.still_since))
        return found

    def defer(self, path: str) -> None:
        """Nothing can be learned of a waiting path just now: the next sweep tries again."""
        entry = self._entries.get(path)
        if entry is not None and entry.stage is _Stage.WAITING:
            entry.stage = _Stage.PUT_OFF

    def forget(self, path: str) -> None:
        """The path is gone. One that is being handed on ends by itself."""
        entry = self._entries.get(path)
        if entry is not None and entry.stage is not _Stage.TAKEN:
            del self._entries[path]

    def _wait_for_close(self, path: str, entry: _Entry, now: float) -> None:
        """It is looked at again soon, as its writer may be about to close it, and then less and less often."""
        if entry.open_since is None:
            entry.open_since, entry.still_since = now, entry.still_since or now
        self._open.add(path)
        entry.stage = _Stage.WAITING
        entry.quiet = min(self.open_quiet, max(FIRST_LOOK, now - entry.open_since))
        self._look_at(path, entry, now + entry.quiet)

    def _wait(self, path: str, entry: _Entry, sign: Sign, now: float) -> None:
        entry.unclosed, entry.open_since = sign is Sign.WRITING, None
        if sign is Sign.WHOLE:
            self._make_ready(path, entry, now)
            return
        entry.stage, entry.facts, entry.still_since = _Stage.WAITING, None, now
        entry.quiet = self._quiet_of(sign)
        self._look_at(path, entry, now + FIRST_LOOK)

    def _quiet_of(self, sign: Sign) -> float:
        return self.open_quiet if sign is Sign.WRITING else self.quiet

    def _look_at(self, path: str, entry: _Entry, at: float) -> None:
        entry.look_at = at
        heapq.heappush(self._looks, (at, entry.order, path))

    def _make_ready(self, path: str, entry: _Entry, now: float) -> None:
        entry.stage, entry.ready_since = _Stage.READY, now
        heapq.heappush(self._ready, (-entry.changed_at, entry.order, path))
        self._line.append((now, path))

    def _overdue(self, now: float) -> str | None:
        while self._line:
            since, path = self._line[0]
            entry = self._entries.get(path)
            if entry is not None and entry.stage is _Stage.READY and entry.ready_since == since:
                return path if now - since > LONGEST_WAIT else None
            self._line.popleft()
        return None

    def _at_stage(self, path: str, order: int, stage: _Stage) -> _Entry | None:
        """The path's entry, if it is still the one that was meant and stands there."""
        entry = self._entries.get(path)
        return entry if entry is not None and entry.order == order and entry.stage is stage else None


class _Departure(NamedTuple):
    order: int
    noted_at: float


@dataclass(slots=True)
class Departures:
    """Paths at which a known file was, in the order in which they were missed. Times are monotonic seconds.

    Each is told after what arrived before it went: a rename is an arrival and a departure, and told the other way
    round, a photo would for a moment lie nowhere, and be given up.
    """

    patience: float = TOLD_AFTER
    _paths: dict[str, _Departure] = field(default_factory=dict[str, _Departure])

    def note(self, path: str, order: int, now: float) -> None:
        """`path` is gone; arrivals with a number below `order` came before that."""
        self._paths.setdefault(path, _Departure(order, now))

    def ripe(self, oldest_arrival: int | None, now: float) -> list[str]:
        """Take out those that may be told: `oldest_arrival` is the number of the oldest file not handed on yet."""
        ripe: list[str] = []
        for path, departure in self._paths.items():
            waits = oldest_arrival is not None and oldest_arrival < departure.order
            if waits and now - departure.noted_at < self.patience:
                break  # those after it came later, and wait as well
            ripe.append(path)
        for path in ripe:
            del self._paths[path]
        return ripe

    def next_at(self) -> float | None:
        """When the first one is told at the latest."""
        return next((departure.noted_at + self.patience for departure in self._paths.values()), None)


_SIGNS = {FileEvent.WHOLE: Sign.WHOLE, FileEvent.MADE: Sign.MADE, FileEvent.WRITING: Sign.WRITING}


class FolderIndex:
    """Which of one folder's files are on their way, and which are gone; what is known of all others the ledger says.

    Everything seen of a file, by an event or by a sweep, is entered here and nowhere else, so that it is seen once.
    `now` is a monotonic time, `wall` one since 1970.
    """

    def __init__(self, root: str, quiet_seconds: float) -> None:
        self.root = root
        self.settler = Settler(quiet_seconds)
        self.departures = Departures()
        self.folders: set[str] = set()  # folders that are new and have to be looked into
        self._lost_folders: set[str] = set()

    def happened(self, event: FileEvent, path: str, now: float, wall: float) -> None:
        """The system told of a change."""
        sign = _SIGNS.get(event)
        if sign is Sign.WHOLE and not named_like_picture(path):
            sign = Sign.CLOSED
        if sign is not None:
            self.settler.note(path, sign, now, wall)
        elif event is FileEvent.FOLDER:
            self.folders.add(path)
        elif event is FileEvent.GONE:
            self.absent([path], now)
        else:
            self._lost_folders.add(path)

    def absent(self, paths: Iterable[str], now: float) -> None:
        """There seems to be no file at these paths any more."""
        for path in paths:
            self.settler.forget(path)
            self.departures.note(path, self.settler.next_order(), now)

    def lost_folders(self) -> set[str]:
        """Folders that are gone, each once: to be asked for once new ones, which may be the same, were looked into."""
        lost, self._lost_folders = self._lost_folders, set()
        return lost

    def found(self, path: str, file: FoundFile, local: bool, now: float, wall: float, began: Moment) -> None:
        """A listing that began then shows a file that is new or changed, however long ago.

        Another machine's clock says nothing about now: on a share every file has to be seen unchanged for a while.
        """
        long_unchanged = local and began.age(file.changed_at) >= LONG_UNCHANGED
        self.settler.note(path, Sign.WHOLE if long_unchanged else Sign.MADE, now, file.changed_at, wall)

    def unseen(self, found: list[tuple[str, FoundFile]]) -> list[tuple[str, FoundFile]]:
        """Those of a sweep's files that are not on their way yet, the ones put off before among them."""
        again = set(self.settler.put_off())
        for path in again.difference(path for path, _ in found):
            self.settler.forget(path)
        return [(path, file) for path, file in found if path in again or path not in self.settler]
