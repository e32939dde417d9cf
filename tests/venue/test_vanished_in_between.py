"""A folder is away for a second: a photo arrives in it that very moment, or is to be taken out of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.witness import Witness

BACK = 1.0  # seconds


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("card", ["there", "emptied"])
def test_what_is_withdrawn_meanwhile_goes_when_its_folder_is_back(house: House, tmp_path: Path, card: str) -> None:
    """It would have stayed there for ever; undo doubled it, or found it nowhere."""
    house.drop(scene(tmp_path / "first.jpg", 1), "DSC_0001.jpg")
    house.drop(scene(tmp_path / "second.jpg", 2), "DSC_0002.jpg")
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 20, "both are safe")
    before = house.on_disk()
    if card == "emptied":
        (house.incoming / "DSC_0001.jpg").unlink()
    number = next(one["id"] for one in house.json("photos") if one["name"] == "DSC_0001.jpg")
    folder, away = house.root / "Unsorted/No Faces", house.root / "somewhere else"
    folder.rename(away)
    assert house.run("photos", "withdraw", str(number)).returncode == 0
    time.sleep(BACK)
    away.rename(folder)
    wait_for(lambda: len(house.on_disk()) == 1, 30, "it is taken out")
    assert house.run("undo").returncode == 0
    wait_for(lambda: house.on_disk() == before == house.on_drive(), 30, "it is back, once")


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_what_went_with_its_card_before_anybody_looked_is_there_when_that_is(house: House, tmp_path: Path) -> None:
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(scene(tmp_path / "first.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["waiting"] == 1, 20, "it is known, and nobody looked")
    house.incoming.rename(tmp_path / "the card")
    assert house.run("resume", "all").returncode == 0
    (told,) = wait_for(lambda: [one for one in house.json("errors")["open"] if one["kind"] == "photo_gone"], 20, "said")
    assert told["subjects"] == ["DSC_0001.jpg"]
    assert str(house.incoming) in told["detail"]
    assert told["remedy"].startswith("Connect its card, disk or share again")
    (tmp_path / "the card").rename(house.incoming)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "as was said: it is taken in by itself")
    assert not house.json("errors")["open"]
    house.assert_invariants(drive=False)
