"""The router on a real disk: what is wanted lies where it is wanted, once, and nobody's file is harmed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.ledger import Ledger
from agent.model import PersonId
from tests.filing.one_router import Venue, temporary
from tests.making import MIA, facts, rows, solo_and_group, take_in, want
from tests.patience import latest

PEOPLE, UNKNOWN = "People/Mia/", "Unsorted/Unknown/"


@pytest.fixture
def venue(tmp_path: Path, ledger: Ledger) -> Iterator[Venue]:
    made = Venue(tmp_path / "venue", ledger)
    yield made
    made.router.close()


async def test_folders_are_there_at_once_without_any_photo(venue: Venue) -> None:
    await venue.settle()
    assert (venue.root / "People/Mia/Solo").is_dir()
    assert (venue.root / "People/Mia/Group").is_dir()
    assert venue.on_disk() == {}


async def test_a_burst_is_filed_and_each_photo_told_once(venue: Venue) -> None:
    photos = [venue.drop(f"DSC_{number}.jpg") for number in range(70)]
    for photo in photos:
        venue.want(photo, venue.unknown)
    await venue.settle()
    assert venue.on_disk() == {
        f"{UNKNOWN}DSC_{number}.jpg": f"the bytes of DSC_{number}.jpg".encode() for number in range(70)
    }
    assert sorted(venue.whole) == photos
    assert {venue.state(photo) for photo in photos} == {"unsorted"}
    await venue.settle()
    assert len(venue.whole) == 70


async def test_a_photo_of_two_folders_is_one_copy_with_two_names(venue: Venue) -> None:
    photo = venue.drop("DSC_1.jpg")
    original = facts(venue.incoming / "DSC_1.jpg")
    venue.want(photo, venue.solo, venue.group)
    await venue.settle()
    first, second = ((venue.root / PEOPLE / kind / "DSC_1.jpg").stat() for kind in ("Solo", "Group"))
    assert first.st_ino == second.st_ino != original.inode
    assert first.st_nlink == 2
    assert facts(venue.incoming / "DSC_1.jpg") == original
    assert (venue.state(photo), venue.whole) == ("filed", [photo])


async def test_a_photo_found_in_a_further_folder_is_linked_to_what_is_filed(venue: Venue) -> None:
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.unknown)
    await venue.settle()
    (venue.incoming / "DSC_1.jpg").unlink()
    inode = (venue.root / UNKNOWN / "DSC_1.jpg").stat().st_ino
    venue.want(photo, venue.solo)
    await venue.settle()
    assert list(venue.on_disk()) == [f"{PEOPLE}Solo/DSC_1.jpg"], "and taken out of the old one"
    assert (venue.root / PEOPLE / "Solo/DSC_1.jpg").stat().st_ino == inode
    assert len(venue.placements()) == 1


async def test_wanted_again_before_it_was_said_that_it_is_gone_it_lies_there_again(venue: Venue) -> None:
    """Taken out by a router that died before it wrote that down; then the operator took his word back."""
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.solo)
    await venue.settle()
    venue.want(photo)
    (venue.root / PEOPLE / "Solo/DSC_1.jpg").unlink()
    venue.want(photo, venue.solo)
    await venue.settle()
    assert list(venue.on_disk()) == [f"{PEOPLE}Solo/DSC_1.jpg"]


async def test_wanted_again_before_it_went_it_stays_the_file_that_it_is(venue: Venue) -> None:
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.solo)
    await venue.settle()
    before = facts(venue.root / PEOPLE / "Solo/DSC_1.jpg")
    venue.want(photo)
    venue.want(photo, venue.solo)
    await venue.settle()
    assert facts(venue.root / PEOPLE / "Solo/DSC_1.jpg") == before
    assert list(venue.on_disk()) == [f"{PEOPLE}Solo/DSC_1.jpg"]


async def test_two_cameras_with_the_same_names(venue: Venue) -> None:
    for camera in "ab":
        for number in range(3):
            venue.want(venue.drop(f"{camera}/DSC_{number}.jpg"), venue.unknown)
    await venue.settle()
    assert sorted(venue.on_disk().values()) == sorted(
        f"the bytes of {camera}/DSC_{number}.jpg".encode() for camera in "ab" for number in range(3)
    )
    assert set(venue.on_disk()) == {f"{UNKNOWN}DSC_{number}{more}.jpg" for number in range(3) for more in ("", " (2)")}


async def test_a_name_that_a_person_took_is_hers(venue: Venue) -> None:
    folder = venue.root / UNKNOWN
    folder.mkdir(parents=True)
    (folder / "DSC_1.jpg").write_bytes(b"hers")
    (folder / "DSC_1 (2).jpg").mkdir()
    venue.want(venue.drop("DSC_1.jpg"), venue.unknown)
    await venue.settle()
    assert venue.on_disk() == {
        f"{UNKNOWN}DSC_1.jpg": b"hers",
        f"{UNKNOWN}DSC_1 (3).jpg": b"the bytes of DSC_1.jpg",
    }
    assert [row["disk_name"] for row in venue.placements()] == ["DSC_1 (3).jpg"], "Drive will call it the same"


async def test_photos_of_people_who_become_known_meanwhile_wait_for_nothing(venue: Venue) -> None:
    """However little is between the folders that were made and the photos that are looked up."""
    people = 40
    photos = [venue.drop(f"DSC_{number}.jpg") for number in range(people)]

    def known(db: Any, number: int) -> None:
        person = replace(MIA, id=PersonId(f"p-{number}"), name=f"Guest {number}", folder=f"Guest {number}")
        want(db, photos[number], solo_and_group(db, person)[0])

    async def arrive() -> None:
        for number in range(people):
            await venue.ledger.write(known, number)
            await asyncio.sleep(0.001)

    arriving = asyncio.create_task(arrive())
    while not arriving.done():
        await venue.router.step()
    await venue.settle()
    assert {*venue.on_disk()} == {f"People/Guest {number}/Solo/DSC_{number}.jpg" for number in range(people)}
    assert rows(venue.ledger, "SELECT subject, detail FROM trouble") == []


async def test_a_hundred_taken_names_are_passed_over_at_once(venue: Venue) -> None:
    folder = venue.root / UNKNOWN
    folder.mkdir(parents=True)
    for number in range(100):
        (folder / ("DSC_1.jpg" if not number else f"DSC_1 ({number + 1}).jpg")).write_bytes(b"hers")
    venue.want(venue.drop("DSC_1.jpg"), venue.unknown)
    await venue.router.step()
    assert (folder / "DSC_1 (101).jpg").read_bytes() == b"the bytes of DSC_1.jpg"


async def test_killed_before_it_was_recorded_it_is_finished_and_not_doubled(venue: Venue) -> None:
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.solo, venue.group)
    await venue.settle()
    venue.do(lambda db: db.execute("UPDATE placement SET disk = 'reserved'"))
    venue.do(lambda db: db.execute("UPDATE event_photo SET state = 'waiting'"))
    before = {name: (venue.root / name).stat().st_ino for name in venue.on_disk()}
    for number, kind in enumerate(("Solo", "Group"), 1):  # killed before these were let go
        (venue.root / PEOPLE / kind / temporary(number)).hardlink_to(venue.root / PEOPLE / kind / "DSC_1.jpg")
    await venue.settle()
    assert {name: (venue.root / name).stat().st_ino for name in venue.on_disk()} == before
    assert venue.state(photo) == "filed"


async def test_killed_before_it_was_recorded_and_its_original_gone_it_is_filed_all_the_same(venue: Venue) -> None:
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.unknown)
    await venue.settle()
    venue.do(lambda db: db.execute("UPDATE placement SET disk = 'reserved'"))
    venue.do(lambda db: db.execute("UPDATE event_photo SET state = 'waiting'"))
    (venue.incoming / "DSC_1.jpg").unlink()
    (venue.root / UNKNOWN / temporary(1)).write_bytes(b"left by the crash")
    await venue.settle()
    assert venue.state(photo) == "unsorted"
    assert list(venue.on_disk()) == [f"{UNKNOWN}DSC_1.jpg"]


# ---- originals that are not what they were


async def test_an_original_overwritten_in_place_is_looked_at_again_and_not_filed(venue: Venue) -> None:
    venue.want(venue.drop("DSC_1.jpg"), venue.unknown)
    (venue.incoming / "DSC_1.jpg").write_bytes(b"another photo")
    await venue.settle()
    assert venue.on_disk() == {}
    assert venue.doubted == ["DSC_1.jpg"]


async def test_the_same_photo_under_another_name_serves_as_well(venue: Venue) -> None:
    photo = venue.drop("card 1/DSC_1.jpg", b"one photo")
    assert venue.drop("card 2/IMG_1.jpg", b"one photo") == photo
    venue.want(photo, venue.unknown)
    (venue.incoming / "card 2/IMG_1.jpg").write_bytes(b"another photo")
    await venue.settle()
    assert venue.on_disk() == {f"{UNKNOWN}DSC_1.jpg": b"one photo"}


async def test_a_filed_photo_stays_as_it_is_when_its_original_changes_or_goes(venue: Venue) -> None:
    for name in ("changes.jpg", "goes.jpg"):
        venue.want(venue.drop(name), venue.unknown)
    await venue.settle()
    before = venue.on_disk()
    (venue.incoming / "changes.jpg").write_bytes(b"another photo")
    (venue.incoming / "goes.jpg").unlink()
    await venue.settle()
    assert venue.on_disk() == before


async def test_what_was_fetched_into_a_folder_of_ours_alone_is_filed_for_whom_the_users_mask_lets(venue: Venue) -> None:
    """A download is private because its folder is; that says nothing of who may see the photo."""
    path = venue.root / ".venuesync/downloads/DSC_1.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"fetched")
    path.chmod(0o600)
    venue.want(venue.do(take_in, path), venue.unknown)
    await venue.settle()
    plain = venue.root / "plain"
    plain.touch()
    assert (venue.root / UNKNOWN / "DSC_1.jpg").stat().st_mode == plain.stat().st_mode


# ---- taking back


async def test_what_a_person_made_of_a_file_of_ours_is_hers(venue: Venue) -> None:
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.unknown)
    await venue.settle()
    (venue.root / UNKNOWN / "DSC_1.jpg").write_bytes(b"edited by her")
    venue.want(photo, venue.solo)
    await venue.settle()
    assert venue.on_disk() == {
        f"{UNKNOWN}DSC_1.jpg": b"edited by her",
        f"{PEOPLE}Solo/DSC_1.jpg": b"the bytes of DSC_1.jpg",
    }
    assert len(venue.placements()) == 1


async def test_a_photo_superseded_while_it_was_placed_leaves_nothing_but_its_name(venue: Venue) -> None:
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.unknown)
    (venue.incoming / "DSC_1.jpg").unlink()
    await venue.settle()
    assert venue.state(photo) == "superseded"
    await venue.settle()
    assert (venue.on_disk(), venue.placements(), venue.troubles()) == ({}, [], [("photo_gone", "DSC_1.jpg")])


@pytest.mark.parametrize("left", ["nothing", "an empty folder", "others"])
async def test_where_the_whole_folder_went_with_it_it_is_said_to_connect_that(venue: Venue, left: str) -> None:
    card = venue.incoming  # as the ledger has it: the folder that is watched
    photo = venue.drop("DSC_1.jpg")
    venue.want(photo, venue.unknown)
    card.rename(venue.root.parent / "taken along")
    if left != "nothing":
        card.mkdir()
    if left == "others":
        (card / "DSC_2.jpg").touch()
    await venue.settle()
    (told,) = rows(venue.ledger, "SELECT detail, remedy FROM trouble WHERE state = 'open'")
    if left == "others":
        assert told["remedy"] == "Copy it into Incoming again"
    else:
        assert told["detail"] == f"DSC_1.jpg was not filed yet, and nothing is left in {card}"
        assert told["remedy"].startswith("Connect its card, disk or share again")


# ---- running


async def test_it_works_at_a_ring_and_stops_within_a_second(venue: Venue) -> None:
    running = asyncio.create_task(venue.router.run())
    await asyncio.sleep(0.1)
    venue.want(venue.drop("DSC_1.jpg"), venue.unknown)
    venue.router.bell.ring()
    end = time.monotonic() + 3
    while not venue.on_disk():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
    end = latest(1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert time.monotonic() < end
