"""The book of one folder: what the ledger knows of its files, which are on their way, and which are gone.

Everything seen of a file, by an event or by a sweep, is entered here and nowhere else, so that it is seen once.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.intake.clock import Moment
from agent.intake.departures import Departures
from agent.intake.listener import Tell
from agent.intake.listing import Found, same
from agent.intake.settle import Settler, Sign
from agent.ledger.sightings import FileFacts

LONG_UNCHANGED = 2.0  # seconds: a file found so long after its last change is taken for whole

_SIGNS = {Tell.WHOLE: Sign.WHOLE, Tell.MADE: Sign.MADE, Tell.WRITING: Sign.WRITING}


class Book:
    """`now` is a monotonic time, `wall` one since 1970."""

    def __init__(self, root: str, quiet_seconds: float) -> None:
        self.root = root
        self.settler = Settler(quiet_seconds)
        self.departures = Departures()
        self.branches: set[str] = set()  # folders that are new and have to be looked into
        self._lost_branches: set[str] = set()
        self.known: dict[str, FileFacts] = {}  # the ledger's facts at the last sweep, and what was handed on since
        self._recent: dict[str, FileFacts] = {}  # handed on since the running sweep began

    def told(self, tell: Tell, path: str, now: float, wall: float) -> None:
        """The system told of a change."""
        sign = _SIGNS.get(tell)
        if sign is not None:
            self.settler.note(path, sign, now, wall)
        elif tell is Tell.BRANCH:
            self.branches.add(path)
        elif tell is Tell.ABSENT:
            self.absent([path], now)
        else:
            self._lost_branches.add(path)

    def absent(self, paths: Iterable[str], now: float) -> None:
        """There seems to be no file at these paths any more. What nobody was told of needs no farewell."""
        for path in paths:
            self.settler.forget(path)
            if path in self.known:
                self.departures.note(path, self.settler.next_order(), now)

    def lose_branches(self, now: float) -> None:
        """Let go of what was in folders that are gone: once new folders were looked into, which may be the same."""
        lost = tuple(branch + "/" for branch in self._lost_branches)
        self._lost_branches.clear()
        if lost:
            self.absent([path for path in self.known if path.startswith(lost)], now)

    def found(self, path: str, file: Found, local: bool, now: float, began: Moment) -> None:
        """A listing that began then shows a file that is new or changed.

        Another machine's clock says nothing about now: on a share every file has to be seen unchanged for a while.
        """
        long_unchanged = local and began.age(file.changed_at) >= LONG_UNCHANGED
        self.settler.note(path, Sign.WHOLE if long_unchanged else Sign.MADE, now, file.changed_at)

    def is_known(self, path: str, facts: FileFacts, inodes: bool) -> bool:
        return same(self.known.get(path), facts, inodes)

    def handed_on(self, path: str, facts: FileFacts) -> None:
        self.known[path] = self._recent[path] = facts

    def told_gone(self, path: str) -> None:
        self.known.pop(path, None)
        self._recent.pop(path, None)

    def begin_sweep(self) -> None:
        self._recent.clear()

    def learn(self, known: dict[str, FileFacts]) -> None:
        """What the ledger knows now; it may have been read before the latest files were handed on."""
        self.known = known | self._recent

    def unseen(self, found: list[tuple[str, Found]], inodes: bool) -> list[tuple[str, Found]]:
        """Those of a sweep's files that are not on their way yet, the ones put off before among them."""
        again = set(self.settler.put_off())
        for path in again.difference(path for path, _ in found):
            self.settler.forget(path)
        return [
            (path, file)
            for path, file in found
            if path in again or (path not in self.settler and not self.is_known(path, file.facts, inodes))
        ]
