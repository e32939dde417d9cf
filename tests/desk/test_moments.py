"""Moments in answers are texts in UTC, all of one form: who reads them in a script needs to know one."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from typing_extensions import is_typeddict

from agent import clock
from agent.api.routes import NOUNS
from agent.clock import from_iso, from_iso_or_none, iso, iso_or_none
from agent.handlers.photos import upload_rows
from agent.ledger import Ledger
from agent.ledger.sqlite.rows import Db
from tests.making import photo_row, solo_and_group, want

NOW = 1_795_212_847.123  # 2026-11-20, in the evening


def is_moment(key: str) -> bool:
    return key.endswith("_at") or key in ("at", "since")


def shapes() -> list[Any]:
    return [one for noun in NOUNS for one in vars(noun).values() if is_typeddict(one)]


def test_no_moment_in_any_answer_is_a_number() -> None:
    found = {
        f"{shape.__name__}.{key}": hint
        for shape in shapes()
        for key, hint in get_type_hints(shape).items()
        if is_moment(key)
    }
    assert len(found) > 30
    assert {key: hint for key, hint in found.items() if hint not in (str, str | None)} == {}


def test_a_moment_is_read_as_it_was_written_to_the_millisecond() -> None:
    assert iso(NOW) == "2026-11-20T22:14:07.123Z"
    assert from_iso(iso(NOW)) == pytest.approx(NOW, abs=1e-6)
    assert iso(from_iso("2026-11-20T22:14:07.123Z")) == "2026-11-20T22:14:07.123Z"
    assert iso_or_none(None) is None
    assert from_iso_or_none(None) is None
    assert from_iso_or_none("1970-01-01T00:01:00.000Z") == 60
    assert from_iso_or_none(60.5) == 60.5, "an agent of before, which a newer monitor sees, too"


def test_of_two_moments_the_later_one_is_the_greater_text() -> None:
    moments = [-1e9, 0.0, 0.5, 1e9, NOW, NOW + 1]
    assert sorted(map(iso, reversed(moments))) == [iso(one) for one in moments]


@pytest.mark.parametrize("claimed", [-1e15, 1e15, float("inf")])
def test_a_moment_that_no_date_can_name_hides_no_list(claimed: float) -> None:
    """A file on a card may claim any time."""
    assert clock.local(from_iso(iso(claimed))).year in (1, 9999)


@pytest.mark.parametrize("set_by", [0.0, 7200.0])
def test_the_next_try_is_told_by_the_clock_that_people_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_by: float
) -> None:
    """Waits are counted on a line that nobody can set."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.open()
    ledger.close()
    db = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None, factory=Db)
    db.row_factory = sqlite3.Row
    try:
        solo, group = solo_and_group(db)
        want(db, photo_row(db), solo, group)
        db.execute("UPDATE placement SET drive_after = ? WHERE folder = ?", (NOW, solo))
        monkeypatch.setattr(clock, "stepped", lambda: set_by)
        told = {row["next_try_at"] for row in upload_rows(db, set(), None)}
    finally:
        db.close()
    assert told == {None, iso(NOW + set_by)}
