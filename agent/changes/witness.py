"""A witness of how new Drive's lists are: a mark on a folder of ours, and whether a list shows it yet.

Lists lag behind what is (others met five minutes). One that shows a mark is at least as new as the moment when it was
set: evidence, not proof, as nobody says that Drive's lists show everything in the order in which it happened.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile, quoted
from agent.ledger import Ledger, folders, meta
from agent.model import DriveId

log = structlog.get_logger(__name__)

MARKED = "venuesync_marked"  # on one folder of ours: the workspace, so that lists can be asked for it
MARK = "venuesync_mark"  # there: which mark, as `ledger.number`
KEPT = "mark"  # the ledger's: `ledger.number` of the last mark that somebody tried to set


@dataclass(frozen=True, slots=True)
class Mark:
    """`number` was set on `folder`; `query` shows that folder in a list, `ledger` tells whose number it is."""

    folder: DriveId
    ledger: str
    number: int
    query: str

    def read(self, shown: DriveFile) -> int:
        """The mark that a list shows; 0: none of this ledger's."""
        ledger, _, number = shown.tags.get(MARK, "").partition(".")
        return int(number) if ledger == self.ledger and number.isdigit() else 0


class Witness:
    """`may`: whether anything may be changed on Drive now, as it may not where sending is off."""

    def __init__(self, ledger: Ledger, client: DriveClient, workspace_id: str, may: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._client = client
        self._workspace_id = workspace_id
        self._may = may
        self._last: Mark | None = None  # the last one that was set
        self._lock = asyncio.Lock()

    async def mark(self, after: int | None = None) -> Mark | None:
        """A mark set now; with `after`, one that was set earlier will do, if its number is higher.

        `None`: there is none to be had, as nothing of ours is on Drive yet, or it may not be changed. Raises
        `DriveError` for what pauses the lane alone.
        """
        async with self._lock:
            if after is None or self._last is None or self._last.number <= after:
                self._last = await self._set()
            return self._last

    async def shown(self, after: int) -> int:
        """The mark that lists show now, for whoever waits for one higher than `after`; 0: none."""
        mark = await self.mark(after)
        if mark is None:
            return 0
        found = [mark.read(one) async for one in self._client.list_all(mark.query) if one.id == mark.folder]
        return max(found, default=0)

    async def _set(self) -> Mark | None:
        folder = await self._ledger.read(folders.own_on_drive) if self._may() else None
        if folder is None:
            return None
        ledger, number = await self._ledger.write(begin)
        try:
            tags = {MARKED: self._workspace_id, MARK: f"{ledger}.{number}"}
            await self._client.update(folder, tags=tags)
        except DriveError as error:
            if error.pauses_lane:
                raise
            log.info("mark.refused", folder=folder, kind=error.kind)
            return None
        query = f"appProperties has {{ key={quoted(MARKED)} and value={quoted(self._workspace_id)} }}"
        return Mark(folder, ledger, number, query)


def begin(db: sqlite3.Connection) -> tuple[str, int]:
    """The next number, kept before Drive hears of it: one whose answer is lost is never taken for a later one."""
    ledger, _, number = meta.get(db, KEPT).partition(".")
    ledger = ledger or secrets.token_hex(4)
    meta.put(db, KEPT, f"{ledger}.{int(number or 0) + 1}")
    return ledger, int(number or 0) + 1


def last_tried(db: sqlite3.Connection) -> int:
    """The highest number that may have been set by now."""
    return int(meta.get(db, KEPT).partition(".")[2] or 0)
