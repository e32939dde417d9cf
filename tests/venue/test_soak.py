"""The soaks in their short form; `make soak` runs them for an hour each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.venue.soak import SOAKS, named

SECONDS = float(os.environ.get("VENUESYNC_SOAK", "15"))


@pytest.mark.parametrize("name", SOAKS)
def test_half_a_minute_of_everything_going_wrong(tmp_path: Path, name: str) -> None:
    assert named(name)(tmp_path, SECONDS, seed=7)
