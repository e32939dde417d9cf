"""What is told before it happens: a Drive that will not do, a sign-in that ends; and what the pace is."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest

from agent.drive.sign_in.kept import UNPUBLISHED_LIFE, Account
from agent.drive.sign_in.login import Level
from agent.uploads.forecast import LOOK_EVERY, ends_soon
from tests.emulator.drive import Emulator
from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.pictures import padded, scene

DAY = 86_400.0
NOW = datetime(2026, 6, 20, 12).astimezone().timestamp()


def signed_in(since: float, ends: float | None = None) -> Account:
    return Account("ana@example.com", Level.FULL, (), since, ends, "my-app")


@pytest.mark.slow
def test_a_drive_too_small_for_what_waits_is_told_before_it_is_full(
    house: House, emulator: Emulator, tmp_path: Path
) -> None:
    """And healed by itself when there is room."""
    emulator.quota(2_000_000)
    assert house.run("pause").returncode == 0
    house.start()
    for number in range(3):
        photo = padded(scene(tmp_path / "made.jpg", number, (320, 240)), 1_000_000, number)
        house.drop(photo, f"DSC_{number:04}.jpg")
    wait_for(lambda: len(house.on_disk()) == 3, 20, "they are filed")
    (told,) = wait_for(lambda: house.json("errors")["open"], 40, "it is told")
    assert told["severity"] == "warning"
    assert told["title"] == "Drive will be full before everything is there"
    assert "2.86 MB wait to be stored, 1.91 MB are free" in told["detail"]
    assert house.json("status")["drive"]["state"] == "online"
    emulator.quota(10**9)
    wait_for(lambda: not house.json("errors")["open"], 60, "it is taken back")


@pytest.mark.slow
def test_where_drive_is_switched_off_what_was_told_of_it_is_over(
    house: House, emulator: Emulator, tmp_path: Path
) -> None:
    emulator.quota(500_000)
    assert house.run("pause").returncode == 0
    house.start()
    house.drop(padded(scene(tmp_path / "made.jpg", 1, (320, 240)), 1_000_000, 1), "DSC_1.jpg")
    wait_for(lambda: house.json("errors")["open"], 40, "it is told")
    assert house.stop() == 0
    house.environ["VENUESYNC_DRIVE__ENABLED"] = "false"
    house.start()
    wait_for(lambda: not house.json("errors")["open"], 20, "nobody needs to make room there")


@pytest.mark.slow
def test_what_is_not_to_be_sent_needs_no_room_there(house: House, emulator: Emulator, tmp_path: Path) -> None:
    emulator.quota(2_000_000)
    house.start()
    assert house.run("events", "add", "Wedding").returncode == 0
    assert house.run("events", "set", "Wedding", "send", "false").returncode == 0
    photo = padded(scene(tmp_path / "made.jpg", 1), 3_000_000, 1)
    (house.root / "Events/Wedding/Incoming/DSC_1.jpg").write_bytes(photo.read_bytes())
    filed = house.root / "Events/Wedding/Unsorted/No Faces/DSC_1.jpg"
    wait_for(filed.exists, 20, "it is filed")
    time.sleep(1.2 * LOOK_EVERY)
    assert house.json("errors")["open"] == []
    assert house.run("pause").returncode == 0
    assert house.run("events", "set", "Wedding", "send", "true").returncode == 0
    (told,) = wait_for(lambda: house.json("errors")["open"], 40, "it is told")
    assert told["title"] == "Drive will be full before everything is there"


def test_the_seven_days_of_an_unpublished_client_are_foretold() -> None:
    assert ends_soon(signed_in(NOW - 4.9 * DAY), NOW) is None
    told = ends_soon(signed_in(NOW - 5.1 * DAY), NOW)
    assert told is not None
    assert told.title.startswith("The sign-in to Google may end on Monday")
    assert "venuesync login" in told.remedy
    assert ends_soon(signed_in(NOW - UNPUBLISHED_LIFE), NOW) is None, "it did not end: the client is published"


def test_an_end_that_google_names_is_told_as_such() -> None:
    told = ends_soon(signed_in(NOW - DAY, NOW + DAY), NOW)
    assert told is not None
    assert told.title.startswith("The sign-in to Google ends on Sunday")
    assert ends_soon(None, NOW) is None


def test_the_pace_is_in_the_status(house: House) -> None:
    house.environ |= {"VENUESYNC_DRIVE__UP_MBPS": "20", "VENUESYNC_DRIVE__UPLOADS": "8"}
    house.start()
    pace = wait_for(lambda: house.json("status")["drive"]["pace"], 20, "figures")
    assert pace["at_once"] == 8
    assert pace["up_mbps"] == 20
    assert pace["down_mbps"] == 0


@pytest.mark.slow
def test_by_time_of_day_another_part_of_the_line_is_ours(house: House, emulator: Emulator, tmp_path: Path) -> None:
    """And photos go within it."""
    rules = "".join(
        f'[[schedule.pace]]\nfrom = "{a}"\nto = "{b}"\nup_mbps = 8\n'
        for a, b in [("00:00", "12:00"), ("12:00", "00:00")]
    )
    settings = house.root / "config.toml"
    settings.write_text(settings.read_text() + "\n" + rules)
    house.start()
    wait_for(lambda: house.json("status")["drive"]["pace"]["up_mbps"] == 8, 20, "the limit is in force")
    house.drop(padded(scene(tmp_path / "made.jpg", 1), 2_000_000, 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 30, "it is there")


@pytest.mark.slow
def test_signed_in_as_somebody_else_all_goes_there(house: House, emulator: Emulator, tmp_path: Path) -> None:
    """While the agent runs: what the first account has stays there, the second gets everything."""
    assert log_in(house, emulator_account="ana@example.com").code == 0
    house.start()
    for number in range(3):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 3, 20, "Ana has them")
    assert log_in(house, emulator_account="ben@example.com").code == 0
    house.drop(scene(tmp_path / "made.jpg", 9), "DSC_0009.jpg")
    wait_for(lambda: house.json("status")["drive"]["account"] == "ben@example.com", 20, "Ben is signed in")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 4, 40, "Ben has them all")
    with emulator.client(account="ben@example.com") as client:
        q = "'me' in owners and mimeType = 'image/jpeg' and trashed = false"
        found = client.get("/drive/v3/files", params={"q": q}).json()["files"]
    assert sorted(one["name"] for one in found) == [f"DSC_000{number}.jpg" for number in (0, 1, 2, 9)]
