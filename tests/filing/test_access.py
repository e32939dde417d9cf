"""`filing.mode` and `filing.group`: what is made anew has them before it has a name; what others made keeps its own."""

from __future__ import annotations

import grp
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agent.disk.access import Access
from agent.disk.atomic import open_regular
from agent.disk.own_folders import OwnFolders
from agent.filing import files
from tests.emulator.drive import Emulator
from tests.filing.one_place import SHA, Place
from tests.venue.house import House
from tests.venue.test_people_commands import of


def another_group() -> str:
    """One that this user may give files to, and that is not their own."""
    for group in grp.getgrall():
        if group.gr_gid != os.getegid() and (os.geteuid() == 0 or group.gr_gid in os.getgroups()):
            return group.gr_name
    pytest.skip("this user is in one group only")


def rights(path: Path) -> tuple[int, str]:
    found = path.lstat()
    return stat.S_IMODE(found.st_mode), grp.getgrgid(found.st_gid).gr_name


@pytest.mark.slow
def test_what_is_filed_has_them_and_what_others_made_keeps_its_own(tmp_path: Path, emulator: Emulator) -> None:
    group = another_group()
    house = House(tmp_path / "venue", emulator, VENUESYNC_FILING__MODE="660", VENUESYNC_FILING__GROUP=group)
    first, second, *_ = of("mia_lindqvist")
    house.environ |= {"VENUESYNC_DRIVE__ENABLED": "false"}
    original = house.drop(second, second.name)
    original.chmod(0o600)
    assert house.run("enroll", "Mia", str(first)).returncode == 0
    theirs = house.root / "People" / "theirs"
    theirs.mkdir()
    (theirs / "theirs.jpg").write_bytes(b"theirs")
    before = [rights(one) for one in (theirs, theirs / "theirs.jpg")]
    assert house.until_done().returncode == 0
    mia = house.root / "People" / "Mia"
    made = sorted(mia.rglob("*"))
    assert [one.name for one in made if one.is_file()] == [second.name]
    assert {rights(one) for one in made if one.is_file()} == {(0o660, group)}
    assert {rights(one) for one in (mia, *made) if one.is_dir()} == {(0o770, group)}
    assert rights(original)[0] == 0o600
    assert [rights(one) for one in (theirs, theirs / "theirs.jpg")] == before


def test_a_file_has_them_before_it_has_its_name(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.source.chmod(0o400)
    group = grp.getgrnam(another_group()).gr_gid
    with open_regular(place.source) as file:
        made = files.copy(file, place.spot(place.temporary), SHA, access=Access(0o640, group))
    found = place.temporary.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o640, group)
    assert made == files.made_at(place.spot(place.temporary)), "and nothing is done to it afterwards"


def test_a_folder_that_was_there_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o711)
    made: dict[str, object] = {}
    with OwnFolders(tmp_path, Access(0o640)).opened("theirs/ours", made):  # type: ignore[arg-type]
        pass
    assert list(made) == ["theirs/ours"]
    assert rights(tmp_path / "theirs")[0] == 0o711
    assert rights(tmp_path / "theirs" / "ours")[0] == 0o750


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can be somebody else")
def test_a_group_that_the_user_is_not_in_is_said_with_what_to_do() -> None:
    here = Path(__file__).parents[2]
    read_all = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]  # where Python lies is root's alone
    who = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *read_all]
    asked = "from agent.settings import load_settings; from pathlib import Path; load_settings(Path('/'))"
    environ = {**os.environ, "VENUESYNC_FILING__GROUP": another_group(), "USER": "ana", "LOGNAME": "ana"}
    done = subprocess.run(
        [*who, sys.executable, "-c", asked], cwd=here, env=environ, capture_output=True, text=True, check=False
    )
    assert f"ana is not in it as yet: sudo usermod -aG {another_group()} ana, then sign in anew" in done.stderr
