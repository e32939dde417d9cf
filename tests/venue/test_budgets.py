"""What a photo costs, counted: requests, bytes, queries, fsyncs and paints, each at most as `budgets.json` says.

Counts and no times: on a slow machine they are nearly the same. Whoever means a photo to cost more, or has made it cost
less, writes so into the file: a failure says all that was counted.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.ledger.sqlite.rows import Db
from agent.requests.people import EnrollPerson
from agent.requests.status import GetStatus
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.venue.pictures import variant
from tests.venue.running import PHOTOS, Running, an_agent, of
from tui.app import Monitor

BUDGETS: dict[str, float] = json.loads(Path(__file__).with_name("budgets.json").read_text())
COUNT = 20
TOGETHER = "DSC_4412.jpg"
WHO = {"Mia Lindqvist": "mia_lindqvist", "Jonas Lindqvist": "jonas_lindqvist"}


class Counted:
    """Statements of the ledger and fsyncs of this process, from here on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: Counter[str] = Counter()
        begun, fsync, fdatasync = Db.__init__, os.fsync, os.fdatasync

        def traced(db: Db, *given: Any, **named: Any) -> None:
            begun(db, *given, **named)
            db.set_trace_callback(self.statement)

        def counting(call: Any) -> Any:
            def counted(file: Any) -> None:
                self.of["fsyncs of files"] += 1
                call(file)

            return counted

        monkeypatch.setattr(Db, "__init__", traced)
        monkeypatch.setattr(os, "fsync", counting(fsync))
        monkeypatch.setattr(os, "fdatasync", counting(fdatasync))

    def statement(self, text: str) -> None:
        if text.startswith("--"):
            return  # a trigger's
        self.of["queries"] += 1
        self.of["commits, an fsync each"] += text.startswith("COMMIT")


async def test_what_a_photo_costs(
    workspace: Workspace, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Photos of two people who are known, each in two folders, dropped at once, with a monitor in sight."""
    counted = Counted(monkeypatch)
    async with an_agent(workspace) as running:
        for name, file in WHO.items():
            await running.service.ask(EnrollPerson(name=name, photos=[str(one) for one in of(file)]))
        both = [variant(PHOTOS / TOGETHER, tmp_path / f"{n:02}.jpg", n) for n in range(COUNT)]
        sizes = sum(one.stat().st_size for one in both[1:])
        await verified(running, both[:1])
        app = Monitor(running.service)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause(1.0)
            painted: list[object] = []
            monkeypatch.setattr(app, "_display", lambda screen, update: painted.append(update))
            before = running.agent._publisher.ring.seq
            counted.of.clear()
            emulator.forget_requests()
            await verified(running, both[1:])
            asked = emulator.requests()
            found = {
                **{f"{method} requests": float(number) for method, number in asked["methods"].items()},
                "bytes to Drive beside the photo's own": asked["bytes_in"] - sizes,
                **{name: float(number) for name, number in counted.of.items()},
                "changes told": running.agent._publisher.ring.seq - before,
                "paints": len(painted),
            }
    costs = {name: round(number / (COUNT - 1), 2) for name, number in sorted(found.items())}
    above = {name: cost for name, cost in costs.items() if cost > BUDGETS.get(name, 0)}
    assert not above and costs.keys() == BUDGETS.keys(), json.dumps({"counted": costs, "too much": above}, indent=1)


async def verified(running: Running, photos: list[Path]) -> None:
    """They come, and wait for nothing any more."""
    wanted = len(photos) + (await running.service.ask(GetStatus()))["photos"]["verified"]
    for photo in photos:
        photo.rename(running.incoming / photo.name)
    await running.until(lambda now: now["photos"]["verified"] == wanted, 60)
