"""A month in its short form: six days, nine starts, two of them after a kill. `make month` has thirty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.month.month import KILLED_EVERY, month

DAYS = 2 * KILLED_EVERY


@pytest.mark.slow
def test_days_pass_and_nothing_grows(tmp_path: Path) -> None:
    evenings = month(tmp_path, DAYS, photos=20 * DAYS, seed=1)
    assert [one.photos for one in evenings] == [20 * day for day in range(1, DAYS + 1)]
