"""An older list of people that somebody laid there by hand, by no command, sends nothing that was not to be sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_people_commands import of, ok


@pytest.mark.slow
def test_what_was_not_to_be_sent_stays_here(tmp_path: Path, house: House) -> None:
    """All was sent that an event keeps here, and uploads went on: it was so when that list was made."""
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    roster = house.root / ".venuesync" / "roster.json"
    older = roster.read_bytes()
    assert "DSC_0001.jpg" in str(house.on_drive())

    ok(house, "events", "add", "Party")
    ok(house, "events", "set", "Party", "send", "false")
    ok(house, "events", "set", "default", "exclude", "*.jpg")
    ok(house, "enroll", "Jonas", str(of("jonas_lindqvist")[0]))
    assert house.until_done().returncode == 0
    ok(house, "pause", "uploads")
    ok(house, "events", "interval", "default", "5")  # as of what was said last there is no copy
    there = house.on_drive()

    roster.write_bytes(older)
    for number, folder in ((2, "Incoming"), (3, "Events/Party/Incoming")):
        scene(house.root / folder / f"DSC_000{number}.jpg", number)
    house.start()
    wait_for(lambda: house.json("status")["photos"]["unsorted"] >= 3, 60, "all are filed")
    paused = house.json("status")["paused"]
    assert (paused["uploads"], house.on_drive()) == (True, there)
    ok(house, "resume", "uploads")
    house.drop(scene(tmp_path / "d.jpg", 4), "DSC_0004.jpeg")  # which alone is to be sent
    sent = "Unsorted/No Faces/DSC_0004.jpeg"
    wait_for(lambda: sent in house.on_drive(), 30, "it is sent")
    assert house.on_drive().keys() - there.keys() == {sent}
    assert house.json("held")[0]["id"] == "roster", "and it is said that the list is an older one"
