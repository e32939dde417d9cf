"""A camera whose clock begins in 1970, or stands in 2098: an operator says so, and its photos are of that evening."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from tests.venue.evenings import CANON, written
from tests.venue.house import House
from tests.venue.pictures import scene

TRUE = datetime(2026, 12, 31, 23, 59)  # noqa: DTZ001 - as a camera writes it


@pytest.mark.parametrize("shown", [datetime(1970, 1, 1), datetime(2098, 1, 1)], ids=["1970", "2098"])  # noqa: DTZ001
def test_a_clock_that_was_never_set_is_put_right(house: House, tmp_path: Path, shown: datetime) -> None:
    """It was refused as no clock's time: forty years were the most, and nothing said so."""
    with Image.open(scene(tmp_path / "plain.jpg", 1)) as picture:
        picture.save(tmp_path / "IMG_1.jpg", exif=written(CANON, shown))
    house.drop(tmp_path / "IMG_1.jpg", "IMG_1.jpg")
    assert house.until_done().returncode == 0
    off = abs(shown - TRUE) // timedelta(minutes=1)
    ahead = f"{'+' if shown > TRUE else '-'}{off // 60}:{off % 60:02}"
    done = house.run("events", "clock", "default", "R6", ahead)
    assert done.returncode == 0, done.stderr
    (photo,) = house.json("photos")
    assert photo["taken_at"] == TRUE.isoformat()
    beyond = house.run("events", "clock", "default", "R6", "+999999:00")
    assert beyond.returncode == 2 and "'+999999:00' was given, more than a hundred years" in beyond.stderr


def test_what_is_said_of_a_clock_is_told_once(house: House, tmp_path: Path) -> None:
    """It stood twice among the activity, once as decided and once as found."""
    with Image.open(scene(tmp_path / "plain.jpg", 1)) as picture:
        picture.save(tmp_path / "IMG_1.jpg", exif=written(CANON, TRUE))
    house.drop(tmp_path / "IMG_1.jpg", "IMG_1.jpg")
    assert house.until_done().returncode == 0
    for verb in (("events", "clock", "default", "R6", "+0:12"), ("undo",), ("redo",)):
        assert house.run(*verb).returncode == 0
    told = [one["text"] for one in house.json("activity") if "clock" in one["text"]]
    assert told.count(f"{CANON.name}: its clock is 12 min ahead") == 1, told
