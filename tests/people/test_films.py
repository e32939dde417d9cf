"""Whose a video is, and when it was taken: by what photos of the same make and model say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from agent.ledger.clocks import Film
from agent.model import EventPhotoId
from agent.people.films import Filmed, time_by

AT = "2026-05-04T18:15:30"
HOUR = 3600.0


def film(device: str = "Canon EOS R6", folder: str = "", said: str = AT) -> Film:
    return Film(EventPhotoId(1), device, folder, said, "", "")


def body(camera: str, device: str, folder: str = "", zone: str = "", photos: int = 3) -> dict[str, Any]:
    return {"camera": camera, "device": device, "folder": folder, "zone": zone, "photos": photos}


ONE = body("Canon EOS R6 #1", "Canon EOS R6 #1")
TWO = body("Canon EOS R6 #2", "Canon EOS R6 #2")
ANNAS = body("Canon EOS R6 #1", "Canon EOS R6 #1", "Anna")
BENS = body("Canon EOS R6 #2", "Canon EOS R6 #2", "Ben")
SMALL = body("samsung SM-S911B, Anna", "samsung SM-S911B", "Anna")


@pytest.mark.parametrize(
    ("one", "bodies", "camera"),
    [
        (film(), [], "Canon EOS R6"),
        (film(), [ONE], "Canon EOS R6 #1"),
        (film(), [ONE, TWO], "Canon EOS R6"),  # which of them, nobody can say
        (film(folder="Ben"), [ANNAS, BENS], "Canon EOS R6 #2"),
        (film(folder="Cleo"), [ANNAS, BENS], "Canon EOS R6, Cleo"),
        (film("Samsung SM-S911B", "Anna"), [SMALL], "samsung SM-S911B, Anna"),
        (film("samsung SM-S911B", "Anna"), [SMALL], "samsung SM-S911B, Anna"),
        (film("Canon EOS R5"), [ONE], "Canon EOS R5"),
    ],
)
def test_the_one_camera_of_that_model_in_that_folder(one: Film, bodies: list[Any], camera: str) -> None:
    filmed = Filmed([one], bodies)
    assert dict(filmed.cameras) == {camera: 1}
    told = filmed.told({})
    assert [each.body for each in told] == ([camera] if camera != one.camera else [])
    assert Filmed(told, bodies).told({}) == [], "said twice, nothing is told twice"


def local(utc: str, ahead: float = 0.0) -> str:
    shown = datetime.fromisoformat(utc).astimezone().replace(tzinfo=None) + timedelta(seconds=ahead)
    return shown.isoformat()


@pytest.mark.parametrize(
    ("said", "zone", "ahead", "told"),
    [
        (AT, "", 0, ""),  # as photos of it, in this machine's zone
        (AT, "", 9 * HOUR, ""),
        (AT, "+05:00", 720, f"{AT}+05:00"),
        (f"{AT}+00:00", "+05:00", 720, ""),
        (f"{AT}+00:00", "", 720, ""),
        (f"{AT}+00:00", "", -1500, ""),
        (f"{AT}+00:00", "", 9 * HOUR + 720, local(f"{AT}+00:00", 9 * HOUR)),
        (f"{AT}+00:00", "", -4.5 * HOUR, local(f"{AT}+00:00", -4.5 * HOUR)),
        ("9999-12-31T23:59:59+00:00", "", 9 * HOUR, ""),
        ("soon", "+01:00", 0, ""),
    ],
)
def test_its_time_as_photos_of_it_would_say_it(said: str, zone: str, ahead: float, told: str) -> None:
    assert time_by(said, zone, ahead) == told


def test_most_photos_tell_the_zone() -> None:
    rows = [body("Z 6", "Z 6", zone="+02:00", photos=5), body("Z 6", "Z 6", zone="", photos=1)]
    [one] = Filmed([film("Z 6")], cast("Any", rows)).told({})
    assert one.told == f"{AT}+02:00"
