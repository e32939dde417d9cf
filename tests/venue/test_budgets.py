"""What a photo costs, counted: requests, bytes, queries, fsyncs and paints, each at most as `budgets.json` says.

Counts that a slow machine does not change: the photos come one by one, as nothing is saved for several then; what the
agent does by the clock, or while nothing waits, rests, or falls to some of them, of which the least counts; and its
publications, four a second at most, are counted by themselves. Whoever means a photo to cost more, or has made it cost
less, writes so into the file: a failure says all that was counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.handlers.status.publisher import Publisher
from agent.ledger.sqlite.rows import Db
from agent.requests.people import EnrollPerson
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.pictures import variant
from tests.venue.running import PHOTOS, an_agent, of
from tui.app import Monitor

BUDGETS: dict[str, float] = json.loads(Path(__file__).with_name("budgets.json").read_text())
COUNT = 12  # photos that are counted, and as many again with a monitor in sight
ROUND = 4  # of them at a time
TOGETHER = "DSC_4412.jpg"
WHO = {"Mia Lindqvist": "mia_lindqvist", "Jonas Lindqvist": "jonas_lindqvist"}
BY_THE_CLOCK = {
    "DRIVE__FOLDER_CHECK": "3600",
    "INCOMING__SWEEP": "3600",
    "SYNC__INTERVAL": "60",
    "FACES__SECOND_LOOKS": "false",
}
LOOKS = {  # by the clock: on a slow machine more of them fall to a photo
    "agent.jobs.runner": "LOOK_EVERY",
    "agent.jobs.forgetting": "LOOK_EVERY",
    "agent.jobs.second_looks": "LOOK_EVERY",
    "agent.running.supervise": "HOLD_EVERY",
    **{
        name: "LOOK_ANYWAY"
        for name in [*sys.modules]
        if name[:6] == "agent." and hasattr(sys.modules[name], "LOOK_ANYWAY")
    },
}
IS_IT_THERE = "about.get"  # asked where anything takes long


class Counted:
    """Statements of the ledger and fsyncs of this process, from here on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: Counter[str] = Counter()
        self.publications: Counter[str] = Counter()  # "queries" of those that are "whole": begun and ended since
        self._publishing: dict[Db, int] = {}
        begun, fsync, fdatasync, read = Db.__init__, os.fsync, os.fdatasync, Publisher._read

        def traced(db: Db, *given: Any, **named: Any) -> None:
            begun(db, *given, **named)
            changes = 0

            def statement(text: str) -> None:
                nonlocal changes
                if text.startswith("--"):
                    return  # a trigger's
                if db in self._publishing:
                    self._publishing[db] += 1
                    return
                self.of["queries"] += 1
                if text.startswith("COMMIT"):
                    self.of["commits, an fsync each"] += db.total_changes != changes
                    changes = db.total_changes

            db.set_trace_callback(statement)

        def publishing(publisher: Publisher, db: Db, now: float) -> Any:
            counts, self._publishing[db] = self.publications, 0
            counts["all"] += 1
            try:
                return read(publisher, db, now)
            finally:
                counts.update(queries=self._publishing.pop(db), whole=1)

        def counting(call: Any) -> Any:
            def counted(file: Any) -> None:
                self.of["fsyncs of files"] += 1
                call(file)

            return counted

        monkeypatch.setattr(Db, "__init__", traced)
        monkeypatch.setattr(Publisher, "_read", publishing)
        monkeypatch.setattr(os, "fsync", counting(fsync))
        monkeypatch.setattr(os, "fdatasync", counting(fdatasync))


async def test_what_a_photo_costs(
    workspace: Workspace, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Photos of two people who are known, each in two folders; then others, with a monitor in sight."""
    for name, seconds in BY_THE_CLOCK.items():
        monkeypatch.setenv(f"VENUESYNC_{name}", seconds)
    for module, name in LOOKS.items():
        monkeypatch.setattr(sys.modules[module], name, 3600.0)
    counted = Counted(monkeypatch)
    async with an_agent(workspace) as running:
        for name, file in WHO.items():
            await running.service.ask(EnrollPerson(name=name, photos=[str(one) for one in of(file)]))
        both = [variant(PHOTOS / TOGETHER, tmp_path / f"{n:02}.jpg", n) for n in range(1 + 2 * COUNT)]
        first, photos, more = both[:1], both[1 : 1 + COUNT], both[1 + COUNT :]
        await one_by_one(workspace, first)
        await asyncio.sleep(1.0)
        counted.publications = Counter()  # one that has begun counts for those before
        rounds: list[dict[str, float]] = []
        for some in (photos[start : start + ROUND] for start in range(0, COUNT, ROUND)):
            sizes = sum(one.stat().st_size for one in some)
            counted.of.clear()
            emulator.forget_requests()
            await one_by_one(workspace, some)
            asked = emulator.requests()
            requests = {f"{one} requests": number for one, number in asked["methods"].items() if one != IS_IT_THERE}
            rounds.append(
                {**requests, "bytes to Drive beside the photo's own": asked["bytes_in"] - sizes, **counted.of}
            )
        queries = counted.publications["queries"] / counted.publications["whole"]
        app, painted = Monitor(running.service), Counter[str]()
        monkeypatch.setattr(app, "post_display_hook", lambda: painted.update(["all"]))
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause(1.0)
            counted.publications = Counter()
            painted.clear()
            began = time.monotonic()
            await one_by_one(workspace, more)
            paints = painted["all"] / (counted.publications["all"] + time.monotonic() - began)
    names = sorted({name for one in rounds for name in one})
    costs = {name: round(min(one.get(name, 0) for one in rounds) / ROUND, 2) for name in names}
    costs |= {"queries of a publication": round(queries, 2), "paints a publication or second": round(paints, 2)}
    above = {name: cost for name, cost in costs.items() if cost > BUDGETS.get(name, 0)}
    assert not above and costs.keys() == BUDGETS.keys(), json.dumps({"counted": costs, "too much": above}, indent=1)


async def one_by_one(workspace: Workspace, photos: list[Path]) -> None:
    """Each comes when the one before is verified. The ledger is asked beside the agent: nothing of it is counted."""
    ledger = sqlite3.connect(workspace.ledger, isolation_level=None)
    verified = "SELECT COUNT(*) FROM event_photo WHERE verified_at IS NOT NULL"
    [before] = ledger.execute(verified).fetchone()
    for wanted, photo in enumerate(photos, before + 1):
        photo.rename(workspace.incoming / photo.name)
        async with within(60):
            while ledger.execute(verified).fetchone() != (wanted,):
                await asyncio.sleep(0.02)
    ledger.close()
