"""Drive away in the middle: nobody's fault, nothing failed, and it goes on by itself."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.outages import Venue
from tests.venue.pictures import scene

SOON = 3.0  # seconds besides what it takes without an outage; `make outages` measures what it is
DEAD = 20.0  # seconds until what was connected before is given up: 5 by itself; a call's own limit is 30
FAR = 600.0  # seconds: until it is ended
OUTAGE = float(os.environ.get("VENUESYNC_OUTAGE", "6"))  # seconds


@pytest.mark.slow
def test_outage_in_the_middle_fails_no_photo(tmp_path: Path, house: House, emulator: Emulator) -> None:
    """Photos before, during and after an outage are all on Drive; the state says offline, then online."""
    house.start()
    for number in range(18):
        if number == 6:
            emulator.outage(FAR)
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
        time.sleep(0.1)
    wait_for(lambda: house.json("status")["drive"]["state"] == "offline", OUTAGE, "the outage is seen")
    time.sleep(OUTAGE)
    status = house.json("status")
    assert status["photos"]["failed"] == 0
    assert not status["safe_to_leave"]["safe"]
    emulator.outage(0)
    done = house.until_done()
    assert done.returncode == 0, done.stdout + done.stderr
    house.assert_same_tree(18)
    assert house.json("status")["drive"]["state"] == "online"
    assert house.json("errors")["open"] == []


@pytest.mark.slow
@pytest.mark.parametrize("silent", [False, True], ids=["refused", "without a word"])
def test_after_an_outage_everything_moves_at_once(tmp_path: Path, silent: bool) -> None:
    """Both ways. Without a word: connections from before never answer again, and nobody is told that they are dead."""
    with ExitStack() as stack:
        venue = Venue(tmp_path / "venue", stack, 0)
        venue.start()
        calm_sent, calm_fetched = venue.round(0.5, silent=silent)  # too short for anybody to notice it
        assert max(calm_sent[-1], calm_fetched[-1]) < DEAD, (calm_sent, calm_fetched)
        sent, fetched = venue.round(OUTAGE + 2, silent=silent)
        assert sent[0] < SOON + 2 * calm_sent[0], (calm_sent, sent)
        assert fetched[0] < SOON + 2 * calm_fetched[0], (calm_fetched, fetched)
        assert sent[-1] < 2 * (SOON + calm_sent[-1]), (calm_sent, sent)
        assert venue.house.json("errors")["open"] == []


@pytest.mark.slow
def test_photos_are_sent_while_each_answer_takes_long(tmp_path: Path, house: House, emulator: Emulator) -> None:
    """It was taken for no internet again and again, and each time what was under way was broken off: none was sent."""
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 0), "DSC_0.jpg")
    wait_for(lambda: len(house.on_drive()) == 1, 20, "its folders are there")
    emulator.faults({"method": "*", "delay_ms": 12_000, "times": None})
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: house.json("status")["safe_to_leave"]["reason"] == "all 2 photos verified on Drive", 25, "sent")
    house.assert_same_tree(2)


@pytest.mark.slow
def test_rate_answers_and_server_errors_fail_no_photo(tmp_path: Path, house: House, emulator: Emulator) -> None:
    """Rate answers, 5xx, HTML and broken connections in a row: all arrives once."""
    emulator.faults(
        [
            {"method": "files.create", "status": 503, "reason": "backendError", "times": 3},
            {"method": "files.create", "status": 429, "reason": "rateLimitExceeded", "times": 2},
            {"method": "files.create", "status": 502, "reason": "html", "times": 2},
            {"method": "files.create", "drop": True, "after_commit": True, "times": 3},
            {"method": "files.create", "drop": True, "times": 2},
        ]
    )
    for number in range(12):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    done = house.until_done()
    assert done.returncode == 0, done.stdout + done.stderr
    house.assert_same_tree(12)


def test_restart_during_an_outage(tmp_path: Path, house: House, emulator: Emulator) -> None:
    """Started without Drive, it files here and sends when Drive is back."""
    emulator.outage(4)
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(house.on_disk, 15, "filed here without Drive")
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)
