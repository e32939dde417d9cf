"""Further names of a filed photo, and taking a file of ours away again."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.filing import files
from agent.filing.files import NameTaken
from tests.filing.one_place import DATA, OTHER, SOMEBODYS, Place, refused


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# ---- further names


def test_further_names_share_the_bytes(place: Place) -> None:
    made = place.copy()
    second = place.folder / "second.jpg"
    assert place.link(made, second) == made
    assert second.stat().st_nlink == 2
    assert place.there == ["DSC_1.jpg", "second.jpg"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP])
def test_without_links_there_is_no_further_name(code: int, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    made = place.copy()
    monkeypatch.setattr(os, "link", refused(code))
    assert place.link(made, place.folder / "second.jpg") is None
    assert place.there == ["DSC_1.jpg"]


def test_a_file_that_a_person_exchanged_for_hers_is_linked_to_by_nobody(place: Place) -> None:
    made = place.copy()
    place.target.unlink()
    place.target.write_bytes(DATA)
    assert place.link(made, place.folder / "second.jpg") is None
    assert place.there == ["DSC_1.jpg"]


def test_where_renaming_without_replacing_is_refused_links_do_it_and_else_the_name_is_claimed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        files.ctypes.set_errno(errno.EINVAL)
        return -1

    monkeypatch.setattr(files, "_libc_rename", lambda: refuse)
    place.copy()
    assert place.target.read_bytes() == DATA
    place.target.unlink()
    monkeypatch.setattr(os, "link", refused(errno.EPERM))
    place.copy()
    assert place.target.read_bytes() == DATA
    place.target.write_bytes(OTHER)
    with pytest.raises(NameTaken):
        place.copy()
    assert place.there == ["DSC_1.jpg"]


# ---- taking away


def test_our_own_file_is_taken_away(place: Place) -> None:
    made = place.copy()
    assert place.take_away(made)
    assert place.take_away(made), "called twice, does nothing more"
    assert place.there == []


def test_our_file_with_another_time_is_still_ours(place: Place) -> None:
    made = place.copy()
    os.utime(place.target)
    assert place.take_away(made)
    assert place.there == []


@pytest.mark.timeout(10)
@pytest.mark.parametrize("leave", SOMEBODYS)
def test_what_somebody_put_in_its_place_is_left(leave: Callable[[Path], None], place: Place) -> None:
    made = place.copy()
    place.target.unlink()
    leave(place.target)
    place.take_away(made)
    assert place.target.is_symlink() or place.target.exists()


@pytest.mark.parametrize("keep_times", [True, False])
def test_a_persons_own_copy_in_its_place_is_left(keep_times: bool, place: Place) -> None:
    """The same bytes, even the same time: another file all the same."""
    made = place.copy()
    hers = place.folder / "hers.jpg"
    (shutil.copy2 if keep_times else shutil.copy)(place.target, hers)
    hers.replace(place.target)
    assert not place.take_away(made)
    assert place.target.read_bytes() == DATA
    assert place.there == ["DSC_1.jpg"]


def test_what_nobody_knows_to_be_ours_is_left(place: Place) -> None:
    place.copy()
    assert not place.take_away(None)
    assert place.there == ["DSC_1.jpg"]


def test_where_files_do_not_keep_their_inodes_ours_is_known_by_name_size_time_and_bytes(place: Place) -> None:
    made = place.copy()
    remounted = replace(made, inode=made.inode + 1)
    assert not place.take_away(remounted)
    assert place.take_away(remounted, keeps_inodes=False)
    assert place.there == []
    place.copy()
    times = place.target.stat()
    place.target.write_bytes(OTHER.ljust(len(DATA)))
    os.utime(place.target, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert not place.take_away(remounted, keeps_inodes=False)


def test_a_file_of_ours_that_a_person_edited_is_left(place: Place) -> None:
    made = place.copy()
    place.target.write_bytes(OTHER)
    assert not place.take_away(made)
    assert place.target.read_bytes() == OTHER


def test_a_file_exchanged_at_the_last_moment_gets_its_name_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the removal a person puts her own file there."""
    made = place.copy()
    rename, times = files.rename_new, iter([True])

    def exchanged_first(source: files.Spot, target: files.Spot) -> bool:
        if next(times, False):
            hers = place.folder / "hers.jpg"
            hers.write_bytes(OTHER)
            hers.replace(place.target)
        return rename(source, target)

    monkeypatch.setattr(files, "rename_new", exchanged_first)
    assert not place.take_away(made)
    assert place.target.read_bytes() == OTHER
    assert place.there == ["DSC_1.jpg"]


@pytest.mark.parametrize("theirs", [True, False])
def test_killed_with_a_file_put_aside_it_is_removed_if_ours_and_else_put_back(theirs: bool, place: Place) -> None:
    made = place.copy()
    place.target.rename(place.folder / ".venuesync-1.gone")
    if theirs:
        (place.folder / ".venuesync-1.gone").write_bytes(OTHER)
    assert place.take_away(made) is not theirs
    assert place.there == (["DSC_1.jpg"] if theirs else [])
