"""What an operator called folders and files is no trace of a person who is called so, too; what is left of one is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.test_forget import TOGETHER
from tests.venue.test_people_commands import of, ok

pytestmark = pytest.mark.timeout(200)
HER = of("mia_lindqvist")


def put(folder: Path, *photos: Path, name: str = "{}.jpg") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, photo in enumerate(photos):
        (folder / name.format(number)).write_bytes(photo.read_bytes())


def forgotten(house: House, name: str) -> list[str]:
    """What is said to be left of somebody."""
    done = house.json("people", "forget", name, "--yes")
    assert done["waits"] == ""
    return done["searched"]["found"]


@pytest.mark.slow
@pytest.mark.parametrize("called", ["nofolder", "Mia Lindqvist", "/", "Möwe"])
def test_the_folders_that_an_operator_named_are_no_trace_of_a_person_called_so(house: House, called: str) -> None:
    """A watched folder, one in it, and a card's: it was to be removed by hand, with the ledger and the list."""
    watched = house.root.parent / "cards" / "nofolder"
    put(watched / "Mia Lindqvist" / "Möwe", *HER[1:], TOGETHER)
    put(house.incoming / "nofolder", of("anna_berg")[0], name="Möwe {}.jpg")
    put(house.incoming / "DCIM - /Mia Lindqvist", of("anna_berg")[1], name="Mia Lindqvist.jpg")
    ok(house, "events", "folder", "add", "default", str(watched))
    house.start()
    wait_for(lambda: house.json("status")["photos"]["unsorted"] >= 1, 60, "photos are looked at")
    ok(house, "enroll", called, str(HER[0]))
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is done")
    assert forgotten(house, called) == []


def of_nils(house: House) -> list[str]:
    return [one["camera"] for one in house.json("events", "clock", "default") if "Nils" in one["camera"]]


@pytest.mark.slow
@pytest.mark.parametrize("photographer", ["Nils", "Nils Ek"])
def test_what_is_called_so_in_the_list_of_people_and_in_decisions_is_no_trace_either(
    house: House, anna: Photographer, photographer: str
) -> None:
    """A source, the camera in it whose clock was set, and what photos of it are called."""
    folder = anna.folder(photographer, share=True)
    camera = anna.folder(photographer, folder)
    anna.put(TOGETHER, f"{photographer}.jpg", camera)
    anna.put(HER[1], f"{photographer}", camera)
    ok(house, "events", "source", "add", "default", folder)
    house.start()
    wait_for(lambda: house.json("status")["photos"]["unsorted"] == 2, 60, "photos came")
    wait_for(lambda: of_nils(house), 30, "whose clocks there are is known")
    ok(house, "events", "clock", "default", of_nils(house)[0], "+10m")
    ok(house, "enroll", "Nils", str(of("samuel_osei")[0]))
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is done")
    assert forgotten(house, "Nils") == []


@pytest.mark.slow
def test_what_an_operator_called_files_and_folders_stays_in_activity(house: House) -> None:
    house.drop(TOGETHER, "Möwe 1.jpg")
    ok(house, "enroll", "Möwe", str(of("samuel_osei")[0]))
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is done")
    assert forgotten(house, "Möwe") == []
    said = [one["text"] for one in house.json("activity")]
    assert "Möwe 1.jpg arrived" in said
    assert not any("enrolled" in one for one in said)


# ---- what is left


@pytest.mark.slow
def test_a_trace_in_a_store_is_told_with_what_ends_it_and_nobody_is_told_to_delete_the_store(house: House) -> None:
    """Activity said beside it that nothing was held any more."""
    put(house.incoming / "Mia Lindqvist", TOGETHER)
    ok(house, "enroll", "Mia Lindqvist", str(HER[0]))
    assert house.until_done().returncode == 0
    with closing(sqlite3.connect(house.root / ".venuesync" / "ledger.sqlite")) as db, db:
        db.execute("INSERT INTO meta VALUES ('seating', 'Mia Lindqvist sits there')")
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is done")
    done = house.run("people", "forget", "Mia Lindqvist", "--yes")
    assert done.returncode == 1
    assert "FOUND  .venuesync/ledger.sqlite: name" in done.stdout
    assert "Delete no file in .venuesync" in done.stdout
    assert "by hand" not in done.stdout
    told = [one["text"] for one in house.json("activity") if one["kind"] == "forgotten"]
    assert told == [
        "Somebody was forgotten: nothing of them is held on Drive any more;"
        " what was found here still was named as they were forgotten"
    ]
    house.assert_invariants()
