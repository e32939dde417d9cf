"""A photo's file appears whole or not at all, under its name, and never over anything of somebody else's."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.disk.atomic import NotRegular
from agent.filing import files
from agent.filing.files import NameTaken, OtherBytes
from tests.filing.one_place import DATA, OTHER, SOMEBODYS, Place, refused

MASK = os.umask(0o022)  # what a user's mask takes away
os.umask(MASK)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# How a file gets its name, from the best way to the last.
WAYS = ["rename", "link", "claim"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The file system renames without replacing, or only has hard links, or neither."""
    if request.param != "rename":
        monkeypatch.setattr(files, "_libc_rename", lambda: None)
    if request.param == "claim":
        monkeypatch.setattr(os, "link", refused(errno.EPERM))
    return str(request.param)


# ---- placing


def test_the_copy_has_the_bytes_and_the_time_of_the_original(place: Place, way: str) -> None:
    made = place.copy()
    assert place.there == ["DSC_1.jpg"]
    assert place.target.read_bytes() == DATA
    assert made == files.made_at(place.spot(place.target))
    assert made.mtime_ns == place.source.stat().st_mtime_ns
    assert place.target.stat().st_ino != place.source.stat().st_ino, "the original's own bytes are nobody's to change"


def test_a_disk_that_lets_nobody_set_times_has_the_copy_all_the_same(
    place: Place, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share that was mounted without saying whose its files are: all may write there, and root owns what they do."""
    monkeypatch.setattr(os, "utime", refused(errno.EPERM))
    made = place.copy()
    assert place.target.read_bytes() == DATA
    assert made == files.made_at(place.spot(place.target))


def test_given_its_name_twice_it_is_there_once(place: Place, way: str) -> None:
    made = place.copy()
    os.link(place.target, place.temporary) if way != "claim" else None  # a crash before that was let go
    if way != "claim":
        assert place.publish(made) == made
    assert place.there == ["DSC_1.jpg"]


def test_the_same_bytes_of_somebody_there_are_somebodys(place: Place, way: str) -> None:
    """A copy that a person put there is not ours, now or later."""
    place.target.write_bytes(DATA)
    inode = place.target.stat().st_ino
    with pytest.raises(NameTaken):
        place.copy()
    assert place.target.stat().st_ino == inode
    assert place.there == ["DSC_1.jpg"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o444, 0o666, 0o6755])
def test_nobody_may_do_more_with_the_copy_than_with_the_original(mode: int, place: Place, way: str) -> None:
    place.source.chmod(mode)
    place.copy()
    assert stat.S_IMODE(place.target.stat().st_mode) == mode & 0o777 & ~MASK


@pytest.mark.timeout(10)
@pytest.mark.parametrize("leave", SOMEBODYS)
def test_what_somebody_put_there_stays_as_it_is(leave: Callable[[Path], None], place: Place, way: str) -> None:
    leave(place.target)
    before = place.target.lstat()
    with pytest.raises(NameTaken):
        place.copy()
    after = place.target.lstat()
    assert (after.st_ino, after.st_mode, after.st_size, after.st_mtime_ns) == (
        before.st_ino,
        before.st_mode,
        before.st_size,
        before.st_mtime_ns,
    )
    assert [one.name for one in place.folder.iterdir()] == ["DSC_1.jpg"], "and nothing of ours beside it"
    assert not (place.folder.parent / "nowhere").exists()
    assert place.source.read_bytes() == DATA


@pytest.mark.timeout(10)
@pytest.mark.parametrize("leave", SOMEBODYS)
def test_a_further_name_is_never_over_somebodys_file(leave: Callable[[Path], None], place: Place, way: str) -> None:
    place.copy()
    second = place.folder / "second.jpg"
    leave(second)
    inode = second.lstat().st_ino
    with pytest.raises(NameTaken):
        place.publish(place.ready(), second)
    assert second.lstat().st_ino == inode
    assert not place.temporary.exists()


def test_a_file_that_we_may_not_read_is_somebodys(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.target.write_bytes(OTHER)
    opened = os.open

    def forbidden(path: Any, flags: int, *arguments: Any, **more: Any) -> int:
        if path == place.target.name and not flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, flags, *arguments, **more)

    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(NameTaken):
        place.copy()
    assert [one.name for one in place.folder.iterdir()] == ["DSC_1.jpg"]


def test_a_person_who_is_quicker_at_the_last_moment_keeps_the_name(place: Place, way: str) -> None:
    made = place.ready()
    place.target.write_bytes(OTHER)
    with pytest.raises(NameTaken):
        place.publish(made)
    assert place.target.read_bytes() == OTHER
    assert place.there == ["DSC_1.jpg"]


# ---- the source


def change_a_byte(source: Path) -> None:
    source.write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))


def grow(source: Path) -> None:
    source.write_bytes(DATA + b"x")


def become_a_folder(source: Path) -> None:
    source.unlink()
    source.mkdir()


def become_a_pipe(source: Path) -> None:
    source.unlink()
    os.mkfifo(source)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("become", [change_a_byte, grow, become_a_folder, become_a_pipe])
def test_a_source_with_other_bytes_is_not_filed_and_leaves_nothing(
    become: Callable[[Path], None], place: Place
) -> None:
    become(place.source)
    with pytest.raises((OtherBytes, NotRegular)):
        place.copy()
    assert place.there == []


def test_a_source_that_changes_while_it_is_copied_is_not_filed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    written = files._write_all

    def meanwhile(fd: int, block: bytes) -> None:
        with place.source.open("r+b") as source:
            source.seek(2_500_000)
            source.write(b"another photo")
        written(fd, block)

    monkeypatch.setattr(files, "_reflink", lambda *_: False)
    monkeypatch.setattr(files, "_write_all", meanwhile)
    with pytest.raises(OtherBytes):
        place.copy()
    assert place.there == []


def test_a_source_that_is_gone_says_so(place: Place) -> None:
    place.source.unlink()
    with pytest.raises(FileNotFoundError):
        place.copy()
    assert place.there == []


def test_a_full_disk_leaves_nothing_behind(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_reflink", lambda *_: False)
    monkeypatch.setattr(files, "_write_all", refused(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        place.copy()
    assert place.there == []
