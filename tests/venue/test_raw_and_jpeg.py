"""RAW and JPEG of one shot are placed together, whichever comes first; a raw file alone is looked at by its preview."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.faces.raws import cr3, nef
from tests.venue.house import House
from tests.venue.pictures import FACES, scene

ANNA = Path(__file__).parents[2] / "agent" / "demo" / "references" / "anna_berg_1.jpg"


def raw(path: Path, picture: Path, make: Callable[[Image.Image], bytes] = nef) -> Path:
    with Image.open(picture) as image:
        path.write_bytes(make(image))
    return path


@pytest.mark.parametrize("first", ["DSC_0001.JPG", "DSC_0001.NEF"])
def test_both_files_of_a_shot_go_where_its_faces_say(tmp_path: Path, house: House, first: str) -> None:
    assert house.run("enroll", "Anna Berg", str(ANNA)).returncode == 0
    files = {"DSC_0001.JPG": ANNA, "DSC_0001.NEF": raw(tmp_path / "a.nef", ANNA)}
    house.drop(files.pop(first), first)
    if first.endswith("JPG"):
        assert house.until_done().returncode == 0
    ((second, source),) = files.items()
    house.drop(source, second)
    assert house.until_done().returncode == 0
    assert sorted(house.on_disk()) == ["People/Anna Berg/Solo/DSC_0001.JPG", "People/Anna Berg/Solo/DSC_0001.NEF"]
    house.assert_same_tree(2)
    status = house.json("status")
    assert (status["photos"]["seen"], status["photos"]["filed"], status["photos"]["verified"]) == (1, 1, 1)
    (anna,) = status["people"]
    assert (anna["solo"], anna["on_drive"]) == (1, 1), "one photo, though it is two files"


def test_a_raw_file_without_a_picture_inside_goes_along(tmp_path: Path, house: House) -> None:
    """A JPEG of the same shot is enough; alone, it is said what to do."""
    with Image.open(ANNA) as image:
        blind = nef(image.resize((8, 8)))
    start, end = blind.find(b"\xff\xd8\xff"), blind.rfind(b"\xff\xd9") + 2
    (tmp_path / "blind.nef").write_bytes(blind[:start] + b"\0" * (end - start) + blind[end:])
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0002.jpg")
    house.drop(tmp_path / "blind.nef", "DSC_0002.nef")
    assert house.until_done().returncode == 0
    assert sorted(house.on_disk()) == ["Unsorted/No Faces/DSC_0002.jpg", "Unsorted/No Faces/DSC_0002.nef"]


def test_one_name_from_two_cameras_is_two_shots(tmp_path: Path, house: House) -> None:
    house.drop(scene(tmp_path / "a.jpg", 1), "cam a/DSC_0003.jpg")
    house.drop(raw(tmp_path / "b.cr3", FACES / "one_guest.jpg", cr3), "cam b/DSC_0003.cr3")
    assert house.until_done().returncode == 0
    assert sorted(house.on_disk()) == ["Unsorted/No Faces/DSC_0003.jpg", "Unsorted/Unknown/DSC_0003.cr3"]


def test_a_jpeg_that_cannot_be_read_leaves_the_shot_to_its_raw_file(tmp_path: Path, house: House) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 5000 + b"\xff\xd9")
    house.drop(broken, "DSC_0004.jpg")
    house.drop(raw(tmp_path / "d.nef", FACES / "one_guest.jpg"), "DSC_0004.nef")
    assert house.until_done().returncode == 5
    assert sorted(house.on_disk()) == ["Unsorted/Unknown/DSC_0004.nef"]
