"""`verify` names what is wanted and is not there, though nobody took it: why that is, and what to do."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_verify import filled, kinds, report

REFUSED = [{"method": f"files.{one}", "status": 400, "reason": "invalid", "times": 99} for one in ("create", "copy")]

AT_REST = dict.fromkeys(("arriving", "faces", "filing"), 0)


def uploads(house: House) -> dict[str, Any]:
    return house.json("status")["uploads"]


def drop(tmp_path: Path, house: House, name: str) -> None:
    house.drop(scene(tmp_path / "made.jpg", 9), name)


def why(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["where"], one["mend"], one["repair"]) for one in found["differences"]]


@pytest.mark.slow
def test_what_drive_refused_is_named_until_it_is_there_or_set_aside(tmp_path: Path, house: House) -> None:
    """It said that all was the same, though two files were on no Drive."""
    filled(tmp_path, house, 2)
    house.emulator.faults(REFUSED)
    house.start()
    drop(tmp_path, house, "refused.jpg")
    wait_for(lambda: uploads(house)["failed"] == 1, 60, "it was given up")
    for more in ((), ("--repair",)):
        code, found = report(house, *more)
        assert (code, kinds(found)) == (1, [("drive", "missing", "refused.jpg")])
        [(_, mend, words)] = why(found)
        assert (mend, "venuesync retry --all" in words) == ("by hand", True)
        assert "Rejected by Google" in words
    [number] = [one["ids"][0] for one in house.json("errors")["open"]]
    assert house.run("errors", "dismiss", str(number)).returncode == 0
    code, found = report(house)
    assert (code, why(found)) == (0, [("drive", "none", "was set aside: venuesync errors --dismissed")])
    assert "set aside" in house.run("verify").stdout
    house.emulator.clear_faults()
    assert house.run("errors", "restore", str(number)).returncode == 0
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is there")
    assert report(house)[0] == 0


@pytest.mark.slow
def test_what_waits_for_a_switch_names_the_switch(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 1)
    house.start()
    assert house.run("pause", "uploads").returncode == 0
    drop(tmp_path, house, "waits.jpg")
    wait_for(lambda: house.json("status")["queue"] == AT_REST | {"uploading": 1}, 30, "it is filed, not sent")
    paused = ("drive", "by hand", "uploads are paused: venuesync resume")
    assert [(code, why(found)) for code, found in (report(house), report(house, "--repair"))] == [(1, [paused])] * 2
    assert house.stop() == 0
    assert house.run("resume").returncode == 0
    code, found = report(house)
    assert (code, kinds(found)) == (1, [("drive", "missing", "waits.jpg")])
    assert why(found) == [("drive", "waits", "is on its way: sent by itself while venuesync runs")]
    assert house.run("events", "set", "default", "send", "false").returncode == 0
    assert why(report(house)[1])[0][2] == "sending is off: set drive.send, or the event's send, to true"
    assert house.run("events", "set", "default", "send", "true").returncode == 0
    assert house.until_done().returncode == 0
    assert report(house)[0] == 0


def test_what_comes_while_all_is_compared_is_named_and_nothing_said_to_be_the_same(
    tmp_path: Path, house: House
) -> None:
    """Beside a repair that sent five of eight files again, "All the same" was said of the three that had been looked
    at.
    """
    filled(tmp_path, house, 1)
    house.start()
    house.emulator.faults(
        [
            {"method": "files.create", "delay_ms": 1500, "times": 9},
            {"method": "files.list", "delay_ms": 4000, "times": 99},
        ]
    )
    drop(tmp_path, house, "sent.jpg")
    wait_for(lambda: house.json("status")["queue"] == AT_REST | {"uploading": 1}, 30, "it is filed, not sent")
    code, found = report(house)
    house.emulator.clear_faults()
    assert (found["checked_disk"], found["checked_drive"]) == (2, 1)
    assert (code, kinds(found)) == (1, [("drive", "missing", "sent.jpg")])
    assert why(found) == [("drive", "waits", "came while all was compared: compare once more")]
    assert uploads(house)["queued"] == 0, "it was not there only when Drive was listed"
    assert report(house)[0] == 0


@pytest.mark.slow
def test_a_list_that_takes_drive_long_while_it_answers_others_is_waited_for(tmp_path: Path, house: House) -> None:
    """Its connection was taken for dead after three seconds, and all of it was to be asked again."""
    filled(tmp_path, house, 1)
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is there")
    house.emulator.faults([{"method": "files.list", "delay_ms": 4500, "times": 2}])
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(report, house)
        while not found.done():
            house.run("sync")
            time.sleep(0.3)
    assert found.result()[0] == 0
