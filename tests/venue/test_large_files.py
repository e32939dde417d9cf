"""Large photos over a line that breaks: only what is missing is sent again, whoever dies in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import padded, scene

MB = 1_000_000
SIZE = 24 * MB
CHUNK = 262_144  # bytes: Drive keeps whole ones


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[House]:
    """A house whose Drive survives kill -9, at 16 Mbit/s: the photo takes twelve seconds."""
    with Emulator.start(tmp_path / "drive", uplink_mbps=16) as emulator:
        house = House(tmp_path / "venue", emulator)
        yield house
        house.close()


def under_way(house: House, share: float) -> None:
    """Until so much of the photo has gone."""
    wait_for(lambda: 0 < house.json("status")["uploads"]["bytes_left"] < SIZE * (1 - share), 40, "a part has gone")


def begin(house: House, folder: Path) -> Path:
    photo = padded(scene(folder / "made.jpg", 1), SIZE, 1)
    house.start()
    house.drop(photo, "DSC_0001.jpg")
    return photo


def finished(house: House, sent_before: int) -> None:
    """On Drive once, and no more than the rest crossed the line for it."""
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 60, "it is on Drive")
    house.assert_same_tree(1)
    assert house.json("errors")["open"] == []
    asked = house.emulator.requests()
    again = asked["bytes_in"] + sent_before - SIZE
    assert again < 2 * MB, f"{again} bytes went twice: {asked['methods']}"


@pytest.mark.slow
def test_the_agent_is_killed_in_the_middle(kept: House, tmp_path: Path) -> None:
    """The session's address was kept, so the next agent asks how far it came."""
    begin(kept, tmp_path)
    under_way(kept, 0.4)
    kept.kill()
    db = sqlite3.connect(kept.root / ".venuesync" / "ledger.sqlite")
    (session,) = db.execute("SELECT drive_session FROM placement WHERE drive_session IS NOT NULL").fetchone()
    db.close()
    assert session.startswith(kept.emulator.url)
    kept.start()
    finished(kept, 0)
    assert kept.emulator.requests()["methods"]["upload.status"] == 1


@pytest.mark.slow
def test_drive_dies_in_the_middle(kept: House, tmp_path: Path) -> None:
    begin(kept, tmp_path)
    under_way(kept, 0.4)
    before = kept.emulator.requests()["bytes_in"]
    kept.emulator.kill()
    kept.emulator.restart()
    finished(kept, before)


@pytest.mark.slow
def test_the_line_breaks_in_the_middle_again_and_again(kept: House, tmp_path: Path) -> None:
    kept.emulator.faults({"method": "upload.put", "drop": True, "after_bytes": 5 * MB, "times": 3})
    begin(kept, tmp_path)
    finished(kept, 0)


@pytest.mark.slow
def test_drive_forgets_the_session(kept: House, tmp_path: Path) -> None:
    """Begun anew under the same id: once on Drive all the same."""
    begin(kept, tmp_path)
    under_way(kept, 0.3)
    kept.emulator.expire("upload_sessions")
    kept.emulator.outage(0.5)
    wait_for(lambda: kept.json("status")["photos"]["verified"] == 1, 60, "it is on Drive")
    kept.assert_same_tree(1)
