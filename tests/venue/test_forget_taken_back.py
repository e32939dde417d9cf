"""Whoever was enrolled and taken back is forgotten as anybody is: with who was enrolled anew by that name, or alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.test_forget import GIVEN, NAME, TOGETHER, lasting, ledger, left, of, ok, traces

__all__ = ["lasting"]


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_whoever_was_taken_back_and_enrolled_anew_goes_with_all_of_both(tmp_path: Path, lasting: Emulator) -> None:
    """By her first enrolment her folder stood in the ledger, and photos lay in Drive's trash, for good."""
    house = House(tmp_path / "venue", lasting)
    try:
        for number, photo in enumerate([*of("mia_lindqvist")[1:], TOGETHER]):
            house.drop(photo, f"IMG_{number}.jpg")
        house.start()
        ok(house, "enroll", NAME, str(GIVEN))
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is sent")
        (first,) = [one["id"] for one in house.json("people") if one["name"] == NAME]
        ok(house, "undo")
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is taken back")
        ok(house, "enroll", NAME, str(of("mia_lindqvist")[1]))
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is sent")
        marks = {**traces(house), first.encode(): "her first id"}
        done = house.json("people", "forget", NAME, "--yes")
        assert (done["waits"], done["searched"]["found"], done["named"]) == ("", [], [])
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is sent")
        assert not [one["path"] for one in lasting.files() if one["trashed"] and one["md5Checksum"]]
        assert house.run("verify").returncode == 0
        assert house.stop() == 0
        lasting.stop()
        assert left(marks, house.root, tmp_path / "drive") == []
    finally:
        house.close()


def faces_known(house: House) -> int:
    [(number,)] = ledger(house, "SELECT COUNT(*) FROM face WHERE encoding IS NOT NULL")
    return int(number)


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("since", [False, True], ids=["", "and something else was decided"])
def test_whoever_was_taken_back_and_is_nobody_can_be_forgotten(tmp_path: Path, lasting: Emulator, since: bool) -> None:
    """There was nobody of that name, and all that was held of them stayed."""
    house = House(tmp_path / "venue", lasting, VENUESYNC_PEOPLE__GUEST_AFTER="0")
    try:
        for number, photo in enumerate([*of("mia_lindqvist")[1:], TOGETHER]):
            house.drop(photo, f"IMG_{number}.jpg")
        house.start()
        ok(house, "enroll", NAME, str(GIVEN))
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is sent")
        marks = {mark: what for mark, what in traces(house).items() if what in (NAME, "her id", "her picture")}
        ok(house, "undo")
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is taken back")
        if since:
            ok(house, "enroll", "Jonas", str(of("jonas_lindqvist")[0]))
        with_encoding = faces_known(house)
        done = house.json("people", "forget", NAME, "--yes")
        assert faces_known(house) == with_encoding - (0 if since else 3), "hers on two alone, and beside Jonas"
        assert (done["held"]["name"], done["waits"], done["searched"]["found"]) == (NAME, "", [])
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is sent")
        assert not [one["path"] for one in lasting.files() if one["trashed"] and NAME in one["path"]]
        refused = house.run("people", "forget", NAME, "--yes")
        assert (refused.returncode, "There is no such person" in refused.stderr) == (2, True)
        house.assert_invariants()
        assert house.stop() == 0
        lasting.stop()
        assert left(marks, house.root, tmp_path / "drive") == []
    finally:
        house.close()


def test_a_photo_that_was_moved_into_their_event_and_back_shows_nobody_there_afterwards(house: House) -> None:
    """As any other that was there: its move may be done again, and it was looked at among theirs."""
    ok(house, "events", "add", "Party")
    ok(house, "enroll", NAME, str(GIVEN))
    hers = of("mia_lindqvist")[1]
    house.drop(hers, "hers.jpg")
    moved = house.root / "Events" / "Party" / "Incoming" / "moved.jpg"
    shutil.copyfile(of("mia_lindqvist")[2], moved)
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is sent")
    (number,) = [str(one["id"]) for one in house.json("photos", "--event", "Party")]
    ok(house, "photos", "move", number, "--event", "default")
    wait_for((house.root / f"People/{NAME}/Solo/moved.jpg").exists, 30, "it is hers")
    ok(house, "undo")
    there = house.root / "Events/Party/Unsorted/Unknown/moved.jpg"
    wait_for(there.exists, 30, "it is taken back")
    assert house.json("people", "forget", NAME, "--yes", "--stay")["waits"] == ""
    ok(house, "enroll", "Somebody", str(GIVEN))
    ok(house, "photos", "move", number, "--event", "default")
    wait_for((house.root / "Unsorted/Unknown/moved.jpg").exists, 30, "it is nobody's")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is sent")
    assert not [one for one in house.on_disk() if "Somebody" in one]
    house.assert_invariants()
