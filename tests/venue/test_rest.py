"""At rest an agent asks its ledger for no more where it holds ten times as many photos."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.app import Application
from agent.filing import check
from agent.intake import sweep
from agent.ledger import Ledger, counts, meta
from agent.ledger.sqlite import store
from agent.ledger.sqlite.rows import Db
from agent.model import Mode
from agent.settings import load_settings
from agent.workspace import Workspace
from tests.making import folder_row, photo_row, want
from tests.patience import within
from tests.tui.large_venue import make

A_WHILE = 4  # times that it looks how everything stands: a machine with much to do takes longer for them
GRAIN = 20  # instructions of SQLite's machine
NOT_NEEDED = {"face workers", "control API"}
SETTINGS = {
    "VENUESYNC_DRIVE__ENDPOINT": "http://127.0.0.1:9",  # nobody answers there
    "VENUESYNC_INCOMING__SWEEP": "1",
    "VENUESYNC_DISK__KEEP_FREE": "0",
}


class Counting(Db):
    """A connection that counts what SQLite's machine does for it, in instructions."""

    done = 0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.set_progress_handler(self.count, GRAIN)

    @staticmethod
    def count() -> int:
        Counting.done += GRAIN
        return 0


@asynccontextmanager
async def at_rest(workspace: Workspace) -> AsyncIterator[Application]:
    """Its agent, once it has looked at everything twice."""
    async with Application(workspace, load_settings(workspace.root, SETTINGS), Mode.HEADLESS) as app:
        planner = app._here.planner
        await app._opened.ledger.write(finish, planner.engine, planner.fingerprint)
        tasks: list[asyncio.Task[None]] = []

        def spawn(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
            if name not in NOT_NEEDED:
                tasks.append(asyncio.create_task(run(), name=name))

        app.start(spawn)
        async with within(30):
            while not (app._here.disk_check._sound and all(one._sound for one in sweepers(app))):
                await asyncio.sleep(0.1)
        yield app
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def finish(db: Db, engine: str, fingerprint: str) -> None:
    """Nothing is left to be planned, or looked at again, and all of it was long ago."""
    db.execute("UPDATE photo SET second = 'none', engine = ?", (engine,))
    db.execute("UPDATE face SET engine = ?", (engine,))
    db.execute(
        "UPDATE event_photo SET planned_at = planned_at - 86400, filed_at = filed_at - 86400,"
        " verified_at = verified_at - 86400"
    )
    meta.put(db, meta.PLANNED_BY, fingerprint)


def sweepers(app: Application) -> list[Any]:
    round_ = app._here.watcher._round
    return [None] if round_ is None else [one.sweeper for one in round_.watches.values()]


async def told(app: Application, times: int) -> None:
    """Until so many publications more have ended."""
    publisher = app._publisher
    async with within(60):
        for _ in range(times):
            last = publisher._made_at
            while publisher._made_at == last or publisher._publishing.locked():
                await asyncio.sleep(0.001)


@pytest.mark.slow
async def test_rest_costs_the_same_at_any_number_of_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (check, sweep):
        monkeypatch.setattr(module, "QUIET", -1.0)  # seconds: folders count as quiet at once
    monkeypatch.setattr(store, "Db", Counting)
    done: dict[int, float] = {}
    for photos in (100, 1000):
        workspace = make(tmp_path / str(photos), photos, people=5, errors=0)
        async with at_rest(workspace) as app:
            await told(app, 1)
            before = Counting.done
            await told(app, A_WHILE)
            done[photos] = Counting.done - before
    assert done[1000] < 1.5 * done[100], done


def test_after_an_outage_a_photo_that_was_sent_costs_the_same_at_any_number_of_photos(ledger: Ledger) -> None:
    def ask(db: Db, photos: int) -> int:
        folder = folder_row(db)
        for number in range(photos):
            want(db, photo_row(db, f"{photos}-{number}.jpg"), folder)
        db.execute("UPDATE placement SET drive = 'there', disk_name = 'x', drive_name = 'x'")
        newest = counts.arrivals(db)
        db.execute("UPDATE placement SET drive = 'absent' WHERE event_photo = ?", (newest,))
        asked = [0]
        db.set_progress_handler(lambda: asked.append(1), 1)
        assert counts.last_to_send(db, newest, []) is not None
        db.set_progress_handler(None, 0)
        return len(asked)

    assert ledger.submit(ask, 200).result() <= 1.5 * ledger.submit(ask, 20).result()
