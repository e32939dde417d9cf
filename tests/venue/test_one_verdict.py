"""May I pack up? Every state is caused for real, and status, --check, --until-done, band, leaving line and API agree.

What stands for a moment only is heard on the agent's stream. What cannot be caused here, as these tests may be run by
root and must not hold the machine's other work up, is in tests/desk/test_safe_to_leave.py.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.model import SafeCode as Is
from tests.emulator.drive import Emulator
from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene
from tests.venue.tellers import Listener, agree, band
from tests.venue.test_monitor_in_tmux import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

FAR = 600.0  # seconds: an outage that is ended by the test


class Evening:
    """A house with its agent, a monitor that looks on in a terminal, and photos one by one."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.photos = 0
        self._made = folder / "made.jpg"
        self.terminal = Terminal(f"verdict{time.monotonic_ns()}", house)

    def photo(self) -> Path:
        self.photos += 1
        return self.house.drop(scene(self._made, self.photos, (320, 240)), f"DSC_{self.photos:04}.jpg")

    @property
    def status(self) -> dict[str, Any]:
        with self.house.api() as api:
            return api.get("/status").json()

    def stands(self, code: Is, *, screen: bool = True, seconds: float = 30) -> dict[str, Any]:
        """It comes to that; all agree, and the terminal has the words."""

        def reached() -> dict[str, Any] | None:
            found = self.status
            return found if found["safe_to_leave"]["code"] == code else None

        found = wait_for(reached, seconds, f"{code}: {self.status['safe_to_leave']}")
        agree(found)
        agree(self.house.json("status"))
        if screen:
            wait_for(self.on_screen, 20, f"the terminal has the words of {code}")
        return found

    def on_screen(self) -> bool:
        return band(self.status).line.split(",")[0][:56] in self.terminal.screen

    def safe(self, set_aside: int = 0, seconds: float = 40) -> dict[str, Any]:
        found = self.stands(Is.SAFE, seconds=seconds)
        told = found["safe_to_leave"]
        assert (told["verified"], told["set_aside"]) == (self.photos, set_aside)
        assert found["photos"]["verified"] == len(set(self.house.on_drive().values())) == self.photos
        return found

    def until_done(self) -> tuple[int, str]:
        done = self.house.until_done(10)
        return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]

    def check(self) -> tuple[int, str]:
        done = self.house.run("status", "--check")
        return done.returncode, done.stdout.strip()

    def errors(self) -> str:
        return self.house.run("errors").stderr.strip()

    def line_of_incoming(self) -> str:
        with self.house.api() as api:
            return api.get("/folders").json()["folders"][0]["line"]


@pytest.fixture
def evening(house: House, tmp_path: Path) -> Iterator[Evening]:
    house.start()
    one = Evening(house, tmp_path)
    yield one
    one.terminal.close()


def workers(house: House) -> list[int]:
    assert house.agent is not None
    command = ["ps", "-o", "pid=", "--ppid", str(house.agent.pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(pid) for pid in listed.stdout.split()]


def test_all_say_the_same_in_every_state_of_an_evening(evening: Evening, emulator: Emulator) -> None:
    with Listener(evening.house) as listener:
        evening.stands(Is.NO_PHOTO)
        assert evening.until_done() == (0, "Done: no photo has arrived")
        arriving_and_waiting(evening)
        standing_still(evening, emulator)
    assert listener.wrong == []
    passing = {Is.SENDING, Is.SWEEP_PENDING}
    assert passing <= listener.codes, "they stand for a moment"


def test_all_say_the_same_of_lost_folders_and_sign_ins_and_of_an_agent_that_is_gone(
    evening: Evening, emulator: Emulator
) -> None:
    evening.photo()
    evening.safe()
    with Listener(evening.house) as listener:
        folders(evening)
        sign_in(evening, emulator)
        assert evening.check() == (0, f"well; safe: all {evening.photos} photos verified on Drive")
    assert listener.wrong == []
    stopped_and_killed(evening)


def arriving_and_waiting(evening: Evening) -> None:
    data = scene(evening._made, 900).read_bytes()
    with (evening.house.incoming / "slow.jpg").open("wb") as file:
        file.write(data[:2000])
        file.flush()
        evening.stands(Is.ARRIVING)
        file.write(data[2000:])
    evening.photos += 1
    evening.safe()
    stopped = workers(evening.house)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        evening.photo()
        evening.stands(Is.WAITING)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    evening.safe()


def standing_still(evening: Evening, emulator: Emulator) -> None:
    house = evening.house
    house.run("pause")
    evening.photo()
    evening.stands(Is.UPLOADS_PAUSED)
    assert evening.check()[0] == 1
    said = "Not done: uploads are paused, 1 photo waits here. Go on: venuesync resume"
    assert evening.until_done() == (1, said)
    house.run("pause", "all")
    evening.stands(Is.PAUSED)
    house.run("resume", "all")
    evening.safe()
    house.run("events", "set", "default", "send", "false")
    evening.photo()
    evening.stands(Is.SENDING_OFF)
    assert "sending is off" in house.run("status").stdout
    assert evening.until_done()[0] == 1
    house.run("events", "set", "default", "send", "true")
    evening.safe()
    emulator.outage(FAR)
    evening.photo()
    evening.stands(Is.DRIVE_OFFLINE)
    emulator.outage(0)
    evening.safe(seconds=60)
    emulator.quota(1)
    evening.photo()
    evening.stands(Is.DRIVE_FULL)
    emulator.quota(10**9)
    house.run("retry", "--all")
    evening.safe(seconds=60)
    emulator.faults([{"method": "files.update", "delay_ms": 3000, "times": 1}])
    house.run("photos", "withdraw", "1")
    evening.stands(Is.REMOVING)
    house.run("undo")
    evening.safe()
    emulator.faults([{"method": "files.create", "delay_ms": 4000, "times": 1}])
    house.run("enroll", "Mia", str(FACES / "one_guest.jpg"))
    evening.stands(Is.MAKING_FOLDERS)
    evening.safe()


def folders(evening: Evening) -> None:
    house = evening.house
    aside = house.root / "elsewhere"
    house.incoming.rename(aside)
    evening.stands(Is.FOLDER_MISSING)
    aside.rename(house.incoming)
    evening.safe()
    house.run("pause", "all")
    path = evening.photo()
    evening.stands(Is.PAUSED)
    data = path.read_bytes()
    path.unlink()
    house.run("resume", "all")
    evening.photos -= 1
    evening.stands(Is.TAKEN_AWAY)
    assert evening.until_done() == (5, "Done, but 1 failed: see venuesync errors")
    assert evening.line_of_incoming().endswith("the card may not be erased")
    path.write_bytes(data)
    evening.photos += 1
    evening.safe()


def sign_in(evening: Evening, emulator: Emulator) -> None:
    emulator.expire("refresh_tokens")
    emulator.expire("access_tokens")
    evening.photo()
    evening.stands(Is.NEEDS_SIGN_IN)
    assert evening.until_done()[0] == 4
    assert evening.errors().startswith("No error is open. Drive: needs_login: see venuesync status")
    assert log_in(evening.house).code == 0
    evening.safe(seconds=60)


def stopped_and_killed(evening: Evening) -> None:
    """Nobody is there to know: no claim stands, on no screen."""
    house = evening.house
    for end in (house.stop, house.kill):
        end()
        evening.terminal.shows("Not known: no agent runs here")
        screen = evening.terminal.shows("Press S to start it again; photos wait until then")
        assert "Errors not known" in screen
        for claim in ("Nothing needs you", "may be erased", "online", "Safe to pack up"):
            assert claim not in screen, screen
        evening.terminal.keys("5")
        screen = evening.terminal.shows("Needs you not known")
        assert "Nothing needs you" not in screen
        evening.terminal.keys("1", "s")
        evening.terminal.shows("No agent runs here: it has ended. Press S to start it again")
        assert evening.errors().startswith("No error is open, and no agent runs")
        asked = house.run("status", "--json")
        assert asked.returncode == 3
        found = house.json("status")
        agree(found)
        assert (found["safe_to_leave"]["code"], found["safe_to_leave"]["verified"]) == ("stopped", evening.photos)
        house.start()
        evening.safe()


def test_what_was_set_aside_is_named_wherever_safety_is(evening: Evening, emulator: Emulator) -> None:
    """Broken ones and one that Drive refuses: never among the verified; listed, brought back, kept by a lost ledger."""
    house = evening.house
    for _ in range(3):
        evening.photo()
    whole = (FACES / "one_guest.jpg").read_bytes()
    for number in range(3):
        (house.incoming / f"BAD_{number}.jpg").write_bytes(whole[: 9000 + number])
    with Listener(house) as listener:
        evening.stands(Is.NOT_WHOLE)
        assert "othing needs you" not in evening.terminal.screen
        wait_for(lambda: evening.status["photos"]["verified"] == 3, 40, "Drive refuses the next photo, and no folder")
        emulator.faults([{"method": "files.create", "reason": "badRequest", "times": 3}])
        evening.photo()
        evening.stands(Is.FAILED, seconds=60)
        wait_for(lambda: evening.status["safe_to_leave"]["needs_you"] == 4, 60, "all four failed")
        found = evening.stands(Is.FAILED)
        assert found["photos"]["failed"] == 3, "the fourth is here, and not on Drive"
        assert (found["safe_to_leave"]["needs_you"], evening.check()[0]) == (4, 1)
        assert evening.until_done() == (5, "Done, but 4 failed: see venuesync errors")
        evening.photos -= 1
        ids = [str(one) for row in house.json("errors")["open"] for one in row["ids"]]
        assert "Set aside: 4" in house.run("errors", "dismiss", *ids).stdout
        evening.safe(set_aside=4)
    assert listener.wrong == []
    said = "3 photos verified, 4 set aside"
    assert evening.check() == (0, f"well; safe: {said}")
    assert evening.until_done() == (0, f"Safe to pack up: {said}")
    assert evening.line_of_incoming() == "4 of 7 set aside or gone: the card may not be erased"
    rows = {row["name"]: row for row in house.json("errors", "--dismissed")}
    assert {name: row["only"] for name, row in rows.items()} == {
        "BAD_0.jpg": "card", "BAD_1.jpg": "card", "BAD_2.jpg": "card", "DSC_0004.jpg": "here",
    }  # fmt: skip
    assert all(Path(path).is_file() for row in rows.values() for path in row["files"])
    on_screen = house.run("errors", "--dismissed").stdout
    assert all(name in on_screen for name in rows)
    evening.terminal.keys("5")
    evening.terminal.shows("Set aside 4")
    evening.terminal.shows("BAD_0.jpg")
    evening.terminal.keys("1")
    brought_back(evening, rows)
    kept_by_a_lost_ledger(evening)


def brought_back(evening: Evening, rows: dict[str, dict[str, Any]]) -> None:
    house = evening.house
    assert house.run("errors", "restore", str(rows["DSC_0004.jpg"]["id"])).returncode == 0
    evening.stands(Is.FAILED)
    house.run("retry", "--all")
    evening.photos += 1
    evening.safe(set_aside=3)
    house.run("errors", "restore", str(rows["BAD_0.jpg"]["id"]))
    evening.stands(Is.FAILED)
    assert "BAD_0.jpg no longer set aside" in house.run("undo").stdout
    evening.safe(set_aside=3)


def kept_by_a_lost_ledger(evening: Evening) -> None:
    house = evening.house
    house.kill()
    for path in (house.root / ".venuesync").glob("ledger*"):
        path.unlink()
    house.emulator.outage(FAR)
    house.start()
    evening.stands(Is.REBUILDING)
    house.emulator.outage(0)
    evening.safe(set_aside=3, seconds=90)
    assert {row["name"] for row in house.json("errors", "--dismissed")} == {"BAD_0.jpg", "BAD_1.jpg", "BAD_2.jpg"}
    house.assert_same_tree(4)


@pytest.mark.settings(VENUESYNC_DRIVE__SEND="false")
def test_a_workspace_that_sends_nothing_says_so_and_is_never_safe(evening: Evening) -> None:
    evening.stands(Is.NO_PHOTO)
    assert "sending is off (drive.send = false)" in evening.house.run("status").stdout
    evening.photo()
    evening.stands(Is.SENDING_OFF)
    code, said = evening.check()
    assert (code, said) == (
        1, "needs you; sending is off (drive.send = false); not yet: sending is off, 1 photo waits here",
    )  # fmt: skip
    assert evening.until_done()[0] == 1
    assert evening.house.on_drive() == {}


@pytest.mark.settings(VENUESYNC_DISK__KEEP_FREE="1000000 GB")
def test_a_full_disk_is_said(evening: Evening) -> None:
    evening.photo()
    evening.stands(Is.DISK_FULL)


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_where_drive_is_off_what_is_filed_is_counted(evening: Evening) -> None:
    evening.photo()
    found = evening.stands(Is.SAFE)
    assert found["safe_to_leave"]["reason"] == "1 photo filed, Drive is off"
    (evening.house.incoming / "BAD.jpg").write_bytes((FACES / "one_guest.jpg").read_bytes()[:9000])
    evening.stands(Is.NOT_WHOLE)
    evening.stands(Is.FAILED, seconds=60)
    evening.house.run("errors", "dismiss", str(evening.house.json("errors")["open"][0]["ids"][0]))
    found = evening.stands(Is.SAFE)
    assert found["safe_to_leave"]["reason"] == "1 photo filed, 1 set aside, Drive is off"
