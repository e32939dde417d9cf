"""Events: shown, added, changed, removed; how their sources stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from agent.clock import iso_or_none
from agent.errors import NotThere
from agent.handlers import event_rules
from agent.handlers.event_keeper import EventKeeper
from agent.handlers.status.publisher import Publisher
from agent.jobs.runner import job_rows
from agent.ledger import Ledger, counts, downloads, syncs
from agent.ledger.sqlite.rows import Db, Row
from agent.model import Event, EventId, Source, SourceId
from agent.requests.drive import GetSourceSync, SourceSync
from agent.requests.events import (
    AddEvent,
    CameraRow,
    ChangeEventFolder,
    ChangeEventSource,
    DisableEvent,
    EnableEvent,
    EventDetails,
    EventStatus,
    GetEvent,
    GetSyncStatistics,
    ListEvents,
    RemoveEvent,
    SetEvent,
    SetEventInterval,
    SourceDetails,
    SyncRun,
    SyncStatistics,
)
from agent.roster import Roster
from agent.roster.event_names import removed_meanwhile
from agent.settings.kinds import too_often
from agent.sync.sources import in_predecessors_words

RUNS = 20
LAST_RUNS = 20
SYNC_WORDS = {"UP_TO_DATE": "success", "SYNC_REQUIRED": "pending", "NEVER_SYNCED": "pending"}  # the predecessors'


class EventHandlers:
    def __init__(self, ledger: Ledger, roster: Roster, publisher: Publisher, keeper: EventKeeper) -> None:
        self._ledger = ledger
        self._roster = roster
        self._publisher = publisher
        self._keeper = keeper

    async def events(self, _asked: ListEvents) -> list[EventStatus]:
        return (await self._publisher.document())["events"]

    async def event(self, asked: GetEvent) -> EventDetails:
        return await self._details(self._roster.event(asked.id))

    async def _details(self, event: Event) -> EventDetails:
        document = await self._publisher.document()
        read = self._ledger.read
        status = next((one for one in document["events"] if one["id"] == event.id), None)
        if status is None:
            raise removed_meanwhile(self._roster.events())
        return {
            "status": status,
            "settings": event_rules.shown(event),
            "sources": await read(source_rows, event),
            "cameras": await read(camera_rows, event.id),
            "runs": await read(run_rows, event.id),
            "jobs": await read(job_rows),
            "warning": too_often(status["interval_minutes"]),
            "incoming": self._keeper.folders.incoming(event),
            "notes": self._keeper.folders.mistaken(event),
            "unfiled": await read(unfiled, event.id),
        }

    async def add(self, asked: AddEvent) -> EventDetails:
        made, left = await self._keeper.add(
            asked.name, asked.sources, asked.destination, asked.folders, asked.ends, asked.account
        )
        details = await self._details(made)
        details["notes"] = [*self._keeper.folders.mistaken(made), *left]
        return details

    async def remove(self, asked: RemoveEvent) -> str:
        return await self._keeper.remove(asked.event)

    async def enable(self, asked: EnableEvent) -> EventDetails:
        return await self._set(asked.event, "enabled", "true")

    async def disable(self, asked: DisableEvent) -> EventDetails:
        return await self._set(asked.event, "enabled", "false")

    async def interval(self, asked: SetEventInterval) -> EventDetails:
        return await self._set(asked.event, "interval", str(asked.minutes))

    async def set_value(self, asked: SetEvent) -> EventDetails:
        if asked.key == event_rules.ACCOUNT:
            return await self._details(await self._keeper.set_account(asked.event, asked.value, yes=asked.yes))
        return await self._set(asked.event, asked.key, asked.value)

    async def _set(self, event: str, key: str, value: str) -> EventDetails:
        return await self._details(await self._keeper.set_value(event, key, value))

    async def source(self, asked: ChangeEventSource) -> EventDetails:
        return await self._details(await self._keeper.source(asked.event, asked.change, asked.source, asked.only))

    async def folder(self, asked: ChangeEventFolder) -> EventDetails:
        return await self._details(await self._keeper.folder(asked.event, asked.change, asked.folder))

    # ---- how their sources stand

    async def statistics(self, _asked: GetSyncStatistics) -> SyncStatistics:
        document = await self._publisher.document()
        names = {one["id"]: one["name"] for one in document["events"]}
        return {
            "totalEvents": len(document["events"]),
            "byStatus": Counter(one["sync_status"] for one in document["events"]),
            "totalPhotos": sum(one["photos"] for one in document["events"]),
            "lastRuns": await self._ledger.read(last_runs, names),
        }

    async def source_sync(self, asked: GetSourceSync) -> SourceSync:
        event, found = self._source(asked.source_id)
        details = await self._details(event)
        row = next(one for one in details["sources"] if one["id"] == found.id)
        return await self._ledger.read(source_sync, row, details["status"])

    def _source(self, source: str) -> tuple[Event, Source]:
        for event in self._roster.events():
            for one in event.sources:
                if source in (one.id, one.folder):
                    return event, one
        raise NotThere("There is no such source", source, "See what there is: venuesync events show")


# ---- rows


def unfiled(db: Db, event: EventId) -> int:
    """How many of its photos lie in none of its folders: they wait, failed or were set aside."""
    return sum(number for _, state, _, number in counts.shots(db, [event]) if state not in counts.FILED)


def source_rows(db: Db, event: Event) -> list[SourceDetails]:
    states = syncs.states(db)
    rows: list[SourceDetails] = []
    for source in event.sources:
        row, files = states.get(source.id), counts.files_of_source(db, source.id)
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


def camera_rows(db: Db, event: EventId) -> list[CameraRow]:
    return [camera(row) for row in downloads.cameras(db, event)]


def camera(row: Row) -> CameraRow:
    return {
        "camera_name": row["camera"],
        "last_filename": row["last_name"],
        "last_file_timestamp": iso_or_none(row["last_at"]),
        "total_files": row["files"],
        "total_size_mb": round(row["bytes"] / 1e6, 2),
    }


def run_rows(db: Db, event: EventId) -> list[SyncRun]:
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


def last_runs(db: Db, names: Mapping[str, str]) -> list[dict[str, Any]]:
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


def source_sync(db: Db, source: SourceDetails, event: EventStatus) -> SourceSync:
    id = SourceId(source["id"])
    files = counts.files_of_source(db, id)
    done, failed, lost = int(files["done"]), int(files["failed"]), source["state"] == "lost"
    went = f"Downloaded {done} files" if not failed else f"Downloaded {done} files, {failed} failed: see errors"
    status = SYNC_WORDS.get(event["sync_status"], event["sync_status"].lower())
    return {
        "success": not (lost or failed),
        "source_id": source["id"],
        "source_name": source["name"],
        "sync_enabled": event["auto_sync"] and source["enabled"],
        "last_sync_timestamp": source["last_synced_at"],
        "next_sync_timestamp": event["next_sync_at"],
        "sync_interval_minutes": event["interval_minutes"],
        "last_sync_status": "error" if lost or failed else status,
        "last_sync_message": source["detail"] if lost else event["error"] or went,
        "files_downloaded_count": done,
        "total_download_size_mb": round(files["bytes"] / 1e6, 2),
        "cameras": [
            {**row, "camera_name": in_predecessors_words(row["camera_name"])}
            for row in map(camera, downloads.cameras_of_source(db, id))
        ],
    }
