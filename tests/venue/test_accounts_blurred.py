"""Who is blurred in a photo is not to be seen on any Drive that its event comes back to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.faces import raws
from tests.venue.house import wait_for
from tests.venue.test_forget import TOGETHER
from tests.venue.test_people_commands import of as of_person
from tests.venue.two_accounts import ANA, BEN, GALA, Two


def photos_of_mia_in_gala(two: Two, known_in: str, *, alone: bool = False) -> None:
    """Two on Ben's Drive: her with others, and her alone; or that one. She is enrolled in that event."""
    house = two.house
    house.start()
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", known_in).returncode == 0
    if not alone:
        shutil.copy(TOGETHER, house.root / GALA / "IMG.jpg")
    shutil.copy(of_person("mia_lindqvist")[1], house.root / GALA / "HERS.jpg")
    two.verified(1 if alone else 2)


def gala_to_anas(two: Two, photos: int) -> None:
    assert two.house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: len(two.there(ANA)) == photos, 30, "all is on Ana's Drive")
    two.safe()


def assert_forgotten_on_both(two: Two, left_on_bens: int) -> None:
    """Ana's Drive is blurred at once, and Ben's as the event comes back to it."""
    house = two.house
    assert house.run("people", "forget", "Mia", "--event", "default", "--blur", "--yes").returncode in (0, 5)
    wait_for(lambda: seen(two, ANA) == [], 40, "nobody is to be seen on Ana's Drive")
    two.safe()
    assert len(seen(two, BEN)) == left_on_bens, "nobody touches what lies there"
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    wait_for(lambda: two.there(BEN) == [], 30, "it is not there any more")
    two.safe()
    assert (seen(two, BEN), seen(two, ANA)) == ([], [])


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_who_was_blurred_meanwhile_is_not_to_be_seen_where_an_event_comes_back_to(two: Two) -> None:
    """Neither in what lay there, nor in what was in that Drive's trash, of a photo that was withdrawn, too."""
    house = two.house
    photos_of_mia_in_gala(two, known_in="Gala")
    assert house.run("events", "set", "Gala", "long_side", "640").returncode == 0
    two.safe()
    gala_to_anas(two, 2)
    (out,) = (one for one in house.json("photos") if one["name"] == "HERS.jpg")
    assert house.run("photos", "withdraw", str(out["id"])).returncode == 0
    assert house.run("people", "forget", "Mia", "--event", "Gala", "--blur", "--yes").returncode == 0
    wait_for(lambda: seen(two, ANA) == [], 40, "nobody is to be seen on Ana's Drive")
    two.safe()
    assert seen(two, BEN), "nobody touches what lies there"
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    wait_for(lambda: two.there(BEN) and two.there(BEN) == two.there(ANA), 30, "it is as on Ana's Drive")
    two.safe()
    assert seen(two, BEN) == []


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_who_was_blurred_where_a_photo_was_moved_to_is_not_to_be_seen_where_it_came_from_either(two: Two) -> None:
    """It stayed on Ben's Drive as its event left that, was moved into another one, and she was forgotten there."""
    house = two.house
    photos_of_mia_in_gala(two, known_in="default")
    gala_to_anas(two, 2)
    for one in house.json("photos"):
        assert house.run("photos", "move", str(one["id"]), "--event", "default").returncode == 0
    two.safe()
    assert_forgotten_on_both(two, left_on_bens=2)


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_who_was_blurred_is_not_to_be_seen_where_a_photo_lay_whose_move_was_taken_back(two: Two) -> None:
    house = two.house
    house.start()
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", "default").returncode == 0
    house.drop(TOGETHER, "IMG.jpg")
    two.verified(1)
    (photo,) = house.json("photos")
    assert house.run("photos", "move", str(photo["id"]), "--event", "Gala").returncode == 0
    wait_for(lambda: len(two.there(BEN)) == 1, 30, "it is on Ben's Drive")
    two.safe()
    gala_to_anas(two, 1)
    assert house.run("undo").returncode == 0
    two.safe()
    assert_forgotten_on_both(two, left_on_bens=1)


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
@pytest.mark.parametrize("how", ["move", "withdraw"])
def test_who_was_blurred_on_a_shot_is_not_to_be_seen_by_its_other_file_either(
    two: Two, tmp_path: Path, how: str
) -> None:
    """The RAW had come first, and it is that of which it is decided. The JPEG was in that Drive's trash for a month."""
    house, known_in = two.house, "default" if how == "move" else "Gala"
    photos_of_mia_in_gala(two, known_in, alone=True)
    with Image.open(TOGETHER) as picture:
        (tmp_path / "a.nef").write_bytes(raws.nef(picture.convert("RGB")))
    shutil.copy(tmp_path / "a.nef", house.root / GALA / "DSC_1.NEF")
    two.verified(2)
    shutil.copy(TOGETHER, house.root / GALA / "DSC_1.JPG")
    wait_for(lambda: len(two.there(BEN)) == 3, 30, "both files are on Ben's Drive")
    two.safe()
    gala_to_anas(two, 3)
    (shot,) = (str(one["id"]) for one in house.json("photos") if one["name"] == "DSC_1.NEF")
    to = ("--event", "default") if how == "move" else ()
    assert house.run("photos", how, shot, *to).returncode == 0
    two.safe()
    assert house.run("people", "forget", "Mia", "--event", known_in, "--blur", "--yes").returncode == 0
    two.safe()
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    wait_for(lambda: len(two.there(BEN)) == 1, 30, "the shot is not there any more")
    two.safe()
    assert [path for path, _ in (*seen(two, ANA), *seen(two, BEN)) if "DSC_1" in path] == []


def seen(two: Two, owner: str) -> list[tuple[str, bool]]:
    """Photos of ours on that account's Drive in which no face is blurred, and whether they are in its trash."""
    files = [one for one in two.emulator.files() if one["owner"] == owner and one.get("md5Checksum")]
    return [(one["path"], one["trashed"]) for one in files if "~" not in one["appProperties"].get("venuesync_made", "")]
