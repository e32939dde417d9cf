"""Thumbnails: made on the way by the first look, kept by the photo's SHA-256; one that is lost is made again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from agent.disk.atomic import write_whole
from agent.faces.results import Depth, LookError, Seen
from agent.faces.workers import FaceWorkers
from agent.intake.photo_files import PhotoFiles
from agent.ledger import Ledger, disk_queue, photos
from agent.ledger.disk_queue import StandIn


class Thumbnails:
    """`busy`: whether photos are being looked at for the first time, which goes before."""

    def __init__(
        self, ledger: Ledger, workers: FaceWorkers, files: PhotoFiles, folder: Path, *, busy: Callable[[], bool]
    ) -> None:
        self._ledger = ledger
        self._workers = workers
        self._files = files
        self._folder = folder
        self._busy = busy
        self._lock = asyncio.Lock()

    async def keep(self, sha256: str, seen: Seen) -> None:
        if not seen.thumbnail:
            return
        with contextlib.suppress(OSError):  # it can be made again, and must not hold up a photo
            await asyncio.to_thread(write_whole, self._folder / f"{sha256}.jpg", seen.thumbnail, sync=False)

    async def find(self, sha256: str) -> bytes | None:
        """A photo's thumbnail; one that was lost, or that a full disk had no room for, is made again."""
        with contextlib.suppress(OSError):
            return await asyncio.to_thread((self._folder / f"{sha256}.jpg").read_bytes)
        return await self._make_again(sha256)

    async def _make_again(self, sha256: str) -> bytes | None:
        """By one more look, one at a time, and never while new photos wait for theirs."""
        if self._busy() or self._lock.locked():
            return None
        async with self._lock:
            photo = await self._ledger.read(photos.by_sha256, sha256)
            if photo is None:
                return None
            instead = await self._ledger.read(disk_queue.stand_in, photo)
            try:
                if instead is not None:
                    path = await self._files.of_stand_in(instead)
                else:
                    _, path = await self._files.of(photo)
                if path is None:
                    return None
                seen = await self._workers.look(path, sha256 if instead is None else instead.sha256, Depth.QUICK)
            except LookError:
                return None
            await self.keep(sha256, seen)
            if not same(instead, await self._ledger.read(disk_queue.stand_in, photo)):
                # Somebody on it was forgotten meanwhile, and is not to be known by it: what goes with that had gone.
                await asyncio.to_thread((self._folder / f"{sha256}.jpg").unlink, missing_ok=True)
                return None
            return seen.thumbnail or None


def same(one: StandIn | None, other: StandIn | None) -> bool:
    """Whether the same picture is shown."""
    return (one and one.sha256) == (other and other.sha256)
