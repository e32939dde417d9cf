"""`incoming.after = "move"`: originals whose photo is filed go to Processed/, below the same subfolders.

Never before it is filed, never over another file, and only the bytes that were filed.
"""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from pathlib import Path

import structlog

from agent.bell import Bell
from agent.filing import files
from agent.filing.names import candidates
from agent.ledger import Ledger, sightings
from agent.roster import Roster
from agent.workspace import Workspace

log = structlog.get_logger(__name__)

BATCH = 64
LOOK_EVERY = 30.0  # seconds, should a ring be missed


class Processed:
    """One per workspace; rung when photos are filed."""

    def __init__(self, ledger: Ledger, roster: Roster, workspace: Workspace) -> None:
        self.bell = Bell()
        self._ledger = ledger
        self._roster = roster
        self._workspace = workspace
        self._stuck: set[str] = set()

    async def run(self) -> None:
        while True:
            rows = await self._ledger.read(sightings.filed_originals, BATCH + len(self._stuck))
            moved = 0
            for row in rows:
                path = sightings.from_text(row["path"])
                if path not in self._stuck:
                    moved += await self._move(row, path)
            if not moved:
                await self.bell.wait(LOOK_EVERY)
                self._stuck.clear()

    async def _move(self, row: sqlite3.Row, path: str) -> bool:
        folder = self._roster.event(row["event"]).folder
        target = self._workspace.folder_of(folder) / "Processed"
        below = Path(path).relative_to(sightings.from_text(row["folder"]))
        try:
            new = await asyncio.to_thread(put_away, Path(path), target / below, str(row["sha256"]), int(row["bytes"]))
        except OSError as error:
            log.warning("original.stays", error=str(error))
            new = None
        if new is None:
            self._stuck.add(path)
            return False
        await self._ledger.write(sightings.move, path, str(new))
        return True


def put_away(source: Path, wanted: Path, sha256: str, size: int) -> Path | None:
    """Move a file to `wanted`, or to the next free name beside it; `None`: it holds other bytes than were filed."""
    if not files.holds(source, sha256, size):
        return None
    wanted.parent.mkdir(parents=True, exist_ok=True)
    for name in candidates(wanted.name):
        target = wanted.with_name(name)
        try:
            if files.rename_new(source, target):
                return target
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return across(source, target, sha256)
        if files.holds(target, sha256, size):  # put away before, and dropped again
            source.unlink()
            return target
    raise AssertionError("names never end")


def across(source: Path, target: Path, sha256: str) -> Path:
    """To another disk: copied and checked before the original goes."""
    files.place_copy(source, target, sha256, target.with_name(f".venuesync-{target.name}.part"))
    files.sync_folder(target.parent)
    source.unlink()
    return target
