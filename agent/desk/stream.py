"""The stream of changes: numbered, in a ring; whoever reads too slowly lists again.

The publisher never waits for a reader. Nothing polls: sections are made anew when something changed, four times a
second at most, and sent when they differ.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from agent.service import Change, Section

KEPT = 4096  # changes


class Ring:
    """The last changes of one run of the agent, `boot`."""

    def __init__(self, boot: str) -> None:
        self.boot = boot
        self.seq = 0
        self._kept: deque[Change] = deque(maxlen=KEPT)
        self._readers: set[asyncio.Event] = set()

    def append(self, section: Section, data: Any) -> None:
        self.seq += 1
        self._kept.append({"boot": self.boot, "seq": self.seq, "section": section, "data": data})
        for reader in self._readers:
            reader.set()

    async def after(self, boot: str, since: int) -> AsyncIterator[Change]:
        """The changes after `since`, for ever; one `resync` where they are not all here."""
        if boot != self.boot or since > self.seq or since < self.seq - len(self._kept):
            since = self.seq
            yield self._resync()
        fresh = asyncio.Event()
        self._readers.add(fresh)
        try:
            while True:
                fresh.clear()
                if since < self.seq - len(self._kept):
                    since = self.seq
                    yield self._resync()
                for change in [one for one in self._kept if one["seq"] > since]:
                    since = change["seq"]
                    yield change
                if since == self.seq:
                    await fresh.wait()
        finally:
            self._readers.discard(fresh)

    def _resync(self) -> Change:
        return {"boot": self.boot, "seq": self.seq, "section": "resync", "data": None}
