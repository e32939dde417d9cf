"""`time.zone` is where the event is, and the machine, mostly a server's that goes by UTC, is elsewhere."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from tests.venue.house import House
from tests.venue.test_raw_and_jpeg import times_on_drive

MODEL, TAKEN, ZONE = 0x0110, 0x9003, 0x9011


def photo(path: Path, model: str, taken: str, zone: str = "") -> Path:
    exif = Image.Exif()
    exif[MODEL] = model
    exif.get_ifd(0x8769).update({TAKEN: taken} | ({ZONE: zone} if zone else {}))
    Image.effect_noise((320, 210), sum(map(ord, path.name))).convert("RGB").save(path, exif=exif)
    return path


@pytest.mark.settings(TZ="UTC", VENUESYNC_TIME__ZONE="Asia/Tokyo")
def test_a_camera_and_a_phone_of_one_minute_stand_together(tmp_path: Path, house: House) -> None:
    """A camera's time that says no zone was the machine's: nine hours before the phone's, in lists and on Drive."""
    house.drop(photo(tmp_path / "camera.jpg", "EOS R6", "2026:11:20 21:14:03"), "camera.jpg")
    house.drop(photo(tmp_path / "phone.jpg", "Pixel 9", "2026:11:20 21:14:05", "+09:00"), "phone.jpg")
    house.drop(photo(tmp_path / "later.jpg", "EOS R6", "2026:11:20 21:14:07"), "later.jpg")
    assert house.until_done(30).returncode == 0
    rows = house.json("photos", "--taken")
    assert [one["name"] for one in rows] == ["later.jpg", "phone.jpg", "camera.jpg"]
    assert {one["name"]: one["taken_at"] for one in rows} == {
        "camera.jpg": "2026-11-20T21:14:03",
        "phone.jpg": "2026-11-20T21:14:05+09:00",
        "later.jpg": "2026-11-20T21:14:07",
    }
    assert sorted(times_on_drive(house)) == [f"2026-11-20T12:14:0{second}" for second in (3, 5, 7)]


@pytest.mark.settings(TZ="UTC", VENUESYNC_TIME__ZONE="Asia/Tokyo")
@pytest.mark.parametrize("running", [False, True])
def test_a_command_tells_the_time_as_the_event_has_it(house: House, running: bool) -> None:
    if running:
        house.start()
    before = datetime.now(ZoneInfo("Asia/Tokyo"))
    assert house.run("events", "add", "Party").returncode == 0
    told = house.run("activity").stdout
    assert f"{before:%H:%M}" in told or f"{datetime.now(before.tzinfo):%H:%M}" in told
