"""Links in place of our folders, under a running agent: what lies behind them is not touched, and nothing is lost."""

from __future__ import annotations

import ctypes
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.filing import untouched
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, variant

SOLO = "People/Ana/Solo"
pytestmark = pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_INCOMING__SWEEP="1")


def known(house: House, photos: int, tmp_path: Path) -> dict[str, int]:
    """Ana and her photos are filed by a running agent; their numbers by name."""
    house.start()
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    for number in range(photos):
        house.drop(variant(FACES / "one_guest.jpg", tmp_path / "made.jpg", number), f"DSC_{number}.jpg")
    wait_for(lambda: house.json("status")["photos"]["filed"] == photos, 60, "all are filed")
    return numbers(house)


def numbers(house: House) -> dict[str, int]:
    with house.api() as api:
        return {one["name"]: one["id"] for one in api.get("/photos").raise_for_status().json()["rows"]}


def solo(house: House) -> list[str]:
    return sorted(path.name for path in (house.root / SOLO).iterdir())


def titles(house: House) -> list[str]:
    return [one["title"] for one in house.json("errors")["open"]]


@pytest.mark.slow
def test_removing_never_reaches_through_a_link(tmp_path: Path, house: House) -> None:
    """A person exchanges a folder for a link to her own copies, to the originals, to somebody else's folder."""
    ids = known(house, 4, tmp_path)
    keep = tmp_path / "keep"
    shutil.copytree(house.root / SOLO, keep)
    unsorted = house.root / "Unsorted"
    unsorted.mkdir(exist_ok=True)
    before = untouched.below(keep, house.incoming)
    for number, target in enumerate([keep, house.incoming, tmp_path / "nowhere"]):
        shutil.rmtree(house.root / SOLO)
        (house.root / SOLO).symlink_to(target)
        assert house.run("photos", "withdraw", str(ids[f"DSC_{number}.jpg"])).returncode == 0
        wait_for(lambda: titles(house) == ["A folder is a link"], 15, "it is said")
        assert untouched.below(keep, house.incoming) == before
        (house.root / SOLO).unlink()
        left = [f"DSC_{one}.jpg" for one in range(number + 1, 4)]
        wait_for(lambda left=left: (house.root / SOLO).is_dir() and solo(house) == left, 15, "made again, and refilled")
        wait_for(lambda: titles(house) == [], 15, "it heals by itself")
    for _ in range(3):
        assert house.run("undo").returncode == 0
    wait_for(lambda: len(solo(house)) == 4, 15, "taken back from the originals")
    assert untouched.below(keep, house.incoming) == before


@pytest.mark.slow
def test_a_copy_that_a_person_put_in_place_of_ours_stays(tmp_path: Path, house: House) -> None:
    """Withdrawn: ours is gone, hers is hers, and it is said that the photo can be seen there still."""
    ids = known(house, 2, tmp_path)
    path = house.root / SOLO / "DSC_0.jpg"
    hers = tmp_path / "hers.jpg"
    shutil.copy2(path, hers)
    path.unlink()
    shutil.copy2(hers, path)
    before = untouched.below(path)
    assert house.run("photos", "withdraw", *map(str, ids.values())).returncode == 0
    wait_for(lambda: solo(house) == ["DSC_0.jpg"], 15, "the other one is away")
    wait_for(lambda: titles(house) == ["A photo stays in a folder"], 15, "it is said")
    assert untouched.below(path) == before
    path.unlink()
    wait_for(lambda: titles(house) == [], 15, "it is over")


RENAME_EXCHANGE = 2


@contextmanager
def swapping(folder: Path, link: Path) -> Iterator[None]:
    """The folder and a link change places all the while, each time in one step; at the end it is the folder again."""
    libc, over = ctypes.CDLL(None, use_errno=True), threading.Event()

    def swap() -> None:
        while not over.is_set():
            libc.renameat2(-100, os.fsencode(folder), -100, os.fsencode(link), RENAME_EXCHANGE)
            time.sleep(0.0005)
        if folder.is_symlink():
            libc.renameat2(-100, os.fsencode(folder), -100, os.fsencode(link), RENAME_EXCHANGE)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "renameat2"), reason="the system cannot exchange two names")
@pytest.mark.parametrize("swapped", [SOLO, "People/Ana", "People"])
def test_links_that_come_and_go_between_plan_and_effect(swapped: str, tmp_path: Path, house: House) -> None:
    """While the agent files, withdraws and takes back, the folder is a link every other moment."""
    ids = known(house, 12, tmp_path)
    outside = tmp_path / "outside"
    shutil.copytree(house.root / "People", outside / "People")
    link = tmp_path / "link"
    link.symlink_to(outside / swapped)
    before = untouched.below(outside, house.incoming)
    with swapping(house.root / swapped, link), house.api() as api:
        end = time.monotonic() + 6
        while time.monotonic() < end:
            api.post("/commands/photos-withdraw", json={"ids": list(ids.values())}).raise_for_status()
            time.sleep(0.3)
            api.post("/commands/undo", json={}).raise_for_status()
            time.sleep(0.3)
    assert untouched.below(outside, house.incoming) == before
    wait_for(lambda: solo(house) == sorted(ids), 30, "all of it is filed")
    wait_for(lambda: titles(house) == [], 15, "and nothing is amiss")
    assert not list((house.root / "People").rglob(".venuesync-*"))


def test_a_link_that_an_operator_made_to_a_disk_that_is_away_is_told_as_that(house: House, tmp_path: Path) -> None:
    """It was to be removed, as if it were a link in the place of a folder of ours."""
    house.root.mkdir(exist_ok=True)
    (house.root / "People").symlink_to(tmp_path / "card")
    house.start()
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    told = wait_for(lambda: house.json("errors")["open"], 15, "it is said")
    assert [one["title"] for one in told] == ["A folder is a link to a disk that was not there when venuesync started"]
    assert told[0]["remedy"] == "Connect its disk, then start venuesync again"
    (tmp_path / "card").mkdir()
    assert house.stop() == 0
    house.start()
    wait_for((tmp_path / "card/Ana/Solo").is_dir, 20, "it is made where the link leads")
    wait_for(lambda: not titles(house), 15, "it is over")
