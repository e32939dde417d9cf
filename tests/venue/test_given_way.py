"""`incoming.replaced = "replace"`: what was there stays until the photo in its place is filed, if that ever is."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene
from tests.venue.test_raw_and_jpeg import ANNA, raw
from tests.venue.weddings import filed, look, sent, wedding

pytestmark = pytest.mark.settings(VENUESYNC_INCOMING__REPLACED="replace", VENUESYNC_SYNC__INTERVAL="1")

NO_PICTURE = b"\xff\xd8\xff not a picture"
CUT_SHORT = (FACES / "one_guest.jpg").read_bytes()[:5000]
NAME = "Unsorted/No Faces/DSC_0001.jpg"


def md5_of(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("broken", [CUT_SHORT, NO_PICTURE], ids=["cut short", "no picture"])
def test_a_good_photo_stays_where_what_overwrote_it_does_not_open(tmp_path: Path, house: House, broken: bytes) -> None:
    """Also once that is set aside; a good one that comes behind it takes the place, and the name."""
    incoming = house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_0002.jpg")
    assert house.until_done().returncode == 0
    before = house.on_disk()
    incoming.write_bytes(broken)
    done = house.until_done()
    assert done.returncode == 5, done.stdout + done.stderr
    assert house.on_disk() == house.on_drive() == before
    (error,) = house.json("errors")["open"]
    assert house.run("errors", "dismiss", str(error["ids"][0])).returncode == 0
    assert house.until_done().returncode == 0
    assert house.on_disk() == house.on_drive() == before, "nothing took its place"
    assert house.json("status")["photos"]["seen"] == 3

    shutil.copyfile(scene(tmp_path / "c.jpg", 3), incoming)
    assert house.until_done().returncode == 0
    assert house.on_disk() == {**before, NAME: md5_of(tmp_path / "c.jpg")}
    house.assert_same_tree(2)
    assert house.json("status")["photos"]["seen"] == 2


@pytest.mark.slow
def test_until_there_is_room_for_the_new_one_the_old_one_stays_and_a_kill_changes_nothing(
    tmp_path: Path, house: House
) -> None:
    incoming = house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    before = house.on_disk()
    house.environ["VENUESYNC_DISK__KEEP_FREE"] = "1000000 GB"
    house.start()
    shutil.copyfile(scene(tmp_path / "b.jpg", 2), incoming)
    wait_for(lambda: house.json("status")["queue"]["filing"] == 1, 60, "it was looked at, and waits for room")
    assert house.on_disk() == before
    assert house.json("status")["photos"]["seen"] == 2, "both count until then"
    house.kill()
    house.environ["VENUESYNC_DISK__KEEP_FREE"] = "0"
    assert house.until_done().returncode == 0
    assert house.on_disk() == {NAME: md5_of(tmp_path / "b.jpg")}
    house.assert_same_tree(1)
    assert house.json("status")["photos"]["seen"] == 1


def test_where_photos_wait_for_a_yes_the_old_one_stays_until_then(tmp_path: Path, house: House) -> None:
    incoming = house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    before = house.on_disk()
    house.start()
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    shutil.copyfile(scene(tmp_path / "b.jpg", 2), incoming)
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "it waits for a yes")
    assert house.on_disk() == house.on_drive() == before
    assert house.run("held", "reject", "--all").returncode == 0
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "nothing waits any more")
    assert house.on_disk() == house.on_drive() == before
    assert house.run("undo").returncode == 0
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "it waits for a yes again")
    assert house.run("held", "approve", "--all").returncode == 0
    assert house.until_done().returncode == 0
    assert house.on_disk() == {NAME: md5_of(tmp_path / "b.jpg")}
    house.assert_same_tree(1)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["DSC_0005.JPG", "DSC_0005.NEF"])
def test_a_file_of_a_shot_stays_until_the_one_in_its_place_is_whole(tmp_path: Path, house: House, which: str) -> None:
    """And then that is a file of the shot, which goes where its faces say."""
    assert house.run("enroll", "Anna Berg", str(ANNA)).returncode == 0
    incoming = {"DSC_0005.JPG": house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0005.JPG")}
    incoming["DSC_0005.NEF"] = house.drop(raw(tmp_path / "a.nef", tmp_path / "a.jpg"), "DSC_0005.NEF")
    assert house.until_done().returncode == 0
    before = house.on_disk()
    assert len(before) == 2
    new = {"DSC_0005.JPG": ANNA, "DSC_0005.NEF": raw(tmp_path / "b.nef", ANNA)}[which]
    incoming[which].write_bytes(new.read_bytes()[: new.stat().st_size // 2])
    assert house.until_done().returncode == 5
    assert house.on_disk() == house.on_drive() == before
    shutil.copyfile(new, incoming[which])
    assert house.until_done().returncode == 0
    folder = "People/Anna Berg/Solo" if which.endswith("JPG") else "Unsorted/No Faces"  # the JPEG says who is on it
    assert sorted(house.on_disk()) == [f"{folder}/DSC_0005.JPG", f"{folder}/DSC_0005.NEF"]
    assert house.on_disk()[f"{folder}/{which}"] == md5_of(new)
    house.assert_same_tree(2)
    assert house.json("status")["photos"]["seen"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["keep", "remove"])
def test_a_photo_stays_until_what_it_is_at_its_source_by_now_is_filed(
    house: House, anna: Photographer, tmp_path: Path, gone: str
) -> None:
    house.environ["VENUESYNC_SYNC__GONE"] = gone
    folder = anna.folder("Anna", share=True)
    file = anna.put(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg", folder)
    house.start()
    wedding(house, folder)
    wait_for(lambda: filed(house) == sent(house) == {NAME}, 30, "it is filed")
    anna.replace(file, CUT_SHORT)
    look(house)
    wait_for(lambda: [one["title"] for one in house.json("errors")["open"]] == ["Photo cut short"], 60, "it fails")
    lies = house.root / "Events/Wedding" / NAME
    assert md5_of(lies) == md5_of(tmp_path / "a.jpg")
    assert sent(house) == {NAME}
    assert house.json("status")["photos"]["seen"] == 2, "the old one is a photo of the event still"
    anna.replace(file, scene(tmp_path / "b.jpg", 2))
    look(house)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is well")
    assert md5_of(lies) == md5_of(tmp_path / "b.jpg")
    assert filed(house) == sent(house) == {NAME}
    assert house.json("status")["photos"]["seen"] == 1
    house.assert_invariants()
