"""Something that hangs while work waits: it is begun anew by itself, said, and no photo is lost by it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.client import Remote
from agent.errors import AgentSilent
from agent.requests.snapshot import GetSnapshot
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_crash import child_pids

AFTER = 6  # seconds; sixty, in a venue


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with Emulator.start() as emulator:
        made = House(tmp_path_factory.mktemp("still") / "venue", emulator, VENUESYNC_STANDSTILL_AFTER=str(AFTER))
        made.start()
        one_more(made)
        yield made
        made.close()


def one_more(house: House) -> None:
    """A photo comes, and is verified."""
    before = house.json("status")["photos"]["verified"]
    house.drop(scene(house.root.parent / "made.jpg", before), f"DSC_{before:04}.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] > before, 30, "it is verified")


def logged(house: House, event: str) -> list[str]:
    lines = (house.root / ".venuesync/logs/agent.log").read_text().splitlines()
    return [one for one in lines if event in one]


@pytest.mark.slow
def test_a_worker_that_hangs_is_replaced_and_its_photo_is_looked_at(house: House) -> None:
    assert house.agent is not None
    (worker,) = child_pids(house.agent.pid)
    os.kill(worker, signal.SIGSTOP)
    one_more(house)
    assert worker not in child_pids(house.agent.pid)
    told = f"A face worker took longer than {AFTER} seconds: it was started again"
    assert told in [one["text"] for one in house.json("activity")]


@pytest.mark.slow
def test_a_part_that_stands_still_is_begun_anew(house: House) -> None:
    """The queue waits for new ids, which never come, however often they are asked for."""
    with sqlite3.connect(house.root / ".venuesync/ledger.sqlite", timeout=30) as db:
        db.execute("DELETE FROM drive_id_pool")
    house.emulator.faults({"method": "files.generateIds", "delay_ms": 300_000, "times": 1000})
    before = house.json("status")["photos"]["verified"]
    house.drop(scene(house.root.parent / "made.jpg", before), f"DSC_{before:04}.jpg")
    wait_for(lambda: logged(house, "part.standstill"), 3 * AFTER, "it is noticed")
    house.emulator.clear_faults()
    wait_for(lambda: house.json("status")["photos"]["verified"] > before, 30, "it is verified")
    still = logged(house, "part.standstill")[0]
    assert "fill" in still, "where it stood"
    (told,) = house.json("errors")["open"]
    assert told["title"] == "The uploads stopped"
    assert f"It stood still: for {AFTER} seconds, while work waited" in told["detail"]
    found = {one["check"]: one["detail"] for one in json.loads(house.run("doctor", "--json").stdout)}
    assert found["parts"].startswith("the uploads stopped once, last at ")
    house.emulator.clear_faults()


@pytest.mark.slow
def test_a_loop_that_is_held_up_says_so(house: House) -> None:
    assert house.agent is not None
    os.kill(house.agent.pid, signal.SIGSTOP)
    time.sleep(1.6)
    os.kill(house.agent.pid, signal.SIGCONT)
    wait_for(lambda: logged(house, "loop.late"), 5, "its lateness is told")


async def test_whoever_follows_an_agent_that_hangs_hears_of_it_within_seconds(house: House) -> None:
    """A monitor showed what was so half a minute ago, as if it were so still."""
    assert house.agent is not None
    about = json.loads((house.root / ".venuesync" / "agent.json").read_text())
    agent = Remote(Path(about["socket"]))
    snapshot = await agent.ask(GetSnapshot())
    following = asyncio.ensure_future(followed(agent, snapshot["boot"], snapshot["seq"]))
    try:
        await asyncio.sleep(6)
        assert not following.done(), "nothing happens, and it is there"
        os.kill(house.agent.pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(AgentSilent):
            await following
        assert time.monotonic() - began < 12
    finally:
        os.kill(house.agent.pid, signal.SIGCONT)
        following.cancel()
        await agent.close()


async def followed(agent: Remote, boot: str, seq: int) -> None:
    async for _ in agent.events(boot, seq):
        pass
