"""A folder of ours that is a link, or has become one: nothing goes through it, it is said, and it heals by itself."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agent.disk.own_folders import LinkInTheWay, OwnFolders
from agent.filing.check import DiskCheck
from agent.filing.plan import person_folders
from agent.ledger import Ledger, folders
from agent.model import DEFAULT_EVENT, Person
from tests.filing import untouched
from tests.filing.one_router import Venue
from tests.making import EVENT, MIA

SOLO = "People/Mia/Solo"


class Linked(Venue):
    """Mia's photos are filed; a person has a folder of her own outside, with copies of them."""

    def __init__(self, root: Path, ledger: Ledger) -> None:
        super().__init__(root, ledger)
        self.checks = DiskCheck(ledger, self.own, 60, lambda: None)
        self.photos = [self.drop(f"DSC_{number}.jpg") for number in range(3)]
        for photo in self.photos[:2]:
            self.want(photo, self.solo)
        self.outside = root.parent / "keep"

    async def fill(self) -> None:
        await self.settle()
        shutil.copytree(self.root / "People", self.outside / "People")
        for number in range(3):
            shutil.copy2(self.incoming / f"DSC_{number}.jpg", self.outside)

    def put(self, folder: str, target: Path | str) -> None:
        """A link lies in the folder's place."""
        shutil.rmtree(self.root / folder)
        (self.root / folder).symlink_to(target)

    async def look(self) -> None:
        for _ in range(3):
            self.due_now()
            await self.settle()
            await self.checks.check()

    def told(self) -> list[tuple[str, str]]:
        return [one for one in self.troubles() if one[0] == "folder_astray"]


@pytest.fixture
async def venue(tmp_path: Path, ledger: Ledger) -> AsyncIterator[Linked]:
    made = Linked(tmp_path / "venue", ledger)
    await made.fill()
    yield made
    made.router.close()


def to_her_own_folder(venue: Linked, folder: str) -> Path | str:
    return venue.outside / folder if (venue.outside / folder).is_dir() else venue.outside


def to_incoming(venue: Linked, folder: str) -> Path | str:
    return venue.incoming


def to_another_folder_of_ours(venue: Linked, folder: str) -> Path | str:
    return venue.root / "Unsorted/Unknown"


def to_nowhere(venue: Linked, folder: str) -> Path | str:
    return venue.outside / "nowhere"


def to_itself(venue: Linked, folder: str) -> Path | str:
    return Path(folder).name


def relatively(venue: Linked, folder: str) -> Path | str:
    return "../" * (folder.count("/") + 1) + "keep"


TARGETS = [to_her_own_folder, to_incoming, to_another_folder_of_ours, to_nowhere, to_itself, relatively]
FOLDERS = ["People", "People/Mia", SOLO]
Target = Callable[[Linked, str], Path | str]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("target", TARGETS)
async def test_nothing_goes_through_it_and_it_heals_when_the_link_is_gone(
    target: Target, folder: str, venue: Linked
) -> None:
    venue.put(folder, target(venue, folder))
    before = untouched.below(venue.outside, venue.incoming, venue.root / "Unsorted")
    venue.want(venue.photos[0])  # withdrawn
    venue.want(venue.photos[2], venue.solo)
    await venue.look()
    assert untouched.below(venue.outside, venue.incoming, venue.root / "Unsorted") == before
    assert (venue.root / folder).is_symlink()
    assert venue.told() == [("folder_astray", folder)], "once, for the folder"
    assert venue.state(venue.photos[2]) == "waiting", "nobody says that it is filed"
    (venue.root / folder).unlink()
    await venue.look()
    assert untouched.below(venue.outside, venue.incoming) == {
        path: one for path, one in before.items() if path.startswith((str(venue.outside), str(venue.incoming)))
    }
    assert sorted(venue.on_disk()) == [f"{SOLO}/DSC_1.jpg", f"{SOLO}/DSC_2.jpg"]
    assert venue.troubles() == []


@pytest.mark.parametrize("folder", ["People/Mia", "People"])
async def test_a_link_is_not_renamed_nor_what_lies_behind_one(folder: str, venue: Linked) -> None:
    venue.put(folder, venue.outside / folder)
    before = untouched.below(venue.outside)
    maria = Person(MIA.id, DEFAULT_EVENT, "Maria", "Maria")
    venue.do(folders.ensure, person_folders(EVENT, maria), time.time())
    await venue.look()
    assert (venue.root / folder).is_symlink()
    assert untouched.below(venue.outside) == before
    assert venue.told() == [("folder_astray", folder)]
    (venue.root / folder).unlink()
    await venue.look()
    assert sorted(venue.on_disk()) == ["People/Maria/Solo/DSC_0.jpg", "People/Maria/Solo/DSC_1.jpg"]
    assert venue.troubles() == []


async def test_a_link_in_place_of_a_folder_that_nobody_wants_stays(venue: Linked) -> None:
    for photo in venue.photos:
        venue.want(photo, venue.unknown)
    await venue.settle()
    empty = venue.outside / "empty"
    empty.mkdir()
    venue.put(SOLO, empty)
    venue.do(lambda db: folders.keep_only(db, DEFAULT_EVENT, [], all_photos=False))
    await venue.look()
    assert (venue.root / SOLO).is_symlink()
    assert empty.is_dir()


@pytest.mark.parametrize("made_by_us", [True, False])
async def test_an_empty_folder_goes_only_if_we_made_it(made_by_us: bool, venue: Linked) -> None:
    for photo in venue.photos:
        venue.want(photo, venue.unknown)
    await venue.settle()
    if not made_by_us:
        (venue.root / SOLO).rename(venue.root / "old")  # else the new one has the old one's inode
        (venue.root / SOLO).mkdir()
        (venue.root / "old").rmdir()
    venue.do(lambda db: folders.keep_only(db, DEFAULT_EVENT, [], all_photos=False))
    await venue.look()
    assert (venue.root / SOLO).exists() is not made_by_us


async def test_a_file_that_is_a_link_is_somebodys(venue: Linked) -> None:
    """It is neither removed through nor written through, whatever it leads to."""
    (venue.root / SOLO / "DSC_0.jpg").unlink()
    (venue.root / SOLO / "DSC_0.jpg").symlink_to(venue.outside / "DSC_0.jpg")
    (venue.root / SOLO / "DSC_2.jpg").symlink_to(venue.incoming / "DSC_2.jpg")
    before = untouched.below(venue.outside, venue.incoming)
    venue.want(venue.photos[0], venue.unknown)
    venue.want(venue.photos[2], venue.solo)
    await venue.look()
    assert untouched.below(venue.outside, venue.incoming) == before
    assert (venue.root / SOLO / "DSC_0.jpg").is_symlink()
    assert (venue.root / SOLO / "DSC_2 (2).jpg").read_bytes() == b"the bytes of DSC_2.jpg"


# ---- links that the operator set up


async def test_a_topmost_folder_that_was_a_link_at_the_start_is_filed_into(tmp_path: Path, ledger: Ledger) -> None:
    disk = tmp_path / "large disk"
    disk.mkdir()
    (tmp_path / "venue").mkdir()
    (tmp_path / "venue/People").symlink_to(disk)
    venue = Venue(tmp_path / "venue", ledger)
    venue.own.hold(["People", "Unsorted"])
    checks = DiskCheck(ledger, venue.own, 60, lambda: None)
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.solo)
    await venue.settle()
    assert (disk / "Mia/Solo/DSC_1.jpg").read_bytes() == b"the bytes of DSC_1.jpg"

    other = tmp_path / "another disk"
    shutil.copytree(disk, other)
    before = untouched.below(other)
    (venue.root / "People").unlink()
    (venue.root / "People").symlink_to(other)
    venue.want(photo)
    await venue.settle()
    await checks.check()
    assert untouched.below(other) == before, "it leads elsewhere now"
    assert venue.troubles() == [("folder_astray", "People")]

    (venue.root / "People").unlink()
    (venue.root / "People").symlink_to(disk)
    disk.rename(tmp_path / "unplugged")
    await checks.check()
    assert venue.troubles() == [("folder_astray", "People")], "nothing is made where its disk was"
    assert not disk.exists()
    (tmp_path / "unplugged").rename(disk)
    venue.due_now()
    await venue.settle()
    await checks.check()
    assert not (disk / "Mia/Solo/DSC_1.jpg").exists()
    assert venue.troubles() == []
    venue.router.close()


@pytest.mark.parametrize("path", ["..", "People/../..", "People//Mia", "./People", "/etc"])
def test_a_path_that_leads_out_is_no_path_of_ours(path: str, tmp_path: Path) -> None:
    own = OwnFolders(tmp_path)
    with pytest.raises(ValueError, match="no path"), own.opened(path, {}):
        pass


def test_what_is_made_is_made_within_and_noted(tmp_path: Path) -> None:
    own, made = OwnFolders(tmp_path), {}
    with own.opened("a/b/c", made):
        assert set(made) == {"a", "a/b", "a/b/c"}
    made.clear()
    with own.opened("a/b/c", made):
        assert made == {}
    (tmp_path / "a/d").symlink_to(tmp_path / "a/b")
    with pytest.raises(LinkInTheWay), own.opened("a/d/e", made):
        pass
    assert not (tmp_path / "a/b/e").exists()


EXCHANGE = """
import ctypes, os, sys
libc, one, other = ctypes.CDLL(None), *map(os.fsencode, sys.argv[1:])
while True:
    libc.renameat2(-100, one, -100, other, 2)
    for _ in range(50): pass
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "renameat2"), reason="the system cannot exchange two names")
def test_a_folder_that_is_a_link_every_other_moment_is_never_taken_for_one_that_is_gone(tmp_path: Path) -> None:
    """What lay in it would count as removed, and be filed once more beside itself."""
    (tmp_path / SOLO).mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "outside")
    own, met = OwnFolders(tmp_path), set[str]()
    with subprocess.Popen([sys.executable, "-c", EXCHANGE, str(tmp_path / SOLO), str(link)]) as exchanging:
        end = time.monotonic() + 4
        while time.monotonic() < end:
            try:
                with own.opened(SOLO):
                    met.add("entered")
            except OSError as error:
                met.add(type(error).__name__)
        exchanging.kill()
    assert met <= {"entered", "LinkInTheWay"}
