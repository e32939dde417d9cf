"""`venuesync stop`: the agent that runs here has ended when the command returns, whatever it was doing."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.drive import Emulator
from tests.patience import PATIENCE
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_monitor_in_tmux import Terminal
from tui.cli.embed import place
from tui.cli.headless import headless, wait_until_done


@pytest.mark.slow
def test_stop_ends_the_agent_in_the_middle_of_its_work(house: House, tmp_path: Path, emulator: Emulator) -> None:
    none = house.run("stop")
    assert (none.returncode, none.stdout) == (3, "")
    assert none.stderr.startswith("venuesync: No agent runs in this workspace: ")
    agent = house.start()
    for number in range(12):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    began = time.monotonic()
    done = house.run("stop")
    assert (done.returncode, done.stdout) == (0, f"The agent has ended, pid {agent.pid}\n")
    assert time.monotonic() - began < 11
    assert agent.wait(PATIENCE * 10) == 0
    assert house.run("stop").returncode == 3
    assert not (house.root / ".venuesync" / "agent.json").exists()
    assert house.until_done().returncode == 0
    house.assert_same_tree(12)


def test_a_signal_behind_somebodys_stop_cuts_nothing_short(house: House, tmp_path: Path) -> None:
    """Whoever asked twice by signals wants it gone at once; one signal alone never is that."""
    agent = house.start()
    for number in range(5):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    with house.api() as api:
        api.post("/commands/stop", json={}).raise_for_status()
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(PATIENCE * 15) == 0


@pytest.mark.slow
def test_stop_when_all_is_sent(house: House, tmp_path: Path, emulator: Emulator) -> None:
    agent = house.start()
    emulator.outage(4)
    for number in range(5):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    wait_for(lambda: house.json("status")["photos"]["seen"] == 5, 20, "they have arrived")
    done = house.run("stop", "--finish", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"pid": agent.pid, "finish": True, "ended": True}
    assert agent.wait(PATIENCE * 30) == 0
    house.assert_same_tree(5)


def test_by_the_api_the_agent_ends_once_all_is_sent(house: House, tmp_path: Path, emulator: Emulator) -> None:
    agent = house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["seen"] == 1, 20, "it has arrived")
    with house.api() as api:
        assert api.post("/commands/stop", json={"finish": True}).json() == {"pid": agent.pid, "finish": True}
    assert agent.wait(PATIENCE * 30) == 0
    house.assert_same_tree(1)


@pytest.mark.slow
def test_what_cannot_be_finished_is_said_and_the_agent_goes_on(house: House, tmp_path: Path) -> None:
    agent = house.start()
    assert house.run("pause").returncode == 0
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["unsorted"] == 1, 20, "it is filed")
    done = house.run("stop", "--finish")
    assert (done.returncode, done.stdout) == (1, "")
    assert "paused" in done.stderr and f"The agent, pid {agent.pid}, goes on" in done.stderr
    told = house.run("stop", "--finish", "--json")
    assert (told.returncode, json.loads(told.stdout)) == (1, {"pid": agent.pid, "finish": True, "ended": False})
    assert agent.poll() is None
    assert house.run("resume").returncode == 0
    assert agent.wait(PATIENCE * 30) == 0, "as it was asked to"
    house.assert_same_tree(1)


@pytest.mark.slow
def test_an_agent_that_is_ended_before_all_is_sent_has_not_sent_all(
    house: House, tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`stop --finish && poweroff`, as somebody closes its monitor: it was exit code 0, though Drive had no photo."""
    agent = house.start()
    emulator.outage(600)
    for number in range(3):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    wait_for(lambda: house.json("status")["photos"]["unsorted"] == 3, 30, "they are filed")

    async def ended_meanwhile(*given: Any, **named: Any) -> int:
        agent.send_signal(signal.SIGTERM)
        return await wait_until_done(*given, **named)

    monkeypatch.setattr("tui.cli.control.wait_until_done", ended_meanwhile)
    done = house.run("stop", "--finish", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"pid": agent.pid, "finish": True, "ended": True})
    assert "before all was sent: 3 photos wait still" in done.stderr
    assert agent.wait(PATIENCE * 15) == 0


@pytest.mark.parametrize("sent", [True, False], ids=["all sent", "not all"])
def test_whoever_waits_beside_an_agent_that_somebody_ends_is_told_what_it_left(
    house: House,
    tmp_path: Path,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sent: bool,
) -> None:
    """`--until-done` left with 3, as if none had ever run, though all was on Drive."""
    agent = house.start()
    if not sent:
        emulator.outage(600)
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["unsorted"] == 1, 30, "it is filed")

    async def ended_meanwhile(*given: Any, **named: Any) -> int:
        await asyncio.to_thread(house.process, "stop", *(["--finish"] if sent else []))
        return await wait_until_done(*given, **named)

    monkeypatch.setattr("tui.cli.headless.wait_until_done", ended_meanwhile)
    code = asyncio.run(headless(place(house.root), until_done=True, timeout=None))
    said, complained = capsys.readouterr()
    assert (code, said) == ((0, f"The agent has ended, pid {agent.pid}\n") if sent else (1, ""))
    assert ("before all was sent: 1 photo waits still" in complained) is not sent


@pytest.mark.slow
def test_an_agent_that_hangs_is_named(house: House) -> None:
    agent = house.start()
    asked = (("status",), ("status", "--check"), ("errors", "--json"), ("stop", "--finish"))
    with ThreadPoolExecutor(len(asked)) as side_by_side:
        began = time.monotonic()
        list(side_by_side.map(house.run, asked[0] * len(asked)))
        usual = time.monotonic() - began  # what starting them takes here, now
        os.kill(agent.pid, signal.SIGSTOP)
        began = time.monotonic()
        for told in side_by_side.map(lambda one: house.run(*one), asked):
            assert (told.returncode, told.stdout) == (1, ""), told.args
            assert f"venuesync: The agent does not answer: pid {agent.pid}: " in told.stderr
            assert f"end it by force, by which nothing is lost, and start it again: kill -9 {agent.pid}" in told.stderr
        assert time.monotonic() - began < 5 * PATIENCE + 2 * usual
    done = house.run("stop")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"venuesync: The agent does not end: pid {agent.pid}. End it by force: kill -9 {agent.pid}" in done.stderr
    os.kill(agent.pid, signal.SIGCONT)
    assert agent.wait(PATIENCE * 15) == 0, "it had been told"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_stop_closes_a_monitor_with_an_agent_of_its_own(house: House) -> None:
    terminal = Terminal(f"stop{time.monotonic_ns()}", house)
    try:
        terminal.shows("[1 Venue]")
        wait_for((house.root / ".venuesync" / "agent.json").exists, 30, "its agent listens")
        assert house.run("stop").returncode == 0
        assert "Traceback" not in terminal.shows("left with 0")
    finally:
        terminal.close()
