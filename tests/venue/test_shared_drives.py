"""A shared drive as an event's destination."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES
from tests.venue.two_accounts import ANA, Two


def gala_on_a_shared_drive(house: House, tmp_path: Path) -> tuple[Two, str]:
    """An event with two photos, which are there; the id of that drive, of Ana's."""
    assert log_in(house, "--account", ANA, "--level", "manage").code == 0
    with house.emulator.client("browser", account=ANA) as browser:
        drive = browser.post("/drive/v3/drives", params={"requestId": "one"}, json={"name": "Venue"}).json()["id"]
    two = Two(house, tmp_path)
    two.gala = house.json("events", "add", "Gala", "--destination", drive)["status"]["id"]
    house.start()
    two.photo("Gala"), two.photo("Gala")
    two.verified(2)
    return two, drive


@pytest.mark.slow
def test_a_shared_drive_is_an_events_destination(house: House, emulator: Emulator, tmp_path: Path) -> None:
    two, drive = gala_on_a_shared_drive(house, tmp_path)
    two.safe()
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg"), "--event", "Gala").returncode == 0
    lies = lambda: sorted(one["path"] for one in emulator.files() if one["driveId"] == drive and not one["trashed"])  # noqa: E731
    wait_for(lambda: "People/Ana/Solo" in lies(), 30, f"her folders are there: {lies()}")
    assert [one for one in lies() if one.endswith(".jpg")] == [
        f"Unsorted/No Faces/DSC_000{number}.jpg" for number in (1, 2)
    ]
    assert house.run("people", "rename", "Ana", "Anne").returncode == 0
    wait_for(lambda: "People/Anne/Solo" in lies(), 30, "renamed")
    (photo, _) = house.json("photos", "--event", "Gala")
    assert house.run("photos", "withdraw", str(photo["id"])).returncode == 0
    wait_for(lambda: sum(one.endswith(".jpg") for one in lies()) == 1, 30, "withdrawn")
    assert house.run("verify").returncode == 0


@pytest.mark.parametrize("then", ["moved by hand", "chosen again"])
def test_an_event_that_goes_from_a_shared_drive_to_my_drive(
    house: House, emulator: Emulator, tmp_path: Path, then: str
) -> None:
    """Drive does not let folders go there: whoever gave the right to edit and said *retry* had the same error again."""
    two, drive = gala_on_a_shared_drive(house, tmp_path)
    two.safe()
    assert house.run("events", "set", "Gala", "destination", "").returncode == 0
    (told,) = wait_for(lambda: house.json("errors")["open"], 30, "it is told")
    assert "Drive moves no folder between My Drive and a shared drive" in told["detail"]
    assert told["remedy"] == (
        "On drive.google.com move all that lies in its old folder into the new one, or choose the old one again;"
        " then run: venuesync retry --all"
    )
    if then == "chosen again":
        assert house.run("events", "set", "Gala", "destination", drive).returncode == 0
    else:
        emulator.limits(move_folders=True)
        at = {one["path"]: one["id"] for one in emulator.files() if not one["trashed"]}
        with emulator.client("browser", account=ANA) as browser:
            browser.patch(
                f"/drive/v3/files/{at['Unsorted']}",
                params={"addParents": at["venuesync/Gala"], "removeParents": drive, "supportsAllDrives": "true"},
                json={},
            )
        emulator.limits(move_folders=False)
        assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: not house.json("errors")["open"], 30, "nothing is told any more")
    two.photo("Gala")
    two.verified(3)
    two.safe()
    above = "" if then == "chosen again" else "venuesync/Gala/"
    lies = sorted(one["path"] for one in emulator.files() if one["path"].endswith(".jpg") and not one["trashed"])
    assert lies == [f"{above}Unsorted/No Faces/DSC_000{number}.jpg" for number in (1, 2, 3)]
    assert house.run("verify").returncode == 0


@pytest.mark.slow
def test_a_shared_drive_that_holds_no_more_items_is_told(house: House, emulator: Emulator, tmp_path: Path) -> None:
    """Another folder beside the full one is no help there: it was wanted for good, all the way up, without a word."""
    two, _ = gala_on_a_shared_drive(house, tmp_path)
    emulator.limits(drive_items=5)
    two.photo("Gala"), two.photo("Gala"), two.photo("Gala")
    (told,) = wait_for(lambda: house.json("errors")["open"], 30, "it is told")
    assert told["title"] == "This Drive folder holds the maximum number of items"
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg"), "--event", "Gala").returncode == 0
    wait_for(lambda: len(house.json("errors")["open"]) == 2, 30, "neither is there room for her folders")
    emulator.limits(drive_items=None)
    assert house.run("retry", "--all").returncode == 0
    two.verified(5)
    wait_for(lambda: not house.json("errors")["open"], 30, "nothing is told any more")
    lies = {one["path"].rpartition("/")[0] for one in emulator.files() if one["path"].endswith(".jpg")}
    assert lies == {"Unsorted/No Faces"}
