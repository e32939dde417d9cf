"""Somebody deletes the last filed file of a photo by hand: it stays deleted, and nobody is told to leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.test_verify import filled

ERASE = "all copied: the card may be erased"


def verdict(house: House) -> dict[str, Any]:
    return house.json("status")["safe_to_leave"]


def line(house: House) -> tuple[bool, str]:
    with house.api() as api:
        [folder] = api.get("/folders").raise_for_status().json()["folders"]
        return folder["copied"], folder["line"]


def filed(house: House) -> Path:
    return house.root / "Unsorted/No Faces/DSC_0.jpg"


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_without_drive_it_is_not_safe_until_it_is_filed_again_or_withdrawn(tmp_path: Path, house: House) -> None:
    """It was safe, and the card was to be erased, though its file there was the only one left; then none was."""
    filled(tmp_path, house, 3)
    house.start()
    wait_for(lambda: verdict(house)["safe"] and line(house) == (True, ERASE), 30, "all is filed")
    filed(house).unlink()
    wait_for(lambda: verdict(house)["code"] == "taken_away", 60, "it is seen")
    assert verdict(house)["reason"] == "1 photo was filed, and deleted by hand wherever filed"
    assert "venuesync retry --all" in verdict(house)["remedy"]
    assert line(house) == (False, "1 of 3 filed and deleted, so here alone: venuesync retry --all")
    assert not filed(house).exists(), "it stays deleted"
    told = house.run("--no-ui", "--until-done", "--timeout", "60")
    assert (told.returncode, "deleted by hand" in told.stderr + told.stdout) == (5, True), told
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: verdict(house)["safe"] and line(house) == (True, ERASE), 30, "it is filed again")
    filed(house).unlink()
    (house.incoming / "DSC_0.jpg").unlink()
    wait_for(lambda: verdict(house)["code"] == "taken_away", 60, "that is seen, too")
    [number] = [one["id"] for one in house.json("photos") if one["name"] == "DSC_0.jpg"]
    assert house.run("photos", "withdraw", str(number)).returncode == 0
    wait_for(lambda: verdict(house)["safe"], 30, "it was meant")


def test_with_drive_it_is_told_that_drive_alone_has_it(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 3)
    house.start()
    wait_for(lambda: verdict(house)["safe"] and line(house) == (True, ERASE), 30, "all is there")
    filed(house).unlink()
    alone = (True, "all copied, 1 on Drive alone: the card may be erased")
    wait_for(lambda: line(house) == alone, 60, "it is seen")
    assert verdict(house)["safe"], "Drive has it, verified"


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_one_of_several_files_is_nobodys_trouble(tmp_path: Path, house: House) -> None:
    assert house.run("events", "set", "default", "all_photos", "true").returncode == 0
    filled(tmp_path, house, 1)
    house.start()
    filed(house).unlink()
    removed = lambda: any(one["kind"] == "removed" for one in house.json("activity"))  # noqa: E731
    wait_for(removed, 60, "it is seen")
    wait_for(lambda: verdict(house)["safe"] and line(house) == (True, ERASE), 30, "another one lies here")
