"""Events for people and the API: sources, cameras, looks, and photos page by page."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from agent.changes.cameras import in_predecessors_words
from agent.desk.people_pages import state_of
from agent.errors import NotThere, UsageError
from agent.ledger import downloads, events, syncs
from agent.ledger.browse import holding
from agent.ledger.numbers import row_number
from agent.model import Event, EventId, SourceId
from agent.roster import Roster
from agent.service_events import CameraRow, EventPhoto, EventPhotos, EventStatus, SourceDetails, SourceSync, SyncRun
from agent.times import iso, iso_or_none

RUNS = 20
PAGE = 200  # rows at most
LAST_RUNS = 20


def source_rows(db: sqlite3.Connection, event: Event) -> list[SourceDetails]:
    states = syncs.states(db)
    rows: list[SourceDetails] = []
    for source in event.sources:
        row, files = states.get(source.id), events.files_of_source(db, source.id)
        rows.append(
            {
                "id": source.id,
                "name": source.name,
                "folder_id": source.folder,
                "enabled": source.enabled,
                "only": list(source.only),
                "state": "lost" if row is not None and row["state"] == "lost" else "ok",
                "detail": "" if row is None else str(row["detail"]),
                "last_listed_at": None if row is None else iso_or_none(row["listed_at"]),
                "last_synced_at": None if row is None else iso_or_none(row["last_synced_at"]),
                "photos": int(files["files"]),
                "to_fetch": int(files["to_fetch"]),
            }
        )
    return rows


def camera_rows(db: sqlite3.Connection, event: EventId) -> list[CameraRow]:
    return [camera(row) for row in downloads.cameras(db, event)]


def camera(row: sqlite3.Row) -> CameraRow:
    return {
        "camera_name": row["camera"],
        "last_filename": row["last_name"],
        "last_file_timestamp": iso_or_none(row["last_at"]),
        "total_files": row["files"],
        "total_size_mb": round(row["bytes"] / 1e6, 2),
    }


def run_rows(db: sqlite3.Connection, event: EventId) -> list[SyncRun]:
    return [
        {
            "kind": row["kind"],
            "began_at": iso_or_none(row["began_at"]),
            "seconds": row["seconds"],
            "found": row["found"],
            "gone": row["gone"],
            "photos": row["photos"],
            "faces": row["faces"],
            "outcome": row["outcome"],
        }
        for row in syncs.runs(db, event, RUNS)
    ]


def last_runs(db: sqlite3.Connection, names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "event": row["event"],
            "name": names.get(row["event"], ""),
            "kind": row["kind"],
            "startedAt": iso_or_none(row["began_at"]),
            "seconds": row["seconds"],
            "found": row["found"],
            "outcome": row["outcome"],
        }
        for row in syncs.last_runs(db, LAST_RUNS)
    ]


def by_status(statuses: Sequence[EventStatus]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in statuses:
        found[one["sync_status"]] = found.get(one["sync_status"], 0) + 1
    return found


SYNC_WORDS = {"UP_TO_DATE": "success", "SYNC_REQUIRED": "pending", "NEVER_SYNCED": "pending"}  # the predecessors'


def source_sync(db: sqlite3.Connection, source: SourceDetails, event: EventStatus) -> SourceSync:
    id = SourceId(source["id"])
    files = events.files_of_source(db, id)
    lost = source["state"] == "lost"
    return {
        "success": not lost,
        "source_id": source["id"],
        "source_name": source["name"],
        "sync_enabled": event["auto_sync"] and source["enabled"],
        "last_sync_timestamp": source["last_synced_at"],
        "next_sync_timestamp": event["next_sync_at"],
        "sync_interval_minutes": event["interval_minutes"],
        "last_sync_status": "error" if lost else SYNC_WORDS.get(event["sync_status"], event["sync_status"].lower()),
        "last_sync_message": source["detail"] if lost else event["error"] or f"Downloaded {int(files['done'])} files",
        "files_downloaded_count": int(files["done"]),
        "total_download_size_mb": round(files["bytes"] / 1e6, 2),
        "cameras": [
            {**row, "camera_name": in_predecessors_words(row["camera_name"])}
            for row in map(camera, downloads.cameras_of_source(db, id))
        ],
    }


# ---- photos


def query_of(roster: Roster, event: Event, words: str | None, person: str | None, state: str | None) -> dict[str, Any]:
    """What is asked for, in the ledger's terms. Raises `UsageError` for a person or a state that there is not."""
    whose = None
    if person:
        whose = next((one.id for one in roster.people(event.id) if person in (one.id, one.name)), None)
        if whose is None:
            raise NotThere("There is no such person", person, "See `venuesync people`")
    return {"event": event.id, "state": state_of(state), "person": whose, "words": holding(words or "")}


def photos(
    db: sqlite3.Connection,
    query: Mapping[str, Any],
    names: Mapping[str, str],
    page: int,
    per_page: int,
    cursor: str | None,
) -> EventPhotos:
    """By page number, or from a cursor on, which stays right while photos come."""
    limit, page = max(1, min(per_page, PAGE)), max(1, page)
    before = None if cursor is None else row_number(cursor)
    if cursor is not None and before is None:
        raise UsageError("That is no cursor", cursor, "Give the one that the page before answered")
    rows = events.photos(db, query, before, limit + 1, 0 if cursor is not None else (page - 1) * limit)
    shown = rows[:limit]
    people = events.people_of(db, [row["id"] for row in shown])
    return {
        "photos": [photo(row, [names[one] for one in people.get(row["id"], ()) if one in names]) for row in shown],
        "page": page,
        "per_page": limit,
        "total": events.count_photos(db, query),
        "cursor": str(shown[-1]["id"]) if len(rows) > limit else None,
    }


def photo(row: sqlite3.Row, people: list[str]) -> EventPhoto:
    return {
        "id": row["id"],
        "name": row["name"],
        "mime_type": row["mime"],
        "size": row["bytes"],
        "width": row["width"],
        "height": row["height"],
        "camera": row["camera"],
        "taken_at": row["taken_at"],
        "arrived_at": iso(row["arrived_at"]),
        "people": people,
        "state": row["state"],
    }
