"""Events in the ledger: how they stand, and forgetting one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.ledger import again, downloads, sources, syncs
from agent.model import EventId, SourceId


def forget(db: sqlite3.Connection, event: EventId, of_event: Sequence[SourceId]) -> None:
    """Nothing of the event is known any more. Files stay, here and on Drive."""
    sources.forget(db, of_event)
    db.execute("DELETE FROM sync_run WHERE event = ?", (event,))
    db.execute("DELETE FROM assignment WHERE event = ?", (event,))
    db.execute("DELETE FROM held_photo WHERE event_photo IN (SELECT id FROM event_photo WHERE event = ?)", (event,))
    db.execute("DELETE FROM held WHERE event = ?", (event,))
    db.execute("DELETE FROM placement WHERE event_photo IN (SELECT id FROM event_photo WHERE event = ?)", (event,))
    db.execute("DELETE FROM trouble WHERE event = ?", (event,))
    db.execute("DELETE FROM event_photo WHERE event = ?", (event,))
    db.execute("DELETE FROM sighting WHERE event = ?", (event,))
    db.execute("DELETE FROM folder_filled WHERE folder IN (SELECT id FROM folder WHERE event = ?)", (event,))
    while db.execute(
        "DELETE FROM folder WHERE event = ?1 AND id NOT IN (SELECT parent FROM folder WHERE parent IS NOT NULL)",
        (event,),
    ).rowcount:
        pass


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What the ledger knows of all events and sources, of one moment."""

    sources: dict[str, sqlite3.Row]  # by source: state, detail, required, listed_at, last_synced_at
    files: dict[str, sqlite3.Row]  # by event: cameras, to_fetch, failed, bytes_today
    failed_runs: dict[str, str]  # by event: why its last look failed
    unsent: dict[str, int]  # by event: photos that are filed and not whole on Drive
    missing: dict[str, int]  # by source: photos that are known there and not here
    unconfirmed: dict[str, int]  # by source: folders that Drive's lists may not have shown whole yet


def facts(db: sqlite3.Connection, midnight: float) -> EventFacts:
    rows = db.execute(
        "SELECT event, COUNT(DISTINCT CASE WHEN state <> 'gone' THEN camera END) AS cameras,"
        " SUM(state = 'due') AS to_fetch, SUM(state = 'failed') AS failed,"
        " SUM(CASE WHEN state <> 'gone' AND seen_at >= ? THEN bytes ELSE 0 END) AS bytes_today"
        " FROM source_file GROUP BY event",
        (midnight,),
    )
    unsent = db.execute(
        "SELECT event, COUNT(*) AS photos FROM event_photo WHERE state IN ('filed', 'unsorted') AND verified_at IS NULL"
        " AND twin_of IS NULL GROUP BY event"
    )
    return EventFacts(
        syncs.states(db),
        {str(row["event"]): row for row in rows},
        syncs.failed_last(db),
        {str(row["event"]): int(row["photos"]) for row in unsent},
        downloads.missing_by_source(db),
        again.unconfirmed(db),
    )


def files_of_source(db: sqlite3.Connection, source: SourceId) -> sqlite3.Row:
    """`files`, `done`, `to_fetch` and `bytes` (of those that were fetched)."""
    return db.execute(
        "SELECT COUNT(*) AS files, COALESCE(SUM(state = 'done'), 0) AS done,"
        " COALESCE(SUM(state = 'due'), 0) AS to_fetch,"
        " COALESCE(SUM(CASE WHEN state = 'done' THEN bytes ELSE 0 END), 0) AS bytes"
        " FROM source_file WHERE source = ? AND state <> 'gone'",
        (source,),
    ).fetchone()


PHOTOS = (
    " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.event = :event AND ep.state <> 'superseded'"
    " AND (:state IS NULL OR ep.state = :state) AND ep.name LIKE :words ESCAPE '\\'"
    " AND (:person IS NULL OR EXISTS (SELECT 1 FROM placement p JOIN folder f ON f.id = p.folder"
    " WHERE p.event_photo = ep.id AND +p.wanted = 1 AND f.person = :person))"
)


def photos(
    db: sqlite3.Connection, query: Mapping[str, Any], before: int | None, limit: int, offset: int
) -> list[sqlite3.Row]:
    """Photos of an event, newest first. `query`: event, state, person, words (a pattern)."""
    return db.execute(
        "SELECT ep.id, ep.name, ep.camera, ep.state, ep.arrived_at, ph.mime, ph.bytes, ph.width, ph.height, ph.taken_at"
        f"{PHOTOS} AND ep.id < :before ORDER BY ep.id DESC LIMIT :limit OFFSET :offset",
        {**query, "before": 2**62 if before is None else before, "limit": limit, "offset": offset},
    ).fetchall()


def count_photos(db: sqlite3.Connection, query: Mapping[str, Any]) -> int:
    return int(db.execute(f"SELECT COUNT(*){PHOTOS}", dict(query)).fetchone()[0])


def people_of(db: sqlite3.Connection, event_photos: Sequence[int]) -> dict[int, list[str]]:
    """For each of these photos, the ids of the people in whose folders it is wanted."""
    rows = db.execute(
        "SELECT DISTINCT p.event_photo, f.person FROM placement p JOIN folder f ON f.id = p.folder"
        " WHERE p.wanted = 1 AND f.person IS NOT NULL AND p.event_photo IN (SELECT value FROM json_each(?))",
        (json.dumps(list(event_photos)),),
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["event_photo"], []).append(str(row["person"]))
    return found
