"""A lost ledger and a damaged roster: nothing lost, nothing doubled, and it is said aloud."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.venue.house import House
from tests.venue.pictures import FACES, scene, variant


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


def test_a_lost_ledger_with_files_of_other_people_in_the_folders(tmp_path: Path, house: House) -> None:
    fill(tmp_path, house)
    stranger = house.root / "Unsorted/No Faces/notes.txt"
    stranger.write_text("mine")
    damage_ledger(house)
    assert house.until_done().returncode == 0
    assert stranger.read_text() == "mine"
    stranger.unlink()
    house.assert_same_tree(4)


def test_what_was_still_to_be_taken_out_when_the_ledger_was_lost_is_named_and_mended(
    tmp_path: Path, house: House
) -> None:
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
    ours, copied = (str(path.relative_to(house.root)) for path in (filed, hers))
    assert f"{ours}: is taken out" in told.stdout
    assert f"{copied}: somebody's: left alone" in told.stdout
    assert told.returncode == 1
    assert house.run("verify", "--repair").returncode == 0
    assert not filed.exists()
    assert hers.exists()
    hers.unlink()
    assert "DSC_0003.jpg" not in str(house.on_disk()) + str(house.on_drive())
    house.assert_same_tree(3)


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
