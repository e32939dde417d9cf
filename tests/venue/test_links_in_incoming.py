"""Links and modes in Incoming: nobody's private file is filed or sent, and a private original stays private."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

import pytest

from agent.intake.settle import LONG_UNCHANGED
from tests.filing import untouched
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene

NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give files to other users")
@pytest.mark.settings(VENUESYNC_INCOMING__SWEEP="1")
def test_a_link_to_somebodys_private_file_is_said_and_neither_filed_nor_sent(tmp_path: Path, house: House) -> None:
    home = tmp_path / "home"
    home.mkdir(0o755)
    secret = scene(home / "private.jpg", 7)
    secret.chmod(0o600)
    os.chown(secret, NOBODY, NOBODY)
    before = untouched.below(home)
    house.start()
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_1.jpg")
    (house.incoming / "link.jpg").symlink_to(secret)
    (house.incoming / "within.jpg").symlink_to("DSC_1.jpg")
    mine = scene(tmp_path / "mine.jpg", 2)
    (house.incoming / "mine.jpg").symlink_to(mine)
    wait_for(lambda: len(house.on_drive()) == 2, 30, "the others are on Drive")
    told = wait_for(lambda: house.json("errors")["open"], 10, "it is said")
    assert [(one["title"], one["subjects"]) for one in told] == [("A file cannot be read", ["link.jpg"])]
    assert "link to a file of somebody else" in told[0]["detail"]
    assert told[0]["remedy"] == "Copy the file itself into the folder"
    both = ["Unsorted/No Faces/DSC_1.jpg", "Unsorted/No Faces/mine.jpg"]  # filed and sent side by side
    with suppress(AssertionError):  # what lies there instead is told
        wait_for(lambda: sorted(house.on_disk()) == both, 10, "the others are filed")
    assert sorted(house.on_disk()) == both, house.json("photos")
    private = hashlib.md5(secret.read_bytes(), usedforsecurity=False).hexdigest()
    assert private not in house.on_drive().values()
    assert untouched.below(home) == before
    (house.incoming / "link.jpg").unlink()
    wait_for(lambda: house.json("errors")["open"] == [], 10, "it is over")


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_nobody_may_read_a_filed_photo_who_may_not_read_the_original(tmp_path: Path, house: House) -> None:
    modes = {0o600: "600.jpg", 0o640: "640.jpg", 0o644: "644.jpg", 0o400: "400.jpg", 0o4750: "4750.jpg"}
    for number, (mode, name) in enumerate(modes.items()):
        made = scene(tmp_path / "made.jpg", number)
        made.chmod(mode)
        made.rename(house.incoming / name)
    assert house.until_done().returncode == 0
    mask = os.umask(0o022)
    os.umask(mask)
    filed = house.root / "Unsorted/No Faces"
    found = {name: stat.S_IMODE((filed / name).stat().st_mode) for name in modes.values()}
    assert found == {name: mode & 0o777 & ~mask for mode, name in modes.items()}


@pytest.mark.slow
def test_a_photo_has_its_file_s_name_and_not_that_of_a_link_beside_it(tmp_path: Path, house: House) -> None:
    """Whichever of the two is come upon first, as they lie there at the start."""
    names = [f"DSC_{number}.jpg" for number in range(20)]
    for number, name in enumerate(names):
        house.drop(scene(tmp_path / "a.jpg", number), name)
        (house.incoming / f"a{number}.jpg").symlink_to(name)
    shown = {"shown.jpg": ".kept.jpg", "shown2.jpg": ".kept/DSC_99.jpg", "shown3.jpg": "DSC_99.jpg.part"}
    (house.incoming / ".kept").mkdir()
    for number, (name, kept) in enumerate(shown.items(), len(names)):
        scene(tmp_path / "b.jpg", number).rename(house.incoming / kept)
        (house.incoming / name).symlink_to(kept)
    time.sleep(LONG_UNCHANGED)
    house.start()
    wait_for(lambda: len(house.on_drive()) == len(names) + len(shown), 40, "all are on Drive")
    assert house.until_done().returncode == 0
    assert {Path(one).name for one in house.on_disk()} == {*names, *shown}
