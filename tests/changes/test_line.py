"""How much of the line may be used."""

from __future__ import annotations

from datetime import datetime

from agent import clock
from agent.drive.limiter import Bandwidth
from agent.settings import Settings
from agent.settings.keys import Drive, PaceRule, Schedule
from agent.sync.pace import LineLimits


def test_what_is_said_goes_before_the_time_of_day_and_that_before_the_settings() -> None:
    rule = PaceRule.model_validate({"from": "18:00", "to": "23:00", "up_mbps": 20})
    settings = Settings(drive=Drive(up_mbps=50, down_mbps=5), schedule=Schedule(pace=[rule]))
    clock.be_in("Europe/Stockholm")
    now = [at(12)]
    up, down = Bandwidth(), Bandwidth()
    line = LineLimits(up, down, settings, clock=lambda: now[0])
    line.apply()
    assert (up.mbps, down.mbps) == (50, 5)
    now[0] = at(19)
    line.apply()
    assert (up.mbps, down.mbps) == (20, 5)
    line.say(8, 0)
    assert (up.mbps, down.mbps) == (8, 0)
    line.say(None, 3)
    assert (up.mbps, down.mbps) == (8, 3)
    line.forget()
    line.say(None, None)
    assert (up.mbps, down.mbps) == (20, 5)


def at(hour: int) -> float:
    """That hour in Stockholm on a summer's day."""
    return datetime.fromisoformat(f"2026-07-04T{hour:02}:30+02:00").timestamp()
