"""How sure it is that all of each source is known and here: what "safe to pack up" has to ask of Drive.

Nothing here goes by the clock: a source was looked at since the last arrival if the look began after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.ledger.events import EventFacts
from agent.model import Event, EventId, Source, SourceCheck, SourceId


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """`missing`: photos known there and not here; `unconfirmed`: folders whose listing is not confirmed yet."""

    event: EventId
    source: SourceId
    name: str
    check: SourceCheck
    missing: int = 0
    unconfirmed: int = 0


@dataclass(frozen=True, slots=True)
class Looks:
    """What the feeds have done: for each source the number of arrivals when its last good look began."""

    polled: Mapping[SourceId, int]


NO_LOOKS = Looks({})  # no agent, or Drive cannot be asked


def standings(events: Iterable[Event], facts: EventFacts, looks: Looks, arrivals: int) -> list[SourceStanding]:
    """Every source that is looked at, with how it stands; `arrivals` as `counts.arrivals` tells it."""
    return [
        _standing(event, one, facts, looks, arrivals)
        for event in events
        if event.enabled and not event.ended
        for one in event.sources
        if one.enabled
    ]


def _standing(event: Event, source: Source, facts: EventFacts, looks: Looks, arrivals: int) -> SourceStanding:
    row = facts.sources.get(source.id)
    missing, unconfirmed = facts.missing.get(source.id, 0), facts.unconfirmed.get(source.id, 0)
    if row is not None and row["state"] == "lost":
        check = SourceCheck.LOST
    elif row is None or row["required"] == 2 or looks.polled.get(source.id) != arrivals:
        check = SourceCheck.NOT_POLLED
    elif unconfirmed:
        check = SourceCheck.LISTING_AGAIN
    else:
        check = SourceCheck.MISSING if missing else SourceCheck.CHECKED
    return SourceStanding(event.id, source.id, source.name, check, missing, unconfirmed)
