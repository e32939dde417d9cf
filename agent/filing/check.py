"""What a person did to the filed folders: a file stays removed, a folder is made again, a link is not entered."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from agent import clock
from agent.filing import reports
from agent.ledger import Ledger, disk_queue, folders, troubles
from agent.model import FolderId, PlacementId
from agent.own_folders import Astray, OwnFolders, names_in

log = structlog.get_logger(__name__)

AGAIN_AFTER = 1.0  # seconds between two looks that have to agree
LOOKS = 5  # in one check
Known = tuple[FolderId, str, list[tuple[PlacementId, str]]]  # a folder, its path, and what we filed in it by name


@dataclass(slots=True)
class Listing:
    """The names in each folder; which folders are gone, and which are not to be entered."""

    names: dict[FolderId, set[str]] = field(default_factory=dict[FolderId, set[str]])
    lost: list[tuple[FolderId, str]] = field(default_factory=list[tuple[FolderId, str]])
    astray: dict[str, Astray] = field(default_factory=dict[str, Astray])


class DiskCheck:
    """Compares what we filed with what is there, every so many seconds. `changed`: something is to be filed again."""

    def __init__(self, ledger: Ledger, own: OwnFolders, every: float, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._own = own
        self._every = every
        self._changed = changed

    async def run(self) -> None:
        while True:
            await self.check()
            await asyncio.sleep(self._every)

    async def check(self) -> None:
        """Compare, until two looks find the same in each folder: of one that goes file by file, none was taken out.

        What is filed meanwhile is not in question: the ledger is asked before the disk. A folder that changes all the
        while is left to the next check.
        """
        before: dict[FolderId, list[PlacementId]] = {}
        for _ in range(LOOKS):
            began = clock.steady()
            known = await self._ledger.read(read_known)
            listing = await asyncio.to_thread(list_folders, self._own, [(folder, path) for folder, path, _ in known])
            await self._mind(listing)
            missing = missing_in(known, listing)
            removed = [one for folder, found in missing.items() if before.get(folder) == found for one in found]
            if listing.lost or removed:
                await self._ledger.write(reports.removed_by_hand, listing.lost, removed, began, clock.wall())
                log.info("disk.removed_by_hand", folders=len(listing.lost), files=len(removed))
                self._changed()
            before = {folder: found for folder, found in missing.items() if before.get(folder) != found}
            if not before:
                return
            await asyncio.sleep(AGAIN_AFTER)

    async def _mind(self, listing: Listing) -> None:
        """Say which folders are not to be entered, and which are again; and that a file that was left is gone."""
        told = await self._ledger.read(troubles.open_keys, (reports.ASTRAY, reports.LEFT))
        over = await asyncio.to_thread(self._over, [key for key in told if key not in listing.astray])
        if listing.astray or over:
            await self._ledger.write(mind, list(listing.astray.values()), over, clock.wall())

    def _over(self, told: Sequence[str]) -> list[str]:
        """Which of these troubles are over."""
        return [key for key in told if self._is_over(*key.split(":", 1))]

    def _is_over(self, kind: str, path: str) -> bool:
        if f"{kind}:" == reports.ASTRAY:
            return self._own.is_astray(path) is None
        try:
            with self._own.opened_above(path) as (folder, name):
                os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            return isinstance(error, FileNotFoundError)
        return False


def missing_in(known: Sequence[Known], listing: Listing) -> dict[FolderId, list[PlacementId]]:
    """What we filed and is not there, in folders that are."""
    found: dict[FolderId, list[PlacementId]] = {}
    for folder, _, placements in known:
        names = listing.names.get(folder)
        if names is not None and (missing := [one for one, name in placements if name not in names]):
            found[folder] = missing
    return found


def read_known(db: sqlite3.Connection) -> list[Known]:
    return [(folder, path, disk_queue.in_folder(db, folder)) for folder, path in folders.all_on_disk(db)]


def list_folders(own: OwnFolders, known: Sequence[tuple[FolderId, str]]) -> Listing:
    """What is in each folder. Of one that is not to be entered, or not to be read, nothing can be said."""
    listing = Listing()
    for folder, path in known:
        try:
            with own.opened(path) as opened:
                listing.names[folder] = set(names_in(opened))
        except (FileNotFoundError, NotADirectoryError):
            listing.lost.append((folder, path))
        except Astray as error:
            listing.astray[f"{reports.ASTRAY}{error.path}"] = error
        except OSError as error:
            log.warning("disk.not_listed", folder=path, error=error.strerror)
    return listing


def mind(db: sqlite3.Connection, amiss: Sequence[Astray], over: Sequence[str], now: float) -> None:
    for error in amiss:
        reports.astray(db, error, now)
    troubles.heal_all(db, over, now)
