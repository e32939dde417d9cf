"""Originals that hold other bytes than they did: they are taken in anew, by the next sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from agent.ledger import Ledger, sightings
from agent.ledger.drive_queue import DriveTask
from agent.running.supervise import Errands


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
