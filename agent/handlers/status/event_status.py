"""How events stand, derived from what is known: a state is never stored, so that none can be stuck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.clock import iso_or_none
from agent.ledger.by_event import EventFacts
from agent.ledger.syncs import FullListing
from agent.model import Event, EventId, Source, SyncStatus
from agent.requests.events import EventStatus, SourceStatus
from agent.roster import Roster
from agent.settings import Settings
from agent.sync.pace import interval_of


@dataclass(frozen=True, slots=True)
class AtWork:
    """What the feeds are doing; with no agent, nothing."""

    listing: frozenset[EventId] = frozenset()
    fetching: bool = False  # whether what is due is being fetched
    next_looks: Mapping[str, float] = field(default_factory=dict[str, float])  # by event


NOT_AT_WORK = AtWork()


def event_statuses(
    settings: Settings, roster: Roster, facts: EventFacts, photos: Mapping[str, int], work: AtWork
) -> list[EventStatus]:
    return [event_status(settings, event, facts, photos.get(event.id, 0), work) for event in roster.events()]


def event_status(settings: Settings, event: Event, facts: EventFacts, photos: int, work: AtWork) -> EventStatus:
    files = facts.files.get(event.id)
    error = trouble_of(event, facts)
    synced = [
        row["last_synced_at"]
        for one in looked_at(event)
        if (row := facts.sources.get(one.id)) is not None and row["last_synced_at"] is not None
    ]
    return {
        "id": event.id,
        "name": event.name,
        "sync_status": state_of(event, facts, error, work).value,
        "auto_sync": event.is_awake,
        "interval_minutes": interval_of(event, settings),
        "last_synced_at": iso_or_none(min(synced, default=None)),
        "next_sync_at": iso_or_none(work.next_looks.get(event.id)),
        "error": error,
        "photos": photos,
        "to_fetch": 0 if files is None else int(files["to_fetch"]),
        "cameras": 0 if files is None else int(files["cameras"]),
        "bytes_today": 0 if files is None else int(files["bytes_today"]),
        "ended": event.ended,
        "send": event.send and settings.drive.send,
        "smaller": event.long_side is not None,
        "unsent": facts.unsent.get(event.id, 0),
        "sources": [source_status(one, facts) for one in event.sources],
    }


def looked_at(event: Event) -> list[Source]:
    return [one for one in event.sources if one.enabled]


def trouble_of(event: Event, facts: EventFacts) -> str | None:
    """Why an event is in ERROR: a source that cannot be reached, or a look that went wrong."""
    rows = [row for one in looked_at(event) if (row := facts.sources.get(one.id)) is not None]
    lost = next((str(row["detail"]) for row in rows if row["state"] == "lost"), None)
    to_list = any(
        row["required"] >= FullListing.AT_ONCE for row in rows
    )  # else it was another's that is no source any more
    return lost if lost is not None or not to_list else facts.failed_runs.get(event.id)


def state_of(event: Event, facts: EventFacts, error: str | None, work: AtWork) -> SyncStatus:
    sources = looked_at(event)
    rows = [facts.sources.get(one.id) for one in sources]
    files = facts.files.get(event.id)
    due = 0 if files is None else int(files["to_fetch"])
    if error is not None:
        return SyncStatus.ERROR
    if event.id in work.listing or (due and work.fetching):
        return SyncStatus.SYNCING
    if not sources:
        return SyncStatus.UP_TO_DATE
    if all(row is None or row["listed_at"] is None for row in rows):
        return SyncStatus.NEVER_SYNCED
    if due or any(row is None or row["required"] > FullListing.NOT_WANTED for row in rows):
        return SyncStatus.SYNC_REQUIRED
    return SyncStatus.UP_TO_DATE


def source_status(source: Source, facts: EventFacts) -> SourceStatus:
    row = facts.sources.get(source.id)
    state = "ok" if row is None or row["state"] != "lost" else "lost"
    return {
        "id": source.id,
        "name": source.name,
        "folder_id": source.folder,
        "state": state,
        "enabled": source.enabled,
    }
