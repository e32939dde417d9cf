"""A line of ssh that breaks within the first second of `venuesync --no-ui` takes the agent along no more than later."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

from tests.venue.house import House, wait_for


def heeds(pid: int, number: int) -> bool:
    """Whether a process has a handler for that signal, by what Linux tells of it."""
    caught = re.search(r"^SigCgt:\t([0-9a-f]+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (number - 1) & 1)


def test_an_agent_that_is_just_starting_outlives_its_terminal(house: House) -> None:
    house.processes_only = True
    house.begin()
    assert house.agent is not None
    pid = house.agent.pid
    wait_for(lambda: heeds(pid, signal.SIGHUP), 30, "our first lines have run")
    assert not (house.root / ".venuesync" / "agent.json").exists()
    listens, end = house.root / ".venuesync" / "agent.json", time.monotonic() + 60
    while not listens.exists():
        assert house.agent.poll() is None, "the agent was ended"
        assert time.monotonic() < end
        house.agent.send_signal(signal.SIGHUP)
        time.sleep(0.02)
    assert house.json("status")["mode"] == "headless"
    assert house.stop() == 0
