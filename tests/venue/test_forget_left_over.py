"""Files of ours that no ledger knows any more, as after a lost one, go with whoever is forgotten."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

from tests.venue.blurred import HIS, evening, forget, lose_ledger
from tests.venue.house import House, wait_for
from tests.venue.test_forget import TOGETHER, sha256
from tests.venue.test_links_in_folders import numbers, titles
from tests.venue.test_people_commands import of, ok
from tests.venue.test_verify import api

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_PEOPLE__FORGOTTEN="blur"),
]
BESIDE, ELSEWHERE = "People/Jonas/Solo/IMG_2.jpg", "Unsorted/No Faces/IMG_2.jpg"


def left_over(house: House, *paths: str) -> None:
    """What is filed of a photo lies in further places, as a ledger that was lost knew them."""
    for path in paths:
        (house.root / path).parent.mkdir(parents=True, exist_ok=True)
        os.link(house.root / HIS, house.root / path)


@pytest.mark.slow
def test_what_was_made_of_a_photo_on_which_somebody_else_is_blurred_by_now_is_nowhere(house: House) -> None:
    house.start()
    evening(house)
    forget(house)
    left_over(house, BESIDE, ELSEWHERE)
    forget(house, "Jonas")
    assert house.until_done().returncode == 0
    assert not (house.root / "People/Jonas").exists()
    assert not (house.root / ELSEWHERE).exists()
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--blur", "--stay"])
def test_their_folders_go_with_what_we_made_and_what_a_person_put_there_stays(house: House, how: str) -> None:
    house.start()
    evening(house)
    left_over(house, BESIDE)
    theirs = house.root / "People/Jonas/Solo/notes.txt"
    theirs.write_text("by hand")
    forget(house, "Jonas", how)
    assert house.until_done().returncode == 0
    assert [path for path in (house.root / "People/Jonas").rglob("*") if path.is_file()] == [theirs]
    theirs.unlink()
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--blur", "--stay"])
def test_their_folder_goes_with_a_photo_in_it_that_is_filed_blurred_alone_by_now(house: House, how: str) -> None:
    """It was taken for a file that somebody had just moved there, and stayed, with who had been blurred on it."""
    house.start()
    evening(house)
    as_it_is = house.root / "as it is.jpg"
    os.link(house.root / HIS, as_it_is)
    forget(house)
    (house.root / BESIDE).parent.mkdir(parents=True, exist_ok=True)
    as_it_is.rename(house.root / BESIDE)  # as a ledger that was lost knew it
    forget(house, "Jonas", how)
    assert house.until_done().returncode == 0
    assert not (house.root / "People/Jonas").exists()
    assert sha256(TOGETHER) in {one.name for one in (house.root / ".venuesync/withdrawn").iterdir()}
    house.assert_invariants()


def put_back_from_a_copy(house: House) -> None:
    """What is filed of a photo is another file by now, with the same bytes."""
    copy = house.root / "copy.jpg"
    shutil.copy2(house.root / HIS, copy)
    copy.replace(house.root / HIS)


@pytest.mark.slow
def test_what_was_made_before_and_was_put_back_from_a_copy_is_told(house: House) -> None:
    """It is none of ours by all that can be told, and shows whoever is forgotten now: nobody was told."""
    house.start()
    evening(house)
    forget(house)
    put_back_from_a_copy(house)
    done = house.json("people", "forget", "Jonas", "--yes")
    assert done["searched"]["found"] == [f"{HIS}: face"]
    (house.root / HIS).unlink()
    assert house.until_done().returncode == 0
    house.assert_invariants()


@pytest.mark.slow
def test_what_is_blurred_as_it_is_to_be_stays_where_a_person_has_it(house: House) -> None:
    """Somebody else is forgotten, who is not on it."""
    house.start()
    evening(house)
    ok(house, "enroll", "Anna", str(of("anna_berg")[0]))
    house.drop(of("anna_berg")[1], "IMG_9.jpg")
    assert house.until_done().returncode == 0
    forget(house)
    theirs = "People/Jonas/Best/IMG_2.jpg"
    left_over(house, theirs)
    forget(house, "Anna")
    assert (house.root / theirs).read_bytes() == (house.root / HIS).read_bytes()
    assert house.until_done().returncode == 0
    shutil.rmtree((house.root / theirs).parent)
    house.assert_invariants()


@pytest.mark.slow
def test_what_another_event_files_as_it_is_is_no_face_that_is_held_still(house: House) -> None:
    """It is searched, as another photo was moved there; nobody was forgotten in it."""
    evening(house)
    ok(house, "events", "add", "Party")
    house.start()
    shutil.copyfile(TOGETHER, house.root / "Events/Party/Incoming/IMG_7.jpg")
    there = house.root / "Events/Party/Unsorted/Unknown/IMG_7.jpg"
    wait_for(there.exists, 60, "it is filed there, too")
    ok(house, "photos", "move", str(numbers(house)["IMG_0.jpg"]), "--event", "Party")
    wait_for((there.parent / "IMG_0.jpg").exists, 30, "another one is moved there")
    forget(house)
    assert there.read_bytes() == TOGETHER.read_bytes()
    assert (house.root / HIS).read_bytes() != TOGETHER.read_bytes()


@pytest.mark.slow
def test_a_double_on_drive_of_what_another_event_files_as_it_is_goes_to_the_trash_alone(house: House) -> None:
    """It was deleted for good, as it shows whoever was forgotten in the first event."""
    evening(house)
    ok(house, "events", "add", "Party")
    house.start()
    shutil.copyfile(TOGETHER, house.root / "Events/Party/Incoming/IMG_7.jpg")

    def theirs() -> list[dict[str, Any]]:
        return [one for one in house.emulator.files() if one["path"].endswith("Unsorted/Unknown/IMG_7.jpg")]

    [there] = wait_for(theirs, 60, "it is sent there, too")
    ok(house, "photos", "move", str(numbers(house)["IMG_0.jpg"]), "--event", "Party")
    wait_for((house.root / "Events/Party/Unsorted/Unknown/IMG_0.jpg").exists, 30, "another one is moved there")
    assert house.until_done().returncode == 0
    double = {"name": "IMG_7.jpg", "parents": [there["parent"]], "appProperties": there["appProperties"]}
    made = api(house, "POST", f"files/{there['id']}/copy", double)["id"]
    forget(house)
    assert {one["id"]: one["trashed"] for one in theirs()} == {there["id"]: False, made: False}
    assert house.run("verify", "--repair").returncode == 0
    assert {one["id"]: one["trashed"] for one in theirs()} == {there["id"]: False, made: True}


@pytest.mark.slow
@pytest.mark.settings(
    VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_PEOPLE__FORGOTTEN="blur", VENUESYNC_INCOMING__SWEEP="1"
)
def test_what_was_put_back_from_a_copy_and_is_to_go_is_told_as_a_photo_is(house: House) -> None:
    """It stayed where it was to be no more, and nobody heard of it, as it has not the photo's own bytes."""
    house.start()
    evening(house)
    forget(house)
    put_back_from_a_copy(house)
    ok(house, "photos", "withdraw", str(numbers(house)["IMG_2.jpg"]))
    wait_for(lambda: titles(house) == ["A photo stays in a folder"], 30, "it is said")
    assert (house.root / HIS).exists()
    (house.root / HIS).unlink()
    wait_for(lambda: titles(house) == [], 30, "it is over")


@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_what_somebody_moved_into_their_folder_just_now_is_not_lost_with_it(house: House) -> None:
    """It was taken for one file more, before it was noticed that there is no other."""
    house.start()
    evening(house)
    there = house.root / "People/Mia/Solo/IMG_0.jpg"
    moved = house.root / "People/Jonas/Solo/IMG_0.jpg"
    was = there.read_bytes()
    there.rename(moved)
    forget(house, "Jonas")
    assert moved.read_bytes() == was


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_INCOMING__SWEEP="1")
def test_what_was_taken_out_of_their_folder_and_put_back_unseen_goes_with_it(house: House) -> None:
    """It counted as taken away, and stayed with their name."""
    house.start()
    evening(house)
    away = house.root / "away.jpg"
    (house.root / HIS).rename(away)
    wait_for(lambda: any(row["kind"] == "removed" for row in house.json("activity")), 30, "that is seen")
    assert house.stop() == 0
    away.rename(house.root / HIS)
    house.json("people", "forget", "Jonas", "--yes")
    assert not (house.root / "People/Jonas").exists()
    assert house.until_done().returncode == 0
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_what_was_brought_to_another_disk_is_ours_still_once_the_ledger_is_lost(house: House) -> None:
    """All of it was somebody's then: whoever was forgotten stayed in their folder."""
    evening(house)
    brought = house.root.with_name("brought")
    shutil.copytree(house.root, brought, symlinks=True)
    house.root.rename(house.root.with_name("old"))
    brought.rename(house.root)
    assert house.until_done().returncode == 0
    lose_ledger(house)
    house.start()
    assert house.until_done().returncode == 0
    forget(house, "Jonas")
    assert not (house.root / "People/Jonas").exists()
    house.assert_invariants()
