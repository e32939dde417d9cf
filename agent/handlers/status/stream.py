"""The stream of changes: numbered; whoever reads too slowly lists again.

The publisher never waits for a reader. Nothing polls: sections are made anew when something changed, four times a
second at most, and sent when they differ. Each but the activity is whole, so only its newest version is kept: with a
thousand events a section is megabytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from agent.requests.snapshot import Change, Section

KEPT = 4096  # changes
IN_PIECES: frozenset[Section] = frozenset({"activity"})  # sections whose every change counts


class Ring:
    """The last changes of one run of the agent, `boot`."""

    def __init__(self, boot: str) -> None:
        self.boot = boot
        self.seq = 0
        self._kept: dict[int, Change] = {}
        self._newest: dict[Section, int] = {}
        self._gone = 0  # changes up to this one are not all here
        self._readers: set[asyncio.Event] = set()

    def append(self, section: Section, data: Any) -> None:
        self.seq += 1
        if section not in IN_PIECES:
            self._kept.pop(self._newest.get(section, 0), None)
            self._newest[section] = self.seq
        self._kept[self.seq] = {"boot": self.boot, "seq": self.seq, "section": section, "data": data}
        while len(self._kept) > KEPT:
            self._gone = next(iter(self._kept))
            del self._kept[self._gone]
        for reader in self._readers:
            reader.set()

    async def after(self, boot: str, since: int) -> AsyncIterator[Change]:
        """The changes after `since`, of each section the newest, for ever; one `resync` where some are not here."""
        if boot != self.boot or since > self.seq or since < self._gone:
            since = self.seq
            yield self._resync()
        fresh = asyncio.Event()
        self._readers.add(fresh)
        try:
            while True:
                fresh.clear()
                if since < self._gone:
                    since = self.seq
                    yield self._resync()
                for change in [one for one in self._kept.values() if one["seq"] > since]:
                    since = change["seq"]
                    yield change
                if since == self.seq:
                    await fresh.wait()
        finally:
            self._readers.discard(fresh)

    def _resync(self) -> Change:
        return {"boot": self.boot, "seq": self.seq, "section": "resync", "data": None}
