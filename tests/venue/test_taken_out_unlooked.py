"""Photos that were taken out of their event before anybody looked at them, and are back by what the roster says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.lives import Lives
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.plug import pulled_amid
from tests.venue.test_restore import a_night_passes, backup_of, safe, said

pytestmark = pytest.mark.slow

THERE = {"Unsorted/No Faces/DSC_1.jpg"}
OUT = [("withdraw",), ("move", "--event", "Late")]


def taken_out(house: House, tmp_path: Path, how: tuple[str, ...]) -> None:
    """While everything is paused, so that nobody looks."""
    said(house, "pause", "all")
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: house.json("status")["photos"]["waiting"] == 1, 30, "it is known")
    (row,) = house.json("photos")
    said(house, "photos", how[0], str(row["id"]), *how[1:])


def comes_back(house: House) -> None:
    """It was in no folder for good, and no word of it: safe."""
    said(house, "resume", "all")
    wait_for(lambda: house.on_disk().keys() == house.on_drive().keys() == THERE and safe(house), 20, "it is filed")


@pytest.mark.parametrize("how", OUT, ids=lambda how: how[0])
def test_as_that_is_taken_back_and_the_plug_is_pulled(lives: Lives, tmp_path: Path, how: tuple[str, ...]) -> None:
    lives.start()
    said(lives.house, "events", "add", "Late")
    taken_out(lives.house, tmp_path, how)
    pulled_amid(lives, "undo")
    comes_back(lives.house)


@pytest.mark.parametrize("how", OUT, ids=lambda how: how[0])
def test_by_an_older_list_of_people(house: House, tmp_path: Path, how: tuple[str, ...]) -> None:
    house.start()
    said(house, "events", "add", "Late")
    assert house.stop() == 0
    a_night_passes(house)
    house.start()
    wait_for(lambda: len(house.json("restore")) == 2, 30, "both are backed up")
    taken_out(house, tmp_path, how)
    assert house.stop() == 0
    said(house, "restore", backup_of(house, "people"))
    house.start()
    said(house, "held", "approve", "--all")
    comes_back(house)
