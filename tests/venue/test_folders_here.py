"""Folders of people on this disk: all is done when they are made, or the disk has said why not."""

from __future__ import annotations

import errno
import os
import shutil
import time

import pytest

from agent.disk.access import Access
from agent.disk.own_folders import Identity, make_folder
from agent.filing import folder_work
from tests.venue import here
from tests.venue.house import House
from tests.venue.pictures import FACES
from tests.venue.test_refusing_disk import ORDINARY


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_a_slow_disk_is_waited_for_also_without_a_photo(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> Identity | None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def slowly(folder: int, name: str, access: Access) -> Identity | None:
        time.sleep(0.5)
        return make_folder(folder, name, access)

    monkeypatch.setattr(folder_work, "make_folder", refuses)
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    assert not (house.root / "People" / "Mia").exists()
    monkeypatch.setattr(folder_work, "make_folder", slowly)
    until_done = ("--workspace", str(house.root), "--no-ui", "--until-done", "--timeout", "60")
    done = here.typed(until_done, house.environ, house.root.parent)
    assert done.returncode == 0, done.stderr
    assert sorted(one.name for one in (house.root / "People" / "Mia").iterdir()) == ["Group", "Solo"]


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_a_folder_that_the_disk_refuses_is_told_and_not_waited_for(house: House) -> None:
    house.wrapped = ORDINARY
    people = house.root / "People"
    people.mkdir(exist_ok=True)
    people.chmod(0o500)
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    assert house.until_done(60).returncode == 0
    assert [one["title"] for one in house.json("errors")["open"]] == ["A folder cannot be written"]
    people.chmod(0o700)
    assert house.until_done(60).returncode == 0
    assert (people / "Mia" / "Solo").is_dir()
