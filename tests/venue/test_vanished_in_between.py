"""A photo arrives in a folder whose share goes away that very moment, and is back a second later."""

from __future__ import annotations

import time
from pathlib import Path

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.witness import Witness

BACK = 1.0  # seconds


def test_nothing_is_safe_until_it_was_looked_for(house: House, tmp_path: Path) -> None:
    house.start()
    house.drop(scene(tmp_path / "first.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 20, "the first is safe")
    data = scene(tmp_path / "second.jpg", 2).read_bytes()
    away = house.root / "gone with the share"
    with Witness(house.root, house.emulator.url, house.expected, lambda: 0.5) as witness:
        arriving = house.incoming / "DSC_0002.jpg"
        with arriving.open("wb") as file:
            file.write(data[:1000])
            file.flush()
            time.sleep(0.5)  # it is known of
            house.incoming.rename(away)
            file.write(data[1000:])
        time.sleep(BACK)
        away.rename(house.incoming)
        house.expected.arrived(arriving)
        wait_for(lambda: house.json("status")["photos"]["verified"] == 2, 15, "the second is on Drive")
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 15, "both are safe")
    assert not witness.false
    house.assert_invariants()
