"""A list of people that is gone: found again or said to be gone, never begun anew in silence; no number given twice."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

GUEST = re.compile(r"Guest (\d+)")
ONE, TWO = FACES / "one_guest.jpg", FACES / "two_guests.jpg"


def lose_people(house: House) -> None:
    """As `rm .venuesync/roster*` does."""
    for file in (house.root / ".venuesync").glob("roster.json*"):
        file.unlink()


def lose_ledger(house: House) -> None:
    for file in (house.root / ".venuesync").glob("ledger.sqlite*"):
        file.unlink()


def fill(tmp_path: Path, house: House) -> None:
    """Ana by an enrolment, and guests by photos: three of the same faces."""
    assert house.run("enroll", "Ana", str(ONE)).returncode == 0
    house.drop(variant(ONE, tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    for number in range(2, 5):
        house.drop(variant(TWO, tmp_path / "b.jpg", number), f"DSC_{number:04}.jpg")
    house.drop(scene(tmp_path / "c.jpg", 5), "DSC_0005.jpg")
    house.start()
    wait_for(lambda: len(house.json("people")) >= 2 and safe(house), 90, "Ana and guests have their folders")
    assert house.stop() == 0


def safe(house: House) -> bool:
    return house.json("status")["safe_to_leave"]["safe"]


def guests(house: House) -> set[int]:
    """Numbers of the guests that folders show, here and on Drive."""
    names = [path.name for path in (house.root / "People").iterdir()]
    names += [path.rpartition("/")[2] for path in house.folders_on_drive()]
    return {int(found[1]) for name in names if (found := GUEST.fullmatch(name))}


@pytest.mark.slow
def test_with_the_ledger_left_everybody_is_back_and_it_is_said(tmp_path: Path, house: House) -> None:
    """The same people in the same folders, here and on Drive; never safe until somebody has said yes."""
    fill(tmp_path, house)
    before, people = house.on_disk(), sorted((one["id"], one["name"]) for one in house.json("people"))
    ids = {one["id"] for one in house.emulator.files() if not one["trashed"]}
    lose_people(house)
    house.start()
    assert sorted((one["id"], one["name"]) for one in house.json("people")) == people
    (told,) = house.json("errors")["open"]
    assert told["title"] == "The list of people was damaged"
    assert "roster.json was removed, and it is made anew from folders and faces" in told["detail"]
    assert [one["id"] for one in house.json("held")] == ["roster"]
    house.drop(variant(ONE, tmp_path / "d.jpg", 9), "DSC_0009.jpg")
    wait_for(lambda: "People/Ana/Solo/DSC_0009.jpg" in house.on_drive(), 60, "Ana is known by her surest faces")
    assert not safe(house)
    assert house.run("held", "approve", "--all").returncode == 0
    wait_for(lambda: safe(house), 60, "it is confirmed")
    after = house.on_disk()
    assert {path: after.get(path) for path in before} == before
    assert ids <= {one["id"] for one in house.emulator.files() if not one["trashed"]}
    house.assert_invariants()


@pytest.mark.slow
def test_with_both_stores_gone_it_is_said_and_guests_numbers_go_on(tmp_path: Path, house: House) -> None:
    """Drive is away at the start: no guest is made before it was looked at for the numbers that were given."""
    fill(tmp_path, house)
    given = guests(house)
    assert given
    beyond = max(given) + 40
    make_on_drive(house, f"Guest {beyond}")
    lose_people(house)
    lose_ledger(house)
    house.emulator.outage(120)
    house.start()
    (told,) = [one for one in house.json("errors")["open"] if "list of people" in one["title"]]
    assert (told["title"], told["severity"]) == ("The list of people is gone", "error")
    assert "venuesync restore" in told["remedy"]
    assert not safe(house)
    assert house.run("held", "approve", "--all").returncode == 0
    assert not [one for one in house.json("people") if one["guest"]], "not before Drive was looked at"
    house.emulator.outage(0)
    wait_for(lambda: [one for one in house.json("people") if one["guest"]], 60, "guests are made again")
    numbers = {int(GUEST.fullmatch(one["name"])[1]) for one in house.json("people") if one["guest"]}
    assert min(numbers) > beyond
    wait_for(lambda: safe(house), 90, "all is filed")


@pytest.mark.parametrize("how", ["removed", "damaged", "an older one"])
def test_what_waits_for_a_yes_waits_though_the_list_does_not_know_that_somebody_looks(
    tmp_path: Path, house: House, how: str
) -> None:
    """It was filed and sent by the next start, and nobody had looked at it."""
    list_of_people = house.root / ".venuesync" / "roster.json"
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(lambda: len(house.on_drive()) == 1 and safe(house), 60, "one is there from before")
    before = list_of_people.read_bytes()
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_0002.jpg")
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 60, "the other one waits for a yes")
    assert house.stop() == 0
    if how == "removed":
        lose_people(house)
    else:
        list_of_people.write_bytes(before if how == "an older one" else b"")
    house.start()
    house.drop(scene(tmp_path / "c.jpg", 3), "DSC_0003.jpg")
    wait_for(lambda: house.json("status")["photos"]["held"] == 2, 60, "it waits, and so does another one")
    assert {one["id"] for one in house.json("held")} == {"roster", "photos:default"}
    assert house.run("held", "approve", "roster").returncode == 0
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "held", 60, "all is planned by it")
    there = {"Unsorted/No Faces/DSC_0001.jpg"}
    assert house.on_disk().keys() == house.on_drive().keys() == there
    assert house.run("held", "approve", "--all").returncode == 0
    wait_for(lambda: len(house.on_drive()) == 3 and safe(house), 60, "all are there")
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.parametrize("lost", [("decisions-*",), ("decisions-*", "roster.json")], ids=["decisions", "both"])
def test_one_yes_is_enough_where_decisions_are_lost_and_asking_writes_nothing(
    tmp_path: Path, house: House, lost: tuple[str, ...]
) -> None:
    """It was held again by the next command, for good; and each took the place of two earlier lists of people."""
    state = house.root / ".venuesync"
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_0002.jpg")
    house.start()
    wait_for(lambda: house.json("status")["photos"]["seen"] == 2 and safe(house), 60, "all is done")
    assert house.run("enroll", "Mia", str(ONE)).returncode == 0
    for was, name in pairwise(("Mia", "Mira", "Mona", "Maya", "May")):
        assert house.run("people", "rename", was, name).returncode == 0
    number = next(one["id"] for one in house.json("photos") if one["name"] == "DSC_0002.jpg")
    assert house.run("photos", "withdraw", str(number)).returncode == 0
    assert house.stop() == 0
    before = {path.read_bytes() for path in state.glob("roster.json.*")}
    for pattern in lost:
        for file in state.glob(pattern):
            file.unlink()
    assert [one["id"] for one in house.json("held")] == ["roster"]
    assert len(before & {path.read_bytes() for path in state.glob("roster.json.*")}) >= 3, "earlier ones are kept"
    written = {path: path.read_bytes() for path in state.glob("roster.json*")}
    for question in ("held", "errors", "people", "status"):
        house.run(question)
    assert {path: path.read_bytes() for path in state.glob("roster.json*")} == written
    assert house.run("held", "approve", "--all").returncode == 0
    assert house.json("held") == []
    house.start()
    wait_for(lambda: safe(house), 60, "it is answered")
    assert (house.json("held"), house.json("errors")["open"]) == ([], [])


def make_on_drive(house: House, name: str) -> None:
    """A guest's folder that only Drive knows."""
    with house.emulator.client("venuesync") as drive:
        body = {"name": name, "mimeType": "application/vnd.google-apps.folder"}
        drive.post("/drive/v3/files", json=body).raise_for_status()


@pytest.mark.slow
def test_an_event_that_was_added_last_is_known_though_an_older_list_is_used(tmp_path: Path, house: House) -> None:
    """Else its photos would lie there unseen, under a green line."""
    house.start()
    assert house.run("events", "add", "Late").returncode == 0
    incoming = house.root / "Events/Late/Incoming"
    scene(tmp_path / "1.jpg", 1).rename(incoming / "DSC_1.jpg")
    wait_for(lambda: house.json("status")["photos"]["seen"] == 1 and safe(house), 30, "its photo is on Drive")
    assert house.stop() == 0
    for file in (house.root / ".venuesync").glob("roster.json*"):
        if '"Late"' in file.read_text():
            file.write_text("{torn")
    scene(tmp_path / "2.jpg", 2).rename(incoming / "DSC_2.jpg")
    house.start()
    assert house.run("held", "approve", "--all").returncode == 0
    wait_for(lambda: house.json("status")["photos"]["seen"] == 2 and safe(house), 30, "and so is the next one")
    assert (house.root / "Events/Late/Unsorted/No Faces/DSC_2.jpg").exists()


@pytest.mark.slow
def test_somebodys_own_folders_before_the_first_start_are_no_sign_of_a_list(tmp_path: Path, house: House) -> None:
    """It was said to be gone, and nothing was safe until somebody said yes to that."""
    own = scene(tmp_path / "own.jpg", 7)
    kept = house.root / "People" / "Mia Lindqvist" / "Solo" / "mine.jpg"
    kept.parent.mkdir(parents=True)
    own.rename(kept)
    house.expected.keep(kept)
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(lambda: house.json("status")["photos"]["seen"] == 1 and safe(house), 60, "all is done")
    assert (house.json("errors")["open"], house.json("held")) == ([], [])
    assert house.stop() == 0


@pytest.mark.parametrize("sign", ["both", "guest", "unsorted", "event", "made", "backup", "thumbnail"])
def test_whatever_shows_an_earlier_life_is_a_sign_of_a_list_that_is_gone(house: House, sign: str) -> None:
    """All of `.venuesync` may have been thrown away."""
    state, people = house.root / ".venuesync", house.root / "People"
    (people / "Mia" / "Solo").mkdir(parents=True)
    made = {
        "both": people / "Mia" / "Group",
        "guest": people / "Guest 03",
        "unsorted": house.root / "Unsorted",
        "event": house.root / "Events" / "Gala",
        "made": state / "made.log",
        "backup": state / "backups" / "people-20261121-020000.json",
        "thumbnail": state / "thumbnails" / f"{'0' * 64}.jpg",
    }[sign]
    if made.is_relative_to(state):
        made.parent.mkdir(exist_ok=True)
        made.write_text("")
    else:
        made.mkdir(parents=True)
    house.start()
    assert "The list of people is gone" in [one["title"] for one in house.json("errors")["open"]]
    assert house.json("held") and not safe(house)


def test_a_workspace_that_is_new_says_nothing(house: House) -> None:
    house.start()
    assert house.json("errors")["open"] == []
    assert house.json("held") == []
