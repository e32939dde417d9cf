"""The capture time: a known moment where the camera wrote its offset, its own words where not, none where nonsense."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pytest
from PIL import Image

from agent.faces.decode import decode
from agent.faces.exif import CaptureTime, Told

ORIGINAL, DIGITIZED, CHANGED = 0x9003, 0x9004, 0x0132
OFFSET, FRACTION = 0x9011, 0x9291


def taken(tags: dict[int, str], form: str = "JPEG") -> CaptureTime | None:
    exif = Image.Exif()
    exif[0x010F] = "Drawn"
    for tag, text in tags.items():
        if tag == CHANGED:
            exif[tag] = text
        else:
            exif.get_ifd(0x8769)[tag] = text
    stream = BytesIO()
    Image.new("RGB", (40, 30)).save(stream, form, exif=exif)
    return decode(stream.getvalue()).told.taken


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_with_an_offset_the_moment_is_known(form: str) -> None:
    found = taken({ORIGINAL: "2026:06:13 21:04:05", OFFSET: "+02:00"}, form)
    assert found == CaptureTime("2026-06-13T21:04:05+02:00", datetime.fromisoformat("2026-06-13T19:04:05Z").timestamp())


def test_without_an_offset_it_is_the_cameras_own_time() -> None:
    assert taken({ORIGINAL: "2026:06:13 21:04:05"}) == CaptureTime("2026-06-13T21:04:05", None)


def test_fractions_of_a_second_order_a_burst() -> None:
    found = taken({ORIGINAL: "2026:06:13 21:04:05", FRACTION: "25", OFFSET: "-03:30"})
    assert found is not None
    assert found.text == "2026-06-13T21:04:05.250000-03:30"
    assert found.epoch is not None
    assert found.epoch % 1 == 0.25


def test_the_best_of_three_times_counts() -> None:
    tags = {ORIGINAL: "0000:00:00 00:00:00", DIGITIZED: "2026:01:02 03:04:05", CHANGED: "2027:01:01 00:00:00"}
    assert taken(tags) == CaptureTime("2026-01-02T03:04:05", None)
    assert taken({CHANGED: "2027:01:01 00:00:00"}) == CaptureTime("2027-01-01T00:00:00", None)


@pytest.mark.parametrize(
    "text",
    [
        *("", "    :  :     :  :  ", "2026:02:31 10:00:00", "2026:13:01 10:00:00", "yesterday"),
        *("0001:01:01 00:00:00", "9999:12:31 23:59:59"),
    ],
)
def test_nonsense_is_no_time(text: str) -> None:
    assert taken({ORIGINAL: text}) is None


@pytest.mark.parametrize("offset", ["", "   :  ", "+99:00", "CEST"])
def test_a_nonsensical_offset_is_none(offset: str) -> None:
    assert taken({ORIGINAL: "2026:06:13 21:04:05", OFFSET: offset}) == CaptureTime("2026-06-13T21:04:05", None)


# ---- which camera it was, and what satellites say


def told(
    base: dict[int, object], own: dict[int, object], gps: dict[int, object] | None = None, form: str = "JPEG"
) -> Told:
    exif = Image.Exif()
    exif.update(base)
    exif.get_ifd(0x8769).update(own)
    if gps is not None:
        exif.get_ifd(0x8825).update(gps)
    stream = BytesIO()
    Image.new("RGB", (40, 30)).save(stream, form, exif=exif)
    return decode(stream.getvalue()).told


@pytest.mark.parametrize(
    ("make", "model", "number", "device"),
    [
        ("Canon", "Canon EOS R6", "012345", "Canon EOS R6 #012345"),
        ("NIKON CORPORATION", "NIKON Z 6_2", "", "NIKON Z 6_2"),
        ("SONY", "ILCE-7M4", "0000000", "SONY ILCE-7M4"),
        ("Apple", "iPhone 15", "", "Apple iPhone 15"),
        ("", "", "012345", ""),
        ("X" * 500, "M\x1b[31m\nN #1", " 7 ", "X" * 60 + " M [31m N 1 #7"),
    ],
)
def test_the_camera_by_make_model_and_number(make: str, model: str, number: str, device: str) -> None:
    assert told({0x010F: make, 0x0110: model}, {0xA431: number}).device == device


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        ("2026:05:04", (18.0, 1.0, 2.0), "2026-05-04T18:01:02Z"),
        ("2026:05:04", (25.0, 1.0, 2.0), None),
        ("2026:02:31", (18.0, 1.0, 2.0), None),
        ("", (18.0, 1.0, 2.0), None),
        ("2026:05:04", (18.0, 1.0), None),
    ],
)
def test_the_time_by_satellites(day: str, clock: tuple[float, ...], moment: str | None) -> None:
    found = told({0x0110: "M"}, {}, {29: day, 7: clock}).gps_at
    assert found == (None if moment is None else datetime.fromisoformat(moment).timestamp())
