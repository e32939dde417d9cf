"""The plug pulled while a file is put in its place: the next try finishes it, one file, none harmed."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.filing.files import OtherBytes, place_copy
from tests.making import files_below

DATA = os.urandom(2_500_000)
SHA = hashlib.sha256(DATA).hexdigest()

PLACE = """
import errno, os, signal, sys
from pathlib import Path
from agent.filing import files

point, source, target, sha256, temporary = sys.argv[1:]
link, write, replace, rename = os.link, files._write_all, Path.replace, files.rename_new

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
elif point == "written":
    os.link = lambda *_, **__: die()
elif point == "linked":
    os.link = then_die(link)
else:
    os.link = refuse
    if point == "renamed":
        files.rename_new = then_die(rename)
    else:
        files.rename_new = files._claim_and_replace
        Path.replace = (lambda *_: die()) if point == "claimed" else then_die(replace)
files.place_copy(Path(source), Path(target), sha256, Path(temporary))
"""
POINTS = ["half written", "written", "linked", "renamed", "claimed", "claimed and replaced"]
WHOLE = {"linked", "renamed", "claimed and replaced"}  # the file has its name by then


@pytest.fixture(params=POINTS)
def point(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A process was killed there."""
    (tmp_path / "DSC_1.jpg").write_bytes(DATA)
    (tmp_path / "Solo").mkdir()
    arguments = [request.param, *map(str, paths(tmp_path)[:2]), SHA, str(paths(tmp_path)[2])]
    ended = subprocess.run([sys.executable, "-c", PLACE, *arguments], check=False)
    assert ended.returncode == -signal.SIGKILL
    return str(request.param)


def paths(root: Path) -> tuple[Path, Path, Path]:
    return root / "DSC_1.jpg", root / "Solo/DSC_1.jpg", root / "Solo/.venuesync-1.part"


def test_under_its_name_it_is_whole_or_not_there(point: str, tmp_path: Path) -> None:
    _, target, _ = paths(tmp_path)
    if point in WHOLE:
        assert target.read_bytes() == DATA
    elif point == "claimed":
        assert target.read_bytes().startswith(b"venuesync keeps this name")
    else:
        assert not target.exists()


def test_the_next_try_finishes_it(point: str, tmp_path: Path) -> None:
    source, target, temporary = paths(tmp_path)
    place_copy(source, target, SHA, temporary)
    assert target.read_bytes() == DATA
    assert list(files_below(tmp_path / "Solo")) == ["DSC_1.jpg"]
    assert target.stat().st_nlink == 1


def test_an_original_that_changed_meanwhile_harms_nothing_that_was_filed(point: str, tmp_path: Path) -> None:
    source, target, temporary = paths(tmp_path)
    source.write_bytes(b"another photo, overwritten in place")
    with pytest.raises(OtherBytes):
        place_copy(source, target, SHA, temporary)
    if point in WHOLE:
        assert target.read_bytes() == DATA
    assert not temporary.exists()


def test_an_original_that_is_gone_harms_nothing_that_was_filed(point: str, tmp_path: Path) -> None:
    source, target, temporary = paths(tmp_path)
    source.unlink()
    with pytest.raises(FileNotFoundError):
        place_copy(source, target, SHA, temporary)
    if point in WHOLE:
        assert target.read_bytes() == DATA
