"""Looks at sources are kept for each event by itself."""

from __future__ import annotations

from pathlib import Path

from agent.ledger import Ledger, syncs
from agent.ledger.sqlite.rows import Db
from agent.model import EventId

QUIET, BUSY = EventId("quiet"), EventId("busy")


def looked(db: Db) -> tuple[int, int]:
    """A look at the quiet one, many at the busy one, and one at each: what is kept of both."""
    for event, times in ((QUIET, 1), (BUSY, syncs.RUNS_KEPT + 50), (QUIET, 1)):
        for _ in range(times):
            syncs.begin_run(db, event, "changes", 1e9)
    return len(syncs.runs(db, QUIET, 1000)), len(syncs.runs(db, BUSY, 1000))


async def test_many_looks_at_one_event_forget_none_at_another(tmp_path: Path) -> None:
    """Of fifty events each had the last four."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.open()
    assert await ledger.write(looked) == (2, syncs.RUNS_KEPT)
    ledger.close()
