"""The placement table of the design, one test a row: what is wanted against what is, on disk and on Drive."""

from __future__ import annotations

import pytest

from agent.ledger import Ledger, disk_folders, disk_queue, drive_queue, placements, superseded
from agent.ledger.drive_queue import MayGo
from agent.model import ORIGINAL, DriveId, End, PlacementId
from tests.filing.one_placement import NOW, One
from tests.making import photo_row, rows, want


@pytest.fixture
def one(ledger: Ledger) -> One:
    return One(ledger)


def test_what_is_wanted_gets_a_name_at_once_and_is_due_at_both_ends(one: One) -> None:
    assert (one.row["disk"], one.row["disk_name"], one.row["drive"]) == ("reserved", "DSC_1.jpg", "absent")
    assert one.due_on_disk() == one.due_on_drive() == {one.unknown}


def test_wanted_twice_changes_nothing(one: One) -> None:
    one.there(one.unknown)
    before = tuple(one.row)
    assert one.want(one.unknown) is False
    assert tuple(one.row) == before


def test_each_end_goes_its_own_way(one: One) -> None:
    one.filed(one.unknown)
    assert (one.due_on_disk(), one.due_on_drive()) == (set(), {one.unknown})
    one.set(disk="reserved", drive="there", drive_name="DSC_1.jpg")
    assert (one.due_on_disk(), one.due_on_drive()) == ({one.unknown}, set())


def test_a_file_removed_by_hand_stays_removed_until_it_is_asked_for(one: One) -> None:
    one.there(one.unknown)
    one.set(disk="removed", drive="removed")
    assert one.want(one.unknown) is False
    assert one.due_on_disk() == one.due_on_drive() == set()
    assert one.do(placements.try_again, None) == 1
    assert one.due_on_disk() == one.due_on_drive() == {one.unknown}
    assert one.row["drive_id"] is None, "what a person trashed is not revived"


def test_a_folder_removed_by_hand_is_made_again_and_refilled(one: One) -> None:
    one.want(one.unknown, one.solo)
    one.there(one.unknown)
    one.there(one.solo)
    assert one.do(disk_folders.is_gone, one.solo) == 1
    assert one.solo in {folder for folder, _ in one.do(disk_folders.to_make)}
    assert one.due_on_disk() == {one.solo}
    found = one.of(one.solo)
    assert found is not None
    assert found["disk_name"] == "DSC_1.jpg", "under its name"


def test_a_removed_file_stays_removed_when_its_folder_goes(one: One) -> None:
    one.there(one.unknown)
    one.set(disk="removed")
    assert one.do(disk_folders.is_gone, one.unknown) == 0
    assert one.due_on_disk() == set()


@pytest.mark.parametrize("drive", [End.RESERVED, End.SENDING])
def test_no_longer_wanted_while_it_is_sent_is_taken_back_by_its_id(drive: End, one: One) -> None:
    one.want(one.solo)
    one.there(one.solo)
    one.set(drive=drive, drive_id="d7", disk="absent")
    (task,) = one.do(drive_queue.due, MayGo(NOW, 99))
    assert (task.wanted, task.drive_id, task.drive) == (False, "d7", drive)
    one.do(drive_queue.absent, task.placement, task.drive_id, NOW)  # it never came there
    assert one.of(one.unknown) is None


def test_what_is_not_wanted_any_more_goes_when_all_that_is_wanted_is_there_on_disk(one: One) -> None:
    one.there(one.unknown)
    one.want(one.solo, one.group)
    for last in (one.solo, one.group):
        assert one.unknown not in one.due_on_disk()
        one.filed(last)
    assert one.due_on_disk() == {one.unknown}


def test_what_is_not_wanted_any_more_goes_when_all_that_is_wanted_is_verified_on_drive(one: One) -> None:
    one.want(one.unknown, one.solo)
    one.there(one.unknown)
    one.there(one.solo)
    one.want(one.group)
    assert one.due_on_drive() == {one.group}, "one of the two is moved there, the other one stays until it is"
    moved = one.of(one.group)
    assert moved is not None
    one.set(one.group, drive="there", drive_name="DSC_1.jpg", drive_from=None)
    (left,) = one.due_on_drive()
    assert left in (one.unknown, one.solo)
    assert moved["drive_id"] != f"d{left}"


def test_what_leaves_one_folder_for_another_is_moved_there_by_its_id(one: One) -> None:
    one.there(one.unknown)
    one.want(one.solo)
    (task,) = one.do(drive_queue.due, MayGo(NOW, 99))
    assert (task.folder, task.drive, task.drive_id) == (one.solo, End.SENDING, f"d{one.unknown}")
    assert task.moves_from == f"f{one.unknown}"
    one.do(drive_queue.verified, task.placement, task.drive_id, "DSC_1.jpg", NOW)
    assert one.due_on_drive() == set()


@pytest.mark.parametrize("end", ["disk", "drive"])
def test_a_new_place_that_failed_keeps_the_old_one(end: str, one: One) -> None:
    """Else the photo would be nowhere."""
    one.there(one.unknown)
    one.want(one.solo)
    one.set(one.solo, **{f"{end}_failed": 1})
    assert one.unknown not in (one.due_on_disk() if end == "disk" else one.due_on_drive())


def test_the_row_goes_only_when_it_is_absent_at_both_ends(one: One) -> None:
    one.there(one.unknown)
    one.want()
    placement = PlacementId(one.row["id"])
    one.do(disk_queue.removed, placement, NOW)
    assert (one.row["disk"], one.row["drive"]) == ("absent", "there")
    assert one.due_on_drive() == {one.unknown}
    one.do(drive_queue.trashed, placement, DriveId(one.row["drive_id"]), ORIGINAL)
    assert one.row["drive"] == "trashed", "it can still be given back"
    one.do(drive_queue.absent, placement, DriveId(one.row["drive_id"]), NOW)
    assert one.of(one.unknown) is None


def test_never_begun_and_no_longer_wanted_leaves_nothing(one: One) -> None:
    one.set(disk="absent")
    one.want(one.solo)
    assert one.of(one.unknown) is None


def test_wanted_again_what_we_trashed_is_revived_under_its_id(one: One) -> None:
    one.there(one.unknown)
    one.want()
    placement, drive_id = PlacementId(one.row["id"]), DriveId(one.row["drive_id"])
    one.do(disk_queue.removed, placement, NOW)
    one.do(drive_queue.trashed, placement, drive_id, ORIGINAL)
    assert one.want(one.unknown) is True
    assert one.unknown in one.due_on_disk()
    task = next(task for task in one.do(drive_queue.due, MayGo(NOW, 99)) if task.wanted)
    assert (task.drive, task.drive_id) == (End.TRASHED, drive_id)
    one.do(drive_queue.new_id, placement, drive_id)  # emptied out of the trash meanwhile
    assert (one.row["drive"], one.row["drive_id"]) == ("absent", None), "sent again under a new one"


def test_yes_no_yes_before_anything_was_said_of_it_is_looked_at_anew_at_both_ends(one: One) -> None:
    one.there(one.unknown)
    before = {key: one.row[key] for key in ("id", "disk_name", "drive_id")}
    one.want(one.solo)
    one.want(one.unknown)
    assert {key: one.row[key] for key in before} == before
    assert one.due_on_disk() == {one.unknown}, "it may be gone from there"
    one.filed(one.unknown)
    assert one.due_on_disk() == {one.solo}, "the name that was kept there is given back"
    (task,) = one.do(drive_queue.due, MayGo(NOW, 99))
    assert (task.folder, task.moves_from) == (one.unknown, f"f{one.unknown}"), "it is asked for: it may have been moved"


def test_an_older_list_of_people_adds_and_removes_nothing(one: One) -> None:
    one.there(one.unknown)
    one.want(one.solo, may_remove=False)
    assert one.row["wanted"] == 1
    assert one.due_on_disk() == {one.solo}


# ---- names


def test_two_cameras_of_one_name_get_two_names_the_same_at_both_ends(one: One) -> None:
    other = one.do(photo_row, "dsc_1.JPG", b"other")
    one.do(lambda db: want(db, other, one.unknown))
    names = [row["disk_name"] for row in rows(one.ledger, "SELECT disk_name FROM placement ORDER BY id")]
    assert names == ["DSC_1.jpg", "dsc_1 (2).JPG"], "different in case alone is the same on many disks"
    sent = {task.file_name for task in one.do(drive_queue.due, MayGo(NOW, 99))}
    assert sent == set(names)


def test_a_name_that_is_somebodys_is_given_up_for_the_next(one: One) -> None:
    placement = PlacementId(one.row["id"])
    name = one.do(lambda db: placements.next_name(db, placement, lambda _: iter("abcd"), ["DSC_1.jpg", "A"]))
    assert name == "b"


# ---- what happens to the photo


@pytest.mark.parametrize("state", ["waiting", "failed"])
def test_a_photo_gone_before_it_was_filed_is_superseded_and_takes_its_places_along(state: str, one: One) -> None:
    one.do(lambda db: db.execute("UPDATE event_photo SET state = ?", (state,)))
    one.do(superseded.supersede, 1, NOW)
    assert rows(one.ledger, "SELECT state FROM event_photo")[0]["state"] == "superseded"
    assert one.row["wanted"] == 0
    assert one.due_on_disk() == {one.unknown}, "the name is given back"


@pytest.mark.parametrize("state", ["filed", "unsorted"])
def test_a_photo_that_was_filed_is_never_superseded(state: str, one: One) -> None:
    one.do(lambda db: db.execute("UPDATE event_photo SET state = ?", (state,)))
    assert one.do(superseded.supersede, 1, NOW) == []
    assert one.row["wanted"] == 1


def test_bytes_that_are_back_are_tried_again(one: One) -> None:
    one.set(disk_failed=1, drive_failed=1, drive_attempts=3, drive_after=9e9)
    one.do(placements.bytes_are_back, 1)
    assert one.due_on_disk() == one.due_on_drive() == {one.unknown}
    assert one.row["drive_attempts"] == 0
