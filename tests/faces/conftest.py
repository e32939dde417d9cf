"""What the tests of faces share: drawn guests for all machines, labelled photos of real people where they lie.

The real ones are never in the repository: `VENUESYNC_FACES` names their folder, else `shared/faces` beside the checkout
is taken; tests marked `faces` are skipped where there is neither.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.faces.engine import DlibOnnx

DATA = Path(__file__).parent / "data"
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "faces"


@pytest.fixture(scope="session")
def faces() -> Path:
    """The folder of labelled photos of real people."""
    folder = Path(os.environ.get("VENUESYNC_FACES") or BESIDE)
    if not (folder / "labels.csv").is_file():
        pytest.skip(f"no labelled photos of real people in {folder} (set VENUESYNC_FACES)")
    return folder


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
