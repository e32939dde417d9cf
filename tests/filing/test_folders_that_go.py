"""Folders of people who are not there any more, and names that change while a folder is being renamed."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.disk.own_folders import OwnFolders
from agent.filing import files, folder_work
from agent.filing.disk_work import DiskWork
from agent.filing.files import Spot
from agent.filing.folder_work import Renamed, Staged
from agent.filing.plan import person_folders
from agent.ledger import Ledger, disk_folders, folders
from agent.ledger.drive_folders import AGAIN_AFTER
from agent.model import DEFAULT_EVENT, FolderId, Person
from tests.filing.one_router import Venue
from tests.making import EVENT, MIA, files_below, rows


@pytest.fixture
def venue(tmp_path: Path, ledger: Ledger) -> Iterator[Venue]:
    made = Venue(tmp_path / "venue", ledger)
    yield made
    made.router.close()


def nobody(venue: Venue) -> None:
    venue.do(lambda db: folders.keep_only(db, DEFAULT_EVENT, [], all_photos=False))


def called(venue: Venue, name: str) -> None:
    venue.do(folders.ensure, person_folders(EVENT, Person(MIA.id, DEFAULT_EVENT, name, name)), time.time())


async def test_a_folder_goes_once_the_last_photo_has_left_the_folders_in_it(venue: Venue) -> None:
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.solo)
    await venue.settle()
    nobody(venue)
    await venue.settle()
    assert list(venue.on_disk()) == ["People/Mia/Solo/DSC_1.jpg"], "it has no other place yet"
    assert not (venue.root / "People/Mia/Group").exists()
    venue.want(photo, venue.unknown)
    await venue.settle()
    assert list(venue.on_disk()) == ["Unsorted/Unknown/DSC_1.jpg"]
    assert not (venue.root / "People/Mia").exists()


async def test_a_folder_with_something_of_a_persons_stays_until_it_is_gone(venue: Venue) -> None:
    await venue.settle()
    note = venue.root / "People/Mia/Solo/notes.txt"
    note.write_text("hers")
    nobody(venue)
    await venue.settle()
    assert note.read_text() == "hers"
    assert not (venue.root / "People/Mia/Group").exists()
    assert venue.do(lambda db: folders.left_to_do(db, time.time(), drive=False)) == 0, "nothing that could be done now"
    note.unlink()
    await venue.settle()
    assert (venue.root / "People/Mia").exists(), "it is not asked about all the time"
    assert len(venue.do(disk_folders.empty, time.time() + AGAIN_AFTER)) == 2
    venue.do(lambda db: db.execute("UPDATE folder SET disk_after = 0"))
    await venue.settle()
    assert not (venue.root / "People/Mia").exists()


async def test_wanted_again_just_as_it_was_removed_a_folder_is_made_again(venue: Venue) -> None:
    await venue.settle()
    nobody(venue)
    empty = venue.do(disk_folders.empty, time.time())
    for one in empty:
        (venue.root / one.path).rmdir()
    called(venue, "Mia")
    venue.do(disk_folders.removed, [one.folder for one in empty], [], time.time())
    await venue.settle()
    assert (venue.root / "People/Mia/Group").is_dir()


@pytest.mark.parametrize("moment", ["stage_folders", "name_folders"])
async def test_called_otherwise_while_the_folders_are_made_they_go_along(
    venue: Venue, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name changes after the folders to be made were looked up, before it is recorded that they wait for their
    names, or that they are there.
    """
    make = getattr(DiskWork, moment)

    def made(work: DiskWork, *args: Any) -> Any:
        done = make(work, *args)
        called(venue, "Maria")
        return done

    monkeypatch.setattr(DiskWork, moment, made)
    await venue.settle()
    await venue.settle()  # the change rang
    assert sorted(one.name for one in (venue.root / "People").iterdir()) == ["Maria"]
    assert sorted(one.name for one in (venue.root / "People/Maria").iterdir()) == ["Group", "Solo"]
    paths = {
        row["disk_path"]: row["disk"] for row in rows(venue.ledger, "SELECT * FROM folder WHERE person IS NOT NULL")
    }
    assert paths == dict.fromkeys(["People/Maria", "People/Maria/Solo", "People/Maria/Group"], "there")


@pytest.mark.parametrize("path", ["People", "People/Mia", "People/Mia/Solo"])
async def test_what_somebody_makes_just_before_is_theirs(
    venue: Venue, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing in it is made there; it stays when nobody wants it, and ours go."""
    stage = DiskWork.stage_folders

    def staged(work: DiskWork, absent: Sequence[tuple[FolderId, str]]) -> Staged:
        done = stage(work, absent)
        (venue.root / path).mkdir(parents=True, exist_ok=True)
        return done

    monkeypatch.setattr(DiskWork, "stage_folders", staged)
    await venue.settle()
    assert sorted(one.name for one in (venue.root / "People/Mia").iterdir()) == ["Group", "Solo"]
    assert not list(venue.root.rglob(".venuesync-*"))
    assert venue.troubles() == []
    nobody(venue)
    await venue.settle()
    assert (venue.root / path).is_dir()
    left = [str(one.relative_to(venue.root)) for one in (venue.root / "People").rglob("*")]
    assert left == [one for one in ("People/Mia", "People/Mia/Solo") if path.startswith(one)]


@pytest.mark.parametrize("path", ["People", "People/Mia", "People/Mia/Solo"])
async def test_a_link_that_comes_in_its_place_is_not_entered(
    venue: Venue, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, elsewhere = DiskWork.stage_folders, venue.root.parent / "elsewhere"
    elsewhere.mkdir()

    def staged(work: DiskWork, absent: Sequence[tuple[FolderId, str]]) -> Staged:
        done = stage(work, absent)
        (venue.root / path).parent.mkdir(parents=True, exist_ok=True)
        if not (venue.root / path).is_symlink():
            (venue.root / path).symlink_to(elsewhere)
        return done

    monkeypatch.setattr(DiskWork, "stage_folders", staged)
    await venue.settle()
    assert list(elsewhere.iterdir()) == []
    assert venue.troubles() == [("folder_astray", path)]
    assert not list(venue.root.rglob(".venuesync-*"))


async def test_a_full_disk_half_way_leaves_nothing_aside(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    mkdir, left = os.mkdir, iter(range(6))

    def full(*args: Any, **kwargs: Any) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        mkdir(*args, **kwargs)

    monkeypatch.setattr(os, "mkdir", full)
    await venue.settle()
    assert {kind for kind, _ in venue.troubles()} == {"disk_full"}
    assert not list(venue.root.rglob(".venuesync-*"))
    monkeypatch.undo()
    await venue.settle()
    assert sorted(one.name for one in (venue.root / "People/Mia").iterdir()) == ["Group", "Solo"]
    assert venue.troubles() == []


async def test_what_a_try_that_broke_off_left_aside_goes_at_the_next(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(DiskWork, "name_folders", broken)
    with pytest.raises(OSError, match="Input/output"):
        await venue.settle()
    assert len(list(venue.root.glob(".venuesync-*"))) == 1
    monkeypatch.undo()
    await venue.settle()
    assert sorted(one.name for one in (venue.root / "People/Mia").iterdir()) == ["Group", "Solo"]
    assert not list(venue.root.rglob(".venuesync-*"))


async def test_where_no_renaming_spares_what_is_there_folders_get_their_names_all_the_same(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on NFS: nothing of somebody's is replaced."""
    monkeypatch.setattr(files, "_libc_rename", lambda: None)
    await venue.settle()
    (venue.root / "People/Maria").mkdir()
    (venue.root / "People/Maria/notes.txt").write_text("hers")
    called(venue, "Maria")
    await venue.settle()
    assert sorted(one.name for one in (venue.root / "People").iterdir()) == ["Maria", "Maria (2)"]
    assert sorted(one.name for one in (venue.root / "People/Maria (2)").iterdir()) == ["Group", "Solo"]
    nobody(venue)
    await venue.settle()
    assert [str(one.relative_to(venue.root)) for one in (venue.root / "People").rglob("*")] == [
        "People/Maria",
        "People/Maria/notes.txt",
    ]


def folder_with(inode: int, path: Path) -> None:
    """Make a folder that has the inode of one that was removed: most disks give it to the next that comes."""
    others: list[Path] = []
    for number in range(2000):
        one = path.with_name(f"made {number}")
        one.mkdir()
        if one.stat().st_ino == inode:
            one.rename(path)
            break
        others.append(one)
    for one in others:
        one.rmdir()
    if not path.exists():
        pytest.skip("this disk gives no inode again so soon")


@pytest.mark.parametrize("same", [False, True])
async def test_a_folder_that_somebody_removed_is_not_taken_for_one_of_its_next_name(venue: Venue, same: bool) -> None:
    """Called otherwise before anybody looked for it: what lay in it is filed again, beside what is somebody's.

    `same`: the other one has the inode of the one that was removed.
    """
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.solo)
    await venue.settle()
    hers, theirs = venue.root / "People/Mia", venue.root / "People/Maria"
    if same:
        inode = hers.stat().st_ino
        shutil.rmtree(hers)
        folder_with(inode, theirs)
    else:
        hers.rename(venue.root.parent / "taken away")
        theirs.mkdir()
    (theirs / "Solo").mkdir()
    (theirs / "Solo/notes.txt").write_text("hers")
    called(venue, "Maria")
    await venue.settle()
    assert sorted(venue.on_disk()) == ["People/Maria/Solo/DSC_1.jpg", "People/Maria/Solo/notes.txt"]


@pytest.mark.parametrize("its", ["Maria", "Maria (2)"])
async def test_one_that_had_its_next_name_before_that_was_written_down_is_found(venue: Venue, its: str) -> None:
    """By us, and the agent was killed; or by hand. Where somebody has that name, it is another one."""
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.solo)
    await venue.settle()
    (venue.root / "People/Maria").mkdir()
    (venue.root / "People/Mia").rename(venue.root / "People" / its)
    filed = (venue.root / "People" / its / "Solo/DSC_1.jpg").stat()
    called(venue, "Maria")
    await venue.settle()
    assert list(venue.on_disk()) == [f"People/{its}/Solo/DSC_1.jpg"]
    assert (venue.root / "People" / its / "Solo/DSC_1.jpg").stat().st_ino == filed.st_ino


@pytest.mark.parametrize("last", ["Mia", "Maria"])
async def test_a_name_that_changes_while_the_folder_is_renamed_is_the_one_that_it_gets(venue: Venue, last: str) -> None:
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.solo)
    await venue.settle()
    called(venue, "Mia Lindqvist")
    (rename,) = venue.do(disk_folders.renames)
    (venue.root / rename.now).rename(venue.root / rename.wanted)
    called(venue, last)
    venue.do(disk_folders.renamed, rename, rename.wanted)
    await venue.settle()
    assert list(venue.on_disk()) == [f"People/{last}/Solo/DSC_1.jpg"]
    assert [path.name for path in (venue.root / "People").iterdir()] == [last]
    (folder,) = rows(venue.ledger, "SELECT disk_path, disk_wanted FROM folder WHERE kind = 'person'")
    assert tuple(folder) == (f"People/{last}", None)


# ---- other letters of one name: Linux's own exFAT and FAT say that it is renamed, and leave it as it was


def test_a_kill_between_the_two_steps_to_other_letters_loses_nothing(tmp_path: Path) -> None:
    """Cut where the kernel would have been asked for the second step; the next one finds the folder and goes on."""
    own = OwnFolders(tmp_path)
    (tmp_path / "People" / "Mia").mkdir(parents=True)
    (tmp_path / "People" / "Mia" / "DSC_0001.jpg").write_bytes(b"a photo")
    (tmp_path / "People" / "Mia").rename(tmp_path / "People" / folder_work._between("mark", "MIA"))
    assert folder_work.rename_folder(own, "mark", "People/Mia", "People/MIA") == ("People/MIA", Renamed.FOUND)
    assert list(files_below(tmp_path)) == ["People/MIA/DSC_0001.jpg"]
    assert folder_work.rename_folder(own, "mark", "People/Tom", "People/TOM") == ("People/TOM", Renamed.GONE)


def test_a_disk_that_leaves_a_name_as_it_is_is_asked_in_two_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a kernel with exFAT does it (6.12), where there is none: `test_cards_and_shares` asks that one itself."""
    (tmp_path / "Mia").mkdir()
    rename = os.rename
    monkeypatch.setattr(os, "rename", lambda old, new, **at: old.lower() == new.lower() or rename(old, new, **at))
    folder = os.open(tmp_path, os.O_RDONLY)
    folder_work._respell(Spot(folder, "Mia"), Spot(folder, "MIA"), Spot(folder, "between"))
    os.close(folder)
    assert [one.name for one in tmp_path.iterdir()] == ["MIA"]
