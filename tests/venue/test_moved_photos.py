"""Photos moved into another event and back: whatever became of the card, they lie where they are wanted."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from tests.faces.raws import nef
from tests.venue.blurred import evening as blurred_evening
from tests.venue.blurred import forget
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene
from tests.venue.test_forget import TOGETHER, sha256
from tests.venue.test_lost_stores import damage_ledger
from tests.venue.weddings import filed, sent

FIRST = ".."  # the event without a folder of its own
PHOTO = "Unsorted/No Faces/DSC_1.jpg"


@pytest.fixture
def filed_once(house: House, tmp_path: Path) -> House:
    """One photo, filed; the card is empty."""
    assert house.run("events", "add", "Late").returncode == 0
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_1.jpg")
    assert house.until_done().returncode == 0
    (house.incoming / "DSC_1.jpg").unlink()
    return house


@pytest.mark.slow
def test_the_only_file_of_a_photo_stays_until_another_lies_where_it_is_wanted(filed_once: House) -> None:
    """There and back again, and once more; each as a command of its own, and with an agent."""
    house = filed_once
    move(house)
    assert (filed(house, FIRST), filed(house, "Late")) == (set(), {PHOTO})
    told(house, "undo")
    assert (filed(house, FIRST), filed(house, "Late")) == ({PHOTO}, set())
    house.start()
    told(house, "redo")
    assert (filed(house, FIRST), filed(house, "Late")) == (set(), {PHOTO})
    told(house, "undo")
    assert (filed(house, FIRST), filed(house, "Late")) == ({PHOTO}, set())
    assert sent(house, "Late") == set()
    house.assert_same_tree(1)


@pytest.mark.slow
def test_what_came_to_the_other_event_by_itself_too_stays_there(filed_once: House, tmp_path: Path) -> None:
    house = filed_once
    move(house)
    house.drop(tmp_path / "a.jpg", "../Events/Late/Incoming/DSC_1.jpg")
    assert house.until_done().returncode == 0
    told(house, "undo")
    assert filed(house, FIRST) == filed(house, "Late") == {PHOTO}


@pytest.mark.slow
@pytest.mark.parametrize("undone", ["before", "after"])
def test_what_came_to_the_other_event_by_itself_too_stays_there_though_the_ledger_is_lost(
    filed_once: House, tmp_path: Path, undone: str
) -> None:
    """Both cards are empty by then: it was taken for what had been moved there alone, and left with that."""
    house = filed_once
    theirs = house.drop(tmp_path / "a.jpg", "../Events/Late/Incoming/DSC_1.jpg")
    assert house.until_done().returncode == 0
    theirs.unlink()
    [number] = [str(one["id"]) for one in house.json("photos", "--event", "default")]
    told(house, "photos", "move", number, "--event", "Late")
    assert (filed(house, FIRST), filed(house, "Late")) == (set(), {PHOTO})
    if undone == "before":
        told(house, "undo")
    lose_ledger(house)
    assert house.until_done().returncode == 0
    if undone == "after":
        told(house, "undo")
    assert filed(house, FIRST) == filed(house, "Late") == {PHOTO}
    assert sent(house, "default") == sent(house, "Late") == {PHOTO}


def move(house: House) -> None:
    numbers = [str(one["id"]) for one in house.json("photos")]
    told(house, "photos", "move", *numbers, "--event", "Late")


def told(house: House, *words: str) -> None:
    assert house.run(*words).returncode == 0
    assert house.until_done().returncode == 0


@pytest.mark.slow
def test_both_files_of_a_shot_go_and_come_back_together(house: House, tmp_path: Path) -> None:
    assert house.run("events", "add", "Late").returncode == 0
    with Image.open(FACES / "one_guest.jpg") as picture:
        (tmp_path / "a.nef").write_bytes(nef(picture.convert("RGB")))
    house.drop(FACES / "one_guest.jpg", "DSC_1.jpg")
    house.drop(tmp_path / "a.nef", "DSC_1.nef")
    assert house.until_done().returncode == 0
    before = filed(house, FIRST)
    assert len(before) == 2
    for one in house.incoming.iterdir():
        one.unlink()
    move(house)
    assert (filed(house, FIRST), filed(house, "Late")) == (set(), before)
    told(house, "undo")
    assert (filed(house, FIRST), filed(house, "Late")) == (before, set())
    assert sent(house, "Late") == set()


@pytest.mark.slow
@pytest.mark.parametrize("came", ["before", "after"])
def test_the_other_file_of_a_shot_that_came_by_itself_too_stands_for_itself_once_the_move_is_taken_back(
    house: House, tmp_path: Path, came: str
) -> None:
    """It was taken for a file of what is not there any more: not counted, and where it came after that, not filed."""
    assert house.run("events", "add", "Late").returncode == 0
    with Image.open(FACES / "one_guest.jpg") as picture:
        (tmp_path / "a.nef").write_bytes(nef(picture.convert("RGB")))
    house.drop(FACES / "one_guest.jpg", "DSC_1.jpg")
    house.drop(tmp_path / "a.nef", "DSC_1.nef")
    assert house.until_done().returncode == 0
    both = filed(house, FIRST)
    move(house)
    if came == "after":
        told(house, "undo")
    house.drop(tmp_path / "a.nef", "../Events/Late/Incoming/DSC_1.nef")
    assert house.until_done().returncode == 0
    if came == "before":
        told(house, "undo")
    assert (filed(house, FIRST), filed(house, "Late")) == (both, {"Unsorted/Unknown/DSC_1.nef"})
    assert sent(house, "Late") == {"Unsorted/Unknown/DSC_1.nef"}
    assert house.json("status")["photos"]["seen"] == 2


@pytest.mark.slow
def test_so_it_is_where_the_ledger_was_lost_before(filed_once: House) -> None:
    house = filed_once
    damage_ledger(house)
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    assert house.until_done().returncode == 0
    [number] = [str(one["id"]) for one in house.json("photos")]
    told(house, "photos", "withdraw", number)
    assert filed(house, FIRST) == set()
    told(house, "undo")
    assert filed(house, FIRST) == {PHOTO}


@pytest.mark.slow
def test_a_withdrawal_is_taken_back_though_the_card_is_empty(filed_once: House) -> None:
    """Also when the ledger was lost since; and in the night what was kept for that goes."""
    house = filed_once
    [number] = [str(one["id"]) for one in house.json("photos")]
    told(house, "photos", "withdraw", number)
    assert filed(house, FIRST) == set()
    told(house, "undo")
    assert filed(house, FIRST) == {PHOTO}
    house.assert_same_tree(1)
    kept = house.root / ".venuesync/withdrawn"
    assert [one.name[0] != "." for one in sorted(kept.iterdir())] == [False, True], "and its name beside it"
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db, db:
        db.execute("UPDATE job SET next_at = 0 WHERE name = 'cleanup'")
    house.start()
    wait_for(lambda: list(kept.iterdir()) == [], 20, "it lies filed, and nobody needs the other one")
    house.stop()
    told(house, "redo")
    assert filed(house, FIRST) == set()
    damage_ledger(house)
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    assert house.until_done().returncode == 0
    assert filed(house, FIRST) == set()
    told(house, "undo")
    assert filed(house, FIRST) == {PHOTO}
    house.assert_same_tree(1)


@pytest.mark.slow
@pytest.mark.parametrize("running", [False, True], ids=["stopped", "running"])
def test_what_was_withdrawn_while_its_card_was_in_comes_back_once_that_is_erased(
    house: House, tmp_path: Path, running: bool
) -> None:
    """All on it was said to be copied, and nothing of this photo was kept."""
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_1.jpg")
    assert house.until_done().returncode == 0
    if running:
        house.start()
    [number] = [str(one["id"]) for one in house.json("photos")]
    told(house, "photos", "withdraw", number)
    assert {*house.on_disk()} == set()
    (house.incoming / "DSC_1.jpg").unlink()
    told(house, "undo")
    assert {*house.on_disk()} == {PHOTO}
    house.assert_same_tree(1)


@pytest.mark.slow
def test_an_event_is_not_removed_while_a_photo_that_another_one_waits_for_lies_in_it_alone(
    house: House, tmp_path: Path
) -> None:
    for name in ("Early", "Late"):
        assert house.run("events", "add", name).returncode == 0
    assert house.run("events", "set", "Late", "review", "true").returncode == 0
    house.start()
    (house.root / "Events/Early/Incoming/DSC_1.jpg").write_bytes(scene(tmp_path / "a.jpg", 1).read_bytes())
    wait_for(lambda: filed(house, "Early") == {PHOTO}, 20, "it is filed")
    [number] = [str(one["id"]) for one in house.json("photos")]
    assert house.run("photos", "move", number, "--event", "Late").returncode == 0
    wait_for(lambda: filed(house, "Early") == set(), 20, "it waits for a yes, and lies on the card alone")
    refused = house.run("events", "remove", "Early")
    assert (refused.returncode, "1 photo that another event has" in refused.stderr) == (2, True), refused.stderr
    assert house.run("photos", "approve", "--event", "Late").returncode == 0
    wait_for(lambda: filed(house, "Late") == {PHOTO}, 20, "it is filed there")
    assert house.until_done().returncode == 0  # and written down, which a slow disk takes its time for
    assert house.run("events", "remove", "Early").returncode == 0
    assert filed(house, "Late") == {PHOTO}
    assert house.json("errors")["open"] == []


@pytest.mark.slow
def test_what_another_event_refused_comes_back_though_the_event_that_it_lies_in_was_removed(
    house: House, tmp_path: Path
) -> None:
    """It was never filed there, so nothing was kept of it."""
    for name in ("Early", "Late"):
        assert house.run("events", "add", name).returncode == 0
    for name in ("Early", "Late"):
        assert house.run("events", "set", name, "review", "true").returncode == 0
    house.start()
    (house.root / "Events/Early/Incoming/DSC_1.jpg").write_bytes(scene(tmp_path / "a.jpg", 1).read_bytes())
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 20, "it waits for a yes")
    [number] = [str(one["id"]) for one in house.json("photos")]
    assert house.run("photos", "move", number, "--event", "Late").returncode == 0
    wait_for(lambda: [one["state"] for one in house.json("photos", "--event", "Late")] == ["held"], 20, "there, too")
    assert house.run("held", "reject", "--all").returncode == 0
    assert house.run("events", "remove", "Early").returncode == 0
    assert house.run("undo").returncode == 0
    assert house.run("photos", "approve", "--event", "Late").returncode == 0
    wait_for(lambda: filed(house, "Late") == {PHOTO}, 20, "it is filed there")


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_what_was_withdrawn_before_anybody_looked_comes_back_though_the_event_that_it_lies_in_was_removed(
    house: House, tmp_path: Path
) -> None:
    """It was kept, and nobody who was to look at it knew where: it was said to have been taken away too soon."""
    for name in ("Early", "Late"):
        assert house.run("events", "add", name).returncode == 0
    house.start()
    assert house.run("pause", "all").returncode == 0
    (house.root / "Events/Early/Incoming/DSC_1.jpg").write_bytes(scene(tmp_path / "a.jpg", 1).read_bytes())
    wait_for(lambda: house.json("photos"), 20, "it is known")
    [number] = [str(one["id"]) for one in house.json("photos")]
    assert house.run("photos", "move", number, "--event", "Late").returncode == 0
    assert house.run("photos", "withdraw", number).returncode == 0
    removed = house.run("events", "remove", "Early")
    assert removed.returncode == 0, removed.stderr
    assert house.run("undo").returncode == 0
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: filed(house, "Late") == {PHOTO}, 20, "it is filed there")
    assert open_errors(house) == []


@pytest.mark.slow
def test_what_waits_for_a_yes_in_the_other_event_does_so_with_an_older_ledger_too(
    filed_once: House, tmp_path: Path
) -> None:
    """What was kept of it is all that is left here, and that ledger knows the photo, and nothing of its move."""
    house = filed_once
    assert house.run("events", "set", "Late", "review", "true").returncode == 0
    older = shutil.copyfile(house.root / ".venuesync/ledger.sqlite", tmp_path / "older.sqlite")
    house.start()
    numbers = [str(one["id"]) for one in house.json("photos")]
    assert house.run("photos", "move", *numbers, "--event", "Late").returncode == 0
    wait_for(lambda: filed(house, FIRST) == set(), 20, "it waits for a yes, and lies in neither event")
    house.kill()
    assert house.run("restore", str(older)).returncode == 0
    house.start()
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 20, "it waits for a yes")
    errors = house.json("errors")
    assert (errors["open"], errors["healed"]) == ([], []), "nor was it said meanwhile that it is nowhere"
    [number] = [str(one["id"]) for one in house.json("photos") if one["state"] == "held"]
    assert house.run("photos", "approve", number).returncode == 0
    house.stop()
    assert house.until_done().returncode == 0
    assert (filed(house, FIRST), filed(house, "Late")) == (set(), {PHOTO})
    assert (sent(house, "default"), sent(house, "Late")) == (set(), {PHOTO})
    assert house.json("verify")["differences"] == []


@pytest.mark.slow
@pytest.mark.parametrize("more", [False, True], ids=["at-once", "after-another-decision"])
@pytest.mark.parametrize("running", [False, True], ids=["before", "meanwhile"])
def test_a_move_is_taken_back_while_a_lost_ledger_is_learned_anew(filed_once: House, running: bool, more: bool) -> None:
    """What lies in the other event is known to have been moved there, though nothing can be done again any more."""
    house = filed_once
    move(house)
    lose_ledger(house)
    if running:
        house.start()
    assert house.run("undo").returncode == 0
    if more:
        assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    assert house.until_done().returncode == 0
    assert (filed(house, FIRST), filed(house, "Late")) == ({PHOTO}, set())
    assert (sent(house, "default"), sent(house, "Late")) == ({PHOTO}, set())
    house.assert_same_tree(1)


@pytest.mark.slow
def test_a_move_is_taken_back_before_what_lies_here_is_read(filed_once: House) -> None:
    """Drive told of the photo first: a film that takes minutes to read lies before its file."""
    house = filed_once
    move(house)
    lose_ledger(house)
    film = house.root / "Unsorted/No Faces/film.jpg"
    film.parent.mkdir(parents=True, exist_ok=True)
    film.write_bytes((FACES / "one_guest.jpg").read_bytes())
    os.truncate(film, 2 << 30)
    house.start()
    wait_for(lambda: rebuilt_from(house) == ["Drive"], 20, "Drive is read, and the disk is not")
    assert house.run("undo").returncode == 0
    assert rebuilt_from(house) == ["Drive"], "still not"
    film.unlink()
    assert house.until_done().returncode == 0
    assert (filed(house, FIRST), filed(house, "Late")) == ({PHOTO}, set())
    assert (sent(house, "default"), sent(house, "Late")) == ({PHOTO}, set())
    house.assert_same_tree(1)


def rebuilt_from(house: House) -> list[str]:
    told = [one["text"] for one in house.json("activity")]
    return [one.split(":")[0].split()[-1] for one in told if one.startswith("Ledger rebuilt from")]


@pytest.mark.slow
@pytest.mark.parametrize("running", [False, True], ids=["before", "meanwhile"])
def test_what_is_decided_while_a_lost_ledger_is_learned_anew_is_so_when_safe_is_said(
    house: House, running: bool
) -> None:
    """What is withdrawn lies nowhere, here and on Drive, though nothing was kept of it yet; and it comes back."""
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    house.drop(FACES / "one_guest.jpg", "DSC_1.jpg")
    assert house.until_done().returncode == 0
    (house.incoming / "DSC_1.jpg").unlink()
    told(house, "photos", "withdraw", *[str(one["id"]) for one in house.json("photos")])
    told(house, "undo")
    shutil.rmtree(house.root / ".venuesync/withdrawn")
    for verb, found in ("redo", set[str]()), ("undo", {"People/Ana/Solo/DSC_1.jpg"}):
        lose_ledger(house)
        if running:
            house.start()
        assert house.run(verb).returncode == 0
        assert house.until_done().returncode == 0
        if running:
            house.stop()
        assert set(house.on_disk()) == sent(house, "default") == found
    house.assert_same_tree(1)


def lose_ledger(house: House) -> None:
    damage_ledger(house)
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_PEOPLE__FORGOTTEN="blur")
def test_who_is_blurred_is_not_seen_in_the_trash_of_an_event_that_a_photo_came_back_from(house: House) -> None:
    """It lay there in another size, so what lay there was not moved back with it."""
    blurred_evening(house)
    house.start()
    assert house.run("events", "add", "Gala").returncode == 0
    assert house.run("events", "set", "Gala", "long_side", "640").returncode == 0
    (number,) = (str(one["id"]) for one in house.json("photos") if one["name"] == "IMG_2.jpg")
    assert house.run("photos", "move", number, "--event", "Gala").returncode == 0
    assert house.until_done().returncode == 0
    (number,) = (str(one["id"]) for one in house.json("photos", "--event", "Gala"))
    assert house.run("photos", "move", number, "--event", "default").returncode == 0
    assert house.until_done().returncode == 0
    forget(house)
    ours = [one for one in house.emulator.files() if one["appProperties"].get("venuesync_photo") == sha256(TOGETHER)]
    assert [one["path"] for one in ours if "~" not in one["appProperties"].get("venuesync_made", "")] == []


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_a_card_that_alone_has_what_was_withdrawn_is_not_said_to_be_copied(house: House, tmp_path: Path) -> None:
    """By a no before it was filed: nothing of it was kept, and once the card was erased no undo brought it back."""
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    house.start()
    for number in (1, 2):
        house.drop(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg")
    wait_for(lambda: house.json("status")["photos"]["held"] == 2, 30, "they wait for a yes")
    first, second = sorted(str(one["id"]) for one in house.json("photos"))
    assert house.run("photos", "withdraw", first).returncode == 0
    assert house.run("photos", "approve", second).returncode == 0
    alone = (False, "1 of 2 withdrawn, so here alone; the rest is copied")
    wait_for(lambda: card(house) == alone, 30, "one is filed")
    assert house.run("undo").returncode == 0
    assert house.run("undo").returncode == 0
    assert house.run("photos", "approve", "--all").returncode == 0
    wait_for(lambda: card(house) == (True, "all copied: the card may be erased"), 30, "both are filed")
    assert house.run("photos", "withdraw", first).returncode == 0
    wait_for(lambda: len(house.on_disk()) == 1, 30, "it is out, and its last file is kept")
    assert card(house) == (True, "all copied: the card may be erased")


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_a_card_is_not_to_be_erased_before_what_was_moved_is_filed_in_the_other_event(
    house: House, tmp_path: Path
) -> None:
    """There it waits for a yes: till then the card alone holds it."""
    assert house.run("events", "add", "Late").returncode == 0
    assert house.run("events", "set", "Late", "review", "true").returncode == 0
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: house.json("photos"), 30, "it is known")
    number = str(house.json("photos")[0]["id"])
    assert house.run("photos", "move", number, "--event", "Late").returncode == 0
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "it waits for a yes")
    wait_for(lambda: card(house) == (False, "1 of 1 still to copy"), 30, "and so does the card")
    assert house.run("photos", "approve", "--all").returncode == 0
    wait_for(lambda: card(house) == (True, "all copied: the card may be erased"), 30, "it is filed")
    assert filed(house, "Late") == {PHOTO}


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_what_was_moved_and_taken_away_before_it_was_filed_there_is_filed_once_it_is_back(
    house: House, tmp_path: Path
) -> None:
    """It was in no folder, no error told of it any more, and its card was said to be copied."""
    assert house.run("events", "add", "Late").returncode == 0
    assert house.run("events", "set", "Late", "review", "true").returncode == 0
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: house.json("photos"), 30, "it is known")
    assert house.run("photos", "move", str(house.json("photos")[0]["id"]), "--event", "Late").returncode == 0
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "it waits for a yes")
    (house.incoming / "DSC_1.jpg").unlink()
    wait_for(lambda: open_errors(house) == ["A photo was taken away too soon"], 30, "it is named")
    house.drop(tmp_path / "a.jpg", "DSC_1.jpg")
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "it waits for a yes again")
    assert house.run("photos", "approve", "--all").returncode == 0
    wait_for(lambda: filed(house, "Late") == {PHOTO}, 30, "it is filed")
    assert (filed(house, FIRST), open_errors(house)) == (set(), [])


def open_errors(house: House) -> list[str]:
    return [one["title"] for one in house.json("errors")["open"]]


def card(house: House) -> tuple[bool, str]:
    """What is said of the first event's own folder."""
    with house.api() as api:
        [row] = [one for one in api.get("/folders").json()["folders"] if one["path"] == str(house.incoming)]
    return row["copied"], row["line"]


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_INCOMING__REPLACED="replace")
def test_what_was_moved_out_of_an_event_comes_back_though_another_photo_lies_in_its_place_on_the_card(
    house: House, tmp_path: Path
) -> None:
    """It had given way to that: taken back, it was in no folder at all."""
    assert house.run("events", "add", "Late").returncode == 0
    original = house.drop(scene(tmp_path / "a.jpg", 1), "DSC_1.jpg")
    assert house.until_done().returncode == 0
    [first] = house.on_disk().values()
    move(house)
    assert (filed(house, FIRST), filed(house, "Late")) == (set(), {PHOTO})
    shutil.copyfile(scene(tmp_path / "b.jpg", 2), original)
    assert house.until_done().returncode == 0
    assert (filed(house, FIRST), filed(house, "Late")) == ({PHOTO}, {PHOTO}), "it stays as it was"
    assert [*house.on_disk().values()] != [first]
    told(house, "undo")
    assert (len(filed(house, FIRST)), filed(house, "Late")) == (2, set())
    assert first in house.on_disk().values()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["put back", "lost"])
def test_what_lies_on_drive_where_it_was_moved_from_again_is_not_missed_here(
    house: House, tmp_path: Path, how: str
) -> None:
    """Its own event, of small copies, was removed since, with all its files; Drive had no time to take any out."""
    house.start()
    assert house.run("events", "add", "Late").returncode == 0
    assert house.run("events", "set", "Late", "long_side", "640").returncode == 0
    house.drop(scene(tmp_path / "a.jpg", 1), "../Events/Late/Incoming/DSC_1.jpg")
    wait_for(lambda: sent(house, "Late") == {PHOTO}, 30, "it is on Drive")
    house.emulator.faults([{"method": "files.update", "status": 503, "times": None}])
    number = str(house.json("photos")[0]["id"])
    assert house.run("photos", "move", number, "--event", "default").returncode == 0
    wait_for(lambda: sent(house, "default") == {PHOTO}, 30, "it is there in the other event, too")
    assert house.run("undo").returncode == 0
    wait_for(lambda: filed(house, "Late") == {PHOTO} and filed(house, FIRST) == set(), 30, "it is back here")
    done = house.run("events", "remove", "Late")
    assert done.returncode == 0, done.stderr
    house.kill()
    if how == "lost":
        lose_ledger(house)
    else:
        older = shutil.copyfile(house.root / ".venuesync/ledger.sqlite", tmp_path / "older.sqlite")
        assert house.run("restore", str(older)).returncode == 0
    house.emulator.clear_faults()
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "no_photo", 40, "nothing is missed")
    assert house.json("errors")["open"] == []
    assert sent(house, "Late") == {PHOTO}
