"""What `status` tells where no agent runs: what was so when the last one did."""

from __future__ import annotations

from tests.venue.house import House


def test_it_tells_when_the_last_agent_started(house: House) -> None:
    """It told the time of asking, another one each time."""
    house.start()
    started = house.json("status")["started_at"]
    assert house.stop() == 0
    told = house.json("status")
    assert (told["mode"], told["started_at"]) == ("stopped", started)
    assert house.run("pause", "uploads").returncode == 0
    assert house.json("status")["started_at"] == started, "a command is no run of an agent"
    house.start()
    again = house.json("status")["started_at"]
    assert again > started
    house.kill()
    assert house.json("status")["started_at"] == again
