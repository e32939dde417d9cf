"""`Feed`: the agent's snapshot and changes, brought to the screen at most four times a second, less when much moves.

It never ends: a gap is answered by a new snapshot, a lost agent by asking again with growing pauses.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from agent.errors import VenueError
from agent.service import AgentService
from agent.service_snapshot import Change, Snapshot

BETWEEN, LONGEST_BETWEEN = 0.25, 1.0  # seconds between two paints
CELLS_A_SECOND = 850  # some 6 kB: what a phone's line takes without falling behind
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 8.0  # seconds before the agent is asked again


class Audience(Protocol):
    """Who looks at it."""

    def refreshed(self, snapshot: Snapshot) -> None: ...

    def changed(self, changes: Sequence[Change]) -> int:
        """Answers how many cells that changes on the screen."""
        ...

    def lost(self) -> None: ...


class Feed:
    def __init__(self, service: AgentService, audience: Audience) -> None:
        self._service = service
        self._audience = audience
        self._waiting: dict[str, Change] = {}  # the newest of each section; entries of activity joined
        self._due: asyncio.TimerHandle | None = None
        self._next_paint = 0.0
        self._pause = FIRST_PAUSE

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                try:
                    snapshot = await self._service.snapshot()
                    self._discard()
                    self._audience.refreshed(snapshot)
                    await self._follow(snapshot)
                    pause = BETWEEN
                except (VenueError, OSError):
                    self._discard()
                    self._audience.lost()
                    pause = self._pause
                    self._pause = min(self._pause * 2, LONGEST_PAUSE)
                await asyncio.sleep(pause)
        finally:
            self._discard()

    async def _follow(self, snapshot: Snapshot) -> None:
        """Bring changes until one says that others were lost; a stream that just ends counts as a lost agent."""
        stream = self._service.events(snapshot["boot"], snapshot["seq"])
        try:
            async for change in stream:
                if change["section"] == "resync":
                    return
                self._pause = FIRST_PAUSE
                self._take(change)
        finally:
            await _close(stream)
        raise ConnectionResetError

    def _take(self, change: Change) -> None:
        section = change["section"]
        before = self._waiting.pop(section, None)
        if section == "activity" and before:
            change = {**change, "data": [*before["data"], *change["data"]]}
        self._waiting[section] = change
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(self._next_paint, loop.time()), self._show)

    def _show(self) -> None:
        self._due = None
        changes = sorted(self._waiting.values(), key=lambda change: change["seq"])
        self._waiting = {}
        cells = self._audience.changed(changes)
        between = min(LONGEST_BETWEEN, max(BETWEEN, cells / CELLS_A_SECOND))
        self._next_paint = asyncio.get_running_loop().time() + between

    def _discard(self) -> None:
        self._waiting = {}
        if self._due is not None:
            self._due.cancel()
            self._due = None


async def _close(stream: AsyncIterator[Change]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
