"""Photos of a source on their way to our Drive: copied there, into the folder that is wanted, or not at all."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.weddings import filed, sent, wedding

pytestmark = pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")


def test_a_photo_of_a_source_is_copied_by_drive_and_crosses_the_line_once(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """Where the sign-in may change others' files, as one for a destination of somebody else (`--level manage`)."""
    house.emulator.grant("drive")
    folder = anna.folder("Anna", share=True)
    large = scene(tmp_path / "1.jpg", 1)
    large.write_bytes(large.read_bytes() + b"\0" * 1_000_000)
    anna.put(large, "DSC_1.jpg", folder)
    house.start()
    house.emulator.forget_requests()
    wedding(house, folder)
    wait_for(lambda: len(sent(house)) == 1, 20, "it is on Drive")
    requests = house.emulator.requests()
    assert requests["bytes_in"] < 100_000
    assert requests["methods"]["files.copy"] == 1
    assert house.until_done().returncode == 0


@pytest.mark.slow
def test_with_a_sign_in_that_may_only_read_them_photos_of_a_source_are_sent(house: House, tmp_path: Path) -> None:
    """As `login` asks for it: Drive refuses the copies, in the words of a folder that may not be written to."""
    assert log_in(house).code == 0
    anna = Photographer(house.emulator)
    folder = anna.folder("Anna", share=True)
    for number in range(4):
        anna.put(scene(tmp_path / "made.jpg", number), f"DSC_{number}.jpg", folder)
    house.start()
    wedding(house, folder)
    wait_for(lambda: len(sent(house)) == 4, 30, "all are on Drive")
    assert house.until_done().returncode == 0
    assert house.json("errors")["open"] == []
    assert house.emulator.requests()["methods"]["files.create"] >= 4


@pytest.mark.slow
def test_an_event_is_filed_where_its_operator_wants_it_and_moves_without_a_byte(
    house: House, tmp_path: Path, emulator: Emulator
) -> None:
    team = emulator.client()
    folders = "application/vnd.google-apps.folder"
    given = team.post("/drive/v3/files", json={"name": "Given", "mimeType": folders}).json()["id"]
    other = team.post("/drive/v3/files", json={"name": "Other", "mimeType": folders}).json()["id"]
    emulator.grant("drive")
    house.start()
    added = house.run("events", "add", "Wedding", "--destination", f"https://drive.google.com/drive/folders/{given}")
    assert added.returncode == 0, added.stderr
    photo = scene(tmp_path / "1.jpg", 1)
    (house.root / "Events/Wedding/Incoming/DSC_1.jpg").write_bytes(photo.read_bytes())

    def lies_at(path: str) -> bool:
        return [one["path"] for one in emulator.files() if one.get("md5Checksum") and not one["trashed"]] == [path]

    wait_for(lambda: lies_at("Given/Unsorted/No Faces/DSC_1.jpg"), 20, "it is filed in the given folder")
    emulator.forget_requests()
    for destination, path in ((other, "Other/"), ("", "venuesync/Wedding/"), (given, "Given/")):
        assert house.run("events", "set", "Wedding", "destination", destination).returncode == 0
        wait_for(lambda path=path: lies_at(f"{path}Unsorted/No Faces/DSC_1.jpg"), 20, f"it moved to {path}")
    assert emulator.requests()["bytes_in"] < 20_000
    wait_for(lambda: "venuesync/Wedding" not in house.folders_on_drive(), 10, "our own folder is not needed any more")
    assert {"Given", "Other"} <= set(house.folders_on_drive())
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 20, "all is verified there")
    assert house.run("events", "add", "Party", "--destination", given).returncode == 2


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__FOLDER_CHECK="1")
@pytest.mark.parametrize("how", ["trashed", "deleted"])
def test_a_chosen_folder_that_is_gone_is_told_and_waited_for(
    house: House, tmp_path: Path, emulator: Emulator, how: str
) -> None:
    """All was made again in it, and sent there again, as fast as Drive answered, for good and without a word."""
    team = emulator.client()
    folders = "application/vnd.google-apps.folder"
    given, other = (
        team.post("/drive/v3/files", json={"name": name, "mimeType": folders}).json()["id"]
        for name in ("Given", "Other")
    )
    emulator.grant("drive")
    house.start()
    assert house.run("events", "add", "Wedding", "--destination", given).returncode == 0
    for number in (1, 2):
        photo = scene(tmp_path / f"{number}.jpg", number)
        (house.root / f"Events/Wedding/Incoming/DSC_{number}.jpg").write_bytes(photo.read_bytes())
    wait_for(lambda: house.json("status")["photos"]["verified"] == 2, 20, "both are there")
    there = {one["id"] for one in emulator.files() if one["path"].startswith("Given/")}
    if how == "trashed":
        assert team.patch(f"/drive/v3/files/{given}", json={"trashed": True}).status_code == 200
    else:
        assert team.delete(f"/drive/v3/files/{given}").status_code == 204
    (told,) = wait_for(lambda: house.json("errors")["open"], 20, "it is told")
    assert told["title"] == "The folder that was chosen on Drive is gone"
    assert not house.json("status")["safe_to_leave"]["safe"]
    (house.root / "Events/Wedding/Incoming/DSC_3.jpg").write_bytes(scene(tmp_path / "3.jpg", 3).read_bytes())
    time.sleep(2)
    emulator.forget_requests()
    time.sleep(5)
    asked = emulator.requests()
    assert asked["methods"].get("files.create", 0) < 10 and sum(asked["methods"].values()) < 40, asked
    if how == "trashed":
        assert team.patch(f"/drive/v3/files/{given}", json={"trashed": False}).status_code == 200
    else:
        assert house.run("events", "set", "Wedding", "destination", other).returncode == 0
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: house.json("status")["photos"]["verified"] == 3, 30, "all are there")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is safe")
    name = "Given" if how == "trashed" else "Other"
    lies = sorted(one["path"] for one in emulator.files() if one.get("md5Checksum") and not one["trashed"])
    assert lies == [f"{name}/Unsorted/No Faces/DSC_{number}.jpg" for number in (1, 2, 3)]
    if how == "trashed":
        assert there <= {one["id"] for one in emulator.files() if not one["trashed"]}, "nothing was sent anew"
    assert house.json("errors")["open"] == []


@pytest.mark.slow
def test_an_event_that_is_not_to_be_sent_is_recorded_and_not_sent(house: House, tmp_path: Path) -> None:
    house.start()
    house.run("events", "add", "Wedding")
    house.run("events", "set", "Wedding", "send", "false")
    (house.root / "Events/Wedding/Incoming/DSC_1.jpg").write_bytes(scene(tmp_path / "1.jpg", 1).read_bytes())
    house.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
    wait_for(lambda: sent(house, "default") and filed(house), 20, "both are filed, one is sent")
    assert sent(house) == set()
    said = "sending is off for Wedding"
    wait_for(lambda: said in house.json("status")["safe_to_leave"]["reason"], 20, "the safe line says so")
    done = house.until_done(20)
    assert done.returncode == 1
    assert "sending is off for Wedding" in done.stderr
    house.run("events", "set", "Wedding", "send", "true")
    wait_for(lambda: sent(house) == {"Unsorted/No Faces/DSC_1.jpg"}, 20, "now it is sent, too")
