"""The agent killed at random moments: nothing lost, nothing doubled, on disk and on Drive."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

KILLS = int(os.environ.get("VENUESYNC_KILLS", "4"))
PHOTOS = int(os.environ.get("VENUESYNC_PHOTOS", "24"))
SEED = int(os.environ.get("VENUESYNC_SEED", "0")) or random.randrange(10**6)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_again_and_again(tmp_path: Path) -> None:
    """Every photo lies once where it belongs, here and on Drive, however often the plug was pulled."""
    dice = random.Random(SEED)
    two = sorted(FACES.glob("*.jpg"))
    with Emulator.start(latency_ms=40) as emulator:
        house = House(tmp_path / "venue", emulator)
        try:
            enrolled = house.run("enroll", "Ana", str(two[0]))
            assert enrolled.returncode == 0, enrolled.stderr
            for number in range(KILLS):
                house.start()
                for photo in range(number * PHOTOS // KILLS, (number + 1) * PHOTOS // KILLS):
                    made = tmp_path / "made.jpg"
                    variant(two[photo % len(two)], made, photo) if photo % 3 == 0 else scene(made, photo)
                    house.drop(made, f"camera {photo % 2}/DSC_{photo // 2:04}.jpg")
                time.sleep(dice.uniform(0.05, 2.5))
                house.kill()
            done = house.until_done(180)
            assert done.returncode == 0, f"seed {SEED}\n{done.stdout}{done.stderr}"
            house.assert_same_tree(PHOTOS)
            status = house.json("status")
            assert status["photos"]["seen"] == PHOTOS
        finally:
            house.close()
        assert emulator.stderr() == ""


@pytest.mark.slow
def test_killed_agent_leaves_no_worker_behind(house: House) -> None:
    """The agent and its workers are gone within 10 s of SIGKILL to the agent."""
    agent = house.start()
    children = wait_for(lambda: child_pids(agent.pid), 20, "workers run")
    house.kill()
    wait_for(lambda: not any(alive(pid) for pid in children), 10, "workers are gone")


def child_pids(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
