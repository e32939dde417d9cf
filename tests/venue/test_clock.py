"""The machine's clock is set, hours at a time, while everything is under way: nothing waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.running.supervise import LOOK_EVERY
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene

HOURS = 2 * 3600.0  # seconds
SOON = 25.0  # seconds, on a busy machine; what waits by the clock waits for two hours


class Night:
    """A running agent whose clock can be set."""

    def __init__(self, root: Path, emulator: Emulator) -> None:
        self.offset = root / "offset"
        self.offset.write_text("0")
        self.house = House(root / "venue", emulator, VENUESYNC_CLOCK_OFFSET=str(self.offset))
        self.root = root
        self.photos = 0

    def set_by(self, seconds: float) -> None:
        """From now on the clock is so far from the true time."""
        beside = self.root / "offset.new"
        beside.write_text(str(seconds))
        beside.replace(self.offset)

    def photo(self, count: int = 1) -> None:
        for _ in range(count):
            self.photos += 1
            name = f"DSC_{self.photos:04}.jpg"
            self.house.drop(scene(self.root / name, self.photos), name)

    def told(self) -> str:
        return "\n".join(row["text"] for row in self.house.json("activity"))

    def all_safe(self) -> None:
        """Every photo is verified, and it is safe to leave."""

        end = time.monotonic() + SOON
        while True:
            status = self.house.json("status")
            if status["photos"]["verified"] == self.photos and status["safe_to_leave"]["safe"]:
                return
            assert time.monotonic() < end, (self.photos, status["photos"], status["queue"], status["safe_to_leave"])
            time.sleep(0.1)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as server:
        yield server


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, emulator: Emulator) -> Iterator[Night]:
    made = Night(tmp_path_factory.mktemp("clock"), emulator)
    made.house.start()
    made.photo()
    made.all_safe()
    yield made
    made.house.close()


STEPS = [-HOURS, HOURS, 0.0]  # back by two hours, forward by four, back by two


@pytest.mark.slow
@pytest.mark.parametrize("to", STEPS)
def test_set_in_the_middle_of_an_outage(night: Night, emulator: Emulator, to: float) -> None:
    night.photo(4)
    emulator.outage(3)
    night.photo(4)
    time.sleep(1.5)  # some were tried, and put off
    night.set_by(to)
    night.photo(2)
    night.all_safe()


@pytest.mark.parametrize("to", STEPS)
def test_set_while_a_photo_waits_for_its_next_try(night: Night, emulator: Emulator, to: float) -> None:
    """Its own fault, so the wait is kept in the ledger: one that is damaged on the line, and one still being copied."""
    emulator.faults({"method": "files.create", "wrong_md5": True, "times": 2})
    night.photo(2)
    whole = scene(night.root / "slow.jpg", 1000 + night.photos).read_bytes()
    growing = night.house.incoming / f"slow-{to:.0f}.jpg"
    growing.write_bytes(whole[: len(whole) // 2])
    time.sleep(1.0)
    night.set_by(to)
    time.sleep(1.0)
    assert night.house.json("status")["photos"]["failed"] == 0, "what arrives still is no broken photo"
    growing.write_bytes(whole)
    night.photos += 1
    night.all_safe()


@pytest.mark.slow
def test_a_look_at_the_sources_is_due_as_soon_as_ever(night: Night, emulator: Emulator) -> None:
    """What is looked at every few seconds is, though the clock was set back by hours."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    anna.put(scene(night.root / "theirs.jpg", 5000), "theirs.jpg", folder)
    added = night.house.run("events", "add", "Anna", "--source", folder, "--json")
    assert added.returncode == 0, added.stderr
    night.photos += 1
    night.all_safe()
    night.set_by(-3 * HOURS)
    anna.put(scene(night.root / "theirs-2.jpg", 5001), "theirs-2.jpg", folder)
    night.photos += 1
    night.all_safe()


@pytest.mark.slow
def test_people_are_told_and_a_restart_waits_no_longer(night: Night, emulator: Emulator) -> None:
    """A photo that has to be tried again, the clock set back, and the agent ended by kill -9."""
    night.set_by(0.0)
    time.sleep(2 * LOOK_EVERY)
    for hours, words in ((-10, "set back by 10 h"), (2, "set forward by 12 h")):
        night.set_by(hours * 3600.0)
        wait_for(lambda words=words: words in night.told(), SOON, words)
    emulator.faults({"method": "files.create", "wrong_md5": True, "times": 1})
    night.photo()
    wait_for(lambda: emulator.requests()["methods"].get("files.create", 0), SOON, "it is sent")
    night.house.kill()
    night.set_by(-6 * HOURS)
    night.house.start()
    night.all_safe()
