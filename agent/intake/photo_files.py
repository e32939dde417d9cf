"""The files that hold a photo's bytes: its originals, and what was filed of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from agent.disk.mounts import left_bare
from agent.ledger import Ledger, disk_queue, sightings
from agent.ledger.disk_queue import StandIn
from agent.model import PhotoId


class PhotoFiles:
    """`root` is the workspace's folder."""

    def __init__(self, ledger: Ledger, root: Path) -> None:
        self._ledger = ledger
        self._root = root

    async def of(self, photo: PhotoId) -> tuple[list[str], Path | None]:
        """All originals that are known, and a file that is there and has the photo's bytes."""
        known, filed = await self._ledger.read(
            lambda db: (sightings.originals(db, photo), disk_queue.filed_paths(db, photo))
        )
        originals = [path for path, _ in known]
        paths = [Path(path) for path in originals] + [self._root / path for path in filed]
        return originals, await asyncio.to_thread(first_there, paths)

    async def disconnected(self, originals: Sequence[str]) -> dict[str, str]:
        """Of these those whose whole incoming folder went along with them, as with its card; and that folder."""
        folders = await self._ledger.read(sightings.folders_of, originals)
        bare = await asyncio.to_thread(left_bare, {*folders.values()})
        return {path: folder for path, folder in folders.items() if folder in bare}

    async def of_stand_in(self, instead: StandIn) -> Path | None:
        """A file that is there and has the bytes of what was made of a photo."""
        paths = [self._root / path for path in instead.paths]
        return await asyncio.to_thread(first_there, paths)


def first_there(paths: Sequence[Path]) -> Path | None:
    """The first that may be read; else one that is there, or of which nothing is told: whoever opens it says why."""
    refused: Path | None = None
    for path in paths:
        if os.access(path, os.R_OK):
            return path
        try:
            refused = refused or (path if path.exists() else None)
        except OSError:
            refused = path
    return refused
