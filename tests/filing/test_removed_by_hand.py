"""What a person takes out of the filed folders: a file stays away, a folder is made again and refilled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from agent.disk import rarely
from agent.disk.own_folders import OwnFolders, names_in
from agent.filing import check, files
from agent.filing.check import DiskCheck
from agent.filing.left_over import LeftOvers
from agent.filing.ownership import MadeLog
from agent.filing.withdrawn import LastFiles
from agent.handlers.control import try_again
from agent.handlers.verifying import ComparisonOff, Known, Progress, Verifier
from agent.ledger import Ledger, disk_folders, folders, recorded
from agent.ledger.recorded import Recorded
from agent.model import DEFAULT_EVENT, FolderId
from agent.uploads.verify import DriveFindings
from tests.filing.one_router import Venue
from tests.making import rows
from tests.patience import within

SOLO, GROUP, UNKNOWN = "People/Mia/Solo", "People/Mia/Group", "Unsorted/Unknown"


class Checked(Venue):
    """A venue with three photos filed, and the check that looks after them."""

    def __init__(self, root: Path, ledger: Ledger) -> None:
        super().__init__(root, ledger)
        self.rings = 0
        self.checks = DiskCheck(ledger, self.own, 60, self.ring)
        self.photos = [self.drop(f"DSC_{number}.jpg") for number in range(3)]
        self.want(self.photos[0], self.solo)
        self.want(self.photos[1], self.solo, self.group)
        self.want(self.photos[2], self.unknown)

    def ring(self) -> None:
        self.rings += 1

    async def look(self) -> None:
        """The check, then what follows from it."""
        await self.checks.check()
        await self.settle()

    def told(self) -> list[str]:
        return [row["text"] for row in rows(self.ledger, "SELECT text FROM activity ORDER BY id")]


def keeps_birth(file: Path) -> bool:
    with file.open("rb") as opened:
        return files.look_at_open(opened.fileno()).born_us is not None


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "AGAIN_AFTER", 0.1)


@pytest.fixture
async def venue(tmp_path: Path, ledger: Ledger) -> Iterator[Checked]:
    made = Checked(tmp_path / "venue", ledger)
    await made.settle()
    yield made
    made.router.close()


ALL = {
    f"{SOLO}/DSC_0.jpg": b"the bytes of DSC_0.jpg",
    f"{SOLO}/DSC_1.jpg": b"the bytes of DSC_1.jpg",
    f"{GROUP}/DSC_1.jpg": b"the bytes of DSC_1.jpg",
    f"{UNKNOWN}/DSC_2.jpg": b"the bytes of DSC_2.jpg",
}


async def test_with_everything_in_its_place_nothing_happens(venue: Checked) -> None:
    changes = venue.ledger.changes
    await venue.checks.check()
    assert (venue.on_disk(), venue.rings, venue.ledger.changes) == (ALL, 0, changes)


async def test_what_is_put_back_while_a_check_rests_was_not_removed(
    venue: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many files a check rests for minutes: nothing that it saw before such a rest is told after it."""
    file, away = venue.root / SOLO / "DSC_0.jpg", venue.root.parent / "away.jpg"
    folders_there = await venue.ledger.read(lambda db: len(disk_folders.all_there(db)))
    rests = []

    def rest(_: float) -> float:
        rests.append(file.exists())
        if len(rests) == 2 * folders_there:  # as the second look ends
            away.rename(file)
        return 0.001

    monkeypatch.setattr(rarely, "rest_after", rest)
    file.rename(away)
    checking = asyncio.create_task(venue.checks.run())
    async with within(10):
        while not venue.rings:
            await asyncio.sleep(0.01)
    checking.cancel()
    assert rests
    assert not file.exists()


async def test_a_removed_file_stays_removed_and_is_no_trouble(venue: Checked) -> None:
    (venue.root / SOLO / "DSC_0.jpg").unlink()
    for _ in range(3):
        await venue.look()
    assert f"{SOLO}/DSC_0.jpg" not in venue.on_disk()
    assert (venue.state(venue.photos[0]), venue.troubles()) == ("filed", [])
    assert venue.told() == ["1 photo removed from their folders by hand: left so"]


def in_folders(venue: Checked) -> dict[str, bytes]:
    return {path: data for path, data in venue.on_disk().items() if not path.startswith(".venuesync/")}


@pytest.mark.parametrize("at", [SOLO, "both"])
async def test_what_a_person_took_away_stays_away_though_it_was_another_s_for_a_while(venue: Checked, at: str) -> None:
    """As by *not this person* and its undo. Where it lay nowhere else, its last file is kept aside."""
    photo = venue.photos[1]
    taken = [SOLO] if at == SOLO else [SOLO, GROUP]
    for folder in taken:
        (venue.root / folder / "DSC_1.jpg").unlink()
    await venue.look()
    left = {path: data for path, data in ALL.items() if path not in {f"{one}/DSC_1.jpg" for one in taken}}
    assert venue.on_disk() == left
    venue.want(photo, venue.unknown)
    await venue.settle()
    assert f"{UNKNOWN}/DSC_1.jpg" in venue.on_disk()
    venue.want(photo, venue.solo, venue.group)
    await venue.settle()
    assert in_folders(venue) == left
    aside = venue.on_disk().keys() - left.keys()
    assert any(venue.on_disk()[one] == ALL[f"{SOLO}/DSC_1.jpg"] for one in aside) == (at == "both")
    venue.do(try_again, [photo], time.time())
    await venue.settle()
    assert in_folders(venue) == ALL, "asked for, it is there again"


async def test_what_was_asked_for_while_it_was_another_s_is_there_when_it_is_theirs_again(venue: Checked) -> None:
    """Whoever has all put in its place, as `retry` and `verify --repair` do, means what an undo brings, too."""
    photo = venue.photos[1]
    (venue.root / SOLO / "DSC_1.jpg").unlink()
    await venue.look()
    venue.want(photo, venue.unknown)
    await venue.settle()
    venue.do(try_again, None, time.time())
    await venue.settle()
    venue.want(photo, venue.solo, venue.group)
    await venue.settle()
    assert venue.on_disk() == ALL


async def test_asked_for_it_comes_back(venue: Checked) -> None:
    (venue.root / SOLO / "DSC_0.jpg").unlink()
    await venue.look()
    assert venue.do(try_again, [venue.photos[0]], time.time()) == {"photos": 0, "placements": 1}
    assert venue.state(venue.photos[0]) == "waiting"
    await venue.settle()
    assert venue.on_disk() == ALL
    assert venue.state(venue.photos[0]) == "filed"


async def test_what_was_put_back_and_counts_as_ours_since_goes_once_it_is_wanted_no_more(venue: Checked) -> None:
    """By `verify --repair`: it counted as taken away still, and stayed for good."""
    file, away = venue.root / SOLO / "DSC_0.jpg", venue.root.parent / "away.jpg"
    file.rename(away)
    await venue.look()
    away.rename(file)
    wanted = await venue.ledger.read(recorded.wanted)
    found = check.verify_disk(venue.own, wanted, [], lambda _: None)
    assert [one.path for one, _ in found.copied] == [f"{SOLO}/DSC_0.jpg"]
    await venue.ledger.write(recorded.is_ours_now, [(one.placement, made) for one, made in found.copied])
    venue.want(venue.photos[0])
    await venue.settle()
    assert not file.exists()


async def test_what_is_filed_anew_while_all_is_compared_goes_once_it_is_wanted_no_more(
    venue: Checked, tmp_path: Path
) -> None:
    """It counted as the copy that had lain there when it was looked at, and stayed for good."""
    file, away = venue.root / SOLO / "DSC_0.jpg", tmp_path / "away.jpg"
    os.link(file, tmp_path / "was.jpg")  # no other file gets its number
    shutil.copy2(file, away)
    away.replace(file)

    class Meanwhile(ComparisonOff):
        async def drive(self, _wanted: Sequence[Recorded], _known: Known, _progress: Progress) -> DriveFindings:
            file.rename(away)
            await venue.look()
            venue.do(try_again, [venue.photos[0]], time.time())
            await venue.settle()
            assert file.exists()
            return DriveFindings()

    log, kept = MadeLog(tmp_path / "made.log"), LastFiles(venue.root / ".venuesync")
    left = LeftOvers(venue.ledger, venue.roster, venue.own, log, kept, contextlib.nullcontext)
    verifier = Verifier(venue.ledger, venue.roster, venue.own, log, left, Meanwhile())
    assert (await verifier.verify(True, lambda _what, _done, _of: None))["differences"] == []
    venue.want(venue.photos[0])
    await venue.settle()
    assert not file.exists()


async def test_what_is_put_back_is_where_it_belongs_and_goes_once_it_is_wanted_no_more(venue: Checked) -> None:
    """It counted as taken away still: asked for again it lay there twice, and what was withdrawn stayed, untold."""
    file, away = venue.root / SOLO / "DSC_0.jpg", venue.root.parent / "away.jpg"
    if not keeps_birth(file):
        pytest.skip("this file system does not keep when a file was made")
    file.rename(away)
    await venue.look()
    away.rename(file)
    await venue.look()
    assert venue.told()[-1] == "1 photo put back into their folders by hand"
    assert venue.do(try_again, [venue.photos[0]], time.time()) == {"photos": 0, "placements": 0}
    await venue.settle()
    assert (venue.on_disk(), venue.state(venue.photos[0])) == (ALL, "filed")
    venue.want(venue.photos[0])
    await venue.settle()
    assert not file.exists()


async def test_a_copy_that_a_person_puts_in_the_place_of_what_was_taken_away_is_theirs(venue: Checked) -> None:
    file = venue.root / SOLO / "DSC_0.jpg"
    copy = venue.root.parent / "copy.jpg"
    shutil.copy2(file, copy)
    file.unlink()
    await venue.look()
    copy.rename(file)
    await venue.look()
    assert venue.told() == ["1 photo removed from their folders by hand: left so"]
    venue.want(venue.photos[0])
    await venue.settle()
    assert file.exists()


@pytest.mark.parametrize("folder", [SOLO, "People/Mia", "People"])
async def test_a_removed_folder_is_made_again_and_refilled(folder: str, venue: Checked) -> None:
    shutil.rmtree(venue.root / folder)
    await venue.look()
    assert venue.on_disk() == ALL
    assert venue.rings == 1
    assert {venue.state(photo) for photo in venue.photos} == {"filed", "unsorted"}
    assert "Mia/Solo was removed here: made again with 2 photos" in venue.told()


async def test_a_removed_folder_that_a_photo_is_the_first_to_miss_is_ours_again(venue: Checked) -> None:
    """With all above it: when nobody wants it any more it goes, name and all."""
    shutil.rmtree(venue.root / "People/Mia")
    photo = venue.drop("DSC_3.jpg")
    venue.want(photo, venue.solo)
    for _ in range(2):  # no check comes before
        await venue.settle()
        venue.due_now()
    await venue.look()
    assert venue.on_disk() == {**ALL, f"{SOLO}/DSC_3.jpg": b"the bytes of DSC_3.jpg"}
    for one in (*venue.photos, photo):
        venue.want(one, venue.unknown)
    venue.do(lambda db: folders.keep_only(db, DEFAULT_EVENT, [], all_photos=False))
    await venue.settle()
    assert not (venue.root / "People/Mia").exists()


async def test_a_folder_that_goes_file_by_file_is_a_folder_that_went(venue: Checked) -> None:
    """As file managers do it on a share: looks in between find some of its files gone, and the folder there."""
    looking = asyncio.create_task(venue.checks.check())
    for name in ("DSC_0.jpg", "DSC_1.jpg"):
        (venue.root / SOLO / name).unlink()
        await asyncio.sleep(0.08)
    (venue.root / SOLO).rmdir()
    await looking
    await venue.settle()
    assert venue.on_disk() == ALL
    assert "Mia/Solo was removed here: made again with 2 photos" in venue.told()


async def test_a_folder_that_is_made_anew_while_it_is_looked_for_was_not_removed(
    venue: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one undoes in a hurry: what was filed there meanwhile was nobody's, and lay beside what was filed again."""
    listed, away, moments = check.list_folders, venue.root / "away", list[str]()

    def amid(own: OwnFolders, known: Sequence[tuple[FolderId, str]]) -> check.FolderNames:
        if moments or all(path != SOLO for _, path in known):
            return listed(own, known)
        moments.append("it is away")
        (venue.root / SOLO).rename(away)
        try:
            return listed(own, known)
        finally:
            away.rename(venue.root / SOLO)

    monkeypatch.setattr(check, "list_folders", amid)
    before = venue.told()
    await venue.look()
    assert moments and venue.told() == before
    assert venue.on_disk() == ALL
    assert venue.rings == 0


async def test_a_folder_is_refilled_without_the_originals(venue: Checked) -> None:
    """One of its photos lies in another folder of ours."""
    shutil.rmtree(venue.incoming)
    shutil.rmtree(venue.root / GROUP)
    await venue.look()
    assert venue.on_disk() == ALL


async def test_a_file_removed_before_its_folder_stays_removed(venue: Checked) -> None:
    (venue.root / SOLO / "DSC_0.jpg").unlink()
    await venue.look()
    shutil.rmtree(venue.root / SOLO)
    await venue.look()
    assert sorted(venue.on_disk()) == sorted(set(ALL) - {f"{SOLO}/DSC_0.jpg"})


async def test_a_file_in_place_of_the_folder_is_left_and_said(venue: Checked) -> None:
    shutil.rmtree(venue.root / SOLO)
    (venue.root / SOLO).write_bytes(b"somebody's")
    await venue.look()
    assert (venue.root / SOLO).read_bytes() == b"somebody's"
    assert (SOLO) in {subject for _, subject in venue.troubles()}
    (venue.root / SOLO).unlink()
    venue.due_now()
    await venue.look()
    assert (venue.on_disk(), venue.troubles()) == (ALL, [])


async def test_with_the_workspace_unplugged_nothing_is_taken_for_removed(venue: Checked) -> None:
    venue.root.rename(venue.root.with_name("unplugged"))
    await venue.checks.check()
    venue.root.with_name("unplugged").rename(venue.root)
    await venue.look()
    assert (venue.on_disk(), venue.rings) == (ALL, 0)


async def test_folders_in_which_nothing_changes_are_not_listed_again_and_what_changes_is_seen(
    venue: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[int] = []
    monkeypatch.setattr(check, "QUIET", -1.0)  # seconds: a folder counts as quiet at once
    monkeypatch.setattr(check, "names_in", lambda folder: listed.append(os.fstat(folder).st_ino) or names_in(folder))
    venue.checks = DiskCheck(venue.ledger, venue.own, 0.05, venue.ring)
    running = asyncio.create_task(venue.checks.run())
    await until(lambda: len(listed) >= 3)
    await asyncio.sleep(0.5)
    assert len(listed) == len(set(listed)), "each once"
    (venue.root / GROUP / "DSC_1.jpg").unlink()
    await until(lambda: venue.rings == 1)
    shutil.rmtree(venue.root / UNKNOWN)
    await until(lambda: venue.rings == 2)
    running.cancel()
    await venue.settle()
    assert venue.on_disk() == {path: data for path, data in ALL.items() if not path.startswith(GROUP)}


@pytest.mark.parametrize(("times", "again"), [(0, True), (1000, False)])
async def test_all_folders_are_listed_again_less_often_where_that_takes_long(
    times: int, again: bool, venue: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here all of it takes 0.1 s at least; between two looks at it lie 0.3 s, or a hundred."""
    listed: list[int] = []

    def slowly(folder: int) -> list[str]:
        time.sleep(0.02)
        listed.append(os.fstat(folder).st_ino)
        return names_in(folder)

    monkeypatch.setattr(check, "QUIET", -1.0)
    monkeypatch.setattr(check, "names_in", slowly)
    monkeypatch.setattr(rarely, "EVERY", 0.3)
    monkeypatch.setattr(rarely, "TIMES", times)
    venue.checks = DiskCheck(venue.ledger, venue.own, 0.05, venue.ring)
    running = asyncio.create_task(venue.checks.run())
    await until(lambda: len(listed) >= len(set(listed)) >= 3)
    if again:
        await until(lambda: len(listed) >= 3 * len(set(listed)))
    else:
        await asyncio.sleep(1.0)
        assert len(listed) == len(set(listed))
    running.cancel()


async def until(done: Callable[[], bool]) -> None:
    async with within(10):
        while not done():
            await asyncio.sleep(0.02)
