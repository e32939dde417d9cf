"""One agent for a whole file of questions: it listens on TCP, too, and holds a few photos and one person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.hostile.house import Door, open_house


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with Emulator.start() as emulator, open_house(Path(tmp_path_factory.mktemp("h")), emulator) as door:
        yield door


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where converted models are kept during the tests."""
    return tmp_path_factory.mktemp("models")
