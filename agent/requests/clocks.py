"""Cameras' clocks: how far each is ahead of true time in an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from agent.requests.ask import Command, Query

if TYPE_CHECKING:
    from agent.requests.fields import Ahead, Event, Id, Name


class ClockRow(TypedDict):
    """`ahead` is what counts, and what photos' times are corrected by; all in seconds."""

    camera: str
    photos: int
    ahead: float
    told_by: str  # hand | gps | phone | people | reference; unknown: nothing is, and its times are as it wrote them
    found: float | None  # what it is without an operator's word; None: that is not known
    sureness: float  # 0 to 1, of what photos of the same people say: from 0.5 on it counts
    moments: int  # at so many moments they were met by two cameras at once


class ListClocks(Query[list[ClockRow]]):
    """The clocks of all cameras of an event, most photos first."""

    path = "/events/{id}/clocks"
    id: Id


class SetClock(Command[list[ClockRow]]):
    """Say how far a camera's clock is ahead, or `auto`: it is found out. Returns all of the event. Can be undone."""

    path = "/commands/events-clock"
    event: Event
    camera: Name
    ahead: Ahead


def spoken(ahead: float) -> str:
    """`right`, `12 min ahead`, `1 h 30 s behind`."""
    if not round(ahead):
        return "right"
    return f"{amount(ahead)} {'ahead' if ahead > 0 else 'behind'}"


def signed(ahead: float) -> str:
    """`+12 min`, `-1 h`, `0`."""
    return f"{'+' if ahead > 0 else '-'}{amount(ahead)}" if round(ahead) else "0"


def amount(ahead: float) -> str:
    """`9 h 12 min 30 s`, without what is none."""
    minutes, seconds = divmod(abs(round(ahead)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24) if hours >= 48 else (0, hours)
    parts = ((days, "days"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
