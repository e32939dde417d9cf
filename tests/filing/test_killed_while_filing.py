"""The plug pulled while a file is put in its place: the next try finishes it, one file, none harmed.

What is recorded before the file gets its name is kept in a file here, as the ledger keeps it.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from agent.disk.atomic import open_regular
from agent.filing import files
from agent.filing.files import OtherBytes, Spot
from agent.ledger.placements import Made
from tests.making import files_below

DATA = os.urandom(2_500_000)
SHA = hashlib.sha256(DATA).hexdigest()
NAME, TEMPORARY = "DSC_1.jpg", ".venuesync-1.part"

PLACE = """
import errno, json, os, signal, sys
from dataclasses import asdict
from pathlib import Path
from agent.filing import files
from agent.filing.files import Spot
from agent.disk.atomic import open_regular

point, source, folder, sha256, temporary, name, kept = sys.argv[1:]
link, write, replace, rename = os.link, files._write_all, files._replace, files.rename_new

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def half(fd, block):
    write(fd, block[: len(block) // 2])
    die()

def refuse(*_, **__):
    raise OSError(errno.EPERM, "no links here")

def then_die(call):
    def both(*args, **kwargs):
        call(*args, **kwargs)
        die()
    return both

files._reflink = lambda *_: False
if point == "half written":
    files._write_all = half
elif point == "recorded":
    files.publish = lambda *_: die()
elif point == "renamed":
    files.rename_new = then_die(rename)
else:
    files._libc_rename = lambda: None
    if point == "linked":
        os.link = then_die(link)
    else:
        os.link = refuse
        files._replace = (lambda *_: die()) if point == "claimed" else then_die(replace)
opened = os.open(folder, os.O_RDONLY)
with open_regular(Path(source)) as file:
    made = files.copy(file, Spot(opened, temporary), sha256)
if point == "written":
    die()
Path(kept).write_text(json.dumps(asdict(made)))
files.publish(Spot(opened, temporary), Spot(opened, name), made)
"""
POINTS = ["half written", "written", "recorded", "renamed", "linked", "claimed", "claimed and replaced"]
WHOLE = {"renamed", "linked", "claimed and replaced"}  # the file has its name by then


class After:
    """What a killed process left, and the next try."""

    def __init__(self, root: Path, point: str) -> None:
        self.point = point
        self.source, self.folder, self.kept = root / NAME, root / "Solo", root / "recorded.json"
        self.target, self.temporary = self.folder / NAME, self.folder / TEMPORARY
        self.source.write_bytes(DATA)
        self.folder.mkdir()
        arguments = [point, str(self.source), str(self.folder), SHA, TEMPORARY, NAME, str(self.kept)]
        ended = subprocess.run([sys.executable, "-c", PLACE, *arguments], check=False)
        assert ended.returncode == -signal.SIGKILL
        self.open = os.open(self.folder, os.O_RDONLY)

    def again(self) -> Made:
        """As the router does it: what was recorded lies there, or it is made anew."""
        target, temporary = Spot(self.open, NAME), Spot(self.open, TEMPORARY)
        recorded = Made(**json.loads(self.kept.read_text())) if self.kept.exists() else None
        if recorded is not None and files.is_ours(target, recorded, SHA):
            files.remove(temporary)
            return recorded
        with open_regular(self.source) as file:
            made = files.copy(file, temporary, SHA)
        self.kept.write_text(json.dumps(asdict(made)))
        files.publish(temporary, target, made)
        return made


@pytest.fixture(params=POINTS)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> After:
    """A process was killed there."""
    return After(tmp_path, request.param)


def test_under_its_name_it_is_whole_or_not_there(after: After) -> None:
    if after.point in WHOLE:
        assert after.target.read_bytes() == DATA
    elif after.point == "claimed":
        assert after.target.read_bytes().startswith(b"venuesync keeps this name")
    else:
        assert not after.target.exists()


def test_the_next_try_finishes_it(after: After) -> None:
    made = after.again()
    assert after.target.read_bytes() == DATA
    assert list(files_below(after.folder)) == [NAME]
    assert after.target.stat().st_nlink == 1
    assert files.take_away(Spot(after.open, NAME), Spot(after.open, "aside"), made, SHA), "it is known to be ours"


def test_an_original_that_changed_meanwhile_harms_nothing_that_was_filed(after: After) -> None:
    after.source.write_bytes(b"another photo, overwritten in place")
    if after.point in WHOLE:
        after.again()
        assert after.target.read_bytes() == DATA
    else:
        with pytest.raises(OtherBytes):
            after.again()
    assert not after.temporary.exists()


def test_an_original_that_is_gone_harms_nothing_that_was_filed(after: After) -> None:
    after.source.unlink()
    if after.point in WHOLE:
        after.again()
        assert after.target.read_bytes() == DATA
    else:
        with pytest.raises(FileNotFoundError):
            after.again()


def test_a_persons_own_copy_under_the_name_is_not_taken_for_ours(after: After) -> None:
    if after.point == "claimed":
        pytest.skip("the name is taken by us")
    after.target.unlink(missing_ok=True)
    after.target.write_bytes(DATA)
    with pytest.raises(files.NameTaken):
        after.again()
    assert after.target.read_bytes() == DATA
