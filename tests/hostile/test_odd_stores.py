"""A list of people that leads elsewhere is set aside in words, the last good one is used, nothing is made elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as server:
        yield server


@pytest.mark.parametrize("folder", ["../../x", "", 5])
def test_an_events_folder_lies_below_ours(tmp_path: Path, emulator: Emulator, folder: object) -> None:
    house = House(tmp_path / "venue", emulator)
    for name in ("Mia & Tom", "Zoe & Ben"):
        assert house.run("events", "add", name).returncode == 0
    roster = house.root / ".venuesync" / "roster.json"
    tables = json.loads(roster.read_text())
    for row in tables["events"].values():
        if row["id"] != "default":
            row["folder"] = folder
    roster.write_text(json.dumps(tables))
    around = {path.name for path in tmp_path.iterdir()}
    done = house.run("events", "--json")
    assert done.returncode == 0 and "report it with" not in done.stderr, done.stderr
    assert "Mia & Tom" in {one["name"] for one in json.loads(done.stdout)}
    assert {path.name for path in tmp_path.iterdir()} == around
