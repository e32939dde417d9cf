"""When a job is due next. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from agent.changes.pace import zone_of
from agent.settings import Settings

When = Callable[[float], float]  # from a moment to the next due one, both wall time


def every(hours: float) -> When:
    """So many hours from then."""
    return lambda now: now + hours * 3600


def daily(at: str, settings: Settings) -> When:
    """The next time that the clock shows `at` (02:00) where the event is."""
    hour, minute = (int(part) for part in at.split(":"))

    def following(now: float) -> float:
        here = datetime.fromtimestamp(now, zone_of(settings))  # without a zone: the machine's, whose days it knows
        due = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (due if due > here else due + timedelta(days=1)).timestamp()

    return following
