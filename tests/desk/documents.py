"""Status documents for tests: a venue that is done, and changes to it."""

from __future__ import annotations

import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from agent.handlers.status.document import base_document
from agent.handlers.status.facts import read_facts
from agent.ledger import Ledger
from agent.roster import Roster
from agent.settings import Settings
from tests.weighing import weighed


def finished(ledger: Ledger, path: Path) -> dict[str, Any]:
    """Three photos, all filed and verified; an agent runs headless and Drive is online."""
    facts = ledger.submit(read_facts, time.time(), drive=True).result()
    made: dict[str, Any] = deepcopy(dict(base_document(Settings(), Roster(path), facts, time.time())))
    made["mode"], made["pid"] = "headless", 1
    made["watcher"] = {"state": "running", "folders": 1, "detail": None}
    made["drive"] |= {"state": "online", "detail": "online"}
    made["photos"] |= {"seen": 3, "filed": 2, "unsorted": 1, "verified": 3}
    made["uploads"] |= {"verified": 4}
    return weighed(made)


@pytest.fixture
def document(ledger: Ledger, tmp_path: Path) -> dict[str, Any]:
    return finished(ledger, tmp_path / "roster.json")


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """`changed(document, photos__failed=1)`: the document with single values changed, and the verdict on it."""
    made = deepcopy(document)
    for path, value in changes.items():
        section, _, key = path.partition("__")
        if key:
            assert key in made[section], path
            made[section][key] = value
        else:
            assert section in made, path
            made[section] = value
    return made if "safe_to_leave" in changes else weighed(made)
