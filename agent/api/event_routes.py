"""Events over HTTP: our own commands, and the predecessors' endpoints in their shapes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from typing_extensions import TypedDict

from agent.api.description import answers
from agent.api.event_arguments import (
    AddEventArguments,
    EnableBody,
    EventArguments,
    FolderArguments,
    IntervalArguments,
    LimitArguments,
    NewEventBody,
    RestoreArguments,
    SetEventArguments,
    SourceArguments,
    SyncBody,
)
from agent.api.parameters import Cursor, Id, Page, PerPage, Words
from agent.model import PhotoState, SyncStatus
from agent.service import AgentService
from agent.service_events import (
    BackupRow,
    EventDetails,
    EventPhotos,
    EventStatus,
    JobRow,
    LineLimit,
    PutBack,
    SyncStatistics,
)

PENDING = ("NEVER_SYNCED", "SYNC_REQUIRED", "ERROR")


class PendingEvent(TypedDict):
    id: str
    name: str
    syncStatus: str
    lastSyncedAt: str | None


class Triggered(TypedDict):
    triggered: int
    events: list[str]


class Started(TypedDict):
    started: bool
    fullSync: bool


class SyncState(TypedDict):
    syncStatus: str
    lastSyncedAt: str | None
    syncErrorMessage: str | None
    photoCount: int


class NewEvent(EventStatus):
    syncStatus: str


class AutoSyncOn(TypedDict):
    message: str
    interval_minutes: float


class AutoSyncOff(TypedDict):
    message: str


class AutoSync(TypedDict):
    enabled: bool
    running: bool
    interval_minutes: float
    last_sync_at: str | None
    detail: str


def add_events(app: FastAPI, service: AgentService) -> None:
    add_event_commands(app, service)
    add_sync(app, service)  # before the routes with an id: `sync` is none
    add_event_questions(app, service)
    add_auto_sync(app, service)


def add_event_commands(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/events-add", responses=answers(EventDetails))
    async def add(given: AddEventArguments) -> Any:
        return await service.add_event(given.name, given.sources, given.destination, given.folders, given.ends)

    @app.post("/commands/events-remove", responses=answers(str))
    async def remove(given: EventArguments) -> Any:
        return await service.remove_event(given.event)

    @app.post("/commands/events-enable", responses=answers(EventDetails))
    async def enable(given: EventArguments) -> Any:
        return await service.set_event(given.event, "enabled", "true")

    @app.post("/commands/events-disable", responses=answers(EventDetails))
    async def disable(given: EventArguments) -> Any:
        return await service.set_event(given.event, "enabled", "false")

    @app.post("/commands/events-interval", responses=answers(EventDetails))
    async def interval(given: IntervalArguments) -> Any:
        return await service.set_event(given.event, "interval", str(given.minutes))

    @app.post("/commands/events-set", responses=answers(EventDetails))
    async def set_value(given: SetEventArguments) -> Any:
        return await service.set_event(given.event, given.key, given.value)

    @app.post("/commands/events-source", responses=answers(EventDetails))
    async def source(given: SourceArguments) -> Any:
        return await service.event_source(given.event, given.change, given.source, given.only)

    @app.post("/commands/limit", responses=answers(LineLimit))
    async def limit(given: LimitArguments) -> Any:
        return await service.limit_line(given.up_mbps, given.down_mbps, given.off)

    @app.post("/commands/events-folder", responses=answers(EventDetails))
    async def folder(given: FolderArguments) -> Any:
        return await service.event_folder(given.event, given.change, given.folder)


def add_sync(app: FastAPI, service: AgentService) -> None:
    @app.get("/events/sync/pending", responses=answers(list[PendingEvent]))
    async def pending() -> Any:
        events = (await service.status())["events"]
        return [
            {
                "id": one["id"],
                "name": one["name"],
                "syncStatus": one["sync_status"],
                "lastSyncedAt": one["last_synced_at"],
            }
            for one in events
            if one["sync_status"] in PENDING
        ]

    @app.post("/events/sync/bulk", responses=answers(Triggered))
    async def bulk() -> Any:
        names = await service.sync_pending()
        return {"triggered": len(names), "events": names}

    @app.get("/events/sync/statistics", responses=answers(SyncStatistics))
    async def statistics() -> Any:
        return await service.sync_statistics()

    @app.post("/events/{id}/sync", responses=answers(Started))
    async def sync(id: Id, given: SyncBody | None = None) -> Any:
        whole = given is not None and given.fullSync
        await (service.resync([id]) if whole else service.sync([id]))
        return {"started": True, "fullSync": whole}

    @app.get("/events/{id}/sync-status", responses=answers(SyncState))
    async def sync_status(id: Id) -> Any:
        one = (await service.event(id))["status"]
        return {
            "syncStatus": one["sync_status"],
            "lastSyncedAt": one["last_synced_at"],
            "syncErrorMessage": one["error"],
            "photoCount": one["photos"],
        }


def add_event_questions(app: FastAPI, service: AgentService) -> None:
    @app.get("/events", responses=answers(list[EventStatus]))
    async def events() -> Any:
        return (await service.status())["events"]

    @app.post("/events", status_code=201, responses=answers(NewEvent, 201))
    async def create(given: NewEventBody) -> Any:
        sources = [given.googleDriveUrl] if given.googleDriveUrl else []
        made = await service.add_event(given.name, sources, given.destination, given.folders, given.ends)
        return {**made["status"], "syncStatus": SyncStatus.SYNC_REQUIRED if sources else made["status"]["sync_status"]}

    @app.get("/events/{id}", responses=answers(EventDetails))
    async def event(id: Id) -> Any:
        return await service.event(id)

    @app.get("/events/{id}/photos", responses=answers(EventPhotos))
    async def photos(
        id: Id,
        page: Page = 1,
        per_page: PerPage = 50,
        cursor: Cursor | None = None,
        q: Words | None = None,
        person: Id | None = None,
        state: PhotoState | None = None,
    ) -> Any:
        return await service.event_photos(id, page, per_page, cursor, q, person, state)

    @app.get("/jobs", responses=answers(list[JobRow]))
    async def jobs() -> Any:
        return await service.jobs()

    @app.get("/backups", responses=answers(list[BackupRow]))
    async def backups() -> Any:
        return await service.backups()

    @app.post("/commands/restore", responses=answers(PutBack))
    async def restore(given: RestoreArguments) -> Any:
        return await service.put_back(given.file)


def add_auto_sync(app: FastAPI, service: AgentService) -> None:
    @app.post("/api/event/{id}/auto-sync/enable", responses=answers(AutoSyncOn))
    async def enable(id: Id, given: EnableBody | None = None) -> Any:
        if given is not None and given.interval_minutes is not None:
            await service.set_event(id, "interval", str(given.interval_minutes))
        one = (await service.set_event(id, "enabled", "true"))["status"]
        return {"message": f"Auto-sync is on for {one['name']}", "interval_minutes": one["interval_minutes"]}

    @app.post("/api/event/{id}/auto-sync/disable", responses=answers(AutoSyncOff))
    async def disable(id: Id) -> Any:
        one = (await service.set_event(id, "enabled", "false"))["status"]
        return {"message": f"Auto-sync is off for {one['name']}"}

    @app.get("/api/event/{id}/auto-sync/status", responses=answers(AutoSync))
    async def status(id: Id) -> Any:
        one = (await service.event(id))["status"]
        return {
            "enabled": one["auto_sync"],
            "running": one["auto_sync"] and one["next_sync_at"] is not None,
            "interval_minutes": one["interval_minutes"],
            "last_sync_at": one["last_synced_at"],
            "detail": one["error"] or in_words(one),
        }


def in_words(one: EventStatus) -> str:
    if one["to_fetch"]:
        return f"{one['to_fetch']:,} photos are still to be fetched"
    return {"SYNCING": "the folders are being listed", "SYNC_REQUIRED": "a full listing is due"}.get(
        one["sync_status"], f"{one['photos']:,} photos are here"
    )
