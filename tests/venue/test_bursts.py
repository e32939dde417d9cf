"""Nearly the same picture, taken again within seconds: grouped, the sharpest marked, all of them kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from agent.ledger.bursts import different
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")

ONE = FACES / "one_guest.jpg"


def shot(source: Path, path: Path, clock: str, *, blur: float = 0.0, shift: int = 0) -> Path:
    """The same picture at another moment, a little further on, and not always sharp."""
    with Image.open(source) as picture:
        moved = picture.convert("RGB").transform(picture.size, Image.Transform.AFFINE, (1, 0, shift, 0, 1, 0))
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = f"2026:05:04 {clock}"
    moved.filter(ImageFilter.GaussianBlur(blur)).save(path, quality=90, exif=exif)
    return path


def listed(house: House, *more: str) -> dict[str, tuple[int, bool]]:
    return {one["name"]: (one["burst"], one["sharpest"]) for one in house.json("photos", *more)}


@pytest.mark.slow
def test_of_a_burst_the_sharpest_is_marked_and_all_are_kept(house: House, tmp_path: Path) -> None:
    """By the face; whatever the order in which they come; a picture a minute later is none of it."""
    house.drop(shot(ONE, tmp_path / "1.jpg", "18:15:33", blur=2, shift=3), "DSC_3.jpg")
    house.start()
    wait_for(lambda: len(house.on_drive()) == 1, 30, "the last of them came first")
    assert listed(house) == {"DSC_3.jpg": (0, False)}
    house.drop(shot(ONE, tmp_path / "2.jpg", "18:15:30", blur=3), "DSC_1.jpg")
    wait_for(lambda: len(house.on_drive()) == 2, 30, "the first")
    assert set(listed(house).values()) == {(0, False)}, "three seconds lie between"
    house.drop(shot(ONE, tmp_path / "3.jpg", "18:15:31", shift=2), "DSC_2.jpg")
    house.drop(shot(ONE, tmp_path / "4.jpg", "18:16:31"), "DSC_4.jpg")
    house.drop(shot(scene(tmp_path / "s.jpg", 1, (500, 500)), tmp_path / "5.jpg", "18:15:31"), "DSC_5.jpg")
    wait_for(lambda: len(house.on_drive()) == 5, 30, "all")
    burst = {"DSC_1.jpg": (3, False), "DSC_2.jpg": (3, True), "DSC_3.jpg": (3, False)}
    assert listed(house) == {**burst, "DSC_4.jpg": (0, False), "DSC_5.jpg": (0, False)}
    assert listed(house, "--sharpest").keys() == {"DSC_2.jpg", "DSC_4.jpg", "DSC_5.jpg"}
    assert "DSC_2.jpg *3" in house.run("photos").stdout
    with house.api() as api:
        moments = api.get("/report").raise_for_status().json()["moments"]
    assert {one["name"] for one in moments}.isdisjoint({"DSC_1.jpg", "DSC_3.jpg"})
    assert house.until_done().returncode == 0
    house.assert_invariants()

    sharpest = next(one["id"] for one in house.json("photos") if one["sharpest"])
    assert house.run("photos", "withdraw", str(sharpest)).returncode == 0
    assert listed(house)["DSC_3.jpg"] == (2, True), "the next one, where that was withdrawn"
    assert house.run("undo").returncode == 0
    assert listed(house)["DSC_2.jpg"] == (3, True)


def test_without_a_face_by_the_picture(house: House, tmp_path: Path) -> None:
    place = scene(tmp_path / "place.jpg", 4, (900, 600))
    for number, blur in enumerate((1.5, 0.0, 3.0)):
        house.drop(shot(place, tmp_path / f"{number}.jpg", f"19:00:0{number}", blur=blur), f"DSC_{number}.jpg")
    house.start()
    wait_for(lambda: len(house.on_drive()) == 3, 30, "all are there")
    assert listed(house) == {"DSC_0.jpg": (3, False), "DSC_1.jpg": (3, True), "DSC_2.jpg": (3, False)}


@pytest.mark.parametrize(("one", "other", "bits"), [(0, -1, 64), (-(1 << 63), 1, 2), (-1, -2, 1), (5, 5, 0)])
def test_how_many_bits_differ_whatever_their_sign(one: int, other: int, bits: int) -> None:
    assert different(one, other) == bits
