"""A shot on which somebody was blurred shows them by neither of its files, also where the ledger is lost since."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.faces import raws
from tests.venue.blurred import GIVEN, JONAS, boxes, forget, is_blurred, lose_ledger
from tests.venue.house import House
from tests.venue.manifest import md5 as md5_of
from tests.venue.test_forget import TOGETHER, sha256
from tests.venue.test_people_commands import ok


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.settings(
    VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_PEOPLE__FORGOTTEN="blur", VENUESYNC_DRIVE__ENABLED="false"
)
@pytest.mark.parametrize("card", ["is full", "is empty", "is back later", "is empty, and another photo shows her so"])
def test_her_face_is_blurred_in_both_files_of_a_shot_though_the_ledger_that_knew_it_as_one_is_lost(
    house: House, tmp_path: Path, card: str
) -> None:
    """The RAW had come first, and she was blurred by that. The JPEG was filed as it is, and so was whatever was filed
    of one of the two by itself; by another photo that shows her in the very same place, once the card was empty.
    """
    ok(house, "enroll", "Mia", str(GIVEN))
    ok(house, "enroll", "Jonas", str(JONAS))
    with Image.open(TOGETHER) as picture:
        (tmp_path / "a.nef").write_bytes(raws.nef(picture.convert("RGB")))
    shot = {"DSC_1.NEF": tmp_path / "a.nef", "DSC_1.JPG": TOGETHER}
    for name, file in shot.items():
        house.drop(file, name)
        assert house.until_done().returncode == 0
    hers, his = boxes(house, "Mia", tmp_path / "a.nef"), boxes(house, "Jonas", tmp_path / "a.nef")
    assert hers and his, "the RAW stands for both"
    alike: dict[str, Path] = {}
    if "another" in card:
        alike = {"DSC_2.JPG": later(TOGETHER, tmp_path, sha256(tmp_path / "a.nef"))}
        house.drop(alike["DSC_2.JPG"], "DSC_2.JPG")
        assert house.until_done().returncode == 0
        assert (boxes(house, "Mia", alike["DSC_2.JPG"]), boxes(house, "Jonas", alike["DSC_2.JPG"])) == (hers, his)
    house.start()
    forget(house)
    assert house.until_done().returncode == 0
    lying = house.on_disk()
    lie = {"People/Jonas/Group/DSC_1.JPG", "People/Jonas/Group/DSC_1.NEF.jpg"}
    assert {*lying} == lie | {f"People/Jonas/Group/{name}" for name in alike}
    assert house.stop() == 0
    if card != "is full":
        for name in (*shot, *alike):
            (house.incoming / name).unlink()
    lose_ledger(house)
    for backup in (house.root / ".venuesync/backups").glob("ledger-*") if alike else ():
        backup.unlink()
    house.start()
    assert house.until_done().returncode == 0
    if card == "is back later":
        assert house.on_disk() == lying
        for name, file in shot.items():
            house.drop(file, name)
        assert house.until_done().returncode == 0
    assert house.on_disk() == lying
    assert not {md5_of(file.read_bytes()) for file in shot.values()} & {*house.on_disk().values()}
    is_blurred((house.root / "People/Jonas/Group/DSC_1.JPG").read_bytes(), TOGETHER, hers, his)
    assert house.json("status")["photos"]["seen"] == 1 + len(alike)


def later(photo: Path, folder: Path, than: str) -> Path:
    """The same picture in another file, whose SHA-256 comes after that one."""
    made = folder / "alike.jpg"
    for number in range(100):
        made.write_bytes(photo.read_bytes() + bytes([number]))
        if sha256(made) > than:
            break
    return made


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_PEOPLE__FORGOTTEN="blur")
def test_what_lies_in_the_place_of_a_raw_is_known_to_a_ledger_of_before_that(house: House, tmp_path: Path) -> None:
    """It has a name of its own there. By an older ledger, that had found the RAW there, it was filed once more."""
    ok(house, "enroll", "Mia", str(GIVEN))
    ok(house, "enroll", "Jonas", str(JONAS))
    with Image.open(TOGETHER) as picture:
        (tmp_path / "a.nef").write_bytes(raws.nef(picture.convert("RGB")))
    house.drop(tmp_path / "a.nef", "DSC_1.NEF")
    house.drop(TOGETHER, "DSC_1.JPG")
    assert house.until_done().returncode == 0
    lose_ledger(house)
    assert house.until_done().returncode == 0
    shutil.copyfile(house.root / ".venuesync/ledger.sqlite", tmp_path / "copy.sqlite")
    house.start()
    forget(house)
    assert house.until_done().returncode == 0
    lying = house.on_disk()
    assert {*lying} == {"People/Jonas/Group/DSC_1.JPG", "People/Jonas/Group/DSC_1.NEF.jpg"}
    assert house.stop() == 0
    backup = house.root / ".venuesync/backups/ledger-20260101T000000Z.sqlite"
    shutil.copyfile(tmp_path / "copy.sqlite", backup)
    ok(house, "restore", backup.name)
    assert house.until_done().returncode == 0
    assert house.on_disk() == lying
