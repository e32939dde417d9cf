"""What happens to files in Incoming after they were filed, or before they could be."""

from __future__ import annotations

import json
import shutil
import time
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from tests.emulator.drive import Emulator
from tests.venue.disks import Disk, needs_mounts, run
from tests.venue.evenings import BEGAN, CANON, NIKON, Body, written
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant


@pytest.mark.slow
def test_overwritten_after_filing_the_filed_one_is_unchanged(tmp_path: Path, house: House) -> None:
    """Another photo under the same name is another photo; the filed one stays as it was."""
    first, second = scene(tmp_path / "a.jpg", 1), scene(tmp_path / "b.jpg", 2)
    incoming = house.drop(first, "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    before = house.on_disk()
    shutil.copyfile(second, incoming)  # in place: the same inode
    assert house.until_done().returncode == 0
    after = house.on_disk()
    assert before.items() <= after.items()
    assert sorted(after) == ["Unsorted/No Faces/DSC_0001 (2).jpg", "Unsorted/No Faces/DSC_0001.jpg"]
    house.assert_same_tree(2)


@pytest.mark.slow
def test_deleted_in_incoming_nothing_filed_goes(tmp_path: Path, house: House) -> None:
    incoming = house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    incoming.unlink()
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)


@pytest.mark.slow
def test_same_bytes_under_two_names_are_one_photo(tmp_path: Path, house: House) -> None:
    made = scene(tmp_path / "a.jpg", 1)
    house.drop(made, "DSC_0001.jpg")
    house.drop(made, "backup/copy of DSC_0001.jpg")
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)
    assert house.json("status")["photos"]["seen"] == 1


@pytest.mark.slow
def test_two_cameras_one_name(tmp_path: Path, house: House) -> None:
    """Both photos are there, here and on Drive under the same names."""
    house.drop(scene(tmp_path / "a.jpg", 1), "cam a/DSC_0001.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2), "cam b/DSC_0001.jpg")
    assert house.until_done().returncode == 0
    house.assert_same_tree(2)


@pytest.mark.slow
def test_broken_transfer_resumed_later_supersedes_the_failed_one(tmp_path: Path, house: House) -> None:
    """A photo cut short fails alone, by name; when the rest comes, no trace of the failure is left."""
    whole = (FACES / "one_guest.jpg").read_bytes()
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole[: len(whole) // 2])
    incoming = house.drop(cut, "DSC_0001.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_0002.jpg")
    done = house.until_done()
    assert done.returncode == 5, done.stdout + done.stderr
    open_errors = house.json("errors")["open"]
    assert [(one["title"], one["subjects"]) for one in open_errors] == [("Photo cut short", ["DSC_0001.jpg"])]
    with incoming.open("ab") as file:
        file.write(whole[len(whole) // 2 :])
    assert house.until_done().returncode == 0
    house.assert_same_tree(2)
    assert house.json("status")["photos"]["seen"] == 2
    assert house.json("errors")["open"] == []


@pytest.mark.slow
def test_files_that_are_no_photos_are_left_alone_and_named(tmp_path: Path, house: House) -> None:
    """Dot-files and temporary names are not even counted; real files are, and the safe line names them."""
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    (house.incoming / "notes.txt").write_text("seating plan")
    (house.incoming / ".hidden.jpg").write_bytes(b"x")
    (house.incoming / "DSC_0002.jpg.part").write_bytes(b"x")
    done = house.until_done()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "notes.txt" in done.stdout
    assert house.json("status")["photos"]["skipped"] == 1
    assert (house.incoming / "notes.txt").read_text() == "seating plan"
    house.assert_same_tree(1)


@pytest.mark.slow
def test_removed_by_hand_stays_removed_until_retry(tmp_path: Path, house: House) -> None:
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_0002.jpg")
    assert house.until_done().returncode == 0
    filed = house.root / "Unsorted/No Faces/DSC_0001.jpg"
    filed.unlink()
    house.environ["VENUESYNC_INCOMING__SWEEP"] = "1"
    house.start()
    wait_for(lambda: any("by hand" in one["text"] for one in house.json("activity")), 15, "the removal is noticed")
    assert not filed.exists()
    assert house.run("retry", "--all").stdout == "Trying again: 0 photos, 1 placement\n"
    wait_for(filed.exists, 10, "it is put back")
    shutil.rmtree(filed.parent)
    wait_for(lambda: len(house.on_disk()) == 2, 15, "a folder removed by hand is made again and refilled")


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_INCOMING__SWEEP="300")
@pytest.mark.parametrize("chosen", ["all", "its number"])
def test_removed_by_hand_a_moment_ago_is_put_back_by_retry(tmp_path: Path, house: House, chosen: str) -> None:
    """Asked for before any look noticed that it is gone."""
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "it is filed and sent")
    (filed,) = [house.root / path for path in house.on_disk()]
    filed.unlink()
    with house.api() as api:
        asked = {"all": True} if chosen == "all" else {"ids": [api.get("/photos").json()["rows"][0]["id"]]}
        assert api.post("/commands/retry", json=asked).json()["placements"] == 1
    wait_for(filed.exists, 10, "it is put back")


@pytest.mark.slow
def test_enrolled_later_earlier_photos_are_matched(tmp_path: Path, house: House) -> None:
    """They leave Unknown for the person's folder, here and on Drive, and their bytes are not sent again."""
    for number in range(2):  # from three on she would be a guest
        house.drop(variant(FACES / "one_guest.jpg", tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    assert house.until_done().returncode == 0
    assert all(path.startswith("Unsorted/Unknown/") for path in house.on_disk())
    sent = house.emulator.requests()["bytes_in"]
    house.start()
    done = house.run("enroll", "Ana María 🌸", str(FACES / "one_guest.jpg"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["matched"] == 2
    assert house.until_done().returncode == 0
    house.assert_same_tree(2)
    assert all(path.startswith("People/Ana María 🌸/Solo/") for path in house.on_disk())
    assert house.emulator.requests()["bytes_in"] - sent < (FACES / "one_guest.jpg").stat().st_size


@pytest.mark.slow
def test_originals_move_to_processed_when_filed_and_not_before(tmp_path: Path, house: House) -> None:
    house.environ["VENUESYNC_INCOMING__AFTER"] = "move"
    house.drop(scene(tmp_path / "a.jpg", 1), "card/DSC_0001.jpg")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes((FACES / "one_guest.jpg").read_bytes()[:5000])
    house.drop(cut, "card/DSC_0002.jpg")
    house.start()
    moved = house.root / "Processed/card/DSC_0001.jpg"
    wait_for(moved.exists, 15, "the original is put away")
    assert not (house.incoming / "card/DSC_0001.jpg").exists()
    assert (house.incoming / "card/DSC_0002.jpg").exists()
    house.drop(scene(tmp_path / "b.jpg", 2), "card/DSC_0001.jpg")
    wait_for((house.root / "Processed/card/DSC_0001 (2).jpg").exists, 15, "another one of that name, too")
    wait_for(lambda: len(house.on_drive()) == 2, 15, "both are on Drive")
    assert house.on_disk() == house.on_drive()


@needs_mounts()
def test_an_original_on_a_locked_card_stays_there_and_is_copied_nowhere(tmp_path: Path, emulator: Emulator) -> None:
    """However often it is tried: each time one more copy in Processed would fill the disk."""
    with Disk(tmp_path / "card") as card:
        scene(card.path / "DSC_0001.jpg", 1)
        run("mount", "-o", "remount,ro", str(card.path))
        house = House(tmp_path / "venue", emulator, VENUESYNC_INCOMING__FOLDERS=str(card.path))
        house.environ["VENUESYNC_INCOMING__AFTER"] = "move"
        house.start()
        try:
            wait_for((house.root / "Unsorted/No Faces/DSC_0001.jpg").exists, 30, "it is filed")
            for number in (2, 3):
                house.drop(scene(tmp_path / "a.jpg", number), f"DSC_000{number}.jpg")
                moved = house.root / f"Processed/DSC_000{number}.jpg"
                wait_for(moved.exists, 30, "what can be put away is, and all others are tried once more")
            time.sleep(0.5)
            assert sorted(one.name for one in moved.parent.iterdir()) == ["DSC_0002.jpg", "DSC_0003.jpg"]
            assert (card.path / "DSC_0001.jpg").exists()
        finally:
            house.close()


@pytest.mark.slow
@needs_mounts()
def test_a_card_that_is_pulled_out_with_originals_on_it_is_no_trouble_of_the_workspace(
    tmp_path: Path, emulator: Emulator
) -> None:
    """It was locked, and its place goes with it, as a desktop has it."""
    with Disk(tmp_path / "card") as card:
        scene(card.path / "DSC_0001.jpg", 1)
        run("mount", "-o", "remount,ro", str(card.path))
        house = House(tmp_path / "venue", emulator, VENUESYNC_INCOMING__FOLDERS=str(card.path))
        house.environ["VENUESYNC_INCOMING__AFTER"] = "move"
        house.start()
        try:
            wait_for((house.root / "Unsorted/No Faces/DSC_0001.jpg").exists, 30, "it is filed")
            card.unmount()
            card.path.rmdir()
            house.drop(scene(tmp_path / "a.jpg", 2), "DSC_0002.jpg")
            wait_for((house.root / "Processed/DSC_0002.jpg").exists, 30, "the other one is tried once more, too")
            time.sleep(0.5)
            assert [one["title"] for one in house.json("errors")["open"]] == []
            told = "folder_missing"
            wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == told, 20, "what is amiss is said")
        finally:
            house.close()


@pytest.mark.slow
def test_overwritten_in_place_replaces_where_that_is_wanted(tmp_path: Path, house: House) -> None:
    house.environ["VENUESYNC_INCOMING__REPLACED"] = "replace"
    incoming = house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    before = house.on_disk()
    shutil.copyfile(scene(tmp_path / "b.jpg", 2), incoming)
    assert house.until_done().returncode == 0
    after = house.on_disk()
    assert list(after) == list(before) == ["Unsorted/No Faces/DSC_0001.jpg"]
    assert after != before
    house.assert_same_tree(1)
    assert house.json("status")["photos"]["seen"] == 1


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_INCOMING__REPLACED="replace")
def test_another_card_with_the_same_names_in_its_place_takes_nothing_away_unasked(tmp_path: Path, house: House) -> None:
    """Cameras begin to count anew, and cards of one make are mounted under one name: no photo was edited."""
    for number in range(40):
        house.drop(scene(tmp_path / "a.jpg", number), f"DCIM/DSC_{number:04}.jpg")
    assert house.until_done().returncode == 0
    first = set(house.on_disk().values())
    (house.incoming / "DCIM").rename(tmp_path / "the first card")
    for number in range(40):
        house.drop(scene(tmp_path / "a.jpg", 100 + number), f"DCIM/DSC_{number:04}.jpg")
    done = house.until_done()
    assert done.returncode == 1, done.stdout + done.stderr
    lost = len(first - set(house.on_disk().values()))
    assert lost <= 24, "20, and as many as are taken in at a time"
    (waits,) = house.json("held")
    assert waits["count"] == 40 - lost
    assert "another card" in waits["why"]
    (house.incoming / "DCIM").rename(tmp_path / "the second card")
    (tmp_path / "the first card").rename(house.incoming / "DCIM")
    assert house.until_done().returncode == 1
    assert first <= set(house.on_disk().values()), "it is back, and nothing is asked about it any more"
    (house.incoming / "DCIM").rename(tmp_path / "the first card")
    (tmp_path / "the second card").rename(house.incoming / "DCIM")
    assert house.until_done().returncode == 1
    assert house.run("held", "approve", "--all").returncode == 0
    assert house.until_done().returncode == 0
    assert not first & set(house.on_disk().values())
    assert house.json("status")["photos"]["seen"] == 40


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_INCOMING__REPLACED="replace")
def test_another_shot_under_a_name_takes_nothing_away_unasked_and_an_edited_one_does(
    tmp_path: Path, house: House
) -> None:
    """However few they are: what the cameras say tells another card from an edited photo."""

    def dropped(number: int, picture: int, body: Body, hours: int) -> None:
        made = scene(tmp_path / "a.jpg", picture)
        with Image.open(made) as image:
            image.save(made, quality=90, exif=written(body, BEGAN + timedelta(hours=hours, minutes=number)))
        house.drop(made, f"DCIM/DSC_{number:04}.jpg")

    for number in range(4):
        dropped(number, number, CANON, 0)
    assert house.until_done().returncode == 0
    first = set(house.on_disk().values())
    dropped(0, 100, CANON, 0)
    assert house.until_done().returncode == 0
    left = set(house.on_disk().values())
    assert (len(left), len(left & first)) == (4, 3), "edited: it takes the other one's place"
    dropped(1, 101, CANON, 30)
    dropped(2, 102, NIKON, 0)
    assert house.until_done().returncode == 1
    assert left <= set(house.on_disk().values())
    (waits,) = house.json("held")
    assert waits["count"] == 2 and "another card" in waits["why"]
    assert house.run("held", "approve", "--all").returncode == 0
    assert house.until_done().returncode == 0
    assert len(left & set(house.on_disk().values())) == 2
    assert house.json("status")["photos"]["seen"] == 4


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_a_card_emptied_before_its_photos_were_filed_is_named_whoever_notices_first(
    tmp_path: Path, house: House
) -> None:
    """So many gone at once a sweep does not believe for a while: that they are nowhere is found as they are filed."""
    house.environ["VENUESYNC_DISK__KEEP_FREE"] = "1000000 GB"
    names = [f"DSC_{number:04}.jpg" for number in range(22)]
    for number, name in enumerate(names):
        house.drop(scene(tmp_path / name, number), name)
    house.start()
    wait_for(lambda: house.json("status")["queue"]["filing"] == len(names), 60, "all that misses is room")
    house.kill()
    for name in names:
        house.expected.took_away(house.incoming / name)
        (house.incoming / name).unlink()
    house.environ["VENUESYNC_DISK__KEEP_FREE"] = "0"
    house.start()
    wait_for(lambda: missing(house) == len(names), 30, "each is named as missing")
    assert not house.json("status")["safe_to_leave"]["safe"]
    wait_for(
        lambda: house.json("status")["safe_to_leave"]["code"] in ("taken_away", "folder_missing"),
        30,
        "it is told so, once their places in folders were looked at",
    )
    house.drop(tmp_path / names[0], names[0])
    wait_for(lambda: house.on_disk().keys() == {f"Unsorted/No Faces/{names[0]}"}, 30, "one is copied again")
    wait_for(lambda: missing(house) == len(names) - 1, 30, "it is missing no more")


def missing(house: House) -> int:
    """How many photos are said to have been taken away too soon."""
    return sum(len(one["ids"]) for one in house.json("errors")["open"] if one["kind"] == "photo_gone")


@pytest.mark.slow
def test_asking_makes_no_folder_again_that_is_missed(tmp_path: Path, house: House) -> None:
    """Its disk is away, say: a command made an empty one in its place, and all was called safe again."""
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is safe")
    away = house.incoming.rename(tmp_path / "away")
    missed = "folder_missing"
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == missed, 20, "it is missed")
    (house.root / "config.toml").unlink()
    for command in (["status", "--check"], ["errors"], ["pause", "uploads"], ["resume", "uploads"]):
        house.run(*command)
    assert not house.incoming.exists() and not (house.root / "config.toml").exists()
    assert house.json("status")["safe_to_leave"]["code"] == missed
    away.rename(house.incoming)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is back, and all is safe")
