"""The capture time: a known moment where the camera wrote its offset, its own words where not, none where nonsense."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pytest
from PIL import Image

from agent.faces.decode import decode
from agent.faces.exif import CaptureTime

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
    return decode(stream.getvalue()).taken


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


@pytest.mark.parametrize("text", ["", "    :  :     :  :  ", "2026:02:31 10:00:00", "2026:13:01 10:00:00", "yesterday"])
def test_nonsense_is_no_time(text: str) -> None:
    assert taken({ORIGINAL: text}) is None


@pytest.mark.parametrize("offset", ["", "   :  ", "+99:00", "CEST"])
def test_a_nonsensical_offset_is_none(offset: str) -> None:
    assert taken({ORIGINAL: "2026:06:13 21:04:05", OFFSET: offset}) == CaptureTime("2026-06-13T21:04:05", None)
