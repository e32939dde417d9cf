"""The publisher: keeps a snapshot of everything that screens show, and sends what became different.

It works when something changed, four times a second at most (less often where there is much to count),
and twice a second while bytes move.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, cast

from agent import clock
from agent.bell import Bell
from agent.desk import sections, standing, status
from agent.desk.facts import Facts, read_facts
from agent.desk.house import House
from agent.desk.safety import standing_of
from agent.desk.stream import Ring
from agent.desk.verdict import Verdict, decide
from agent.ledger import counts
from agent.service_snapshot import Change, Section, Snapshot
from agent.service_status import StatusDocument

MERGE = 0.25  # seconds between two publications at least
REST, LONGEST = 6.0, 2.0  # times as long as a publication took, in seconds at most: a large venue costs no more
MOVING = 0.5  # seconds, while bytes move
IDLE = 15.0  # seconds, for what changes by itself (free space, rates that fade)
ACTIVITY = 100  # entries in a snapshot


class Publisher:
    """One per agent. `document()` and `snapshot()` are fresh whenever they are asked for."""

    def __init__(self, house: House) -> None:
        self.bell = Bell()
        self.ring = Ring(house.boot)
        self._house = house
        self.verdict: Verdict | None = None  # the latest, and how many arrivals it knows of
        self.arrivals = 0
        self._sent: dict[Section, Any] = {}
        self._last_activity = -1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._publishing = asyncio.Lock()  # what was read earlier is never sent after what was read later

    async def run(self) -> None:
        """Publish until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._house.ledger.on_change(self._from_other_thread)
        while True:
            began = time.monotonic()
            await self.publish()
            await asyncio.sleep(min(LONGEST, max(MERGE, REST * (time.monotonic() - began))))
            queue = self._house.queue
            moving = queue is not None and (bool(queue.active) or queue.meter.rate() > 0)
            await self.bell.wait(MOVING - MERGE if moving else IDLE)

    def _from_other_thread(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.bell.ring)

    async def publish(self) -> None:
        """Make every section anew and send those that differ."""
        async with self._publishing:
            made = await self._make()
            for section, data in made.items():
                if self._sent.get(section) != data:
                    self._sent[section] = data
                    self.ring.append(section, data)
            await self._publish_activity()

    async def _publish_activity(self) -> None:
        if self._last_activity < 0:
            newest = await self._house.ledger.read(sections.read_activity, None, 1)
            self._last_activity = newest[0]["id"] if newest else 0
            return
        fresh = await self._house.ledger.read(sections.read_activity_after, self._last_activity)
        if fresh:
            self._last_activity = fresh[-1]["id"]
            self.ring.append("activity", fresh)

    async def _make(self) -> dict[Section, Any]:
        house, now = self._house, clock.wall()
        facts, found = await house.ledger.read(self._read, now)
        self.arrivals, self.verdict = facts.arrivals, decide(standing_of(house, facts))
        document = status.document(house, facts, self.verdict, now)
        kept = cast(StatusDocument | None, self._sent.get("status"))
        if kept is not None:  # the moment of checking alone is no news
            document["safe_to_leave"]["checked_at"] = kept["safe_to_leave"]["checked_at"]
            if document != kept:
                document["safe_to_leave"]["checked_at"] = status.iso(now)
        troubles = found["troubles"]
        troubles["open"] = standing.added(standing.of_ledger(house.ledger), troubles["open"])
        return {
            "status": document,
            "queue": sections.queue(house, facts.depths, found["per_minute"]),
            "uploading": sections.uploading(house, found["waiting"]),
            "latest": found["latest"],
            "troubles": troubles,
            "folders": sections.folders(house, *found["folders"]),
        }

    def _read(self, db: sqlite3.Connection, now: float) -> tuple[Facts, dict[str, Any]]:
        """Everything that is in the ledger, of one moment."""
        drive = self._house.lane is not None
        midnight = datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        busy = [] if self._house.queue is None else list(self._house.queue.active)
        db.execute("BEGIN")
        try:
            return self._facts(db, now), {
                "per_minute": counts.finished_per_minute(db, now, sections.MINUTES, drive=drive),
                "waiting": sections.read_waiting(db, busy),
                "latest": sections.read_latest(db, drive=drive),
                "troubles": sections.read_troubles(db, midnight.timestamp()),
                "folders": sections.read_folders(db),
            }
        finally:
            db.execute("COMMIT")

    def _facts(self, db: sqlite3.Connection, now: float) -> Facts:
        house = self._house
        send = house.settings.drive.send
        quiet = [event.id for event in house.roster.events() if not (event.send and send)]
        drive, growing = house.lane is not None, house.pipeline.growing
        return read_facts(db, now, drive=drive, engine=house.planner.engine, quiet=quiet, growing=growing)

    # ---- what is asked

    async def document(self) -> StatusDocument:
        now = clock.wall()
        facts = await self._house.ledger.read(at_once, self._facts, now)
        return status.document(self._house, facts, decide(standing_of(self._house, facts)), now)

    async def snapshot(self) -> Snapshot:
        """Everything, with the number of the last change that it contains."""
        await self.publish()
        sent = self._sent
        seq = self.ring.seq
        entries = await self._house.ledger.read(sections.read_activity, self._last_activity + 1, ACTIVITY)
        return {
            "boot": self.ring.boot,
            "seq": seq,
            "at": clock.wall(),
            "status": sent["status"],
            "queue": sent["queue"],
            "uploading": sent["uploading"],
            "latest": sent["latest"],
            "troubles": sent["troubles"],
            "folders": sent["folders"],
            "activity": entries,
        }

    def verifying(self, what: str, done: int, of: int) -> None:
        """How far a comparison has come."""
        self.ring.append("verify", {"what": what, "done": done, "of": of})

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        return self.ring.after(boot, since)


def at_once(db: sqlite3.Connection, read: Callable[[sqlite3.Connection, float], Facts], now: float) -> Facts:
    """Of one moment, whatever is written meanwhile."""
    db.execute("BEGIN")
    try:
        return read(db, now)
    finally:
        db.execute("COMMIT")
