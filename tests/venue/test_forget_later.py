"""Somebody is forgotten while Drive is away, something stands in the way, or the agent is killed: later, and wholly."""

from __future__ import annotations

import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from agent.jobs.backups import back_up_people
from agent.workspace import find_workspace
from tests.crash.lives import ANY, Lives, Role
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import variant
from tests.venue.test_forget import BEFORE, GIVEN, NAME, evening, in_trash, lasting, left, traces
from tests.venue.test_people_commands import of, ok

__all__ = ["lasting"]


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_drive_away_the_rest_is_done_when_it_is_back_by_whoever_runs_then(tmp_path: Path, lasting: Emulator) -> None:
    house = House(tmp_path / "venue", lasting)
    try:
        evening(house)
        house.start()
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is done")
        marks = traces(house)
        lasting.outage(120)
        wait_for(lambda: house.json("status")["drive"]["state"] == "offline", 30, "Drive is away")
        done = house.json("people", "forget", NAME, "--yes")
        assert "on Drive" in done["waits"]
        house.kill()
        assert left({mark: what for mark, what in marks.items() if what != "her id"}, house.root) == []
        house.start()
        wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "drive_offline", 30, "it is said")
        lasting.outage(0)
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is done")
        assert not [one for one in lasting.files() if NAME in one["path"]] and not in_trash(lasting)
        assert house.on_disk() == house.on_drive()
        house.assert_invariants()
        assert house.stop() == 0
        lasting.stop()
        assert left(marks, house.root, tmp_path / "drive") == []
    finally:
        house.close()


@pytest.mark.slow
def test_what_stands_in_the_way_is_said_and_nothing_is_said_to_be_found_before_it_is_looked_for(house: House) -> None:
    ok(house, "enroll", NAME, str(GIVEN))
    house.start()
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM face").fetchall()
        said = ok(house, "people", "forget", NAME, "--yes")
    assert "still to come, by itself: The ledger is being read" in said
    assert "found:" not in said
    wait_for(lambda: "Somebody was forgotten" in house.run("activity").stdout, 30, "it is done")


@pytest.mark.slow
def test_after_a_lost_ledger_neither_her_name_nor_an_earlier_one_is_left(house: House) -> None:
    ok(house, "enroll", BEFORE, str(GIVEN))
    house.drop(of("mia_lindqvist")[1], "IMG_0.jpg")
    assert house.until_done().returncode == 0
    for store in (house.root / ".venuesync").glob("ledger*"):
        store.unlink()
    assert house.until_done().returncode == 0
    ok(house, "people", "rename", BEFORE, NAME)
    assert house.until_done().returncode == 0
    marks = {name.encode(): name for name in (NAME, BEFORE)}
    ok(house, "people", "forget", NAME, "--yes")
    assert left(marks, house.root / ".venuesync") == []


@pytest.mark.slow
def test_a_folder_in_drive_s_trash_says_no_name_though_the_ledger_that_knew_it_is_lost(house: House) -> None:
    ok(house, "enroll", NAME, str(GIVEN))
    assert house.until_done().returncode == 0
    ok(house, "undo")
    assert house.until_done().returncode == 0
    assert any(NAME in one["path"] and one["trashed"] for one in house.emulator.files())
    for store in (house.root / ".venuesync").glob("ledger*"):
        store.unlink()
    ok(house, "redo")
    assert house.until_done().returncode == 0
    ok(house, "people", "forget", NAME, "--yes")
    assert house.until_done().returncode == 0
    assert not [one["path"] for one in house.emulator.files() if NAME in one["path"]]


@pytest.mark.slow
def test_while_it_waits_for_drive_earlier_lists_of_people_are_kept(house: House) -> None:
    evening(house)
    house.environ["VENUESYNC_DRIVE__ENABLED"] = "false"
    house.start()
    assert "on Drive" in house.json("people", "forget", NAME, "--yes")["waits"]
    ok(house, "people", "rename", "Jonas", "Jon")
    time.sleep(6)  # Drive is looked for every five seconds
    assert (house.root / ".venuesync/roster.json.1").exists()


@pytest.mark.slow
def test_neither_an_older_list_of_people_nor_an_event_that_goes_ends_what_waits_for_drive(house: House) -> None:
    ok(house, "events", "add", "Gala")
    nobody = back_up_people(find_workspace(house.root, house.environ))
    assert nobody is not None
    ok(house, "enroll", NAME, str(GIVEN), "--event", "Gala")
    shutil.copy(of("mia_lindqvist")[1], house.root / "Events/Gala/Incoming/a.jpg")
    assert house.until_done().returncode == 0
    online = {**house.environ}
    house.environ["VENUESYNC_DRIVE__ENABLED"] = "false"
    assert "on Drive" in house.json("people", "forget", NAME, "--yes")["waits"]
    kept = house.run("events", "remove", "Gala")
    assert (kept.returncode, "is being forgotten" in kept.stderr) == (2, True)
    shutil.copy(nobody, house.root / "nobody.json")  # copies here know of it, or are made anew
    ok(house, "restore", str(house.root / "nobody.json"))
    house.run("held", "approve", "--all")
    house.environ = online
    assert house.until_done().returncode == 0
    assert not [one["path"] for one in house.emulator.files() if NAME in one["path"] or one["path"].endswith("s/a.jpg")]
    ok(house, "events", "remove", "Gala")


def test_asked_for_twice_at_once_somebody_is_forgotten_once(house: House) -> None:
    ok(house, "enroll", NAME, str(GIVEN))
    house.start()
    (her,) = house.json("people")
    with house.api() as api, ThreadPoolExecutor() as pool:
        both = [pool.submit(api.post, "/commands/people-forget", json={"person": her["id"]}) for _ in range(2)]
    assert sorted(one.result().status_code for one in both) == [200, 404]


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("role", [Role.COMMAND, Role.AGENT])
def test_killed_at_any_moment_the_next_agent_goes_on(tmp_path: Path, lasting: Emulator, role: Role) -> None:
    """Said wholly or not at all; once it is said nothing of her is left when the next one has done its work."""
    lives = Lives(tmp_path / "venue", lasting)
    house = lives.house
    try:
        evening(house)
        moments = 0  # that it goes through from its beginning to its end
        for number, share in enumerate((0.0, 0.3, 0.7)):
            marks = traces(house)
            if role is Role.AGENT:
                lives.start()
            lives.moments()
            if moments:
                lives.arm(role, ANY, int(moments * share))
            house.process("people", "forget", NAME, "--yes")
            moments = moments or sum(seen for name, seen in lives.moments().items() if name.startswith(role))
            lives.disarm()
            if lives.alive:
                house.stop()
            assert house.until_done().returncode == 0
            if not any(row["name"] == NAME for row in house.json("people")):
                assert left(marks, house.root) == []
                assert not [one for one in lasting.files() if NAME in one["path"]] and not in_trash(lasting)
                ok(house, "enroll", NAME, str(GIVEN))
            house.drop(variant(of("mia_lindqvist")[1], tmp_path / "made.jpg", number), f"MORE_{number}.jpg")
            assert house.until_done().returncode == 0
            assert house.on_disk() == house.on_drive()
            house.assert_invariants()
    finally:
        house.close()
