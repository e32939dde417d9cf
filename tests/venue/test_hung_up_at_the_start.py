"""A line of ssh that breaks within the first second of `venuesync --no-ui` takes the agent along no more than later."""

from __future__ import annotations

import signal
import time

from tests.venue.house import House

IMPORTING = 0.25  # seconds after which the interpreter is at our modules


def test_an_agent_that_is_just_starting_outlives_its_terminal(house: House) -> None:
    house.processes_only = True
    house.begin()
    assert house.agent is not None
    time.sleep(IMPORTING)
    listens, end = house.root / ".venuesync" / "agent.json", time.monotonic() + 60
    while not listens.exists():
        assert house.agent.poll() is None, "the agent was ended"
        assert time.monotonic() < end
        house.agent.send_signal(signal.SIGHUP)
        time.sleep(0.02)
    assert house.json("status")["mode"] == "headless"
    assert house.stop() == 0
