"""Files on Drive carry the time at which a photo was taken; corrected later, they are told, and not sent again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.venue.evenings import BEGAN, CANON, Body, moments, taken
from tests.venue.house import House, wait_for
from tests.venue.test_people_commands import of

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")

SEEN = moments(1, 4)


def times(house: House) -> dict[str, tuple[timedelta, timedelta]]:
    """By name: how far created and modified are from when the photo was taken."""
    found: dict[str, tuple[timedelta, timedelta]] = {}
    for one in house.emulator.files():
        if one.get("md5Checksum") and not one["trashed"]:
            at, _ = SEEN[int(one["name"][-8:-4])]
            true = (BEGAN + timedelta(seconds=at)).astimezone()
            found[one["path"]] = tuple(
                datetime.fromisoformat(one[key]) - true for key in ("createdTime", "modifiedTime")
            )  # type: ignore[assignment]
    return found


def modified(house: House) -> set[float]:
    return {later.total_seconds() for _, later in times(house).values()}


def clock(house: House, ahead: str) -> None:
    assert house.run("events", "clock", "default", "R6", ahead).returncode == 0


@pytest.mark.slow
def test_a_time_that_is_corrected_later_is_told_and_nothing_is_sent_again(house: House, tmp_path: Path) -> None:
    body = Body(CANON.make, CANON.model, CANON.number, ahead=720)
    *first, last = taken(body, SEEN, tmp_path / "card")
    for path in first:
        house.drop(path, path.name)
    house.start()
    assert house.until_done().returncode == 0
    there = len(times(house))
    assert set(times(house).values()) == {(timedelta(minutes=12),) * 2}
    house.emulator.forget_requests()
    clock(house, "+0:12")
    wait_for(lambda: modified(house) == {0.0}, 30, "the right time, at each file")
    asked = house.emulator.requests()["methods"]
    assert asked["files.update"] == there and "files.create" not in asked and "files.copy" not in asked
    assert {created for created, _ in times(house).values()} == {timedelta(minutes=12)}, "Drive changes that never"

    # the line goes amid, the agent is killed amid: it follows all the same
    house.emulator.outage(3)
    clock(house, "-1:00")
    house.kill()
    assert house.run("undo").returncode == 0, "and again another one while nobody runs"
    clock(house, "+0:02")
    house.start()
    wait_for(lambda: modified(house) == {600.0}, 60, "what holds by now")
    assert house.run("verify").returncode == 0

    # a file that changes its folder or its name, or is made by Drive later, keeps it
    assert house.run("enroll", "Ana", *map(str, of("anna_berg"))).returncode == 0
    assert house.until_done().returncode == 0
    assert any(path.startswith("venuesync/default/People/Ana") for path in times(house))
    assert modified(house) == {600.0}
    assert house.run("people", "rename", "Ana", "Bea").returncode == 0
    assert house.until_done().returncode == 0
    assert modified(house) == {600.0}
    house.assert_invariants()

    # nor does one that is in Drive's trash meanwhile stay behind
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    house.drop(last, last.name)
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "one waits for a yes")
    assert house.run("photos", "approve", "--all").returncode == 0
    assert house.until_done().returncode == 0
    assert house.run("undo").returncode == 0
    wait_for(lambda: not any(last.name in one for one in times(house)), 30, "it waits again")
    clock(house, "+0:05")
    assert house.run("photos", "approve", "--all").returncode == 0
    assert house.until_done().returncode == 0
    wait_for(lambda: modified(house) == {420.0}, 30, "it is told with the others")


@pytest.mark.slow
@pytest.mark.parametrize("lost", [True, False])
def test_what_drive_was_told_by_a_ledger_that_is_no_more_is_told_anew(house: House, tmp_path: Path, lost: bool) -> None:
    """The clock is set otherwise while nobody runs: neither the new ledger nor an older one knows what Drive has."""
    for path in taken(CANON, SEEN, tmp_path / "card"):
        house.drop(path, path.name)
    house.start()
    assert house.until_done().returncode == 0
    assert house.stop() == 0
    ledger = house.root / ".venuesync" / "ledger.sqlite"
    before = ledger.read_bytes()
    house.start()
    clock(house, "+0:12")
    wait_for(lambda: modified(house) == {-720.0}, 30, "the right time, at each file")
    assert house.stop() == 0
    clock(house, "+0:05")
    for file in ledger.parent.glob("**/ledger*.sqlite*"):
        file.unlink()
    if not lost:
        ledger.write_bytes(before)
    house.start()
    wait_for(lambda: modified(house) == {-300.0}, 60, "what holds by now")
    assert house.until_done().returncode == 0
    house.assert_invariants()


@pytest.mark.slow
def test_a_time_that_is_corrected_while_drive_gives_new_ids_is_the_one_that_is_sent(
    house: House, tmp_path: Path
) -> None:
    first, second, *_ = taken(CANON, SEEN, tmp_path / "card")
    house.drop(first, first.name)
    house.start()
    assert house.until_done().returncode == 0
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as ledger, ledger:
        ledger.execute("DELETE FROM drive_id_pool")  # as after a thousand photos
    house.emulator.forget_requests()
    house.emulator.faults({"method": "files.generateIds", "delay_ms": 2500})
    house.drop(second, second.name)
    wait_for(lambda: "files.generateIds" in house.emulator.requests()["methods"], 30, "it is about to be sent")
    clock(house, "+0:10")
    assert house.until_done().returncode == 0
    wait_for(lambda: modified(house) == {-600.0}, 10, "the right time, at each file")
    assert len(times(house)) == 2


def test_what_drive_will_not_change_is_left(house: House, tmp_path: Path) -> None:
    """A file that a person deleted, or that may not be changed: the others are told, and it is safe all the while."""
    for path in taken(CANON, SEEN, tmp_path / "card"):
        house.drop(path, path.name)
    house.start()
    assert house.until_done().returncode == 0
    house.emulator.faults(
        {"method": "files.update", "status": 403, "reason": "insufficientFilePermissions", "times": 1}
    )
    clock(house, "+0:10")
    wait_for(lambda: sorted(modified(house)) == [-600.0, 0.0], 30, "all but one")
    assert house.json("status")["safe_to_leave"]["safe"]
    assert house.json("errors")["open"] == []
