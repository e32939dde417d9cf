"""What goes to Drive in photos' places, as files that can be sent: made once, kept until each folder there has them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from agent import clock
from agent.drive.errors import DriveError, drive_error
from agent.drive.reasons import Next
from agent.errors import Cause
from agent.faces.results import Fault, LookError
from agent.faces.workers import FaceWorkers
from agent.filing.blurring import ANOTHER_FILE, Blurring, name_of, remove, size_of, write
from agent.ledger import Ledger, renditions
from agent.ledger.drive_queue import DriveTask
from agent.model import Event, Rendition, blurred_in

NOT_MADE = "Photo cannot be made smaller for Drive"
NOT_BLURRED = "A face cannot be blurred"


class Unfit(DriveError):
    """Of this photo nothing smaller can be made, whatever anybody does."""


class Renditions:
    """`folder` holds the files, named by their photos."""

    def __init__(
        self,
        ledger: Ledger,
        workers: FaceWorkers,
        blurring: Blurring,
        events: Callable[[], Sequence[Event]],
        folder: Path,
    ) -> None:
        self._ledger = ledger
        self._workers = workers
        self._blurring = blurring
        self._events = events
        self._folder = folder

    async def made(self, task: DriveTask, files: Sequence[Path]) -> tuple[DriveTask, Path]:
        """What is to be sent, with its size and MD5 known, and the file that holds it. `files` hold the photo.

        Raises `DriveError`: a photo that cannot be made smaller is not sent instead, as it says where it was taken.
        """
        path = self._folder / name_of(task.sha256, task.made_as)
        if task.md5 and await asyncio.to_thread(size_of, path) == task.bytes:
            return task, path
        data = await self._render(task, files)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        try:
            await asyncio.to_thread(write, path, data)
        except OSError as error:
            known = drive_error(error)
            told = f"{path.parent}: {error.strerror or error}"
            remedy = "Check the rights and the health of this machine's disk"
            raise known if known.next is Next.WAIT_FOR_DISK else DriveError(NOT_MADE, told, remedy) from error
        made = hashlib.sha256(data).hexdigest()
        await self._ledger.write(
            renditions.record, task.sha256, task.made_as, md5, len(data), clock.wall(), made_sha256=made
        )
        return replace(task, md5=md5, bytes=len(data)), path

    async def _render(self, task: DriveTask, files: Sequence[Path]) -> bytes:
        blurred, digest = blurred_in(task.made_as), Rendition.named(task.made_as).watermark
        marks = [one.watermark.path for one in self._events() if one.watermark and one.watermark.digest == digest]
        remedy = "" if blurred else "; or send originals: set the event's long_side to nothing"
        for file in files:
            try:
                areas = await self._blurring.areas(task.sha256, task.made_as)
                return await self._workers.render(file, task.sha256, task.made_as, marks[0] if marks else "", areas)
            except LookError as error:
                if error.fault not in ANOTHER_FILE or file == files[-1]:
                    unfit = not blurred and error.cause is Cause.PERMANENT and error.fault is not Fault.WATERMARK
                    raise (Unfit if unfit else DriveError)(
                        NOT_BLURRED if blurred else NOT_MADE,
                        error.detail,
                        f"Put a whole copy into Incoming{remedy}",
                        cause=error.cause,
                        kind=error.kind,
                    ) from error
        raise AssertionError("there is a file")

    async def sent(self, sha256: str) -> None:
        """Remove the files of a photo of which nothing is to be sent any more."""
        if not await self._ledger.read(renditions.is_needed, sha256):
            await asyncio.to_thread(remove, self._folder, sha256)
