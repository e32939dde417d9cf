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


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_a_slow_disk_is_waited_for_also_without_a_photo(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> Identity | None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def slowly(folder: int, name: str, access: Access) -> Identity | None:
        time.sleep(0.5)
        return make_folder(folder, name, access)

    monkeypatch.setattr(folder_work, "make_folder", refuses)
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 5
    assert not (house.root / "People" / "Mia").exists()
    monkeypatch.setattr(folder_work, "make_folder", slowly)
    until_done = ("--workspace", str(house.root), "--no-ui", "--until-done", "--timeout", "60")
    done = here.typed(until_done, house.environ, house.root.parent)
    assert done.returncode == 0, done.stderr
    assert sorted(one.name for one in (house.root / "People" / "Mia").iterdir()) == ["Group", "Solo"]


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_a_folder_that_the_disk_refuses_is_told_and_not_waited_for(house: House) -> None:
    house.wrapped = ORDINARY
    people = house.root / "People"
    people.mkdir(exist_ok=True)
    people.chmod(0o500)
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 5
    assert house.until_done(60).returncode == 0
    assert [one["title"] for one in house.json("errors")["open"]] == ["A folder cannot be written"]
    people.chmod(0o700)
    assert house.until_done(60).returncode == 0
    assert (people / "Mia" / "Solo").is_dir()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_what_a_command_decided_and_the_disk_refuses_is_said_to_wait(house: House) -> None:
    """`2 photos moved` and `Withdrawn: 1` were all that was said, with exit 0."""
    house.wrapped = ORDINARY
    shutil.copy(FACES / "one_guest.jpg", house.incoming)
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    assert house.until_done(60).returncode == 0
    people, solo = house.root / "People", house.root / "People" / "Mia" / "Solo"
    (photo,) = house.json("photos")
    people.chmod(0o555)
    solo.chmod(0o555)
    for command in (("people", "rename", "Mia", "Anna"), ("photos", "withdraw", str(photo["id"]))):
        made = house.run(*command)
        assert made.returncode == 5, made
        assert "Not all of it is done" in made.stderr
        assert "venuesync errors" in made.stderr
        assert house.json("errors")["open"]
    people.chmod(0o755)
    solo.chmod(0o755)
    assert house.run("undo").returncode == 0
    assert house.run("photos").returncode == 0
    assert (people / "Anna" / "Solo" / "one_guest.jpg").exists()


@pytest.mark.slow
def test_enroll_says_that_their_folders_cannot_be_made(house: House) -> None:
    """It named folders that were not there, with exit 0."""
    people = house.root / "People"
    people.write_text("a file in their place")
    made = house.run("enroll", "Mia", str(FACES / "one_guest.jpg"))
    assert (made.returncode, "Not all of it is done" in made.stderr) == (5, True), made
    people.unlink()
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    assert (people / "Mia" / "Solo").is_dir()


def test_photos_that_could_not_be_looked_at_are_not_told_to_be_unclear(house: House) -> None:
    """`Give a photo with exactly one clear face` was the advice where the face worker's log could not be written."""
    log = house.root / ".venuesync" / "logs" / "faces.log"
    log.unlink(missing_ok=True)
    log.mkdir(parents=True)
    made = house.run("enroll", "Mia", str(FACES / "one_guest.jpg"))
    assert made.returncode == 1
    assert "Photos cannot be examined" in made.stderr
    assert f"Let it be written: {log}" in made.stderr
    assert "clear face" not in made.stderr
