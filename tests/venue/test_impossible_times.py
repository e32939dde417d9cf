"""A camera's time that no calendar goes on from concerns no other photo, and no other camera's clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.venue.house import House

MODEL, TAKEN, GPS_CLOCK, GPS_DAY = 0x0110, 0x9003, 7, 29


def photo(path: Path, taken: str, gps_day: str = "") -> Path:
    exif = Image.Exif()
    exif[MODEL] = "EOS R6"
    exif.get_ifd(0x8769)[TAKEN] = taken
    if gps_day:
        exif.get_ifd(0x8825).update({GPS_DAY: gps_day, GPS_CLOCK: (0.0, 0.0, 1.0)})
    Image.effect_noise((320, 210), sum(map(ord, path.name))).convert("RGB").save(path, exif=exif)
    return path


@pytest.mark.settings(TZ="America/New_York")
def test_a_time_at_either_end_of_the_calendar_holds_up_nothing(tmp_path: Path, house: House) -> None:
    """The photo waited for good, the part that finds the clocks ended, and none of them could be set by hand."""
    for name, taken, gps in (
        ("last.jpg", "9999:12:31 23:59:59", ""),
        ("first.jpg", "0001:01:01 00:00:00", ""),
        ("far.jpg", "2026:11:20 21:14:03", "0001:01:01"),
        ("right.jpg", "2026:11:20 21:14:05", ""),
    ):
        house.drop(photo(tmp_path / name, taken, gps), name)
    done = house.until_done(30)
    assert done.returncode == 0, done.stdout
    house.assert_same_tree(4)
    assert house.json("errors")["open"] == []
    assert house.run("events", "clock", "default", "EOS R6", "+1:00").returncode == 0
    times = {one["name"]: one["taken_at"] for one in house.json("photos")}
    assert times == {
        "last.jpg": None,
        "first.jpg": None,
        "far.jpg": "2026-11-20T20:14:03",
        "right.jpg": "2026-11-20T20:14:05",
    }
