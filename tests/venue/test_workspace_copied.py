"""A workspace that is copied, and both go on: one after the other, or at once, each with photos of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

NOBODY, MIA, LEO = "venuesync/default/Unsorted/No Faces", "venuesync/default/People/Mia", "venuesync/default/People/Leo"


@pytest.fixture
def other(house: House, tmp_path: Path) -> Iterator[House]:
    """The copy, made when the first photo is on Drive."""
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    sent(house, 1)
    shutil.copytree(house.root, tmp_path / "copy")
    copy = House(tmp_path / "copy", house.emulator)
    yield copy
    copy.close()


def sent(house: House, number: int) -> None:
    house.start()
    wait_for(lambda: house.json("status")["uploads"]["verified"] == number, 30, f"{number} verified")
    assert house.stop() == 0


@pytest.mark.slow
def test_what_one_of_them_sends_the_other_leaves_where_it_is(house: House, other: House, tmp_path: Path) -> None:
    """Both had the same ids to give: a photo of one put another of the other's into the trash."""
    for number, one in ((2, other), (3, house), (4, other)):
        for copy in (10 * number, 10 * number + 1):
            one.drop(scene(tmp_path / f"{copy}.jpg", copy), f"DSC_{copy}.jpg")
        sent(one, 5 if number == 4 else 3)
    there = [one for one in house.emulator.files() if one.get("md5Checksum")]
    assert not [one["path"] for one in there if one["trashed"]]
    assert sorted(one["path"] for one in there) == [f"{NOBODY}/DSC_{one}.jpg" for one in (1, 20, 21, 30, 31, 40, 41)]


@pytest.mark.slow
def test_a_folder_of_one_of_them_is_none_of_the_others(house: House, other: House, tmp_path: Path) -> None:
    """Under the same id: photos of one person were put into the folder of another one."""
    for one, name, number in ((other, "Mia", 1), (house, "Leo", 2)):
        assert one.run("enroll", name, str(FACES / "one_guest.jpg")).returncode == 0
        one.drop(variant(FACES / "one_guest.jpg", tmp_path / f"{name}.jpg", number), f"{name}.jpg")
        sent(one, 2)
    there = [one for one in house.emulator.files() if one.get("md5Checksum") and not one["trashed"]]
    assert sorted(one["path"] for one in there) == [
        f"{LEO}/Solo/Leo.jpg",
        f"{MIA}/Solo/Mia.jpg",
        f"{NOBODY}/DSC_1.jpg",
    ]
