"""What crosses the line: each photo's bytes once, one request for each, ids by the thousand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from agent.demo.guests import GUESTS
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import padded, scene

PHOTOS = 40
EDITED = hashlib.md5(b"edited by somebody", usedforsecurity=False)
THERE = "All Photos/DSC_1.jpg"
HEAD = 3_000  # bytes of a request beside the photo's own: metadata, tags, description


@pytest.mark.slow
def test_a_photo_is_one_request(tmp_path: Path, house: House, emulator: Emulator) -> None:
    for number in range(PHOTOS):
        house.drop(scene(tmp_path / "made.jpg", number, (320, 240)), f"DSC_{number:04}.jpg")
    assert house.run("pause").returncode == 0
    emulator.forget_requests()
    assert house.run("resume").returncode == 0
    assert house.until_done().returncode == 0
    seen = emulator.requests()
    folders = len(house.folders_on_drive())
    assert seen["methods"]["files.create"] == PHOTOS + folders
    assert seen["methods"]["files.generateIds"] == 1
    assert not {"files.get", "files.update", "files.copy", "upload.put"} & set(seen["methods"])
    house.assert_same_tree(PHOTOS)


@pytest.mark.slow
def test_a_photo_of_many_people_crosses_the_line_once(tmp_path: Path, house: House, emulator: Emulator) -> None:
    """Drive itself puts it into the others' folders."""
    house.start()
    for guest in GUESTS:
        portraits = [str(one) for one in guest.reference_files()]
        assert house.run("enroll", guest.name, *portraits).returncode == 0
    group = Image.new("RGB", (2000, 1000), (90, 90, 90))
    for number, guest in enumerate(GUESTS):
        with Image.open(str(guest.reference_files()[0])) as portrait:
            group.paste(portrait.resize((500, 500)), (500 * (number % 4), 500 * (number // 4)))
    group.save(tmp_path / "made.jpg", quality=90)
    photo = padded(tmp_path / "made.jpg", 3_000_000, 1)
    house.drop(photo, "DSC_0001.jpg")
    assert house.run("--no-ui", "--until-done", timeout=120).returncode == 0
    house.assert_same_tree(1)
    folders = len(house.on_drive())
    assert folders > len(GUESTS) / 2
    seen = emulator.requests()
    assert seen["methods"]["files.copy"] == folders - 1
    assert photo.stat().st_size < seen["bytes_in"] < photo.stat().st_size + 60 * HEAD


@pytest.mark.slow
@pytest.mark.faces
def test_a_photo_of_twelve_people_crosses_the_line_once(
    tmp_path: Path, house: House, emulator: Emulator, faces: Path
) -> None:
    house.start()
    api, portraits = house.api(), dict[str, Path]()
    for one in sorted((faces / "solo").glob("*_01.jpg")):
        given = {"name": one.stem, "photos": [str(one)]}
        if len(portraits) < 12 and api.post("/commands/enroll", json=given).status_code == 200:
            portraits[one.stem] = one
    assert len(portraits) == 12
    group = Image.new("RGB", (3200, 2400), (90, 90, 90))
    for number, portrait in enumerate(portraits.values()):
        with Image.open(portrait) as picture:
            picture.thumbnail((800, 800))
            group.paste(picture.convert("RGB"), (800 * (number % 4), 800 * (number // 4)))
    group.save(tmp_path / "made.jpg", quality=90)
    photo = padded(tmp_path / "made.jpg", 3_000_000, 1)
    emulator.forget_requests()
    house.drop(photo, "DSC_0001.jpg")
    wait_for(lambda: api.get("/status").json()["safe_to_leave"]["safe"], 60, "it is on Drive")
    assert sorted(house.on_drive()) == sorted(f"People/{name}/Group/DSC_0001.jpg" for name in portraits)
    house.assert_same_tree(1)
    seen = emulator.requests()
    assert seen["methods"]["files.copy"] == 11
    assert photo.stat().st_size < seen["bytes_in"] < photo.stat().st_size + 60 * HEAD


@pytest.mark.slow
def test_where_copies_are_refused_the_bytes_are_sent(tmp_path: Path, house: House, emulator: Emulator) -> None:
    emulator.faults({"method": "files.copy", "reason": "cannotCopyFile", "times": None})
    for guest in GUESTS[:2]:
        portraits = [str(one) for one in guest.reference_files()]
        assert house.run("enroll", guest.name, *portraits).returncode == 0
    pair = Image.new("RGB", (1000, 500), (90, 90, 90))
    for number, guest in enumerate(GUESTS[:2]):
        with Image.open(str(guest.reference_files()[0])) as portrait:
            pair.paste(portrait.resize((500, 500)), (500 * number, 0))
    pair.save(tmp_path / "made.jpg", quality=90)
    house.drop(tmp_path / "made.jpg", "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)
    assert len(house.on_drive()) == 2
    assert house.json("errors")["open"] == []


def test_what_somebody_changed_on_drive_is_copied_into_no_other_folder(tmp_path: Path, house: House) -> None:
    """Such a copy went to the trash, one after the other, and the photo was never in that folder."""
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg")
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is on Drive")
    was = changed_by_somebody(house)
    assert house.run("events", "set", "default", "all_photos", "true").returncode == 0
    wait_for(lambda: house.on_drive().get(THERE) == was, 60, "it is in the other folder, too")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "that is all")
    assert house.on_drive()["Unsorted/No Faces/DSC_1.jpg"] == EDITED.hexdigest(), "what is theirs stays"
    assert len([one for one in house.emulator.files() if one["trashed"]]) == 1


def changed_by_somebody(house: House) -> str:
    """The one file there; the MD5 that it had."""
    [photo] = [one for one in house.emulator.files() if one.get("md5Checksum")]
    with house.emulator.client("venuesync") as drive:
        where, head = f"/upload/drive/v3/files/{photo['id']}", {"Content-Type": "image/jpeg"}
        edited = drive.patch(where, params={"uploadType": "media"}, content=b"edited by somebody", headers=head)
        edited.raise_for_status()
    return str(photo["md5Checksum"])


@pytest.mark.slow
def test_a_photo_that_somebody_changed_on_drive_waits_for_a_day_that_has_room_for_it(
    tmp_path: Path, house: House
) -> None:
    """It was said to be on its way into the other folder, and begun each minute, for nothing."""
    house.environ["VENUESYNC_DRIVE__DAILY_MB"] = "2"
    house.drop(padded(scene(tmp_path / "made.jpg", 1), 1_500_000, 1), "DSC_1.jpg")
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is on Drive")
    was = changed_by_somebody(house)
    assert house.run("events", "set", "default", "all_photos", "true").returncode == 0
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "day_spent", 40, "it waits for the next day")
    assert THERE not in house.on_drive()
    assert house.run("limit", "--day", "0").returncode == 0
    wait_for(lambda: house.on_drive().get(THERE) == was, 60, "it is in the other folder, too")


@pytest.mark.slow
def test_a_slow_line_is_not_taken_for_a_dead_one(tmp_path: Path) -> None:
    """Each photo takes some ten seconds, as eight go at once, while calls are answered at once: all go once."""
    with Emulator.start(latency_ms=40, uplink_mbps=2) as emulator:
        house = House(tmp_path / "venue", emulator)
        try:
            house.start()
            sizes = 0
            for number in range(16):
                photo = padded(scene(tmp_path / "made.jpg", number), 300_000, number)
                sizes += photo.stat().st_size
                house.drop(photo, f"DSC_{number:04}.jpg")
            assert house.until_done(120).returncode == 0
            house.assert_same_tree(16)
            assert emulator.requests()["bytes_in"] < 1.25 * sizes, "at most three were tried again"
        finally:
            house.close()
