"""Videos on their way: looked at, filed like photos at both ends, and their strangers named."""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.faces.films import film
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, variant

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")

ONE, TWO = FACES / "one_guest.jpg", FACES / "two_guests.jpg"


@pytest.mark.slow
def test_a_video_is_filed_by_who_is_in_it_whenever_in_it(house: House, tmp_path: Path) -> None:
    """Alone in it, with others, nobody at all, what cannot be played; and taken back with the person."""
    assert house.run("enroll", "Ana", str(ONE)).returncode == 0
    alone = film(tmp_path / "alone.mp4", [(None, 4), (ONE, 4), (None, 4)])
    house.drop(alone, "ALONE.MP4")
    house.drop(film(tmp_path / "both.mov", [(ONE, 4), (TWO, 4)]), "BOTH.MOV")
    house.drop(film(tmp_path / "nobody.mp4", [(None, 3)]), "NOBODY.mp4")
    (tmp_path / "odd.mp4").write_bytes(alone.read_bytes().replace(b"moov", b"junk", 1))
    house.drop(tmp_path / "odd.mp4", "ODD.mp4")
    house.start()
    filed = {"People/Ana/Solo/ALONE.MP4", "People/Ana/Group/BOTH.MOV"}
    filed |= {"Unsorted/Videos/NOBODY.mp4", "Unsorted/Videos/ODD.mp4"}
    wait_for(lambda: house.on_drive().keys() == filed, 60, "all are on Drive")
    assert house.until_done().returncode == 0
    house.assert_same_tree(4)
    house.assert_invariants()
    assert house.json("errors")["open"] == []
    assert house.run("undo").returncode == 0
    wait_for(lambda: {one.rpartition("/")[0] for one in house.on_drive()} == {"Unsorted/Videos"}, 30, "all are back")


def test_a_video_whose_transfer_broke_off_is_not_filed_before_the_rest_has_had_time_to_come(
    house: House, tmp_path: Path
) -> None:
    """It is one video, here and on Drive, and not one and a half."""
    whole = film(tmp_path / "whole.mp4", [(None, 4)]).read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
    house.start()
    incoming = house.drop(tmp_path / "half.mp4", "MVI_1.MP4")
    wait_for(lambda: house.json("status")["photos"]["seen"], 20, "it is taken in")
    time.sleep(3)
    with incoming.open("ab") as file:
        file.write(whole[len(whole) // 2 :])
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)
    assert house.json("status")["photos"]["seen"] == 1


@pytest.mark.slow
def test_a_part_of_a_video_is_never_taken_for_a_video(house: House, tmp_path: Path) -> None:
    """It plays so far, with its tables first. The rest of it is on a card alone, which is not to be formatted."""
    assert house.run("enroll", "Ana", str(ONE)).returncode == 0
    whole = film(tmp_path / "whole.mp4", [(ONE, 6)], tables_first=True)
    (tmp_path / "part.mp4").write_bytes(whole.read_bytes()[:-20_000])
    house.start()
    incoming = house.drop(tmp_path / "part.mp4", "MVI_1.MP4")
    wait_for(lambda: house.json("errors")["open"], 60, "it is said that a part is missing")
    [error] = house.json("errors")["open"]
    assert (error["kind"], error["title"]) == ("photo_cut_short", "Video cut short")
    assert "MVI_1.MP4" in error["detail"] and "only a part of it is here" in error["detail"]
    assert not house.json("status")["safe_to_leave"]["safe"]
    assert not house.on_drive()
    incoming.unlink()
    house.drop(whole, "MVI_1.MP4")
    wait_for(lambda: house.on_drive().keys() == {"People/Ana/Solo/MVI_1.MP4"}, 60, "the whole of it is filed")
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)
    assert house.json("errors")["open"] == []


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["AVI", "MTS", "MKV"])
def test_a_part_of_a_camcorders_video_is_not_taken_for_it_either(house: House, tmp_path: Path, ending: str) -> None:
    """Nobody plays it here, and it is filed as it is: half of it was, and its card was said to be copied."""
    whole = film(tmp_path / f"whole.{ending.lower()}", [(None, 4)])
    (tmp_path / "half").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2 // 192 * 192 + 100])
    house.drop(tmp_path / "half", f"00001.{ending}")
    assert house.until_done().returncode == 5
    [error] = house.json("errors")["open"]
    assert (error["title"], house.on_disk(), house.on_drive()) == ("Video cut short", {}, {})
    house.drop(whole, f"00001.{ending}")
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)
    assert (house.json("status")["photos"]["seen"], house.json("errors")["open"]) == (1, [])


@pytest.mark.slow
def test_a_stranger_in_a_video_is_named_by_the_face_that_is_shown(house: House, tmp_path: Path) -> None:
    """They are in photos, too: their group has both, each face can be looked at, and their name files both."""
    house.drop(film(tmp_path / "a.mp4", [(None, 4), (ONE, 4), (None, 4)]), "A.mp4")
    house.drop(variant(ONE, tmp_path / "b.jpg", 1), "B.jpg")
    house.start()
    wait_for(lambda: len(house.json("unknown")) == 1, 60, "both faces are one stranger's")
    [group] = house.json("unknown")
    with house.api() as api:
        rows = api.get("/events/default/photos").raise_for_status().json()["photos"]
        video = next(one["id"] for one in rows if one["name"] == "A.mp4")
        details = api.get(f"/photos/{video}").raise_for_status().json()
        [face] = details["each_face"]
        left, top, right, bottom = face["box"]
        assert 0 <= left < right <= details["width"] and 0 <= top < bottom <= details["height"]
        poster = api.get(f"/photos/{video}/thumbnail").raise_for_status().content
    with Image.open(BytesIO(poster)) as shown:
        assert max(shown.size) == 320
    assert house.run("unknown", "name", group["id"], "Ana").returncode == 0
    both = {"People/Ana/Solo/A.mp4", "People/Ana/Solo/B.jpg"}
    wait_for(lambda: house.on_drive().keys() == both, 30, "both are hers")
    assert house.until_done().returncode == 0
    house.assert_invariants()
