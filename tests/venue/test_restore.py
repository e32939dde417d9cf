"""Backups made at night and put back by a command: the next start brings them up to date, nothing lost or doubled."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant
from tests.venue.weddings import filed, sent

ONE, TWO = FACES / "one_guest.jpg", FACES / "two_guests.jpg"


def safe(house: House) -> bool:
    return house.json("status")["safe_to_leave"]["safe"]


def a_night_passes(house: House) -> None:
    """The machine was off when the night's jobs were due: they are done at the next start."""
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db, db:
        db.execute("UPDATE job SET next_at = 0, last_at = NULL WHERE name IN ('people', 'backup')")
        db.execute("UPDATE event_photo SET arrived_at = arrived_at - 86400")  # all is quiet at night


def said(house: House, *words: str) -> None:
    done = house.run(*words)
    assert done.returncode == 0, done.stdout + done.stderr


def before_the_night(tmp_path: Path, house: House) -> None:
    """Ana, Bo and a guest's photos, all on Drive; a backup of each store is made."""
    said(house, "enroll", "Ana", str(ONE))
    for number in range(1, 4):
        house.drop(variant(ONE, tmp_path / "a.jpg", number), f"DSC_{number:04}.jpg")
        house.drop(variant(TWO, tmp_path / "b.jpg", number), f"DSC_{number + 10:04}.jpg")
    house.drop(scene(tmp_path / "c.jpg", 5), "DSC_0005.jpg")
    house.start()
    wait_for(lambda: len(house.json("people")) >= 2 and safe(house), 90, "Ana and guests have their folders")
    assert house.stop() == 0
    a_night_passes(house)
    house.start()
    wait_for(lambda: len(house.json("restore")) == 2, 30, "both are backed up")


def after_the_night(tmp_path: Path, house: House) -> None:
    """More photos, a name that changes, a photo withdrawn and one that is taken off the card."""
    house.drop(variant(ONE, tmp_path / "d.jpg", 21), "DSC_0021.jpg")
    house.drop(scene(tmp_path / "e.jpg", 22), "DSC_0022.jpg")
    said(house, "people", "rename", "Ana", "Anna")
    number = next(one["id"] for one in house.json("photos") if one["name"] == "DSC_0005.jpg")
    house.expected.withdrawn += [one.sha256 for one in house.expected.photos if one.path.endswith("DSC_0005.jpg")]
    said(house, "photos", "withdraw", str(number))
    wait_for(lambda: safe(house) and "People/Anna/Solo/DSC_0021.jpg" in house.on_drive(), 60, "all is as it was said")
    (house.incoming / "DSC_0022.jpg").unlink()
    house.expected.took_away(house.incoming / "DSC_0022.jpg")


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A venue with a backup of each store, in which much has happened since."""
    folder = tmp_path_factory.mktemp("restore")
    with Emulator.start() as emulator:
        house = House(folder / "venue", emulator)
        before_the_night(folder, house)
        after_the_night(folder, house)
        yield house
        house.close()


def backup_of(house: House, kind: str) -> str:
    (found,) = [row["file"] for row in house.json("restore") if row["kind"] == kind]
    return found


def ids_on_drive(house: House) -> set[str]:
    return {one["id"] for one in house.emulator.files() if not one["trashed"]}


@pytest.mark.slow
def test_beside_a_running_agent_it_is_refused_and_what_is_none_is_named(venue: House) -> None:
    refused = venue.run("restore", backup_of(venue, "ledger"))
    assert (refused.returncode, "venuesync stop" in refused.stderr) == (1, True), refused
    with venue.api() as api:
        answer = api.post("/commands/restore", json={"file": "ledger"})
        assert (answer.status_code, answer.json()["kind"]) == (409, "workspace_busy")
    assert venue.stop() == 0
    for none_such in ("ledger-20200101T000000Z.sqlite", str(ONE)):
        refused = venue.run("restore", none_such)
        assert (refused.returncode, none_such in refused.stderr) in ((1, True), (2, True)), refused
    shown = venue.run("restore").stdout
    assert backup_of(venue, "people") in shown and " people, 1 event  " in shown
    venue.start()
    wait_for(lambda: safe(venue), 60, "nothing was changed")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["put back", "lost"])
def test_an_older_ledger_is_brought_up_to_date(venue: House, how: str) -> None:
    """Put back by a command, or in place of a lost one: the same tree, here and on Drive; nothing made anew."""
    disk, ids = venue.on_disk(), ids_on_drive(venue)
    assert venue.stop() == 0
    if how == "put back":
        said(venue, "restore", backup_of(venue, "ledger"))
        (kept,) = (venue.root / ".venuesync").glob("before-restore-*")
        assert (kept / "ledger.sqlite").exists()
    else:
        for file in (venue.root / ".venuesync").glob("ledger.sqlite*"):
            file.unlink()
    compared = venue.run("verify")  # it said that all was the same, and every file somebody's
    assert (compared.returncode, "Nothing can be compared now" in compared.stderr) == (1, True), compared
    venue.start()
    wait_for(lambda: safe(venue), 60, "it is up to date")
    assert venue.on_disk() == disk == venue.on_drive()
    assert ids_on_drive(venue) == ids
    told = [one["detail"] for one in venue.json("errors")["healed"] if one["title"] == "The ledger was damaged"]
    assert told == ([] if how == "put back" else [f"it was gone, and its backup {backup_of(venue, 'ledger')} is used"])
    venue.assert_invariants()


def test_an_older_list_of_people_takes_nothing_away_before_somebody_says_yes(venue: House) -> None:
    """It is as it was that night: Anna is Ana again, and after the yes what was withdrawn since is back."""
    assert venue.stop() == 0
    before = set(venue.on_disk().values())
    said(venue, "restore", backup_of(venue, "people"))
    venue.start()
    assert [one["id"] for one in venue.json("held")] == ["roster"]
    (told,) = [one for one in venue.json("errors")["open"] if "list of people" in one["title"]]
    assert (told["title"], "damaged" in told["detail"]) == ("An older list of people was put back", False)
    assert "Ana" in [one["name"] for one in venue.json("people")]
    wait_for(lambda: "People/Ana/Solo/DSC_0021.jpg" in venue.on_drive(), 60, "the folders are called as that night")
    assert not safe(venue)
    assert before <= set(venue.on_disk().values())
    assert not [one for one in venue.on_drive() if one.endswith("DSC_0005.jpg")], "it was withdrawn since"
    said(venue, "held", "approve", "--all")
    venue.expected.withdrawn.clear()
    wait_for(lambda: safe(venue), 60, "it is confirmed")
    venue.assert_same_tree(9)
    venue.assert_invariants()


@pytest.mark.slow
def test_an_older_list_of_people_leaves_the_events_as_they_are(tmp_path: Path, house: House) -> None:
    """Photos go on arriving in one that the list did not know, and what was decided there holds."""
    said(house, "enroll", "Ana", str(ONE))
    house.start()
    assert house.stop() == 0
    a_night_passes(house)
    house.start()
    wait_for(lambda: len(house.json("restore")) == 2, 30, "both are backed up")
    said(house, "events", "add", "Late")
    for number in (1, 2):
        house.drop(scene(tmp_path / f"{number}.jpg", number), f"../Events/Late/Incoming/DSC_{number}.jpg")
    wait_for(lambda: len(filed(house, "Late")) == 2 and safe(house), 30, "they are filed")
    [number] = [one["id"] for one in house.json("photos", "--event", "Late") if one["name"] == "DSC_1.jpg"]
    said(house, "photos", "withdraw", str(number))
    wait_for(lambda: len(filed(house, "Late")) == 1 and safe(house), 30, "one is withdrawn")
    assert house.stop() == 0
    said(house, "restore", backup_of(house, "people"))
    house.start()
    assert [one["name"] for one in house.json("events")] == ["default", "Late"]
    house.drop(scene(tmp_path / "3.jpg", 3), "../Events/Late/Incoming/DSC_3.jpg")
    said(house, "held", "approve", "--all")
    wait_for(lambda: len(filed(house, "Late")) == 2 and safe(house), 30, "the third is filed")
    assert {Path(one).name for one in filed(house, "Late")} == {"DSC_2.jpg", "DSC_3.jpg"}
    assert sent(house, "Late") == filed(house, "Late")


def leave_no_ledger(house: House, how: str) -> None:
    """That knows of what was so last: an older one is put back, or there is none at all."""
    if how == "put back":
        said(house, "restore", backup_of(house, "ledger"))
    else:
        for file in (house.root / ".venuesync").glob("**/ledger*.sqlite*"):
            file.unlink()


def is_known_again(house: House) -> bool:
    """What lies where: the ledger is rebuilt."""
    return house.json("status")["safe_to_leave"]["code"] not in ("rebuilding", "people_changed", "store_trouble")


THERE = {"Unsorted/No Faces/DSC_1.jpg"}
HERS = "Unsorted/No Faces/0001_DSC_1.jpg"


def moved_since_the_night(tmp_path: Path, house: House) -> None:
    """A photo that both backups know in one event lies in another one; no agent runs."""
    said(house, "events", "add", "Late")
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    house.start()
    wait_for(lambda: "Unsorted/No Faces/DSC_1.jpg" in house.on_drive() and safe(house), 30, "it is filed")
    assert house.stop() == 0
    a_night_passes(house)
    house.start()
    wait_for(lambda: len(house.json("restore")) == 2, 30, "both are backed up")
    [number] = [one["id"] for one in house.json("photos")]
    said(house, "photos", "move", str(number), "--event", "Late")
    wait_for(lambda: sent(house, "Late") == THERE and safe(house), 30, "it lies in the other event")
    assert house.stop() == 0


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_FACES__SECOND_LOOKS="false")  # a second look plans the photo by itself
def test_an_older_list_of_people_takes_a_move_back_once_somebody_said_yes(tmp_path: Path, house: House) -> None:
    moved_since_the_night(tmp_path, house)
    said(house, "restore", backup_of(house, "people"))
    house.start()
    wait_for(lambda: filed(house, "..") == THERE, 30, "it lies here again")
    assert filed(house, "Late") == THERE, "and nothing was taken away"
    said(house, "held", "approve", "--all")
    wait_for(lambda: filed(house, "Late") == sent(house, "Late") == set() and safe(house), 30, "somebody said yes")
    assert filed(house, "..") == THERE


@pytest.mark.slow
@pytest.mark.parametrize("between", [False, True], ids=["at-once", "after-a-start"])
@pytest.mark.parametrize("how", ["put back", "lost"])
def test_so_it_does_though_the_ledger_that_knew_of_the_move_is_gone(
    tmp_path: Path, house: House, how: str, between: bool
) -> None:
    """What lies in the other event is known to have been moved there, by neither of the two that were put back."""
    moved_since_the_night(tmp_path, house)
    said(house, "restore", backup_of(house, "people"))
    if between:
        house.start()
        wait_for(lambda: filed(house, "..") == THERE, 30, "it lies here again")
        assert house.stop() == 0
    leave_no_ledger(house, how)
    house.start()
    wait_for(lambda: is_known_again(house) and filed(house, "..") == THERE, 40, "all is known again")
    assert filed(house, "Late") == THERE, "and nothing was taken away"
    said(house, "held", "approve", "--all")
    wait_for(lambda: filed(house, "Late") == sent(house, "Late") == set() and safe(house), 40, "somebody said yes")
    assert filed(house, "..") == sent(house, "default") == THERE
    assert house.json("verify")["differences"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("template", "hers"),
    [("", set[str]()), ("{number}_{original}", set[str]()), ("{number}_{original}", {HERS})],
    ids=["own-name", "given-name", "name-that-was-taken"],
)
@pytest.mark.parametrize("how", ["put back", "lost"])
def test_what_an_older_list_has_no_yes_for_is_in_no_folder_though_the_ledger_is_gone(
    tmp_path: Path, house: House, how: str, template: str, hers: set[str]
) -> None:
    """It lay in its folder for good, and nobody knew of it; the card is empty. `hers`: somebody's file has its name."""
    said(house, "events", "add", "Late")
    said(house, "events", "set", "Late", "review", "true")
    said(house, "events", "set", "Late", "name_template", template)
    number = " (2)" if hers else ""
    there = {f"Unsorted/No Faces/{template.format(number='0001', original='DSC_1')}{number}.jpg"} if template else THERE
    card = house.drop(scene(tmp_path / "1.jpg", 1), "../Events/Late/Incoming/DSC_1.jpg")
    house.start()
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "it waits for a yes")
    assert house.stop() == 0
    a_night_passes(house)
    for one in hers:
        (house.root / "Events/Late" / one).parent.mkdir(parents=True)
        (house.root / "Events/Late" / one).write_text("hers")
    house.start()
    wait_for(lambda: len(house.json("restore")) == 2, 30, "both are backed up")
    said(house, "held", "approve", "--all")
    lies = [there, *([hers] if hers else [])]  # on Drive that name is free
    wait_for(lambda: sent(house, "Late") in lies and safe(house), 30, "it is filed")
    card.unlink()
    house.expected.took_away(card)
    assert house.stop() == 0
    said(house, "restore", backup_of(house, "people"))
    leave_no_ledger(house, how)
    house.start()
    wait_for(lambda: is_known_again(house), 40, "all is known again")
    assert filed(house, "Late") - hers == there, "nothing was taken away"
    said(house, "held", "approve", "roster")
    wait_for(lambda: (filed(house, "Late"), sent(house, "Late")) == (hers, set()), 40, "it waits for a yes again")
    assert {one["path"] for one in house.json("verify")["differences"]} <= {f"Events/Late/{one}" for one in hers}
    said(house, "held", "approve", "--all")
    wait_for(
        lambda: filed(house, "Late") == hers | there and sent(house, "Late") in lies and safe(house),
        40,
        "it is filed again",
    )


@pytest.mark.slow
@pytest.mark.parametrize("how", ["put back", "lost"])
def test_what_an_older_list_has_no_yes_for_stays_on_drive_where_that_is_the_only_file_left(
    tmp_path: Path, house: House, how: str
) -> None:
    """Somebody had deleted the one here, and the card is empty: it went to Drive's trash, and no yes had it back."""
    said(house, "events", "add", "Late")
    said(house, "events", "set", "Late", "review", "true")
    card = house.drop(scene(tmp_path / "1.jpg", 1), "../Events/Late/Incoming/DSC_1.jpg")
    house.start()
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "it waits for a yes")
    assert house.stop() == 0
    a_night_passes(house)
    house.start()
    wait_for(lambda: len(house.json("restore")) == 2, 30, "both are backed up")
    said(house, "held", "approve", "--all")
    wait_for(lambda: sent(house, "Late") == THERE and safe(house), 30, "it is filed")
    assert house.stop() == 0
    card.unlink()
    (house.root / "Events/Late" / next(iter(THERE))).unlink()
    said(house, "restore", backup_of(house, "people"))
    leave_no_ledger(house, how)
    house.start()
    wait_for(lambda: is_known_again(house), 40, "all is known again")
    said(house, "held", "approve", "roster")
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] != "people_changed", 30, "all is planned by it")
    time.sleep(2)  # what nobody wants any more is taken out
    assert sent(house, "Late") == THERE
    if how == "put back":
        (told,) = house.json("verify")["differences"]
        assert "the only file left of it" in str(told), told
        assert house.run("verify", "--repair").returncode == 1
        said(house, "held", "approve", "--all")
        wait_for(lambda: missing(house) == ["DSC_1.jpg"], 30, "it is told")
        assert "Download it from Drive" in house.json("errors")["open"][0]["remedy"]
    assert sent(house, "Late") == THERE


@pytest.mark.slow
@pytest.mark.parametrize("how", ["put back", "lost"])
def test_a_photo_that_lies_on_drive_alone_is_named(tmp_path: Path, house: House, how: str) -> None:
    """No room here, the card emptied, a kill, and a ledger that never heard of it; one on the card still comes."""
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    house.start()
    wait_for(lambda: safe(house), 40, "the first is safe")
    assert house.stop() == 0
    a_night_passes(house)
    house.start()
    wait_for(lambda: len(house.json("restore")) == 2, 30, "both are backed up")
    assert house.stop() == 0
    house.environ["VENUESYNC_DISK__KEEP_FREE"] = "1000000 GB"
    house.start()
    for number in (2, 3):
        house.drop(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg")
    wait_for(lambda: len(house.on_drive()) == 3, 30, "all are on Drive, one is filed")
    house.kill()
    (house.incoming / "DSC_2.jpg").unlink()
    house.expected.took_away(house.incoming / "DSC_2.jpg")
    leave_no_ledger(house, how)
    house.environ["VENUESYNC_DISK__KEEP_FREE"] = "0"
    house.start()
    wait_for(lambda: house.json("status")["photos"]["verified"] == 2, 40, "two are known and verified")
    wait_for(lambda: missing(house) == ["DSC_2.jpg"], 30, "the other one is named")
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "taken_away", 40, "and what that means")
    house.drop(tmp_path / "2.jpg", "DSC_2.jpg")
    wait_for(lambda: safe(house), 40, "it is copied again")
    assert missing(house) == []
    house.assert_same_tree(3)


def missing(house: House) -> list[str]:
    return [name for one in house.json("errors")["open"] for name in one["subjects"]]
