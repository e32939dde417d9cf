"""What an error speaks of is over for good: the person was removed, the event was: the error is over, too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene
from tests.venue.test_raw_and_jpeg import ANNA
from tests.venue.test_refusing_disk import ORDINARY

REFUSED = {"method": "files.create", "status": 400, "reason": "invalid", "times": None}


@pytest.fixture
def refused(house: House, tmp_path: Path) -> House:
    """Drive takes photos, and makes no further folder."""
    house.start()
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    hers = "venuesync/default/People/Mia/Solo"
    wait_for(lambda: house.on_drive() and hers in house.folders_on_drive(), 30, "it is sent, hers are made")
    assert house.run("events", "add", "Party").returncode == 0
    house.emulator.faults([REFUSED])
    return house


def open_errors(house: House) -> list[str]:
    return [one["title"] for one in house.json("errors")["open"]]


def test_a_folder_that_drive_does_not_make_of_somebody_who_was_removed(refused: House) -> None:
    assert refused.run("enroll", "Anna", str(ANNA)).returncode == 0
    wait_for(lambda: open_errors(refused), 20, "Drive makes no folder of Anna's")
    assert refused.run("undo").returncode == 0
    wait_for(lambda: not open_errors(refused), 20, "nobody wants it any more")


def test_a_folder_that_drive_does_not_make_of_an_event_that_was_removed(refused: House) -> None:
    assert refused.run("enroll", "Anna", str(ANNA), "--event", "Party").returncode == 0
    wait_for(lambda: open_errors(refused), 20, "Drive makes no folder of it")
    assert refused.run("events", "remove", "Party").returncode == 0
    wait_for(lambda: not open_errors(refused), 20, "nobody wants it any more")


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_a_folder_that_this_disk_does_not_make_of_somebody_who_was_removed(house: House) -> None:
    house.wrapped = ORDINARY
    house.start()
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    people = house.root / "People"
    wait_for((people / "Mia").is_dir, 20, "hers are made")
    people.chmod(0o555)
    assert house.run("enroll", "Anna", str(ANNA)).returncode == 0
    wait_for(lambda: open_errors(house), 20, "this disk makes no folder of hers")
    assert house.run("undo").returncode == 0
    wait_for(lambda: not open_errors(house), 20, "nobody wants it any more")
    people.chmod(0o755)
