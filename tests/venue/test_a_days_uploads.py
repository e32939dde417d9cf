"""What Google allows an account to upload in a day is used up: one state until it is over, and all else goes on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.test_people_commands import ok
from tests.venue.weddings import look, wedding


def states(house: House) -> list[str]:
    lines = (house.root / ".venuesync" / "logs" / "agent.log").read_text().splitlines()
    return [line.rpartition("state=")[2].strip() for line in lines if "drive.state" in line and "state=" in line]


@pytest.mark.slow
def test_the_state_stays_until_it_is_over(house: House, anna: Photographer, tmp_path: Path) -> None:
    """It changed between online and slowed each second, and each photo was begun anew as often."""
    root = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "made.jpg", 7), "DSC_7.jpg", root)
    house.start()
    wedding(house, root)
    house.drop(scene(tmp_path / "made.jpg", 8), "DSC_8.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 2, 30, "folders are there")
    account = house.json("status")["drive"]["account"]
    used_up = {"status": 403, "reason": "userRateLimitExceeded", "times": None, "account": account}
    house.emulator.faults([used_up | {"method": one} for one in ("files.create", "files.copy")])
    for number in range(4):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number}.jpg")
    wait_for(lambda: "throttled" in states(house), 20, "it is told")
    time.sleep(6)
    begun, at = len(states(house)), house.emulator.requests()["methods"]
    anna.put(scene(tmp_path / "made.jpg", 9), "DSC_9.jpg", root)
    look(house)
    wait_for(lambda: house.json("status")["photos"]["seen"] == 7, 20, "what photographers send comes all the same")
    time.sleep(15)
    assert states(house)[begun:] == [], states(house)
    now = house.json("status")["drive"]
    assert (now["state"], "uploads" in now["detail"]) == ("throttled", True), now
    assert house.emulator.requests()["methods"]["files.create"] - at["files.create"] < 60
    house.emulator.clear_faults()
    ok(house, "retry", "--all")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 7, 60, "all is sent")
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 60, "it is over")
    assert states(house)[begun:] == ["online"]
