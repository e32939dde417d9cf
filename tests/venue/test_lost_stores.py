"""A lost ledger and a damaged roster: nothing lost, nothing doubled, and it is said aloud."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from agent.jobs.backups import back_up_people
from agent.workspace import find_workspace
from tests.venue.house import House, wait_for
from tests.venue.photographer import FOLDER
from tests.venue.pictures import FACES, scene, variant
from tests.venue.test_people_commands import of
from tests.venue.weddings import filed, sent


def fill(tmp_path: Path, house: House) -> None:
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2), "other/DSC_0001.jpg")
    house.drop(variant(FACES / "one_guest.jpg", tmp_path / "c.jpg", 3), "DSC_0003.jpg")
    house.drop(FACES / "two_guests.jpg", "DSC_0004.jpg")
    done = house.until_done()
    assert done.returncode == 0, done.stdout + done.stderr
    house.assert_same_tree(4)


def damage_ledger(house: House) -> None:
    for part in (house.root / ".venuesync").glob("ledger.sqlite*"):
        if part.name == "ledger.sqlite":
            part.write_bytes(b"not a database" * 1000)
        else:
            part.unlink()


@pytest.mark.slow
def test_a_damaged_ledger_is_set_aside_and_rebuilt(tmp_path: Path, house: House) -> None:
    """From disk, Drive, references and roster: the same tree as before, not a file or folder twice."""
    fill(tmp_path, house)
    before = house.on_disk()
    ids = {one["id"] for one in house.emulator.files() if not one["trashed"]}
    damage_ledger(house)
    done = house.until_done()
    assert done.returncode == 0, done.stdout + done.stderr
    house.assert_same_tree(4)
    assert house.on_disk() == before
    assert {one["id"] for one in house.emulator.files() if not one["trashed"]} == ids
    assert list((house.root / ".venuesync").glob("ledger.damaged-*"))
    told = house.json("errors")
    assert any("The ledger was damaged" in one["title"] for one in told["healed"])
    assert told["open"] == []


@pytest.mark.slow
def test_drive_is_asked_for_few_files_by_their_ids(tmp_path: Path, house: House) -> None:
    """Those that may have been made and that no list shows yet; not for all the ids that were ever had."""
    fill(tmp_path, house)
    damage_ledger(house)
    house.emulator.forget_requests()
    assert house.until_done().returncode == 0
    asked = house.emulator.requests()["methods"]
    assert 0 < asked["files.get"] < 110 and asked["batch"] == 1


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_where_drive_is_off_a_lost_ledger_is_rebuilt_by_this_machine_alone(tmp_path: Path, house: House) -> None:
    """It is over then, and somebody can be forgotten here."""
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.drop(variant(FACES / "one_guest.jpg", tmp_path / "c.jpg", 3), "DSC_0003.jpg")
    assert house.until_done().returncode == 0
    before = house.on_disk()
    damage_ledger(house)
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "safe again")
    assert house.on_disk() == before
    wait_for(lambda: not house.json("errors")["open"], 20, "that it was damaged is over")
    done = house.json("people", "forget", "Ana", "--yes")
    assert "Drive, which is off" in done["waits"]
    assert house.json("people") == []
    assert sorted(house.on_disk()) == ["Unsorted/No Faces/DSC_0001.jpg", "Unsorted/Unknown/DSC_0003.jpg"]
    assert house.stop() == 0


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_INCOMING__SWEEP="1")
def test_a_bad_file_that_went_since_an_older_ledger_is_missed_no_more(tmp_path: Path, house: House) -> None:
    """It is put back: nothing is said to be gone before it is known what lies here, and afterwards what went is."""
    fill(tmp_path, house)
    whole = scene(tmp_path / "whole.jpg", 9).read_bytes()
    (tmp_path / "bad.jpg").write_bytes(whole[: len(whole) // 2])
    bad = house.drop(tmp_path / "bad.jpg", "DSC_9.jpg")
    house.environ["VENUESYNC_CLOCK_OFFSET"] = "3600"  # an hour later, when nobody waits for the rest of it any more
    house.until_done()
    assert house.json("status")["photos"]["failed"] == 1
    older = shutil.copyfile(house.root / ".venuesync/ledger.sqlite", tmp_path / "older.sqlite")
    bad.unlink()
    house.expected.took_away(bad)
    assert house.run("restore", str(older)).returncode == 0
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "nothing is missed")
    assert (house.json("status")["photos"]["failed"], house.json("errors")["open"]) == (0, [])
    house.assert_same_tree(4)


@pytest.mark.slow
def test_a_ledger_lost_after_the_card_was_emptied(tmp_path: Path, house: House) -> None:
    """What lies filed only is known again."""
    fill(tmp_path, house)
    before = house.on_disk()
    shutil.rmtree(house.incoming)
    house.incoming.mkdir()
    damage_ledger(house)
    done = house.until_done()
    assert done.returncode == 0, done.stdout + done.stderr
    house.assert_same_tree(4)
    assert house.on_disk() == before


@pytest.mark.slow
def test_a_folder_renamed_while_a_lost_ledger_is_learned_anew_keeps_each_photo_once(
    tmp_path: Path, house: House
) -> None:
    """The photos in it are looked at again, one after another; what lies there is each one's still."""
    fill(tmp_path, house)
    before = house.on_disk()
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    damage_ledger(house)
    assert house.run("people", "rename", "Ana", "Anna").returncode == 0
    assert house.until_done().returncode == 0
    assert house.on_disk() == {path.replace("/Ana/", "/Anna/"): md5 for path, md5 in before.items()}
    house.assert_same_tree(4)


@pytest.mark.slow
def test_folders_that_were_renamed_before_the_ledger_was_lost_are_called_so_on_drive(
    tmp_path: Path, house: House
) -> None:
    """Drive had the earlier names, for good."""
    fill(tmp_path, house)
    assert house.run("events", "add", "Gala").returncode == 0
    house.drop(scene(tmp_path / "d.jpg", 5), "../Events/Gala/Incoming/DSC_0005.jpg")
    assert house.until_done().returncode == 0
    before = house.on_disk()
    assert house.run("people", "rename", "Ana", "Anna").returncode == 0
    assert house.run("events", "set", "Gala", "name", "Ball").returncode == 0
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    damage_ledger(house)
    done = house.until_done()
    assert done.returncode == 0, done.stdout + done.stderr
    assert house.on_disk() == {path.replace("/Ana/", "/Anna/"): md5 for path, md5 in before.items()}
    assert house.on_drive().items() >= house.on_disk().items()
    paths = {one["path"] for one in house.emulator.files() if not one["trashed"] and one["mimeType"] == FOLDER}
    assert {"venuesync/Ball", "venuesync/default/People/Anna"} <= paths
    assert not {"venuesync/Gala", "venuesync/default/People/Ana"} & paths


@pytest.mark.slow
def test_a_folder_whose_new_name_is_not_known_yet_holds_its_photos_still(tmp_path: Path, house: House) -> None:
    """Renamed on disk, and killed before that was kept: the photos known by its old name are not gone."""
    fill(tmp_path, house)
    before = house.on_disk()
    shutil.rmtree(house.incoming)
    house.incoming.mkdir()
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    damage_ledger(house)
    assert house.run("pause", "all").returncode == 0
    house.start()
    wait_for(lambda: house.json("status")["photos"]["seen"] == len(before), 30, "all that lies here is known")
    assert house.run("people", "rename", "Ana", "Anna").returncode == 0
    (house.root / "People/Ana").rename(house.root / "People/Anna")
    assert house.run("resume", "all").returncode == 0
    assert house.until_done().returncode == 0, house.json("errors")
    assert house.on_disk() == {path.replace("/Ana/", "/Anna/"): md5 for path, md5 in before.items()}
    assert house.json("status")["photos"]["seen"] == len(before)


@pytest.mark.slow
def test_a_lost_ledger_with_files_of_other_people_in_the_folders(tmp_path: Path, house: House) -> None:
    fill(tmp_path, house)
    stranger = house.root / "Unsorted/No Faces/notes.txt"
    stranger.write_text("mine")
    mark = next(one["appProperties"]["venuesync"] for one in house.emulator.files() if one["appProperties"])
    unfinished = stranger.with_name(f".venuesync-{mark}-67.part")  # by one who was killed before it had its name
    unfinished.write_bytes(b"half of it")
    damage_ledger(house)
    assert house.until_done().returncode == 0
    assert stranger.read_text() == "mine"
    assert not unfinished.exists()
    stranger.unlink()
    house.assert_same_tree(4)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["in place", "by another file"])
def test_a_filed_file_that_somebody_changed_is_theirs_though_the_ledger_was_lost_since(
    tmp_path: Path, house: House, how: str
) -> None:
    """It is not sent, and stays when the photo that it once was is withdrawn."""
    fill(tmp_path, house)
    theirs = house.root / "People/Ana/Solo/DSC_0003.jpg"
    work = theirs.read_bytes() + b" and somebody's work on it"
    edited = theirs if how == "in place" else tmp_path / "edited.jpg"
    edited.write_bytes(work)
    edited.replace(theirs)
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    damage_ledger(house)
    assert house.until_done().returncode == 0
    numbers = [str(one["id"]) for one in house.json("photos") if one["name"] == "DSC_0003.jpg"]
    assert (len(numbers), theirs.read_bytes()) == (1, work)
    assert hashlib.md5(work, usedforsecurity=False).hexdigest() not in house.on_drive().values()
    assert house.run("photos", "withdraw", *numbers).returncode == 0
    assert house.until_done().returncode == 0
    assert theirs.read_bytes() == work
    theirs.unlink()
    house.assert_same_tree(3)


@pytest.mark.slow
def test_what_a_person_has_under_a_number_that_one_of_ours_had_before_is_theirs(tmp_path: Path, house: House) -> None:
    """As on another disk, where a workspace is given back without its ledger: it was taken out as ours."""
    fill(tmp_path, house)
    ours, theirs = house.root / "People/Ana/Solo/DSC_0003.jpg", house.root / "Unsorted/No Faces/DSC_0003.jpg"
    shutil.copyfile(ours, theirs)
    log = house.root / ".venuesync/made.log"
    told = log.read_text().replace(f" {ours.stat().st_ino} ", f" {theirs.stat().st_ino} ")
    assert f" {theirs.stat().st_ino} {hashlib.sha256(theirs.read_bytes()).hexdigest()}" in told
    log.write_text(told)
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    damage_ledger(house)
    assert house.until_done().returncode == 0
    assert "Unsorted/No Faces/DSC_0003.jpg: somebody's" in house.run("verify", "--repair").stdout
    assert theirs.exists()
    theirs.unlink()
    house.assert_same_tree(4)


@pytest.mark.slow
def test_what_was_still_to_be_taken_out_when_the_ledger_was_lost_goes(tmp_path: Path, house: House) -> None:
    """Withdrawn, and lost before disk and Drive had followed; a person's own copy beside it stays hers."""
    fill(tmp_path, house)
    number = next(one["id"] for one in house.json("photos") if one["name"] == "DSC_0003.jpg")
    filed, kept = house.root / "People/Ana/Solo/DSC_0003.jpg", tmp_path / "the same file"
    kept.hardlink_to(filed)
    assert house.run("photos", "withdraw", str(number)).returncode == 0
    assert not filed.exists()
    kept.rename(filed)  # as if that had not been done yet
    hers = filed.with_name("the best one.jpg")
    shutil.copyfile(filed, hers)
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    damage_ledger(house)
    assert house.until_done().returncode == 0
    told = house.run("verify")
    assert f"{hers.relative_to(house.root)}: somebody's: left alone" in told.stdout
    assert told.returncode == 0
    assert not filed.exists()
    assert hers.exists()
    hers.unlink()
    assert "DSC_0003.jpg" not in str(house.on_disk()) + str(house.on_drive())
    house.assert_same_tree(3)


@pytest.mark.slow
def test_empty_folders_of_whom_neither_people_nor_ledger_know_any_more_go(tmp_path: Path, house: House) -> None:
    """What a person made, or put into one, stays."""
    fill(tmp_path, house)
    before = back_up_people(find_workspace(house.root, house.environ))
    assert before is not None
    for name, who in (("Bo", "jonas_lindqvist"), ("Cy", "mia_lindqvist")):
        assert house.run("enroll", name, str(of(who)[0])).returncode == 0
    assert house.until_done().returncode == 0
    assert (house.root / "People/Bo/Solo").is_dir()
    (house.root / "People/Cy/Solo/hers.txt").write_text("hers")
    (house.root / "People/Di").mkdir()
    assert house.run("restore", before.name).returncode == 0
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    damage_ledger(house)
    assert house.run("held", "approve", "--all").returncode == 0
    assert house.until_done().returncode == 0
    there = {one.relative_to(house.root / "People").as_posix() for one in (house.root / "People").rglob("*")}
    assert not {one for one in there if one.startswith("Bo")}
    assert {"Cy/Solo/hers.txt", "Di"} <= there


@pytest.mark.slow
def test_a_move_can_be_taken_back_though_the_ledger_was_lost_since(tmp_path: Path, house: House) -> None:
    """What lies filed in the other event came there by that move; what came there by itself, too, stays."""
    assert house.run("events", "add", "Late").returncode == 0
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_1.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_2.jpg")
    assert house.until_done().returncode == 0
    numbers = [str(one["id"]) for one in house.json("photos")]
    assert house.run("photos", "move", *numbers, "--event", "Late").returncode == 0
    house.drop(tmp_path / "b.jpg", "../Events/Late/Incoming/DSC_2.jpg")
    assert house.until_done().returncode == 0
    assert filed(house, "Late") == {"Unsorted/No Faces/DSC_1.jpg", "Unsorted/No Faces/DSC_2.jpg"}
    shutil.rmtree(house.root / ".venuesync" / "backups", ignore_errors=True)
    (house.incoming / "DSC_1.jpg").unlink()  # the card was emptied: its only bytes lie in the other event
    damage_ledger(house)
    assert house.until_done().returncode == 0
    assert filed(house, "Late") == {"Unsorted/No Faces/DSC_1.jpg", "Unsorted/No Faces/DSC_2.jpg"}
    assert house.run("undo").returncode == 0
    assert house.until_done().returncode == 0
    assert filed(house, "Late") == sent(house, "Late") == {"Unsorted/No Faces/DSC_2.jpg"}
    assert filed(house, "..") == {"Unsorted/No Faces/DSC_1.jpg", "Unsorted/No Faces/DSC_2.jpg"}


@pytest.mark.slow
def test_what_a_lost_ledger_left_on_drive_is_named_and_trashed(tmp_path: Path, house: House) -> None:
    """With somebody's file in it a folder stays, and so does a photo that nobody knows here."""
    fill(tmp_path, house)
    left = {name: left_on_drive(house, name) for name in ("Bo", "Cy", "Di")}
    there = next(one for one in house.emulator.files() if one["name"] == "DSC_0003.jpg")
    known = there["appProperties"]
    body = {"name": "DSC_0003.jpg", "parents": [left["Bo"][1]], "appProperties": known}
    copied = house.emulator.client("venuesync").post(f"/drive/v3/files/{there['id']}/copy", json=body)
    bos = str(copied.raise_for_status().json()["id"])
    dis = put(house, "DSC_9.jpg", left["Di"][1], known | {"venuesync_photo": "0" * 64})
    hers = put(house, "hers.jpg", left["Cy"][1], {})
    told = house.run("verify")
    assert told.returncode == 1
    assert "People/Bo/Solo/DSC_0003.jpg: goes to Drive's trash" in told.stdout
    assert "People/Bo/Solo/: goes to Drive's trash" in told.stdout
    assert "Di" not in told.stdout
    house.run("verify", "--repair")
    trashed = {one["id"] for one in house.emulator.files() if one["trashed"]}
    assert {*left["Bo"], bos} <= trashed
    assert not {*left["Cy"], *left["Di"], hers, dis} & trashed
    for one in (hers, *left["Di"]):
        house.emulator.client().patch(f"/drive/v3/files/{one}", json={"trashed": True}).raise_for_status()
    assert house.run("verify", "--repair").returncode == 0
    house.assert_same_tree(4)


def left_on_drive(house: House, name: str) -> tuple[str, str]:
    """A folder of somebody who is known no more, and the one in it."""
    files = house.emulator.files()
    people = next(one for one in files if one["name"] == "People")
    key = f"person:{name}"
    own = put(house, name, people["id"], people["appProperties"] | {"venuesync_folder": key}, FOLDER)
    inside = put(house, "Solo", own, people["appProperties"] | {"venuesync_folder": f"{key}/solo"}, FOLDER)
    return own, inside


def put(house: House, name: str, parent: str, marks: dict[str, str], mime: str = "image/jpeg") -> str:
    body = {"name": name, "mimeType": mime, "parents": [parent], "appProperties": marks}
    made = house.emulator.client("venuesync").post("/drive/v3/files", json=body).raise_for_status()
    return str(made.json()["id"])


@pytest.mark.slow
def test_a_damaged_roster_falls_back_and_only_adds_until_confirmed(tmp_path: Path, house: House) -> None:
    fill(tmp_path, house)
    roster = house.root / ".venuesync/roster.json"
    assert house.run("enroll", "Bo", str(FACES / "two_guests.jpg")).returncode == 1
    before = house.on_disk()
    older = json.loads((roster.with_name("roster.json.1")).read_text())
    older["people"] = {}  # as it was before anybody was enrolled
    roster.with_name("roster.json.1").write_text(json.dumps(older))
    roster.write_text("{ damaged")
    done = house.until_done()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "held" in done.stderr
    assert house.on_disk() == before, "an older roster takes nothing away by itself"
    assert any("list of people was damaged" in one["title"] for one in house.json("errors")["open"])
    assert house.json("held")[0]["id"] == "roster"
    assert house.run("held", "approve", "--all").returncode == 0
    assert house.until_done().returncode == 0
    assert all(path.startswith("Unsorted/") for path in house.on_disk())
    house.assert_same_tree(4)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["lost", "damaged"])
def test_what_drives_lists_do_not_show_yet_is_not_sent_again_by_a_new_ledger(
    tmp_path: Path, house: House, how: str
) -> None:
    """Folders and photos that went there last are known by their ids, while lists lag by minutes."""
    house.emulator.lag(list_ms=600_000)
    fill(tmp_path, house)
    before = sorted(one["id"] for one in house.emulator.files() if not one["trashed"])
    if how == "damaged":
        damage_ledger(house)
    else:
        for file in (house.root / ".venuesync").glob("ledger.sqlite*"):
            file.unlink()
    house.drop(scene(tmp_path / "e.jpg", 5), "DSC_0005.jpg")
    assert house.until_done().returncode == 0
    assert house.emulator.requests()["methods"]["files.list"] > 0
    house.assert_same_tree(5)
    after = sorted(one["id"] for one in house.emulator.files() if not one["trashed"])
    assert set(before) <= set(after)
    assert len(after) == len(before) + 1, "the new photo alone"
    house.emulator.lag(list_ms=0)
    house.assert_invariants()


@pytest.mark.slow
def test_a_moved_workspace_goes_on(tmp_path: Path, house: House) -> None:
    fill(tmp_path, house)
    requests = house.emulator.requests()["methods"].get("files.create", 0)
    moved = house.root.with_name("moved venue")
    house.root.rename(moved)
    house.root, house.incoming = moved, moved / "Incoming"
    house.drop(scene(tmp_path / "e.jpg", 5), "DSC_0005.jpg")
    done = house.until_done()
    assert done.returncode == 0, done.stdout + done.stderr
    house.assert_same_tree(5)
    assert house.emulator.requests()["methods"]["files.create"] == requests + 1
