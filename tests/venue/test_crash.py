"""The agent killed at moments that it goes through, and at any time: all is as the verbs meant it, in short.

`make crash` is the long form. `tests/crash/campaign.py` says how it is done.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.crash.campaign import SHORT, Campaign
from tests.crash.evening import Evening
from tests.crash.hurry import CHECKS, Hurry
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for

KILLS = 8
PHOTOS = 30
SEED = int(os.environ.get("VENUESYNC_SEED", "0")) or random.randrange(10**6)


@pytest.mark.timeout(600)
def test_killed_again_and_again(tmp_path: Path) -> None:
    """Every photo lies once where it belongs, here and on Drive, and every verb was said wholly or not at all."""
    with Emulator.start(latency_ms=10) as emulator:
        evening = Evening(tmp_path, emulator, SEED, PHOTOS)
        try:
            Campaign(evening, SEED, KILLS, SHORT).run()
        finally:
            evening.close()
        assert emulator.stderr() == ""


def test_said_in_a_hurry(tmp_path: Path) -> None:
    """What was said last is what there is, however little was done by then of what was said before (`make hurry`)."""
    with Emulator.start(latency_ms=40) as emulator:
        evening = Evening(tmp_path, emulator, SEED, PHOTOS)
        try:
            Hurry(evening, SEED, CHECKS).run()
        finally:
            evening.close()
        assert emulator.stderr() == ""


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
