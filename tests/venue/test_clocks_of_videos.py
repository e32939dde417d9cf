"""A video is of the camera that its container names, and its time is corrected with that camera's photos'."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from tests.faces.films import film
from tests.venue.evenings import BEGAN, CANON, Body, moments, taken
from tests.venue.house import House, wait_for

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_FACES__WORKERS="1")

SEEN = moments(1, 1)
TWELVE = 720
TRUE = BEGAN.astimezone()  # every video is of this moment
PHONE = {"com.apple.quicktime.make": "Apple", "com.apple.quicktime.model": "iPhone 15 Pro"}
LATE = Body(CANON.make, CANON.model, CANON.number, ahead=TWELVE)
HOME = Body("NIKON CORPORATION", "Z 6", "777", zone="+05:00")  # it was not told that it travelled


def drop(house: House, folder: Path, name: str, at: datetime, tags: dict[str, str] | None = None) -> None:
    """A second of nothing; `at` is written as UTC, whatever it is."""
    said = at.replace(tzinfo=None).isoformat() + "Z"
    house.drop(film(folder / name, [(None, 0.5)], (320, 240), said=said, tags=tags), name)


def off(house: House) -> dict[str, float]:
    """How far each video's time is from the true one, seconds."""
    rows = [one for one in house.json("photos") if one["kind"] == "video"]
    return {one["name"]: (datetime.fromisoformat(one["taken_at"]).astimezone() - TRUE).total_seconds() for one in rows}


def on_drive(house: House, key: str = "modifiedTime") -> dict[str, float]:
    there = [one for one in house.emulator.files() if one["mimeType"].startswith("video/") and not one["trashed"]]
    return {one["name"]: (datetime.fromisoformat(one[key]) - TRUE).total_seconds() for one in there}


def details(house: House) -> dict[str, Any]:
    with house.api() as api:
        rows = {one["name"]: one["id"] for one in house.json("photos") if one["kind"] == "video"}
        return {name: api.get(f"/photos/{id}").raise_for_status().json() for name, id in rows.items()}


def by_camera(house: House) -> dict[str, tuple[int, str]]:
    """How many photos and videos each has, and who tells its clock."""
    return {one["camera"]: (one["photos"], one["told_by"]) for one in house.json("events", "clock", "default")}


@pytest.mark.slow
def test_a_video_follows_its_cameras_clock_and_what_knows_no_camera_stays(house: House, tmp_path: Path) -> None:
    nikon = {"make": HOME.make, "model": HOME.model}
    there = TRUE.astimezone(UTC)
    drop(house, tmp_path, "CANON.mov", there + timedelta(seconds=TWELVE), {"make": CANON.make, "model": CANON.model})
    drop(house, tmp_path, "NIKON.mov", there + timedelta(hours=5), nikon)  # what its clock shows
    drop(house, tmp_path, "PHONE.mov", there, PHONE)
    drop(house, tmp_path, "GOPRO.mp4", there + timedelta(hours=2))
    house.start()
    assert house.until_done().returncode == 0
    for path in (*taken(LATE, SEEN, tmp_path / "a"), *taken(HOME, SEEN, tmp_path / "b")):
        house.drop(path, path.name)
    assert house.until_done().returncode == 0

    # by its own word, then by that of its camera's photos, then by an operator's
    wait_for(lambda: off(house)["NIKON.mov"] == 0, 30, "its photos say of which zone its clock is")
    assert off(house) == {"CANON.mov": TWELVE, "NIKON.mov": 0, "PHONE.mov": 0, "GOPRO.mp4": 7200}
    # clocks are looked at every few seconds, perhaps between the two cameras' photos
    wait_for(lambda: by_camera(house).keys() == {LATE.name, HOME.name, "Apple iPhone 15 Pro"}, 30, "both are known")
    assert by_camera(house) == {LATE.name: (2, ANY), HOME.name: (2, ANY), "Apple iPhone 15 Pro": (1, "phone")}
    house.emulator.forget_requests()
    assert house.run("events", "clock", "default", "R6", "+0:12").returncode == 0
    right = {"CANON.mov": 0, "NIKON.mov": 0, "PHONE.mov": 0, "GOPRO.mp4": 7200}
    assert off(house) == right
    wait_for(lambda: on_drive(house) == right, 30, "Drive is told")
    assert on_drive(house, "createdTime")["CANON.mov"] == TWELVE, "Drive takes that only as a file is made"
    asked = house.emulator.requests()["methods"]
    assert "files.create" not in asked and "files.copy" not in asked
    hours = {one["hour"]: one["photos"] for one in house.json("report", "--json")["hours"]}
    assert hours == Counter(one["taken_at"][:13] for one in house.json("photos"))

    # what is believed of a time without a zone is said
    told = {name: (one["device"], one["clock_ahead"], one["taken_for"]) for name, one in details(house).items()}
    assert told == {
        "CANON.mov": (f"{CANON.make} {CANON.model}", TWELVE, ""),
        "NIKON.mov": (f"{HOME.make} {HOME.model}", 0, ""),
        "PHONE.mov": ("Apple iPhone 15 Pro", 0, ""),
        "GOPRO.mp4": ("", 0, "utc"),
    }

    # taken back; a lost ledger knows it, too
    assert house.run("undo").returncode == 0
    assert off(house)["CANON.mov"] == TWELVE
    assert house.run("redo").returncode == 0
    house.kill()
    for file in (house.root / ".venuesync").glob("ledger.sqlite*"):
        file.unlink()
    house.start()
    assert house.until_done().returncode == 0
    wait_for(lambda: off(house) == right, 30, "learned anew")
    house.assert_invariants()
