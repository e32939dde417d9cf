"""What a person removed from the filed folders: a file stays removed, a folder is made again and refilled."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from agent.ledger import Ledger, activity, counts, disk_queue, folder_changes, folders, photos
from agent.model import EventPhotoId, FolderId, PlacementId

log = structlog.get_logger(__name__)

Listing = dict[FolderId, set[str] | None]


class DiskCheck:
    """Compares what we filed with what is there, every so many seconds. `changed`: something is to be filed again."""

    def __init__(self, ledger: Ledger, root: Path, every: float, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._root = root
        self._every = every
        self._changed = changed

    async def run(self) -> None:
        while True:
            await self.check()
            await asyncio.sleep(self._every)

    async def check(self) -> None:
        """One comparison. What is filed meanwhile is not in question: the ledger is asked before the disk."""
        began = time.time()
        known = await self._ledger.read(read_known)
        listing = await asyncio.to_thread(list_folders, self._root, {folder: path for folder, path, _ in known})
        if listing is None:
            return  # the workspace itself is not there: nothing can be said
        lost = [(folder, path) for folder, path, _ in known if listing[folder] is None]
        removed = [
            placement
            for folder, _, placements in known
            if (names := listing[folder]) is not None
            for placement, name in placements
            if name not in names
        ]
        if lost or removed:
            await self._ledger.write(record, lost, removed, began, time.time())
            log.info("disk.removed_by_hand", folders=len(lost), files=len(removed))
            self._changed()


def read_known(db: sqlite3.Connection) -> list[tuple[FolderId, str, list[tuple[PlacementId, str]]]]:
    return [(folder, path, disk_queue.in_folder(db, folder)) for folder, path in folders.all_on_disk(db)]


def list_folders(root: Path, paths: dict[FolderId, str]) -> Listing | None:
    """The names in each folder; `None` for one that is gone. `None` in all if the workspace cannot be read."""
    if not root.is_dir():
        return None
    listing: Listing = {}
    for folder, path in paths.items():
        try:
            listing[folder] = set(os.listdir(root / path))  # noqa: PTH208 - names only, thousands of them
        except (FileNotFoundError, NotADirectoryError):
            listing[folder] = None
    return listing


def record(
    db: sqlite3.Connection,
    lost: list[tuple[FolderId, str]],
    removed: list[PlacementId],
    began: float,
    now: float,
) -> None:
    """What is missing since the look that `began` then; of what was moved meanwhile nothing can be said."""
    for folder, path in lost:
        if folder_changes.is_on_the_move(db, folder, path):
            continue
        count = folders.gone_from_disk(db, folder)
        name = folders.name_of(db, folder)
        activity.note(db, "folder", f"{name} was removed here: made again with {counts.plural(count)}", now)
    if removed:
        count = disk_queue.taken_away(db, removed, began)
        if count:
            activity.note(db, "removed", f"{counts.plural(count)} removed from their folders by hand: left so", now)
    photos.settle_states(db, {EventPhotoId(one) for one in disk_queue.photos_due(db)}, now)
