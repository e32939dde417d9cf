"""Cameras that do not agree about the time: found from photos of the same people, set by hand, put right everywhere."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.demo.guests import DemoPhoto
from tests.venue.evenings import CANON, FUJI, LEICA, NIKON, SONY, Body, beside, moments, taken, true_time
from tests.venue.house import House, wait_for
from tests.venue.test_monitor_in_tmux import Terminal, terminal

__all__ = ["terminal"]

pytestmark = pytest.mark.settings(VENUESYNC_FACES__WORKERS="2")

SEEN = moments(1, 20)
CARDS: list[tuple[Body, list[tuple[float, DemoPhoto]]]] = [
    (CANON, SEEN),
    (NIKON, beside(2, SEEN, 13)),
    (SONY, beside(3, SEEN, 12)),
    (FUJI, beside(4, SEEN, 12)),
    (LEICA, beside(5, SEEN, 2)),
]
FOUND = {
    CANON.name: (0.0, "reference"),
    NIKON.name: (720.0, "people"),
    SONY.name: (-3600.0, "people"),
    FUJI.name: (9 * 3600.0, "people"),
    LEICA.name: (0.0, "unknown"),
}
TRUE = {
    f"{body.model.replace(' ', '')}_{number:04}.jpg": true_time(at)
    for body, theirs in CARDS
    for number, (at, _) in enumerate(theirs)
}


def rows(house: House) -> dict[str, dict[str, Any]]:
    return {one["camera"]: one for one in house.json("events", "clock", "default")}


def clocks(house: House) -> dict[str, tuple[float, str]]:
    return {one["camera"]: (one["ahead"], one["told_by"]) for one in rows(house).values()}


def nearly(found: dict[str, tuple[float, str]], wanted: dict[str, tuple[float, str]]) -> bool:
    return found.keys() == wanted.keys() and all(
        abs(found[one][0] - wanted[one][0]) <= 15 and found[one][1] == wanted[one][1] for one in wanted
    )


def set_(house: House, camera: str, ahead: str) -> None:
    done = house.run("events", "clock", "default", camera, ahead)
    assert done.returncode == 0, done.stderr


def off(row: dict[str, Any]) -> timedelta:
    """How far a photo's time is from when it was taken."""
    return datetime.fromisoformat(row["taken_at"]) - datetime.fromisoformat(TRUE[row["name"]])


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_FACES__WORKERS="2", VENUESYNC_FACES__SECOND_LOOKS="false")
def test_clocks_of_an_evening_are_found_and_what_is_said_by_hand_counts(house: House, tmp_path: Path) -> None:
    """Without second looks: whom one found lies there unwanted, once the ledger is lost, until it is had again."""
    for body, theirs in CARDS:
        for path in taken(body, theirs, tmp_path / body.model):
            house.drop(path, path.name)
    house.start()
    assert house.until_done(240).returncode == 0
    wait_for(lambda: nearly(clocks(house), FOUND), 60, "every clock is found that can be")
    said = house.run("events", "clock", "default").stdout
    assert [word for word in ("9 h ahead", "1 h behind", "not known") if word not in said] == [], said

    # what follows the corrected time: each photo's own, the order, the hours
    listed = house.json("photos", "--taken")
    known = [one for one in listed if one["device"] != LEICA.name]
    assert max(abs(off(one)) for one in known) <= timedelta(seconds=16)
    assert [one["name"] for one in listed] == sorted(
        (one["name"] for one in listed), key=lambda name: at_of(listed, name), reverse=True
    )
    hours = {one["hour"]: one["photos"] for one in house.json("report", "--json")["hours"]}
    assert hours == Counter(one["taken_at"][:13] for one in listed)
    fuji = next(one for one in listed if one["device"] == FUJI.name)
    details = asked(house, fuji["id"])
    assert (details["clock_ahead"], details["device"], details["taken_at"]) == (32400.0, FUJI.name, fuji["taken_at"])

    unsure = house.run("events", "clock", "default", "777", "+1:00"), house.run("events", "clock", "default", "n", "0")
    assert unsure[0].returncode == 0 and house.run("undo").returncode == 0, "a part of its name is enough"
    assert unsure[1].returncode == 2 and f"; {NIKON.name}; " in unsure[1].stderr + "; ", unsure[1].stderr

    # by hand, taken back, done again; killed; with the ledger lost
    set_(house, "leica", "+0:12:30")
    by_hand = {**FOUND, LEICA.name: (750.0, "hand")}
    assert nearly(clocks(house), by_hand)
    assert house.run("undo").returncode == 0
    assert nearly(clocks(house), FOUND)
    assert house.run("redo").returncode == 0
    assert nearly(clocks(house), by_hand)
    assert "its clock is 12 min 30 s ahead" in house.run("undo", "--list").stdout
    house.kill()
    assert nearly(clocks(house), by_hand), "nobody runs"
    assert house.run("undo").returncode == 0
    assert nearly(clocks(house), FOUND), "taken back while nobody runs"
    assert house.run("redo").returncode == 0
    for file in (house.root / ".venuesync").glob("ledger.sqlite*"):
        file.unlink()
    house.start()
    assert house.until_done(240).returncode == 0
    wait_for(lambda: nearly(clocks(house), by_hand), 60, "a lost ledger is learned anew, and knows what was said")

    # whose clock is said to be another takes those along that are compared to it
    set_(house, CANON.name, "+1:00")
    moved = {one: (ahead + 3600, by) for one, (ahead, by) in by_hand.items() if by == "people"}
    assert nearly(clocks(house), {**by_hand, **moved, CANON.name: (3600.0, "hand")})
    assert rows(house)[CANON.name]["found"] == 3600
    set_(house, CANON.name, "auto")
    assert nearly(clocks(house), by_hand)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 90, "guests are known again, too")
    house.assert_invariants()


def at_of(listed: list[dict[str, Any]], name: str) -> tuple[str, int]:
    row = next(one for one in listed if one["name"] == name)
    return datetime.fromisoformat(row["taken_at"]).isoformat(timespec="milliseconds"), row["id"]


def asked(house: House, id: int) -> dict[str, Any]:
    with house.api() as api:
        return api.get(f"/photos/{id}").raise_for_status().json()


@pytest.mark.slow
def test_satellites_tell_the_time_and_bursts_follow(house: House, tmp_path: Path) -> None:
    """Two cameras that never met anybody in common: one says by GPS how far it is off, the other is set by hand."""
    place = next(one for _, one in SEEN)
    ahead = Body("RICOH", "GR III", ahead=1200)
    card = taken(ahead, [(60.0 * number, place) for number in range(3)], tmp_path / "gps", gps=True)
    other = taken(Body("OM", "OM-1", ahead=300), [(61.0, place)], tmp_path / "other")
    for path in (*card, *other):
        house.drop(path, path.name)
    house.start()
    assert house.until_done().returncode == 0
    wait_for(lambda: clocks(house).get(ahead.name) == (1200.0, "gps"), 30, "by the satellites")
    assert {one["burst"] for one in house.json("photos")} == {0}
    set_(house, "om-1", "0:05")
    assert {one["name"]: one["burst"] for one in house.json("photos")} == {
        "GRIII_0000.jpg": 0,
        "GRIII_0001.jpg": 2,
        "GRIII_0002.jpg": 0,
        "OM-1_0000.jpg": 2,
    }
    assert house.run("undo").returncode == 0
    assert {one["burst"] for one in house.json("photos")} == {0}, "it takes the burst with it"


@pytest.mark.parametrize("value", ["soon", "+1:75", "12", "-", "99999999:00"])
def test_a_time_that_is_none_is_refused(house: House, value: str) -> None:
    refused = house.run("events", "clock", "default", "R6", value)
    assert refused.returncode == 2
    assert repr(value) in refused.stderr and "+H:MM" in refused.stderr


def test_a_camera_that_is_not_known_is_refused(house: House) -> None:
    refused = house.run("events", "clock", "default", "R6", "0")
    assert refused.returncode == 2 and "R6" in refused.stderr
    assert house.json("events", "clock", "default") == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_clock_is_said_in_the_monitor(house: House, terminal: Terminal, tmp_path: Path) -> None:
    terminal.shows("no photo has arrived")
    (path,) = taken(LEICA, SEEN[:1], tmp_path)
    house.drop(path, path.name)
    terminal.shows("Safe to pack up: 1 photo verified on Drive", 75)
    wait_for(lambda: clocks(house), 30, "its camera is known")
    terminal.at_once("4", "K")
    terminal.shows("Camera and clock")
    terminal.type("soon")
    terminal.keys("Enter")
    terminal.shows("That is no clock's time: 'soon' was given")
    terminal.at_once(*["BSpace"] * 4, *"+0:12", "Enter")
    terminal.shows(f"{LEICA.name}: 12 min ahead")
    assert clocks(house) == {LEICA.name: (720.0, "hand")}
    terminal.keys("z")
    terminal.shows(f"Undone: {LEICA.name}: its clock is 12 min ahead")
    assert clocks(house)[LEICA.name][1] != "hand"
