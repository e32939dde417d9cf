"""What somebody reads afterwards: how many photos a verb moved, and that Drive was away for a while."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

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


def test_photos_that_are_on_drive_and_wait_for_the_disk_are_not_said_to_be_on_their_way_to_drive(
    house: House, tmp_path: Path
) -> None:
    """`2 photos on their way to Drive` was said for good, where the disk refused what lies on Drive already."""
    astray = house.root / "Unsorted" / "No Faces"
    astray.parent.mkdir(exist_ok=True)
    astray.write_text("somebody's own")
    house.start()
    for number in range(2):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number}.jpg")
    wait_for(lambda: len(house.on_drive()) == 2, 20, "both are on Drive")
    told = "2 photos on their way to their folders"
    safe = wait_for(
        lambda: (now := safety(house))["reason"] == told and now["remedy"] and now, 20, "what waits is told"
    )
    assert (safe["code"], safe["remedy"]) == ("waiting", "See: venuesync errors")
    house.emulator.outage(600)
    wait_for(lambda: house.json("status")["drive"]["state"] == "offline", 60, "Drive is away")
    assert safety(house)["reason"] == told, "no photo waits for Drive"
    assert house.run("pause").returncode == 0
    assert safety(house)["reason"] == told, "nor for uploads"
    astray.rename(house.root / "somebody's own")
    wait_for(lambda: safety(house)["safe"], 20, "all is filed")


def safety(house: House) -> dict[str, Any]:
    return house.json("status")["safe_to_leave"]
