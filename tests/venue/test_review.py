"""Events whose photos are looked at first: nothing is filed or sent before somebody approved it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")

GUEST = FACES / "one_guest.jpg"


def held(house: House) -> dict[str, str]:
    """Name -> number of the photos that wait for a yes."""
    return {one["name"]: str(one["id"]) for one in house.json("photos", "--state", "held")}


def waits(house: House, count: int) -> None:
    wait_for(lambda: house.json("status")["photos"]["held"] == count, 30, f"{count} wait for a yes")


@pytest.fixture
def reviewed(house: House, tmp_path: Path) -> House:
    """One photo is on Drive from before; of those that came since, two are Ana's."""
    assert house.run("enroll", "Ana", str(GUEST)).returncode == 0
    house.drop(scene(tmp_path / "before.jpg", 9), "BEFORE.jpg")
    house.start()
    wait_for(lambda: house.on_drive().keys() == {"Unsorted/No Faces/BEFORE.jpg"}, 30, "it is on Drive")
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    for number in (1, 2):
        house.drop(variant(GUEST, tmp_path / f"{number}.jpg", number), f"A{number}.jpg")
    house.drop(scene(tmp_path / "c.jpg", 3), "C.jpg")
    waits(house, 3)
    return house


@pytest.mark.slow
def test_nothing_goes_anywhere_before_a_yes(reviewed: House) -> None:
    house = reviewed
    verdict = house.json("status")["safe_to_leave"]
    assert (verdict["safe"], verdict["code"]) == (False, "held")
    assert house.until_done().returncode == 1
    assert house.on_disk().keys() == house.on_drive().keys() == {"Unsorted/No Faces/BEFORE.jpg"}
    [row] = house.json("held")
    assert (row["count"], row["event"]) == (3, "default")
    assert house.run("photos", "approve").returncode == 2
    for word in ("approve", "reject"):
        slip = house.run("held", word, row["id"], "zzz")
        assert (slip.returncode, "Nothing is held under that name: zzz" in slip.stderr) == (2, True), word
    assert len(held(house)) == 3, "nothing of it is done"

    assert house.run("photos", "approve", held(house)["C.jpg"]).returncode == 0
    one = {"Unsorted/No Faces/BEFORE.jpg", "Unsorted/No Faces/C.jpg"}
    wait_for(lambda: house.on_drive().keys() == one, 20, "what was approved is there")
    assert house.run("photos", "approve", "--person", "Ana").returncode == 0
    both = one | {"People/Ana/Solo/A1.jpg", "People/Ana/Solo/A2.jpg"}
    wait_for(lambda: house.on_drive().keys() == both, 20, "so are hers")
    assert house.until_done().returncode == 0
    assert house.json("held") == []

    assert house.run("undo").returncode == 0
    waits(house, 2)
    wait_for(lambda: house.on_drive().keys() == one, 20, "taken back")
    assert house.run("held", "reject", "--all").returncode == 0
    waits(house, 0)
    assert house.until_done().returncode == 0
    house.assert_same_tree(2)
    assert house.run("undo").returncode == 0
    waits(house, 2)
    house.assert_invariants()


@pytest.mark.slow
def test_a_yes_says_what_comes_of_it(reviewed: House) -> None:
    """Nothing that waits is not filed now, nor is anything while all is paused."""
    house = reviewed
    number = held(house)["A1.jpg"]
    assert house.run("photos", "withdraw", number).returncode == 0
    none = house.run("photos", "approve", number)
    assert (none.returncode, none.stdout) == (1, "Approved: 0; none of them waits for a yes\n")
    assert house.run("pause", "all").returncode == 0
    paused = house.run("photos", "approve", "--all")
    assert paused.stdout == "Approved: 2; they are filed once all goes on: everything is paused\n"
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: len(house.on_disk()) == 3, 20, "they are filed")


@pytest.mark.slow
def test_a_lost_ledger_takes_nothing_away_and_lets_nothing_through(reviewed: House) -> None:
    house = reviewed
    assert house.run("photos", "approve", held(house)["A1.jpg"]).returncode == 0
    there = {"Unsorted/No Faces/BEFORE.jpg", "People/Ana/Solo/A1.jpg"}
    wait_for(lambda: house.on_drive().keys() == there, 20, "it is there")
    house.until_done()
    house.stop()
    for store in (house.root / ".venuesync").glob("ledger*"):
        store.unlink()
    house.start()
    waits(house, 2)
    assert house.until_done().returncode == 1
    assert house.on_drive().keys() == there
    house.assert_same_tree(2)


@pytest.mark.slow
def test_taken_off_its_card_before_the_yes_it_is_named(reviewed: House) -> None:
    """As any that was taken away before it was filed: nothing here holds it, and it is not safe."""
    house = reviewed
    (house.incoming / "C.jpg").unlink()
    waits(house, 2)
    told = [(one["kind"], one["subjects"]) for one in house.json("errors")["open"]]
    assert told == [("photo_gone", ["C.jpg"])]
    assert house.run("photos", "approve", "--all").returncode == 0
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "taken_away", 30, "it is not safe without it")


@pytest.mark.slow
def test_whoever_stops_looking_lets_all_through(reviewed: House) -> None:
    house = reviewed
    assert house.run("events", "set", "default", "review", "false").returncode == 0
    wait_for(lambda: len(house.on_drive()) == 4, 20, "all are there")
    assert house.until_done().returncode == 0
    house.assert_same_tree(4)


@pytest.mark.slow
def test_moved_into_an_event_that_is_reviewed_it_waits_there_and_its_bytes_stay(reviewed: House) -> None:
    house = reviewed
    assert house.run("events", "add", "Party").returncode == 0
    assert house.run("photos", "approve", held(house)["C.jpg"]).returncode == 0
    wait_for(lambda: "Unsorted/No Faces/C.jpg" in house.on_drive(), 20, "it is there")
    house.until_done()
    [number] = [str(one["id"]) for one in house.json("photos") if one["name"] == "C.jpg"]
    assert house.run("events", "set", "Party", "review", "true").returncode == 0
    (house.root / "Incoming" / "C.jpg").unlink()
    assert house.run("photos", "move", number, "--event", "Party").returncode == 0
    wait_for(lambda: "Unsorted/No Faces/C.jpg" not in house.on_disk(), 20, "it left")
    waits(house, 3)
    assert house.run("photos", "approve", "--event", "Party").returncode == 0
    moved = house.root / "Events/Party/Unsorted/No Faces/C.jpg"
    wait_for(moved.exists, 20, "it is there")


def test_what_lay_there_before_stays_though_what_was_said_earlier_is_taken_back(house: House, tmp_path: Path) -> None:
    """And done again: neither says anything of who looked at it."""
    house.drop(scene(tmp_path / "before.jpg", 9), "BEFORE.jpg")
    house.start()
    there = {"Unsorted/No Faces/BEFORE.jpg"}
    wait_for(lambda: house.on_drive().keys() == there, 30, "it is on Drive")
    number = str(house.json("photos")[0]["id"])
    assert house.run("photos", "file-as", "group", number).returncode == 0
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    for verb in ("undo", "redo"):
        assert house.run(verb).returncode == 0
        assert house.json("status")["photos"]["held"] == 0
        assert house.until_done().returncode == 0
        assert house.on_disk().keys() == house.on_drive().keys() == there
    house.assert_invariants()


@pytest.mark.slow
def test_a_no_to_what_waits_is_of_that_event_alone(reviewed: House, tmp_path: Path) -> None:
    """What is withdrawn goes out of every folder here; by a no the photo lies in the other event as before."""
    house = reviewed
    assert house.run("events", "add", "Party").returncode == 0
    (house.root / "Events" / "Party" / "Incoming" / "A1.jpg").write_bytes((tmp_path / "1.jpg").read_bytes())
    there = "Events/Party/Unsorted/Unknown/A1.jpg"
    wait_for((house.root / there).exists, 30, "it is filed there")
    assert house.run("photos", "withdraw", held(house)["A1.jpg"]).returncode == 0
    waits(house, 2)
    assert house.until_done().returncode == 1, "the others wait"
    assert (house.root / there).exists()
    (party,) = house.json("photos", "--event", "Party")
    assert house.run("undo").returncode == 0
    waits(house, 3)
    assert house.run("photos", "withdraw", str(party["id"])).returncode == 0
    waits(house, 2)
    wait_for(lambda: not (house.root / there).exists(), 30, "it is nowhere")
