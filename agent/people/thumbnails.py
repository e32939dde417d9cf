"""Thumbnails: made on the way by the first look, kept by the photo's SHA-256; one that is lost is made again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from agent.disk.atomic import write_whole
from agent.faces.results import Depth, LookError, Seen
from agent.faces.workers import FaceWorkers
from agent.intake.photo_files import PhotoFiles
from agent.ledger import Ledger, disk_queue, photos
from agent.ledger.disk_queue import StandIn
from agent.ledger.sqlite.rows import Db
from agent.model import Box, Rendition, faces_blurred

SMALL = Rendition(320, 90)  # as large as those that are made on the way


class Thumbnails:
    """`blurred`: a photo's faces that nobody is to be known by. `busy`: whether photos are being looked at for the
    first time, which goes before.
    """

    def __init__(
        self,
        ledger: Ledger,
        workers: FaceWorkers,
        files: PhotoFiles,
        folder: Path,
        blurred: Callable[[str], Sequence[Box]],
        *,
        busy: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._workers = workers
        self._files = files
        self._folder = folder
        self._blurred = blurred
        self._busy = busy
        self._lock = asyncio.Lock()

    async def keep(self, sha256: str, seen: Seen) -> None:
        if not seen.thumbnail:
            return
        with contextlib.suppress(OSError):  # it can be made again, and must not hold up a photo
            await asyncio.to_thread(write_whole, self._folder / f"{sha256}.jpg", seen.thumbnail, sync=False)

    async def find(self, sha256: str) -> bytes | None:
        """A photo's thumbnail; one that was lost, or that a full disk had no room for, is made again.

        Of a photo with a face that is to be blurred, and nothing of which is filed so (yet), as it waits for a yes: one
        with that face blurred, made each time.
        """
        if (boxes := self._blurred(sha256)) and await self._ledger.read(is_to_be_made, sha256):
            await self.drop(sha256)
            return await self._make_blurred(sha256, boxes)
        with contextlib.suppress(OSError):
            return await asyncio.to_thread((self._folder / f"{sha256}.jpg").read_bytes)
        return await self._make_again(sha256)

    async def drop(self, sha256: str) -> None:
        await asyncio.to_thread((self._folder / f"{sha256}.jpg").unlink, missing_ok=True)

    async def _make_blurred(self, sha256: str, boxes: Sequence[Box]) -> bytes | None:
        rows = await self._ledger.read(photos.shown_with, sha256)
        width, height = next((row["width"], row["height"]) for row in rows if row["sha256"] == sha256)
        photo = await self._ledger.read(photos.by_sha256, sha256)
        path = None if photo is None else (await self._files.of(photo))[1]
        if path is None or not (width and height) or self._busy():
            return None
        areas = [(box.left / width, box.top / height, box.right / width, box.bottom / height) for box in boxes]
        with contextlib.suppress(LookError):
            made_as = replace(SMALL, blurred=faces_blurred(boxes)).name
            return await self._workers.render(path, sha256, made_as, blurred=areas)
        return None

    async def _make_again(self, sha256: str) -> bytes | None:
        """By one more look, one at a time, and never while new photos wait for theirs."""
        if self._busy() or self._lock.locked():
            return None
        async with self._lock:
            photo = await self._ledger.read(photos.by_sha256, sha256)
            if photo is None:
                return None
            instead = await self._ledger.read(disk_queue.stand_in, photo, blurred=bool(self._blurred(sha256)))
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
            if not same(
                instead, await self._ledger.read(disk_queue.stand_in, photo, blurred=bool(self._blurred(sha256)))
            ):
                # Somebody on it was forgotten meanwhile, and is not to be known by it: what goes with that had gone.
                await self.drop(sha256)
                return None
            return seen.thumbnail or None


def is_to_be_made(db: Db, sha256: str) -> bool:
    """Whether there is nothing yet of a photo with a face that is to be blurred that may be shown."""
    photo = photos.by_sha256(db, sha256)
    return photo is not None and disk_queue.stand_in(db, photo, blurred=True) == StandIn("", [])


def same(one: StandIn | None, other: StandIn | None) -> bool:
    """Whether the same picture is shown."""
    return (one and one.sha256) == (other and other.sha256)
