"""Damaged files that may be arriving still: a broken transfer closes its file, too, and begins again.

How long each has not changed is watched here, as a file's own times may be a camera's, or of a clock that was set.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from agent import clock
from agent.model import PhotoId


class Growing:
    """Photos that did not open when they were looked at last. `hollow`: those that nobody looked at yet, and that end
    in zeros.
    """

    def __init__(self) -> None:
        self._seen: dict[PhotoId, tuple[float, float]] = {}  # last change of the file, since when seen so
        self.hollow: set[PhotoId] = set()

    @property
    def photos(self) -> list[PhotoId]:
        return list(self._seen)

    def over(self, photo: PhotoId) -> None:
        """It opened, failed, or is nowhere."""
        self._seen.pop(photo, None)
        self.hollow.discard(photo)

    def may_be(self, photo: PhotoId) -> bool:
        """Whether more of it may have been on its way when it was read last."""
        return photo in self._seen or photo in self.hollow

    async def unchanged_for(self, photo: PhotoId, path: Path) -> float:
        """Seconds that a damaged file has not changed: by its own times, or as long as it was watched."""
        changed_at = await asyncio.to_thread(last_change, path)
        before, since = self._seen.get(photo, (None, clock.steady()))
        if changed_at != before:
            since = clock.steady()
        self._seen[photo] = changed_at, since
        return max(clock.steady() - since, clock.age(changed_at, clock.wall(), clock.steady()))


def last_change(path: Path) -> float:
    """When the file or its name changed last, by the clock as it was then; long ago where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - both times of one look
    except OSError:
        return 0.0
    return max(found.st_mtime, found.st_ctime)
