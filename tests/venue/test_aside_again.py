"""What somebody set aside is so at once when it fails again, in the first life with a new ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.test_bad_files import lose_ledger
from tests.venue.weddings import event, look, wedding

pytestmark = pytest.mark.settings(VENUESYNC_DRIVE__ATTEMPTS="1", VENUESYNC_SYNC__INTERVAL="1")

LATE = {"times": None, "delay_ms": 3000}  # long after all that a start looks at


def verdict(house: House) -> dict[str, Any]:
    return house.json("status")["safe_to_leave"]


def set_aside(house: House, kind: str) -> None:
    (row,) = wait_for(lambda: house.json("errors")["open"], 40, "it failed")
    assert row["kind"] == kind
    assert house.run("errors", "dismiss", *map(str, row["ids"])).returncode == 0
    wait_for(lambda: verdict(house)["safe"] and verdict(house)["set_aside"] == 1, 40, "safe without it")


def stays_so(house: House) -> None:
    assert house.stop() == 0
    lose_ledger(house)
    assert house.until_done().returncode == 0
    assert house.json("errors")["open"] == []
    assert len(house.json("errors", "--dismissed")) == 1


@pytest.mark.slow
def test_a_download_that_was_set_aside_is_so_after_a_lost_ledger(
    house: House, anna: Photographer, emulator: Emulator, tmp_path: Path
) -> None:
    house.start()
    folder = anna.folder("Anna", share=True)
    wedding(house, folder)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    look(house)
    wait_for(lambda: event(house)["photos"] == 1, 40, "one is here")
    bad = anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)
    emulator.faults({"method": "files.get_media", "file_id": bad, "reason": "cannotDownloadAbusiveFile", **LATE})
    look(house)
    set_aside(house, "download_failed")
    stays_so(house)


@pytest.mark.slow
def test_a_photo_that_drive_refuses_and_that_was_set_aside_is_so_after_a_lost_ledger(
    house: House, emulator: Emulator, tmp_path: Path
) -> None:
    house.start()
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: verdict(house)["safe"], 40, "one is there")
    emulator.faults({"method": "files.create", "reason": "badRequest", **LATE})
    house.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
    set_aside(house, "rejected")
    stays_so(house)


def test_a_photo_that_is_set_aside_before_it_was_tried_again_is_so_when_it_fails_again(
    house: House, tmp_path: Path
) -> None:
    """It failed again, and was the open error that it had been; or, the word said once more, no error told of it."""
    cut = tmp_path / "cut.jpg"
    whole = scene(tmp_path / "whole.jpg", 1).read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    house.drop(cut, "cut.jpg")
    house.until_done()
    ((number,),) = [row["ids"] for row in house.json("errors")["open"]]
    assert house.run("retry", "--all").returncode == 0
    assert house.run("errors", "dismiss", str(number)).returncode == 0
    assert house.json("errors")["open"] == []
    assert house.until_done().returncode == 0
    assert (house.json("errors")["open"], verdict(house)["set_aside"]) == ([], 1)
    for verb, aside in (("undo", 0), ("redo", 1)):
        assert house.run(verb).returncode == 0
        assert house.until_done().returncode == (0 if aside else 5)
        assert (len(house.json("errors")["open"]), verdict(house)["set_aside"]) == (1 - aside, aside)
    house.assert_invariants()
