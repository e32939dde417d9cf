"""What somebody reads afterwards: how many photos a verb moved, and that Drive was away for a while."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, variant

AWAY = 7.0  # seconds


@pytest.mark.slow
def test_photos_that_a_rename_moved_and_an_outage(house: House, tmp_path: Path) -> None:
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    for number in range(3):
        house.drop(variant(FACES / "one_guest.jpg", tmp_path / "made.jpg", number), f"DSC_{number}.jpg")
    house.start()
    wait_for(lambda: house.json("status")["photos"]["verified"] == 3, 40, "all are on Drive")
    assert "Ana is Bea now: 3 photos moved" in house.run("people", "rename", "Ana", "Bea").stdout
    assert "Undone: Ana renamed to Bea (3 photos moved" in house.run("undo").stdout
    assert house.run("people", "rename", "Ana", "Ana").stdout == "Ana is called so already\n"
    house.emulator.outage(600)
    house.drop(variant(FACES / "one_guest.jpg", tmp_path / "made.jpg", 3), "DSC_3.jpg")
    wait_for(lambda: house.json("status")["drive"]["state"] == "offline", 20, "Drive is away")
    time.sleep(AWAY)
    house.emulator.outage(0)
    told = "Drive is back: it could not be reached for "
    wait_for(lambda: house.json("status")["photos"]["verified"] == 4, 30, "what waited is there")
    lines = [row["text"] for row in house.json("activity") if row["kind"] == "outage"][::-1]
    assert lines[0].startswith(told) and lines[0].endswith("; 1 photo waited")
    assert lines[1].startswith("Sent after the outage: 1 photo, all ")
