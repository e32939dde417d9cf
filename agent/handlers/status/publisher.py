"""The publisher: keeps a snapshot of everything that screens show, and sends what became different.

It works when something changed, four times a second at most (less often where there is much to count),
and twice a second while bytes move.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from agent import clock
from agent.clock import iso
from agent.errors import VenueError
from agent.handlers.status import activity, sections
from agent.handlers.status import document as status
from agent.handlers.status.facts import BytesLeft, Facts, midnight_before, read_facts
from agent.handlers.status.parts import AllDriveParts, LocalParts, Run
from agent.handlers.status.safety import can_go_on, looked, standing_of
from agent.handlers.status.stream import Ring
from agent.handlers.status.verdict import Verdict, decide
from agent.ledger import counts, meta
from agent.ledger.sqlite.rows import Db, at_once
from agent.model import DEFAULT_EVENT, Event, EventId, Mode
from agent.requests.snapshot import Change, QueueSection, Section, Snapshot
from agent.requests.status import StatusDocument
from agent.requests.troubles import TroubleSection
from agent.roster import Roster
from agent.running.waiting import Bell
from agent.settings import Settings

T = TypeVar("T")

MERGE = 0.25  # seconds between two publications at least
REST, LONGEST = 6.0, 2.0  # times as long as a publication took, in seconds at most: a large venue costs no more
MOVING = 0.5  # seconds, while bytes move
IDLE = 15.0  # seconds, for what changes by itself (free space, rates that fade)
ACTIVITY = 100  # entries in a snapshot


@dataclass(frozen=True, slots=True)
class Published:
    """What was sent last, and how many seconds ago it was read."""

    status: StatusDocument
    queue: QueueSection
    troubles: TroubleSection
    age: float


class Publisher:
    """One per agent. `document()` and `snapshot()` are fresh whenever they are asked for.

    `engine` tells whose encodings are compared.
    """

    def __init__(
        self,
        run: Run,
        settings: Settings,
        roster: Roster,
        here: LocalParts,
        drive: AllDriveParts,
        engine: Callable[[], str],
    ) -> None:
        self.bell = Bell()
        self.ring = Ring(run.boot)
        self._run = run
        self._settings = settings
        self._roster = roster
        self._here = here
        self._drive = drive
        self._engine = engine
        self._ledger = here.ledger
        self.verdict: Verdict | None = None  # the latest, and how many arrivals it knows of
        self.arrivals = 0
        self._bytes_left = BytesLeft()
        self._sent: dict[Section, Any] = {}
        self._made_at = 0.0  # by the monotonic clock
        self._last_activity = -1
        self._publishing = asyncio.Lock()  # what was read earlier is never sent after what was read later

    async def run(self) -> None:
        """Publish until cancelled."""
        with suppress(VenueError):  # the disk is full: it is told elsewhere
            await self._ledger.write(meta.put, meta.STARTED, str(self._run.started_at))
        while True:
            began = time.monotonic()
            await self.publish()
            await asyncio.sleep(min(LONGEST, max(MERGE, REST * (time.monotonic() - began))))
            await self.bell.wait(MOVING - MERGE if self._drive.uploads.moves else IDLE)

    async def publish(self) -> None:
        """Make every section anew and send those that differ."""
        async with self._publishing:
            self._made_at = time.monotonic()
            made = await self._make()
            for section, data in made.items():
                if self._sent.get(section) != data:
                    self._sent[section] = data
                    self.ring.append(section, data)
            await self._publish_activity()

    async def _publish_activity(self) -> None:
        if self._last_activity < 0:
            newest = await self._ledger.read(activity.newest, None, 1)
            self._last_activity = newest[0]["id"] if newest else 0
            return
        fresh = await self._ledger.read(activity.newer, self._last_activity)
        if fresh:
            self._last_activity = fresh[-1]["id"]
            self.ring.append("activity", fresh)

    async def _make(self) -> dict[Section, Any]:
        now = clock.wall()

        async def read() -> tuple[Facts, dict[str, Any]]:
            before = self._here.watcher.report().folders
            facts, found = await self._ledger.read(self._read, now)
            return facts, {**found, "before": before}

        facts, found, self.verdict = await self._decided(read)
        self.arrivals = facts.arrivals
        document = self._document(facts, self.verdict, now)
        report = self._here.watcher.report()
        kept = cast(StatusDocument | None, self._sent.get("status"))
        if kept is not None:  # the moment of checking alone is no news
            document["safe_to_leave"]["checked_at"] = kept["safe_to_leave"]["checked_at"]
            if document != kept:
                document["safe_to_leave"]["checked_at"] = iso(now)
        troubles = found["troubles"]
        troubles["open"] = sections.with_standing(sections.ledger_troubles(self._ledger), troubles["open"])
        return {
            "status": document,
            "queue": sections.queue(report, facts.arriving, facts.depths, found["per_minute"]),
            "uploading": sections.uploading(self._drive.uploads.active.values(), found["waiting"]),
            "latest": found["latest"],
            "troubles": troubles,
            "folders": sections.folders(found["before"], report.folders, *found["folders"]),
        }

    def _read(self, db: Db, now: float) -> tuple[Facts, dict[str, Any]]:
        """Everything that is in the ledger, of one moment."""
        drive = not self._drive.lane.is_off
        busy = list(self._drive.uploads.active)
        db.execute("BEGIN")
        try:
            return self._facts(db, now), {
                "per_minute": counts.finished_per_minute(db, now, sections.MINUTES, drive=drive),
                "waiting": sections.read_waiting(db, busy),
                "latest": sections.read_latest(db, drive=drive),
                "troubles": sections.read_troubles(db, midnight_before(now)),
                "folders": sections.read_folders(db, drive=drive),
            }
        finally:
            db.execute("COMMIT")

    def _facts(self, db: Db, now: float) -> Facts:
        self._ledger.measure()
        roster, send = self._roster, self._settings.drive.send
        quiet = roster.quiet_events() if send else [event.id for event in roster.events()]
        drive, growing, line = not self._drive.lane.is_off, self._here.pipeline.growing, self._drive.line
        largest = counts.ANY_SIZE if line is None or line.largest is None else line.largest
        lanes: dict[str, list[EventId]] = {}
        for event in roster.events():
            lanes.setdefault(event.lane, []).append(event.id)
        several = lanes if len(lanes) > 1 else None
        return read_facts(
            db,
            now,
            drive=drive,
            engine=self._engine,
            quiet=quiet,
            growing=growing,
            settling=self._here.watcher.settling(),
            largest=largest,
            bytes_left=self._bytes_left,
            lanes=several,
            refusing=list(self._drive.stuck()),
            moved=[event.id for event in roster.events() if event.account or event.accounts_before],
            given={event.id: chosen_on_drive(event, self._settings) for event in roster.events()},
        )

    async def _decided(self, read: Callable[[], Awaitable[tuple[Facts, T]]]) -> tuple[Facts, T, Verdict]:
        """What was read, and what it comes to. Once more where the events were changed meanwhile: one that went to
        another account, say, is counted with none.
        """
        while True:
            events, before = self._roster.events(), looked(self._here, self._drive)
            facts, found = await read()
            standing = standing_of(self._settings, self._roster, self._here, self._drive, before, facts)
            if self._roster.events() == events:
                return facts, found, decide(standing)

    def _document(self, facts: Facts, verdict: Verdict, now: float) -> StatusDocument:
        return status.document(self._run, self._settings, self._roster, self._here, self._drive, facts, verdict, now)

    # ---- what is asked

    async def document(self) -> StatusDocument:
        now = clock.wall()

        async def read() -> tuple[Facts, None]:
            return await self._ledger.read(at_once, self._facts, now), None

        facts, _, verdict = await self._decided(read)
        made = self._document(facts, verdict, now)
        if self._run.mode is Mode.STOPPED and (since := await self._ledger.read(meta.get, meta.STARTED)):
            made["started_at"] = iso(float(since))
        return made

    async def latest(self) -> Published:
        """What everybody was told last: it costs nothing to ask."""
        if not self._sent:
            await self.publish()
        sent = self._sent
        return Published(sent["status"], sent["queue"], sent["troubles"], time.monotonic() - self._made_at)

    def waits(self) -> int:
        """How much could go on by itself, by what was told last."""
        return can_go_on(self._sent["status"]) if self._sent else 0

    async def snapshot(self) -> Snapshot:
        """Everything, with the number of the last change that it contains."""
        await self.publish()
        sent = self._sent
        seq = self.ring.seq
        entries = await self._ledger.read(activity.newest, self._last_activity + 1, ACTIVITY)
        return {
            "boot": self.ring.boot,
            "seq": seq,
            "at": iso(clock.wall()),
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


def chosen_on_drive(event: Event, settings: Settings) -> str:
    """The id of an operator's own folder that stands for the event's; "": it is ours."""
    of_workspace = settings.drive.destination if event.id == DEFAULT_EVENT and not event.lane else ""
    return event.destination or of_workspace
