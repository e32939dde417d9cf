"""Closing time: when all else says that it is safe to leave, the folders are looked through once more."""

from __future__ import annotations

import asyncio
import sqlite3

from agent.desk.house import House
from agent.ledger import counts, downloads

LOOK_EVERY = 1.0  # seconds


class Closer:
    """Asks for one sweep, and one look at Drive, after the last photo is done: nobody waits for the next minute's."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def run(self) -> None:
        changes = -1
        looked = 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self._house.ledger.changes == changes:
                continue
            changes = self._house.ledger.changes
            watcher = self._house.watcher
            if watcher is None or watcher.report().settling or self._house.pipeline.looking:
                continue
            last, quiet = await self._house.ledger.read(nothing_left, drive=self._house.lane is not None)
            since = max(last, self._house.started_at)
            if quiet and not watcher.report().whole_sweep_since(since):
                await watcher.sweep_now()
                self._house.pipeline.bell.ring()
            if quiet and self._house.feeds is not None and looked != since:
                looked = since  # the sources on Drive, too, once
                self._house.feeds.look_now()


def nothing_left(db: sqlite3.Connection, *, drive: bool) -> tuple[float, bool]:
    """When the last photo arrived, and whether all that can be done of those known is done."""
    photos = counts.photos(db)
    uploads = counts.uploads(db)
    open_work = photos["waiting"] or (drive and uploads["queued"]) or counts.removals_due(db, drive=drive)
    open_work = open_work or (drive and downloads.tally(db)["queued"])
    return counts.last_arrival(db) or 0.0, bool(photos["seen"]) and not open_work
