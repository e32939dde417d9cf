"""Photos with faces that nobody is to be known by: what is filed in their places, made by the face workers.

The boxes of such faces stand in the decisions, so that it can be made again of the photo at any time; what was made
lies in `.venuesync/renditions` until it is filed. The photo itself is never changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from agent import clock
from agent.disk.atomic import write_whole
from agent.errors import Cause
from agent.faces.results import Area, Fault, LookError
from agent.faces.workers import FaceWorkers
from agent.ledger import Ledger, photos, renditions
from agent.ledger.disk_queue import DiskTask
from agent.ledger.sqlite.rows import Db
from agent.model import Rendition, blurred_in, faces_blurred
from agent.roster import Roster

Measures = tuple[str, int | None, int | None]  # a photo's SHA-256, its width and height
ANOTHER_FILE = {Fault.MISSING, Fault.CHANGED, Fault.UNREADABLE}  # may hold the photo still


class Blurring:
    """`folder` holds what was made, `thumbnails` those of photos: none of what is not to be seen."""

    def __init__(self, ledger: Ledger, roster: Roster, workers: FaceWorkers, folder: Path, thumbnails: Path) -> None:
        self._ledger = ledger
        self._roster = roster
        self._workers = workers
        self._folder = folder
        self._thumbnails = thumbnails

    def path(self, sha256: str, made_as: str) -> Path:
        return self._folder / name_of(sha256, made_as)

    async def areas(self, sha256: str, made_as: str) -> list[Area]:
        """Which faces a rendition of that name has blurred. Raises `LookError` where that is not known (any more)."""
        blurred = Rendition.named(made_as).blurred
        if not blurred:
            return []
        known = await self._ledger.read(measures, sha256)
        if (areas := self._areas(known, blurred)) is None:  # the other file of a shot that is not known as such
            known = [self._roster.blurred_photos(event.id).get(blurred, []) for event in self._roster.events()]
            others = [row for one in {*chain(*known)} for row in await self._ledger.read(measures, one)]
            areas = self._areas(others, blurred)
        if areas is not None:
            return areas
        raise LookError(Fault.ENGINE, "Which faces are to be blurred has just changed", "It is tried again by itself")

    def _areas(self, known: Sequence[Measures], blurred: str) -> list[Area] | None:
        for of, width, height in known:
            for event in self._roster.events():
                boxes = self._roster.blurred_faces(event.id, of)
                if width and height and faces_blurred(boxes) == blurred:
                    return [
                        (box.left / width, box.top / height, box.right / width, box.bottom / height) for box in boxes
                    ]
        return None

    async def make(self, task: DiskTask, files: Sequence[Path]) -> DiskTask | None:
        """What is to be filed in the photo's place, made if it is not there; `None`: none of `files` holds the photo.

        Raises `LookError` where it cannot be made, `OSError` where the disk refuses.
        """
        path = self.path(task.sha256, task.filed_as)
        await asyncio.to_thread((self._thumbnails / f"{task.sha256}.jpg").unlink, missing_ok=True)
        if task.file_sha256 and await asyncio.to_thread(size_of, path) == task.file_bytes:
            return task
        areas = await self.areas(task.sha256, task.filed_as)
        for file in files:
            try:
                data = await self._workers.render(file, task.sha256, task.filed_as, blurred=areas)
            except LookError as error:
                if error.fault not in ANOTHER_FILE:
                    raise
                continue
            await asyncio.to_thread(write_like, path, data, file)
            made = hashlib.sha256(data).hexdigest()
            md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
            await self._ledger.write(
                renditions.record, task.sha256, task.filed_as, md5, len(data), clock.wall(), made_sha256=made
            )
            return replace(task, file_sha256=made, file_bytes=len(data))
        return None

    async def filed(self, sha256s: set[str]) -> None:
        """Remove what was made of these photos and is needed no more."""
        for sha256 in sha256s:
            if not await self._ledger.read(renditions.is_needed, sha256):
                await asyncio.to_thread(remove, self._folder, sha256)


def measures(db: Db, sha256: str) -> list[Measures]:
    """The photo, and those whose other file it is: SHA-256, width and height of each, upright."""
    return [(row["sha256"], row["width"], row["height"]) for row in photos.shown_with(db, sha256)]


def passes(error: LookError) -> bool:
    """Whether it may go another time."""
    return error.cause is Cause.TRANSIENT or not error.photos_own


def is_blurred(made_as: str) -> bool:
    return bool(blurred_in(made_as))


def name_of(sha256: str, made_as: str) -> str:
    return f"{sha256}-{hashlib.sha256(made_as.encode()).hexdigest()[:8]}.jpg"


def size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def write(path: Path, data: bytes) -> None:
    """Once more where the folder goes just then, as somebody is being forgotten. Raises `OSError`."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        write_whole(path, data)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_whole(path, data)


def write_like(path: Path, data: bytes, original: Path) -> None:
    """With the original's times, which people sort by."""
    facts = original.stat()
    write(path, data)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def remove(folder: Path, sha256: str) -> None:
    """What cannot be removed goes with the night's job."""
    for path in folder.glob(f"{sha256}-*.jpg"):
        path.unlink(missing_ok=True)
