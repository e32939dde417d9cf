"""One workspace a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House


@pytest.fixture
def house(tmp_path: Path, emulator: Emulator) -> Iterator[House]:
    made = House(tmp_path / "venue", emulator)
    yield made
    made.close()
