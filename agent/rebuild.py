"""Rebuilding a lost ledger from what disk and Drive hold; references and roster give the rest.

Nothing is doubled by it: what lies filed is found under its name by the same bytes, what lies on Drive is taken over
by its tags.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from pathlib import Path

import structlog

from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile
from agent.drive.lane import DriveLane
from agent.intake.reading import Photo, StillChanging, Vanished, classify
from agent.ledger import Ledger, activity, counts, drive_found, meta, troubles
from agent.ledger.sightings import Sighting
from agent.model import Event
from agent.people.planner import Planner
from agent.pipeline import take_in
from agent.roster import Roster
from agent.uploads import tags
from agent.workspace import Workspace

log = structlog.get_logger(__name__)

DISK, DRIVE = meta.REBUILD_DISK, meta.REBUILD_DRIVE
OUTPUTS = ("People", "Unsorted", "Processed")


def begin(db: sqlite3.Connection) -> None:
    """A new ledger in place of a lost one: both halves have to be read."""
    meta.put(db, DISK, "1")
    meta.put(db, DRIVE, "1")


class Rebuild:
    """`drive_done` is set once Drive's half needs no reading (any more): nothing is made there before."""

    def __init__(self, ledger: Ledger, roster: Roster, planner: Planner, workspace: Workspace) -> None:
        self.drive_done = asyncio.Event()
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._workspace = workspace

    async def disk(self) -> None:
        """Take in what lies filed: its photos are known again, and planned; the router finds each in its place."""
        if await self._ledger.read(meta.get, DISK) != "1":
            return
        count = 0
        for event in self._roster.events():
            for path in await asyncio.to_thread(filed_files, self._workspace, event):
                count += await self._take_in(event, path)
        await self._ledger.write(done, DISK, f"Ledger rebuilt from disk: {counts.plural(count)}", time.time())

    async def _take_in(self, event: Event, path: Path) -> bool:
        try:
            found = await asyncio.to_thread(classify, path)
        except (StillChanging, Vanished):
            return False
        if not isinstance(found, Photo):
            return False
        sighting = Sighting(str(path), event.id, "", found.facts)
        arrival, look = await self._ledger.write(take_in, sighting, found.content, found.facts.mtime_ns / 1e9)
        if arrival.new and look != "due":
            await self._planner.plan_photo(arrival.photo)
        return True

    async def drive(self, client: DriveClient, lane: DriveLane) -> None:
        """Learn what Drive holds of ours. Goes on until it is done, whatever the line does."""
        while await self._ledger.read(meta.get, DRIVE) == "1":
            await lane.open()
            try:
                key, value = tags.workspace(self._roster.workspace_id)
                found = await client.find_tagged(key, value)
            except DriveError as error:
                if not lane.report(error):
                    log.warning("rebuild.refused", kind=error.kind, detail=error.detail)
                    await asyncio.sleep(5)
                continue
            await self._ledger.write(adopt, found, time.time())
        self.drive_done.set()


def filed_files(workspace: Workspace, event: Event) -> list[Path]:
    """Every file below an event's output folders, dot-files left out."""
    found: list[Path] = []
    for output in OUTPUTS:
        for folder, folders, names in os.walk(workspace.folder_of(event.folder) / output):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += [Path(folder) / name for name in names if not name.startswith(".")]
    return found


def adopt(db: sqlite3.Connection, found: list[DriveFile], now: float) -> None:
    """Folders and photos of ours go to whoever is planned to have them, now or when the plan comes."""
    for one in sorted(found, key=lambda file: file.created_at or 0.0):
        parent = one.parents[0] if one.parents else None
        if one.is_folder and tags.FOLDER in one.tags:
            drive_found.record(db, one.id, "folder", one.tags[tags.FOLDER], parent, None)
        elif tags.PHOTO in one.tags:
            drive_found.record(db, one.id, "photo", one.tags[tags.PHOTO], parent, one.md5)
    drive_found.adopt_all(db)
    done(db, DRIVE, f"Ledger rebuilt from Drive: {counts.plural(len(found), 'item')} of ours", now)


def done(db: sqlite3.Connection, half: str, text: str, now: float) -> None:
    meta.put(db, half, "0")
    activity.note(db, "rebuilt", text, now)
    if not meta.rebuilding(db, drive=True):
        troubles.heal(db, "store:ledger", now)
