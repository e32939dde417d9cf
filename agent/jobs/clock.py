"""When a job is due next. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.changes.pace import zone_of
from agent.settings import Settings

DAY = 86_400.0  # seconds
SAME_NIGHT = DAY / 2


@dataclass(frozen=True, slots=True)
class When:
    """`following`: from a moment to the next due one, both wall time. `nightly`: by the clock, once a night.

    What is not nightly is so many seconds after its last run, whatever the clock says.
    """

    following: Callable[[float], float]
    nightly: bool = False

    def due_after(self, now: float, last: float | None) -> float:
        """When it is due, seen from now: not in the night that its last run was for, though the clock was set."""
        due = self.following(now)
        if self.nightly and last is not None and abs(due - self.following(last - DAY)) < SAME_NIGHT:
            due = self.following(due)
        return due


def every(hours: float) -> When:
    """So many hours from then."""
    return When(lambda now: now + hours * 3600)


def daily(at: str, settings: Settings) -> When:
    """The next time that the clock shows `at` (02:00) where the event is."""
    hour, minute = (int(part) for part in at.split(":"))

    def following(now: float) -> float:
        here = datetime.fromtimestamp(now, zone_of(settings))  # without a zone: the machine's, whose days it knows
        due = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (due if due > here else due + timedelta(days=1)).timestamp()

    return When(following, nightly=True)
