"""How long until the next look."""

from __future__ import annotations

from datetime import datetime

import pytest

from agent.model import Event, EventId
from agent.settings import Settings
from agent.settings.keys import PaceRule, Schedule, Sync
from agent.sync.pace import rule_at, wait

NOON = datetime(2026, 5, 4, 12, 0)  # noqa: DTZ001 - a clock on the wall


def event(interval: float | None) -> Event:
    return Event(EventId(f"e{interval}"), "Wedding", "Wedding", interval=interval)


def settings(interval: float = 10, *, adaptive: bool = True, rules: list[PaceRule] | None = None) -> Settings:
    return Settings(sync=Sync(interval=interval, adaptive=adaptive), schedule=Schedule(pace=rules or []))


def rule(start: str, end: str, **more: float) -> PaceRule:
    return PaceRule.model_validate({"from": start, "to": end, **more})


def test_the_shortest_interval_of_an_accounts_events_is_the_longest_wait() -> None:
    quiet = settings(adaptive=False)
    assert wait(quiet, [event(30), event(2), event(None)], None, NOON) == 120
    assert wait(quiet, [event(None)], None, NOON) == 600


@pytest.mark.parametrize(("idle", "most"), [(1, 5), (119, 5), (121, 15), (599, 15), (601, 600), (None, 600)])
def test_while_photos_arrive_looks_are_sooner_and_never_later(idle: float | None, most: float) -> None:
    for _ in range(50):
        assert most * 0.9 <= wait(settings(), [event(None)], idle, NOON) <= most


def test_by_time_of_day_another_pace_holds() -> None:
    night = settings(rules=[rule("18:00", "02:00", interval=1), rule("02:00", "06:00", interval=60)], adaptive=False)
    paces = {hour: wait(night, [event(None)], None, NOON.replace(hour=hour)) for hour in (1, 3, 12, 17, 18, 23)}
    assert paces == {1: 60, 3: 3600, 12: 600, 17: 600, 18: 60, 23: 60}
    assert rule_at(night, NOON) is None
