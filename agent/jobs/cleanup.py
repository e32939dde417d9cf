"""Tidying up: downloads that are filed and old, logs, thumbnails of photos that nobody knows any more."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent import clock
from agent.filing.last_files import LastFiles
from agent.ledger import Ledger, activity, channels, downloads, photos, sightings
from agent.workspace import Workspace

DAY = 86_400.0  # seconds


@dataclass(slots=True)
class Swept:
    files: int = 0
    bytes: int = 0

    def remove(self, path: Path) -> bool:
        """Whether it is gone now."""
        with suppress(FileNotFoundError):
            try:
                size = path.stat().st_size
                path.unlink()
            except FileNotFoundError:
                raise
            except OSError:
                return False
            self.files += 1
            self.bytes += size
        return True


class Cleanup:
    """`days` that filed downloads and logs are kept."""

    def __init__(self, ledger: Ledger, workspace: Workspace, days: int) -> None:
        self._ledger = ledger
        self._workspace = workspace
        self._days = days

    async def __call__(self) -> str:
        before = clock.wall() - self._days * DAY
        swept = Swept()
        for number, path in await self._ledger.read(downloads.old_files, before):
            file = self._workspace.state / path
            if await asyncio.to_thread(swept.remove, file):
                await self._ledger.write(forget_download, number, str(file))
        known = await self._ledger.read(photos.all_hashes)
        await asyncio.to_thread(self._sweep, swept, before, known)
        kept = LastFiles(self._workspace.state)
        for sha256 in await self._ledger.read(photos.filed_among, list(await asyncio.to_thread(kept.all))):
            if await asyncio.to_thread(swept.remove, kept.path(sha256)):
                await self._ledger.write(sightings.drop, str(kept.path(sha256)))
        await self._ledger.write(tidy, clock.steady())
        return f"{swept.files:,} files, {swept.bytes / 1e6:,.1f} MB"

    def _sweep(self, swept: Swept, before: float, known: set[str]) -> None:
        """Files and downloads that nobody finished, old logs, thumbnails without a photo."""
        space = self._workspace
        old = [*space.downloads.glob("*/.*.part"), *space.logs.glob("*.log.*"), *space.thumbnails.glob("*.new")]
        old += [*space.state.glob(".*.new"), *space.state.glob("*/.*.new")]
        for path in old:
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    swept.remove(path)
        for path in space.thumbnails.glob("*.jpg"):
            if path.stem not in known:
                swept.remove(path)


def forget_download(db: sqlite3.Connection, download: int, path: str) -> None:
    downloads.removed(db, download)
    sightings.drop(db, path)


def tidy(db: sqlite3.Connection, now: float) -> None:
    activity.trim(db)
    for one in channels.all_of(db):
        if one.expires_at < now:
            channels.forget(db, one.id)
