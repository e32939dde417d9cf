"""What an error speaks of is over for good, by somebody's word: the error is over, too, whenever the plug is pulled."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import time
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

import pytest

from tests.crash.lives import Lives, Role
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene
from tests.venue.plug import pulled_amid
from tests.venue.test_looked_at_again import people
from tests.venue.test_raw_and_jpeg import ANNA
from tests.venue.test_refusing_disk import ORDINARY
from tests.venue.weddings import look, wedding

REFUSED = {"method": "files.create", "status": 400, "reason": "invalid", "times": None}
TAKEN_BACK = (  # the moment after the roster has a link no more
    "replace roster.storage.AtomicStorage.write < jobs.links.PersonLinks._put.write"
    " < ledger.sqlite.store.Ledger.on_writer.<lambda>"
)


@pytest.fixture
def refused(house: House, tmp_path: Path) -> House:
    """Drive takes photos, and makes no further folder."""
    house.start()
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    hers = "venuesync/default/People/Mia/Solo"
    wait_for(lambda: house.on_drive() and hers in house.folders_on_drive(), 30, "it is sent, hers are made")
    assert house.run("events", "add", "Party").returncode == 0
    house.emulator.faults([REFUSED])
    return house


def open_errors(house: House) -> list[str]:
    return [one["title"] for one in house.json("errors")["open"]]


@pytest.mark.slow
def test_a_folder_that_drive_does_not_make_of_somebody_who_was_removed(refused: House) -> None:
    assert refused.run("enroll", "Anna", str(ANNA)).returncode == 0
    wait_for(lambda: open_errors(refused), 20, "Drive makes no folder of Anna's")
    assert refused.run("undo").returncode == 0
    wait_for(lambda: not open_errors(refused), 20, "nobody wants it any more")


@pytest.mark.slow
def test_a_folder_that_drive_does_not_make_of_an_event_that_was_removed(refused: House) -> None:
    assert refused.run("enroll", "Anna", str(ANNA), "--event", "Party").returncode == 0
    wait_for(lambda: open_errors(refused), 20, "Drive makes no folder of it")
    assert refused.run("events", "remove", "Party").returncode == 0
    wait_for(lambda: not open_errors(refused), 20, "nobody wants it any more")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_a_folder_that_this_disk_does_not_make_of_somebody_who_was_removed(house: House) -> None:
    house.wrapped = ORDINARY
    house.start()
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    people = house.root / "People"
    wait_for((people / "Mia").is_dir, 20, "hers are made")
    people.chmod(0o555)
    assert house.run("enroll", "Anna", str(ANNA)).returncode == 0
    wait_for(lambda: open_errors(house), 20, "this disk makes no folder of hers")
    assert house.run("undo").returncode == 0
    wait_for(lambda: not open_errors(house), 20, "nobody wants it any more")
    people.chmod(0o755)


@pytest.mark.slow
def test_a_source_that_is_lost_and_switched_off_as_the_plug_is_pulled(lives: Lives, anna: Photographer) -> None:
    house = lives.house
    lives.start()
    folder = anna.folder("Lost")
    permission = anna.share(folder)
    wedding(house, folder)
    anna.unshare(folder, permission)
    look(house)
    wait_for(lambda: open_errors(house) == ["A source on Drive cannot be reached"], 30, "it is told")
    pulled_amid(lives, "events", "disable", "Wedding")
    wait_for(lambda: not open_errors(house), 20, "nobody looks at it any more")


@pytest.mark.slow
def test_an_older_list_of_people_to_which_somebody_says_yes_as_the_plug_is_pulled(lives: Lives, tmp_path: Path) -> None:
    house = lives.house
    lives.start()
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    shutil.copy(people(house), tmp_path / "before.json")
    assert house.run("enroll", "Anna", str(ANNA)).returncode == 0
    house.stop()
    shutil.copy(tmp_path / "before.json", people(house))
    lives.start()
    wait_for(lambda: open_errors(house) == ["The list of people was damaged"], 20, "it is told")
    pulled_amid(lives, "held", "approve", "--all")
    wait_for(lambda: not open_errors(house) and not house.json("held"), 20, "it was said that it is right so")


@pytest.mark.slow
def test_a_link_that_drive_takes_back_at_last_as_the_plug_is_pulled(lives: Lives, tmp_path: Path) -> None:
    house, clock = lives.house, tmp_path / "clock"
    clock.write_text("0")
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(clock)
    lives.start()
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    wait_for(lambda: "venuesync/default/People/Mia" in house.folders_on_drive(), 20, "hers is there")
    until = datetime.now().astimezone().date()
    wait_for(lambda: house.run("people", "link", "Mia", "--until", str(until)).returncode == 0, 20, "it is open")
    house.emulator.faults([{"method": "permissions.delete", "reason": "insufficientFilePermissions", "times": None}])
    clock.write_text(str(86400))
    house.emulator.clock(time.time() + 86400)  # a link ends by Drive's
    house.stop()
    lives.start()
    wait_for(lambda: open_errors(house), 30, "Drive does not take it back")
    house.stop()
    house.emulator.clear_faults()
    lives.arm(Role.AGENT, TAKEN_BACK, 1)
    house.begin()
    assert house.agent is not None
    house.agent.wait(30)
    assert lives.killed_at()
    lives.start()
    wait_for(lambda: not open_errors(house), 20, "it is taken back")


def a_link(folder: Path, elsewhere: Path) -> None:
    """In the place of a folder, which lies elsewhere from now on."""
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)


@pytest.mark.slow
@pytest.mark.parametrize("unplugged", [False, True], ids=["as it goes", "as the plug is pulled"])
@pytest.mark.parametrize("folder", ["Events/Party", "Events/Party/People/Anna", "Events/Party/Processed"])
@pytest.mark.settings(VENUESYNC_INCOMING__SWEEP="1", VENUESYNC_INCOMING__AFTER="move")
def test_a_link_in_the_place_of_a_folder_of_an_event_that_was_removed(
    lives: Lives, tmp_path: Path, folder: str, unplugged: bool
) -> None:
    house = lives.house
    lives.start()
    assert house.run("events", "add", "Party").returncode == 0
    assert house.run("enroll", "Anna", str(ANNA), "--event", "Party").returncode == 0
    (house.root / "Events/Party/Incoming/1.jpg").write_bytes(scene(tmp_path / "1.jpg", 1).read_bytes())
    wait_for((house.root / "Events/Party/Processed/1.jpg").exists, 30, "it is filed")
    wait_for((house.root / folder).is_dir, 20, "it is made")
    a_link(house.root / folder, tmp_path / "elsewhere")
    (tmp_path / "elsewhere/Incoming").mkdir(exist_ok=True)
    if folder.endswith("Processed"):
        (house.root / "Events/Party/Incoming/2.jpg").write_bytes(scene(tmp_path / "2.jpg", 2).read_bytes())
    wait_for(lambda: open_errors(house) == ["A folder is a link"], 30, "it is told")
    if unplugged:
        pulled_amid(lives, "events", "remove", "Party")
    else:
        assert house.run("events", "remove", "Party").returncode == 0
    wait_for(lambda: not open_errors(house), 10, "nothing of it is wanted any more")


def test_a_link_in_the_place_of_a_folder_of_somebody_who_was_removed(house: House, tmp_path: Path) -> None:
    house.start()
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    wait_for((house.root / "People/Mia").is_dir, 20, "hers are made")
    (house.root / "People/Anna").symlink_to(tmp_path)
    assert house.run("enroll", "Anna", str(ANNA)).returncode == 0
    wait_for(lambda: open_errors(house) == ["A folder is a link"], 20, "it is told")
    assert house.run("undo").returncode == 0
    wait_for(lambda: not open_errors(house), 10, "nobody wants it any more")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_too_few_handles_are_no_fault_of_the_disk_and_over_once_there_are_more(house: House) -> None:
    """Its check was asked for, of whoever had left forty connections to the agent open."""
    house.wrapped = ["bash", "-c", 'ulimit -n 64 && exec "$@"', "-"]
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 60, "all parts run")
    with ExitStack() as idle:
        line = json.loads((house.root / ".venuesync/agent.json").read_text())["socket"]
        for _ in range(45):
            one = idle.enter_context(closing(socket.socket(socket.AF_UNIX)))
            one.connect(line)
            one.sendall(b"GET /health HTTP/1.1\r\nHost: agent\r\n\r\n")
        wait_for(lambda: stopped(house) != {}, 90, "a part has no handle left")
        assert all("Too many files are open" in said for said in stopped(house).values()), stopped(house)
    wait_for(lambda: stopped(house) == {}, 150, "all parts go on")


def stopped(house: House) -> dict[str, str]:
    """Parts that do not run, and why: by the ledger itself, as the agent may have no handle left to answer."""
    with closing(sqlite3.connect(f"file:{house.root}/.venuesync/ledger.sqlite?mode=ro", uri=True)) as db:
        return dict(db.execute("SELECT key, detail FROM trouble WHERE state = 'open' AND key LIKE 'part:%'").fetchall())
