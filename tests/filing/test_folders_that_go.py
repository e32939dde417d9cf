"""Folders of people who are not there any more, and names that change while a folder is being renamed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from agent.filing.disk_work import DiskWork, MadeFolders
from agent.filing.plan import person_folders
from agent.ledger import Ledger, disk_queue, folders
from agent.ledger.drive_queue import AGAIN_AFTER
from agent.model import DEFAULT_EVENT, FolderId, Person
from tests.filing.one_router import Venue
from tests.making import EVENT, MIA, rows


@pytest.fixture
def venue(tmp_path: Path, ledger: Ledger) -> Iterator[Venue]:
    made = Venue(tmp_path / "venue", ledger)
    yield made
    made.router.close()


def nobody(venue: Venue) -> None:
    venue.do(folders.keep_only, DEFAULT_EVENT, [])


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
    assert len(venue.do(disk_queue.empty_on_disk, time.time() + AGAIN_AFTER)) == 2
    venue.do(lambda db: db.execute("UPDATE folder SET disk_after = 0"))
    await venue.settle()
    assert not (venue.root / "People/Mia").exists()


async def test_wanted_again_just_as_it_was_removed_a_folder_is_made_again(venue: Venue) -> None:
    await venue.settle()
    nobody(venue)
    empty = venue.do(disk_queue.empty_on_disk, time.time())
    for one in empty:
        (venue.root / one.path).rmdir()
    called(venue, "Mia")
    venue.do(disk_queue.removed_from_disk, [one.folder for one in empty], [], time.time())
    await venue.settle()
    assert (venue.root / "People/Mia/Group").is_dir()


async def test_called_otherwise_while_the_folders_are_made_they_go_along(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name changes after the folders to be made were looked up, and before it is recorded that they are there."""
    make = DiskWork.make_folders

    def made(work: DiskWork, absent: Sequence[tuple[FolderId, str]]) -> MadeFolders:
        done = make(work, absent)
        called(venue, "Maria")
        return done

    monkeypatch.setattr(DiskWork, "make_folders", made)
    await venue.settle()
    await venue.settle()  # the change rang
    assert sorted(one.name for one in (venue.root / "People").iterdir()) == ["Maria"]
    assert sorted(one.name for one in (venue.root / "People/Maria").iterdir()) == ["Group", "Solo"]
    paths = {
        row["disk_path"]: row["disk"] for row in rows(venue.ledger, "SELECT * FROM folder WHERE person IS NOT NULL")
    }
    assert paths == dict.fromkeys(["People/Maria", "People/Maria/Solo", "People/Maria/Group"], "there")


@pytest.mark.parametrize("last", ["Mia", "Maria"])
async def test_a_name_that_changes_while_the_folder_is_renamed_is_the_one_that_it_gets(venue: Venue, last: str) -> None:
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.solo)
    await venue.settle()
    called(venue, "Mia Lindqvist")
    (rename,) = venue.do(disk_queue.renames_on_disk)
    (venue.root / rename.now).rename(venue.root / rename.wanted)
    called(venue, last)
    venue.do(disk_queue.renamed_on_disk, rename, rename.wanted)
    await venue.settle()
    assert list(venue.on_disk()) == [f"People/{last}/Solo/DSC_1.jpg"]
    assert [path.name for path in (venue.root / "People").iterdir()] == [last]
    (folder,) = rows(venue.ledger, "SELECT disk_path, disk_wanted FROM folder WHERE kind = 'person'")
    assert tuple(folder) == (f"People/{last}", None)
