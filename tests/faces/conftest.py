"""What the tests of faces share: drawn guests, and an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.faces.engine import DlibOnnx

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def one_guest() -> Path:
    """A drawn portrait, 500 x 500, one face."""
    return DATA / "one_guest.jpg"


@pytest.fixture(scope="session")
def two_guests() -> Path:
    """Two drawn portraits side by side, 900 x 500."""
    return DATA / "two_guests.jpg"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where converted models are kept during the tests."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def engine(cache: Path) -> DlibOnnx:
    return DlibOnnx(cache)
