"""Further names of a filed photo, and taking a file of ours away again."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.filing import files
from agent.filing.files import NameTaken, place_link, take_away
from tests.filing.one_place import DATA, OTHER, SHA, SOMEBODYS, Place, refused


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# ---- further names


def test_further_names_share_the_bytes(place: Place) -> None:
    place.copy()
    second = place.folder / "second.jpg"
    assert place_link(place.target, second, SHA, place.temporary).inode == place.target.stat().st_ino
    assert place_link(place.target, second, SHA, place.temporary).inode == place.target.stat().st_ino
    assert second.stat().st_nlink == 2


@pytest.mark.parametrize("code", [errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP])
def test_without_links_a_further_name_is_a_copy(code: int, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.copy()
    monkeypatch.setattr(os, "link", refused(code))
    second = place.folder / "second.jpg"
    place_link(place.target, second, SHA, place.temporary)
    assert second.read_bytes() == DATA
    assert second.stat().st_ino != place.target.stat().st_ino
    assert place.there == ["DSC_1.jpg", "second.jpg"]


def test_where_renaming_without_replacing_is_refused_the_name_is_claimed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Libc:
        def renameat2(self, *_: Any) -> int:
            files.ctypes.set_errno(errno.EINVAL)
            return -1

    monkeypatch.setattr(os, "link", refused(errno.EPERM))
    monkeypatch.setattr(files.ctypes, "CDLL", lambda *_, **__: Libc())
    place.copy()
    assert place.target.read_bytes() == DATA
    place.target.write_bytes(OTHER)
    with pytest.raises(NameTaken):
        place.copy()
    assert place.there == ["DSC_1.jpg"]


# ---- taking away


def test_our_own_file_is_taken_away(place: Place) -> None:
    facts = place.copy()
    assert take_away(place.target, facts, SHA, len(DATA))
    assert take_away(place.target, facts, SHA, len(DATA)), "called twice, does nothing more"
    assert place.there == []


def test_our_file_under_changed_facts_is_still_ours(place: Place) -> None:
    facts = place.copy()
    os.utime(place.target)
    assert take_away(place.target, facts, SHA, len(DATA))
    assert place.there == []


@pytest.mark.timeout(10)
@pytest.mark.parametrize("leave", SOMEBODYS)
def test_what_somebody_put_in_its_place_is_left(leave: Callable[[Path], None], place: Place) -> None:
    facts = place.copy()
    place.target.unlink()
    leave(place.target)
    assert not take_away(place.target, facts, SHA, len(DATA))
    assert place.target.is_symlink() or place.target.exists()


def test_a_file_of_ours_that_a_person_edited_is_left(place: Place) -> None:
    facts = place.copy()
    place.target.write_bytes(OTHER)
    assert not take_away(place.target, facts, SHA, len(DATA))
    assert place.target.read_bytes() == OTHER
