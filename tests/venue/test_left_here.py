"""What an event keeps on this machine: photos without faces, and files by their names. It is said, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.faces import raws
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant
from tests.venue.test_renditions import set_

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")

GUEST = FACES / "one_guest.jpg"
ANA, PLACE = "People/Ana/Solo/A.jpg", "Unsorted/No Faces/B.jpg"


def reason(house: House) -> str:
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is safe")
    return house.json("status")["safe_to_leave"]["reason"]


def evening(house: House, tmp_path: Path) -> None:
    """Ana is on one photo, nobody on the other."""
    assert house.run("enroll", "Ana", str(GUEST)).returncode == 0
    house.drop(variant(GUEST, tmp_path / "a.jpg", 1), "A.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2), "B.jpg")


@pytest.mark.slow
def test_photos_without_faces_stay_here_and_go_up_once_they_are_to(house: House, tmp_path: Path) -> None:
    """What is on Drive is taken back; a kill amid it, a lost ledger and a retry change nothing."""
    evening(house, tmp_path)
    house.start()
    wait_for(lambda: house.on_drive().keys() == {ANA, PLACE}, 30, "both are on Drive")
    assert reason(house) == "all 2 photos verified on Drive"

    set_(house, "without_faces", "false")
    house.kill()
    house.start()
    wait_for(lambda: house.on_drive().keys() == {ANA}, 30, "the one without a face is taken back")
    assert house.on_disk().keys() == {ANA, PLACE}
    assert reason(house) == "1 photo verified on Drive, 1 only here"
    house.drop(scene(tmp_path / "c.jpg", 3), "C.jpg")
    wait_for(lambda: "2 only here" in reason(house), 30, "a new one stays here at once")
    assert house.run("retry", "--all").returncode == 0
    assert house.until_done().returncode == 0
    assert house.run("verify").returncode == 0
    house.assert_invariants()

    assert house.stop() == 0
    for file in (house.root / ".venuesync").glob("ledger.sqlite*"):
        file.unlink()
    house.start()
    wait_for(lambda: "2 only here" in reason(house), 60, "a lost ledger is learned anew")
    assert house.on_drive().keys() == {ANA}

    set_(house, "without_faces", "true")
    wait_for(lambda: house.on_drive() == house.on_disk(), 30, "all go up after all")
    assert reason(house) == "all 3 photos verified on Drive"
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.parametrize("line", ["metered", "the day is spent"])
def test_what_is_to_stay_here_is_taken_back_whatever_the_line_costs(house: House, tmp_path: Path, line: str) -> None:
    """Said in a row while sending is paused, as keys are typed."""
    evening(house, tmp_path)
    house.start()
    wait_for(lambda: house.on_drive().keys() == {ANA, PLACE}, 30, "both are on Drive")
    assert house.run("pause", "uploads").returncode == 0
    set_(house, "without_faces", "false")
    how = ("metered", "on") if line == "metered" else ("limit", "--day", "0.01")
    assert house.run(*how).returncode == 0
    assert house.run("resume").returncode == 0
    wait_for(lambda: house.on_drive().keys() == {ANA}, 30, "the one without a face is taken back")
    assert house.json("errors")["open"] == []
    assert "1 only here" in reason(house)


@pytest.mark.slow
def test_a_full_drive_keeps_nothing_that_is_to_go_from_there(house: House, tmp_path: Path) -> None:
    """It needs no room, and may give some: withdrawn photos, and all of somebody who is forgotten, stayed there."""
    evening(house, tmp_path)
    house.start()
    wait_for(lambda: house.on_drive().keys() == {ANA, PLACE}, 30, "both are on Drive")
    house.emulator.quota(1)
    house.drop(scene(tmp_path / "c.jpg", 3), "C.jpg")
    wait_for(lambda: house.json("status")["drive"]["state"] == "full", 20, "Drive is full")
    (place,) = [one["id"] for one in house.json("photos") if one["name"] == "B.jpg"]
    assert house.run("photos", "withdraw", str(place)).returncode == 0
    wait_for(lambda: house.on_drive().keys() == {ANA}, 20, "it is withdrawn")
    assert house.run("people", "forget", "Ana", "--yes").returncode == 0
    wait_for(lambda: house.on_drive().keys() == {"Unsorted/Unknown/A.jpg"}, 20, "moved out of her folder")
    wait_for(lambda: not [one for one in house.emulator.files() if "Ana" in one["path"]], 20, "which is nameless")
    assert house.json("status")["drive"]["state"] == "full"
    house.emulator.quota(None)
    wait_for(lambda: len(house.on_drive()) == 2, 60, "and the new one goes there once there is room")


@pytest.mark.slow
def test_what_stays_here_has_nothing_to_try_again_on_drive(house: House, tmp_path: Path) -> None:
    """Nor is it in the queue while sending is paused."""
    evening(house, tmp_path)
    set_(house, "without_faces", "false")
    house.start()
    assert reason(house) == "1 photo verified on Drive, 1 only here"
    assert house.run("pause", "uploads").returncode == 0
    assert house.run("retry", "--all").stdout == "Trying again: 0 photos, 0 placements\n"
    uploads = house.json("status")["uploads"]
    assert (uploads["queued"], uploads["bytes_left"]) == (0, 0)
    house.drop(scene(tmp_path / "c.jpg", 3), "C.jpg")
    wait_for(lambda: len(house.on_disk()) == 3, 30, "a new one is filed")
    wait_for(lambda: "2 only here" in reason(house), 10, "a new one waits for nothing either")
    uploads = house.json("status")["uploads"]
    assert (uploads["queued"], uploads["bytes_left"]) == (0, 0)
    house.assert_invariants()


@pytest.mark.slow
def test_what_stays_here_is_counted_as_verified_nowhere(house: House, tmp_path: Path) -> None:
    """It was one of the uploads that were verified, and of the photos, wherever these are counted."""
    evening(house, tmp_path)
    set_(house, "without_faces", "false")
    house.start()
    assert reason(house) == "1 photo verified on Drive, 1 only here"
    with house.api() as api:
        report, numbers = api.get("/report").json(), api.get("/metrics").text
    now = house.json("status")
    safe, photos, uploads = now["safe_to_leave"], now["photos"], now["uploads"]
    assert (safe["verified"], safe["only_here"], photos["verified"], report["photos"]["verified"]) == (1, 1, 1, 1)
    assert {one: uploads[one] for one in ("queued", "active", "verified", "failed")} == {
        "queued": 0,
        "active": 0,
        "verified": 1,
        "failed": 0,
    }
    assert [(one["photo"], one["state"]) for one in house.json("uploads")] == [("A.jpg", "verified")]
    assert "venuesync_verified_photos 1" in numbers
    rows = {one["name"]: (bool(one["verified_at"]), one["only_here"]) for one in house.json("photos")}
    assert rows == {"A.jpg": (True, False), "B.jpg": (False, True)}
    told = house.run("status").stdout
    assert "1 verified on Drive, 1 only here" in told and "Uploads   1 verified" in told
    house.assert_invariants()


@pytest.mark.slow
def test_files_are_left_out_by_their_names(house: House, tmp_path: Path) -> None:
    """The RAW of a shot, and not its JPEG; a pattern in another case; one that is wrong."""
    evening(house, tmp_path)
    set_(house, "exclude", "*.nef, *.cr3")
    with Image.open(GUEST) as picture:
        (tmp_path / "r.nef").write_bytes(raws.nef(picture))
    house.drop(tmp_path / "r.nef", "A.NEF")
    house.start()
    wait_for(lambda: len(house.on_disk()) == 3, 40, "all are filed")
    assert "1 only here" in reason(house)
    assert house.on_drive().keys() == {ANA, PLACE}
    (ana,) = house.json("people")
    assert (ana["solo"], ana["on_drive"], ana["only_here"]) == (1, 1, 0), "of the shot what is to be there is there"
    assert house.until_done().returncode == 0
    house.assert_invariants()
    refused = house.run("events", "set", "default", "exclude", "People/*")
    assert refused.returncode == 2
    assert "patterns of names" in refused.stderr
    set_(house, "exclude", "")
    wait_for(lambda: house.on_drive() == house.on_disk(), 30, "all are on Drive")


@pytest.mark.slow
def test_the_report_tells_it_apart_of_one_event_as_of_all(house: House, tmp_path: Path) -> None:
    evening(house, tmp_path)
    set_(house, "without_faces", "false")
    house.start()
    wait_for(lambda: "1 only here" in reason(house), 30, "one is on Drive")
    for event in ((), ("--event", "default")):
        made = tmp_path / "report.html"
        assert house.run("report", *event, str(made)).returncode == 0
        told = made.read_text()
        assert [told.count(f"<b>1</b>{one}") for one in ("verified on Drive", "only here")] == [1, 1]
