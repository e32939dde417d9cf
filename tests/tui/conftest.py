"""One zone for all times on screen, and the made-up evenings beside the tests."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def _evenings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Prepared workspaces are made once, for all processes of the session."""
    import prepared

    base = tmp_path_factory.getbasetemp()
    prepared.TEMPLATES.append(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(autouse=True)
def _one_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    for name in ("NO_COLOR", "COLORFGBG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def _notices_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until somebody looks, also where the machine is held up for longer than a reader needs."""
    monkeypatch.setattr("tui.widgets.notice.SECONDS", 60.0)


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds that something stands there before a key is about it: more than a slow machine takes to press one."""
    monkeypatch.setattr("tui.screens.frame.SEEN", 6.0)
    return 6.0
