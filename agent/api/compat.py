"""The predecessors' addresses and shapes, over the same requests; and those for browsers and for Drive itself."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field
from typing_extensions import TypedDict

from agent.api.app import HEALTH, Health, health_of
from agent.api.browser_sign_in import ANEW, BrowserSignIn, SignInStarted
from agent.api.errors import status_code
from agent.errors import Kind, NotThere, VenueError
from agent.ledger.counts import plural
from agent.model import TO_BE_SYNCED, PhotoState, SyncStatus
from agent.requests.ask import Agent
from agent.requests.control import Resync, Sync
from agent.requests.drive import NoteChange
from agent.requests.events import (
    AddEvent,
    DisableEvent,
    EnableEvent,
    EventDetails,
    EventStatus,
    GetEvent,
    ListEvents,
    SetEventInterval,
    SyncPending,
)
from agent.requests.fields import Cursor, Date, Id, Interval, Lenient, Link, Name, Page, Path, PerPage, Words
from agent.requests.photos import ListPhotos, PhotoRow
from agent.requests.status import GetStatus, UploadCounts, WatcherStatus
from agent.settings.kinds import too_often


def answers(shape: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The shape of an answer that went well, for a route's `responses`: described, and not made anew from it."""
    return {status: {"model": shape}}


PAGES: dict[int | str, dict[str, Any]] = {409: {"description": "It is not known here", "content": {"text/html": {}}}}


def add_predecessors(app: FastAPI, agent: Agent, sign_in: BrowserSignIn | VenueError) -> None:
    add_health(app, agent)
    add_event_sync(app, agent)
    add_event_photos(app, agent)
    add_auto_sync(app, agent)
    add_browser(app, sign_in)
    add_notifications(app, agent)


# ---- how it is


def add_health(app: FastAPI, agent: Agent) -> None:
    @app.get(HEALTH, responses={**answers(Health), **answers(Health, 503)})
    async def health() -> Response:
        """`healthy`, `degraded` (it works, but something needs somebody) or `unhealthy` (503)."""
        return await health_of(agent)

    @app.get("/watcher/status", responses=answers(WatcherStatus))
    async def watcher() -> Any:
        return (await agent.ask(GetStatus()))["watcher"]

    @app.get("/uploads/statistics", responses=answers(UploadCounts))
    async def statistics() -> Any:
        return (await agent.ask(GetStatus()))["uploads"]


# ---- events


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


class NewEventBody(Lenient):
    name: Name
    googleDriveUrl: Link | None = None  # as the predecessors spell it
    destination: Link | None = None
    folders: list[Path] = Field(default_factory=list[str], max_length=1000)
    ends: Date | None = None


class SyncBody(Lenient):
    fullSync: bool = False  # as the predecessors spell it


def add_event_sync(app: FastAPI, agent: Agent) -> None:
    @app.get("/events/sync/pending", responses=answers(list[PendingEvent]))
    async def pending() -> Any:
        return [
            {
                "id": one["id"],
                "name": one["name"],
                "syncStatus": one["sync_status"],
                "lastSyncedAt": one["last_synced_at"],
            }
            for one in await agent.ask(ListEvents())
            if one["sync_status"] in TO_BE_SYNCED
        ]

    @app.post("/events/sync/bulk", responses=answers(Triggered))
    async def bulk() -> Any:
        names = await agent.ask(SyncPending())
        return {"triggered": len(names), "events": names}

    @app.post("/events/{id:part}/sync", responses=answers(Started))
    async def sync(id: Id, given: SyncBody | None = None) -> Any:
        whole = given is not None and given.fullSync
        off = not status_of(await agent.ask(GetEvent(id=id)))["auto_sync"]  # such a one is always listed in full
        try:
            await agent.ask(Resync(events=[id]) if whole else Sync(events=[id]))
        except VenueError as error:
            if error.kind != Kind.NETWORK_ERROR:
                raise  # else it has begun, and Drive is looked at once it can be reached
        return {"started": True, "fullSync": whole or off}

    @app.get("/events/{id:part}/sync-status", responses=answers(SyncState))
    async def sync_status(id: Id) -> Any:
        one = (await agent.ask(GetEvent(id=id)))["status"]
        return {
            "syncStatus": one["sync_status"],
            "lastSyncedAt": one["last_synced_at"],
            "syncErrorMessage": one["error"],
            "photoCount": one["photos"],
        }

    @app.post("/events", status_code=201, responses=answers(NewEvent, 201))
    async def create(given: NewEventBody) -> Any:
        sources = [given.googleDriveUrl] if given.googleDriveUrl else []
        asked = AddEvent(
            name=given.name, sources=sources, destination=given.destination, folders=given.folders, ends=given.ends
        )
        made = (await agent.ask(asked))["status"]
        return {**made, "syncStatus": SyncStatus.SYNC_REQUIRED if sources else made["sync_status"]}


# ---- an event's photos, as the predecessors page through them


class EventPhoto(TypedDict):
    id: int
    name: str
    mime_type: str
    size: int
    width: int | None
    height: int | None
    camera: str | None  # or photographer, by the name of the folder; else as the photo says
    taken_at: str | None
    arrived_at: str
    people: list[str]
    state: str


class EventPhotos(TypedDict):
    """A page. `cursor` asks for the next one and stays right while photos come; `None`: that was all."""

    photos: list[EventPhoto]
    page: int
    per_page: int
    total: int
    cursor: str | None


def add_event_photos(app: FastAPI, agent: Agent) -> None:
    @app.get("/events/{id:part}/photos", responses=answers(EventPhotos))
    async def photos(
        id: Id,
        page: Page = 1,
        per_page: PerPage = 50,
        cursor: Cursor | None = None,
        q: Words | None = None,
        person: Id | None = None,
        state: PhotoState | None = None,
    ) -> Any:
        asked = ListPhotos(
            event=id,
            person=person,
            state=state,
            q=q,
            before=None if cursor is None else int(cursor),
            limit=per_page,
            page=1 if cursor else page,
            count=True,
        )
        found = await agent.ask(asked)
        return {
            "photos": [event_photo(row) for row in found["rows"]],
            "page": page,
            "per_page": per_page,
            "total": found["total"],
            "cursor": str(found["rows"][-1]["id"]) if found["more"] else None,
        }


def event_photo(row: PhotoRow) -> EventPhoto:
    return {
        "id": row["id"],
        "name": row["name"],
        "mime_type": row["mime"],
        "size": row["bytes"],
        "width": row["width"],
        "height": row["height"],
        "camera": row["camera"] or row["device"] or None,
        "taken_at": row["taken_at"],
        "arrived_at": row["arrived_at"],
        "people": row["people"],
        "state": row["state"],
    }


# ---- looked at by itself, or not


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


class EnableBody(Lenient):
    interval_minutes: Interval | None = None


def add_auto_sync(app: FastAPI, agent: Agent) -> None:
    @app.post("/api/event/{id:part}/auto-sync/enable", responses=answers(AutoSyncOn))
    async def enable(id: Id, given: EnableBody | None = None) -> Any:
        if given is not None and given.interval_minutes is not None:
            await agent.ask(SetEventInterval(event=id, minutes=given.interval_minutes))
        one = status_of(await agent.ask(EnableEvent(event=id)))
        unwise = too_often(one["interval_minutes"])
        said = f"Auto-sync is on for {one['name']}" + (f". {unwise}" if unwise else "")
        return {"message": said, "interval_minutes": one["interval_minutes"]}

    @app.post("/api/event/{id:part}/auto-sync/disable", responses=answers(AutoSyncOff))
    async def disable(id: Id) -> Any:
        one = status_of(await agent.ask(DisableEvent(event=id)))
        return {"message": f"Auto-sync is off for {one['name']}"}

    @app.get("/api/event/{id:part}/auto-sync/status", responses=answers(AutoSync))
    async def status(id: Id) -> Any:
        one = status_of(await agent.ask(GetEvent(id=id)))
        return {
            "enabled": one["auto_sync"],
            "running": one["auto_sync"] and one["next_sync_at"] is not None,
            "interval_minutes": one["interval_minutes"],
            "last_sync_at": one["last_synced_at"],
            "detail": one["error"] or in_words(one),
        }


def status_of(details: EventDetails) -> EventStatus:
    return details["status"]


def in_words(one: EventStatus) -> str:
    if one["to_fetch"]:
        return f"{photos_are(one['to_fetch'])} still to be fetched"
    return {
        SyncStatus.SYNCING.value: "the folders are being listed",
        SyncStatus.SYNC_REQUIRED.value: "a full listing is due",
    }.get(one["sync_status"], f"{photos_are(one['photos'])} here")


def photos_are(number: int) -> str:
    return f"{plural(number)} {'is' if number == 1 else 'are'}"


# ---- a browser that comes back from Google, and Drive itself


def add_browser(app: FastAPI, sign_in: BrowserSignIn | VenueError) -> None:
    """`sign_in`: or why nobody can sign in so."""

    @app.post("/api/cloud/gmail-auth", responses=answers(SignInStarted))
    async def who() -> Any:
        return await begin(sign_in, drive=False)

    @app.post("/api/cloud/drive-auth", responses=answers(SignInStarted))
    async def drive() -> Any:
        return await begin(sign_in, drive=True)

    @app.get("/api/cloud/gmail-callback", response_class=HTMLResponse, responses=PAGES)
    @app.get("/api/cloud/oauth/callback", response_class=HTMLResponse, responses=PAGES)
    async def callback(request: Request, state: Words = "") -> Response:
        """A plain page for the person whose browser comes back; it holds no secret."""
        try:
            if isinstance(sign_in, VenueError):
                raise sign_in
            account = await sign_in.finish(state, request.url.query)
        except VenueError as error:
            by_browser = not isinstance(sign_in, VenueError)
            remedy = error.remedy.replace("Run: venuesync login", ANEW) if by_browser else error.remedy
            return page(f"{error.title}: {error.detail}. {remedy}", status_code(error))
        return page(f"Signed in as {account.name}. You can close this page.", 200)


async def begin(sign_in: BrowserSignIn | VenueError, *, drive: bool) -> Any:
    if isinstance(sign_in, VenueError):
        raise sign_in
    return await sign_in.begin(drive=drive)


def page(text: str, status: int) -> Response:
    headers = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"}
    body = f"<!doctype html><meta charset=utf-8><title>venuesync</title><p>{escape(text)}</p>"
    return HTMLResponse(body, status, headers)


class Known(TypedDict):
    known: bool


def add_notifications(app: FastAPI, agent: Agent) -> None:
    @app.post("/drive/notifications", responses=answers(Known))
    async def notifications(
        x_goog_channel_id: Annotated[Words, Header()] = "",
        x_goog_channel_token: Annotated[Words, Header()] = "",
        x_goog_resource_state: Annotated[Words, Header()] = "",
    ) -> Any:
        """A message counts with its channel's own token only; anybody else learns nothing by it."""
        message = NoteChange(channel=x_goog_channel_id, token=x_goog_channel_token, state=x_goog_resource_state)
        if not await agent.ask(message):
            raise NotThere("That channel is not known here", "")
        return {"known": True}
