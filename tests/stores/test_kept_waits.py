"""Waits that outlive the agent: what is left of them is left after a start, however the clock was set meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.ledger import Ledger, asked, meta
from agent.ledger.meta import Anchor
from agent.ledger.sqlite.rows import Db
from agent.model import DriveId
from tests.making import photo_row

HOUR = 3600.0
BEGAN = 1.8e9


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Db]:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.open()
    ledger.close()
    made = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None, factory=Db)
    made.row_factory = sqlite3.Row
    yield made
    made.close()


def left(db: Db, now: float) -> float:
    """Seconds that a photo still waits for its next look."""
    return float(db.execute("SELECT look_after FROM photo").fetchone()[0]) - now


@pytest.mark.parametrize("set_by", [0.0, 2 * HOUR, -2 * HOUR])
@pytest.mark.parametrize("boot", ["the same", "another"])
def test_a_start_leaves_of_a_wait_what_was_left_of_it(db: Db, set_by: float, boot: str) -> None:
    """Two minutes pass between two processes, and the clock is set meanwhile."""
    meta.resume_waits(db, Anchor(BEGAN, BEGAN, "a boot", 500.0))
    photo_row(db)
    db.execute("UPDATE photo SET look_after = ?", (BEGAN + 600,))
    clock = BEGAN + 120 + set_by
    same = boot == "the same"
    meta.resume_waits(db, Anchor(clock, clock, "a boot" if same else "another", 620.0 if same else 40.0))
    if same or not set_by:
        assert left(db, clock) == pytest.approx(480)
    elif set_by < 0:
        assert left(db, clock) == pytest.approx(600), "nothing is known of the time between"
    else:
        assert left(db, clock) <= 0, "two hours have passed, says the clock"


def test_a_clock_set_while_the_agent_ran_moves_nothing_at_the_next_start(db: Db) -> None:
    meta.resume_waits(db, Anchor(BEGAN, BEGAN, "a boot", 500.0))
    photo_row(db)
    db.execute("UPDATE photo SET look_after = ?", (BEGAN + 600,))
    meta.keep_steady_line(db, Anchor(BEGAN + 60, BEGAN + 60 - 2 * HOUR, "a boot", 560.0))  # set back by two hours
    clock = BEGAN + 120 - 2 * HOUR
    assert meta.resume_waits(db, Anchor(clock, clock, "a boot", 620.0)) == pytest.approx(-2 * HOUR)
    assert left(db, clock) == pytest.approx(480)


@pytest.mark.parametrize("set_by", [0.0, 2 * HOUR, -2 * HOUR])
def test_what_an_agent_asked_of_drive_before_it_was_killed_holds_the_next_one_up_for_no_longer_than_it_may_come(
    db: Db, set_by: float
) -> None:
    """Set back by two hours, as after a start with a wrong clock, what was to become of that file waited for them."""
    file = DriveId("d1")
    assert asked.begin(db, file, "folder/a.jpg", BEGAN) == 0
    began = BEGAN + 60 + set_by
    asked.broken_off(db, began, began + 5)
    assert asked.begin(db, file, asked.TRASH, began + 6) == pytest.approx(asked.LATE - 1)
    assert asked.begin(db, file, asked.TRASH, began + 5 + asked.LATE) == 0


def test_whoever_asks_ends_every_wait(db: Db) -> None:
    photo_row(db)
    db.execute("UPDATE photo SET look_after = ?", (BEGAN + 600,))
    meta.end_waits(db)
    assert left(db, BEGAN) == -BEGAN


def test_every_moment_that_waits_is_on_the_list(db: Db) -> None:
    """A column that says when something may be tried again, and is not on the list, would wait by the clock."""
    listed = {(table, column) for table, column, _ in meta.WAITS}
    tables = [row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        (table, row["name"])
        for table in tables
        for row in db.execute(f"SELECT name FROM pragma_table_info('{table}')")
        if row["name"].endswith("_after") or row["name"].startswith("next_")
    }
    assert found - {("job", "next_at")} == listed, "the night's jobs alone go by the clock"
