"""Somebody deletes the last filed file of a photo by hand: it stays deleted, and nobody is told to leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.test_verify import filled, report

pytestmark = pytest.mark.settings(VENUESYNC_INCOMING__SWEEP="1")
OFF = pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_INCOMING__SWEEP="1")
ERASE = "all copied: the card may be erased"


def verdict(house: House) -> dict[str, Any]:
    return house.json("status")["safe_to_leave"]


def line(house: House) -> tuple[bool, str]:
    with house.api() as api:
        [folder] = api.get("/folders").raise_for_status().json()["folders"]
        return folder["copied"], folder["line"]


def filed(house: House) -> Path:
    return house.root / "Unsorted/No Faces/DSC_0.jpg"


@pytest.mark.slow
@OFF
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


@pytest.mark.slow
def test_with_drive_it_is_told_that_drive_alone_has_it(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 3)
    house.start()
    wait_for(lambda: verdict(house)["safe"] and line(house) == (True, ERASE), 30, "all is there")
    filed(house).unlink()
    alone = (True, "all copied, 1 on Drive alone: the card may be erased")
    wait_for(lambda: line(house) == alone, 60, "it is seen")
    assert verdict(house)["safe"], "Drive has it, verified"


@OFF
def test_one_of_several_files_is_nobodys_trouble(tmp_path: Path, house: House) -> None:
    assert house.run("events", "set", "default", "all_photos", "true").returncode == 0
    filled(tmp_path, house, 1)
    house.start()
    filed(house).unlink()
    removed = lambda: any(one["kind"] == "removed" for one in house.json("activity"))  # noqa: E731
    wait_for(removed, 60, "it is seen")
    wait_for(lambda: verdict(house)["safe"] and line(house) == (True, ERASE), 30, "another one lies here")


def differences(house: House, *more: str) -> tuple[int, list[str]]:
    code, found = report(house, *more)
    return code, [one["repair"] for one in found["differences"]]


@pytest.mark.slow
def test_what_drive_alone_has_is_named_so_and_not_said_to_be_filed_again(tmp_path: Path, house: House) -> None:
    """It was said to be mended; that failed, and by then all was said to be the same."""
    filled(tmp_path, house, 2)
    was = filed(house).read_bytes()
    for one in (filed(house), house.incoming / "DSC_0.jpg"):
        one.unlink()
    alone = (
        "no file here holds it any more, Drive does: download it there,"
        " and copy it into Incoming again, then: venuesync verify --repair"
    )
    for more in ((), ("--repair",), ()):
        assert differences(house, *more) == (1, [alone])
    house.start()
    assert house.run("retry", "--all").returncode == 0
    assert differences(house)[0] == 1
    (house.incoming / "DSC_0.jpg").write_bytes(was)
    wait_for(lambda: house.json("status")["queue"]["arriving"] == 0 and house.json("photos"), 30, "it is back")

    def mended() -> bool:
        differences(house, "--repair")
        return filed(house).exists() and differences(house) == (0, [])

    wait_for(mended, 60, "it is filed again")


@pytest.mark.slow
@OFF
def test_what_was_filed_and_is_nowhere_was_not_taken_away_before_it_was_filed(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 2)
    house.start()
    for one in (filed(house), house.incoming / "DSC_0.jpg"):
        one.unlink()
    nowhere = "no file here holds it any more, nor Drive: copy it into Incoming again, then: venuesync verify --repair"
    wait_for(lambda: differences(house, "--repair") == (1, [nowhere]), 30, "it is named")
    wait_for(lambda: verdict(house)["code"] == "taken_away", 60, "it is seen")
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: house.json("errors")["open"], 30, "that failed")
    [told] = house.json("errors")["open"]
    assert told["title"] == "Photo is nowhere on this machine"
    assert verdict(house)["reason"] == "1 photo was filed once, and no file here holds it any more: see errors"


@pytest.mark.slow
def test_a_smaller_copy_on_drive_is_not_the_photo(tmp_path: Path, house: House) -> None:
    """It was safe, and the card was to be erased, though Drive had a smaller one alone, and no file here any."""
    assert house.run("events", "set", "default", "long_side", "640").returncode == 0
    filled(tmp_path, house, 3)
    house.start()
    wait_for(lambda: verdict(house)["safe"] and line(house) == (True, ERASE), 60, "all is there")
    assert verdict(house)["reason"] == "all 3 photos verified on Drive, originals of default only here"
    assert "3 verified on Drive, originals of default only here" in house.run("status").stdout
    told = [one["text"] for one in house.json("activity") if one["kind"] == "verified"]
    assert all("is on Drive, made smaller" in text for text in told) and told
    filed(house).unlink()
    wait_for(lambda: verdict(house)["code"] == "taken_away", 60, "it is seen")
    assert verdict(house)["reason"] == "1 photo was filed, and deleted by hand wherever filed"
    assert line(house) == (False, "1 of 3 filed and deleted, so here alone: venuesync retry --all")
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: verdict(house)["safe"] and line(house) == (True, ERASE), 30, "it is filed again")


@pytest.mark.slow
def test_what_was_deleted_before_it_was_withdrawn_is_filed_by_an_undo_once_all_was_put_in_its_place(
    tmp_path: Path, house: House
) -> None:
    """It was on Drive alone for good: that somebody had deleted it here outlived `verify --repair`."""
    filled(tmp_path, house, 2)
    house.start()
    wait_for(lambda: verdict(house)["safe"], 30, "all is there")
    filed(house).unlink()
    removed = lambda: any(one["kind"] == "removed" for one in house.json("activity"))  # noqa: E731
    wait_for(removed, 60, "it is seen")
    [number] = [str(one["id"]) for one in house.json("photos") if one["name"] == "DSC_0.jpg"]
    assert house.run("photos", "withdraw", number).returncode == 0
    wait_for(lambda: len(house.on_drive()) == 1, 30, "it is withdrawn")
    assert differences(house, "--repair") == (0, [])
    assert house.run("undo").returncode == 0
    wait_for(lambda: len(house.on_drive()) == 2 and filed(house).exists(), 30, "it is where it belongs")
    assert differences(house) == (0, [])


@pytest.mark.slow
def test_what_a_source_alone_has_is_named_while_drive_is_off_and_filed_once_it_is_on(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """It was on its way to its folder for ever, `--until-done` waited for it, and nothing was said."""
    folder = anna.folder("From Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_0.jpg", folder)
    house.start()
    assert house.run("events", "source", "add", "default", folder).returncode == 0
    wait_for(lambda: verdict(house)["safe"] and filed(house).exists(), 30, "it is filed")
    house.stop()
    house.environ["VENUESYNC_DRIVE__ENABLED"] = "false"
    house.start()
    for one in [filed(house), *(house.root / ".venuesync/downloads").glob("*/*")]:  # those go after a week
        one.unlink()
    wait_for(lambda: verdict(house)["code"] == "taken_away", 60, "it is seen")
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: house.json("errors")["open"], 30, "that failed")
    [told] = house.json("errors")["open"]
    assert told["title"] == "Photo is nowhere on this machine"
    assert house.until_done(60).returncode == 5
    house.stop()
    del house.environ["VENUESYNC_DRIVE__ENABLED"]
    house.start()
    wait_for(lambda: filed(house).exists() and verdict(house)["safe"], 60, "it was fetched")
    assert not house.json("errors")["open"]
