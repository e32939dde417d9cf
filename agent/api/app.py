"""The routes of the control API. Each asks the service and answers what it said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, cast

from fastapi import FastAPI, Query, Response
from fastapi.responses import StreamingResponse
from typing_extensions import TypedDict

from agent import __version__
from agent.api.arguments import (
    DismissArguments,
    EnrollArguments,
    EventsArguments,
    HeldArguments,
    LaneArguments,
    PhotosArguments,
    RetryArguments,
    StopArguments,
    VerifyArguments,
)
from agent.api.browser_sign_in import BrowserSignIn
from agent.api.cloud_routes import add_cloud
from agent.api.description import PICTURE, answers, describe
from agent.api.event_routes import add_events
from agent.api.parameters import Before, Id, NoArguments, Number, Sequence, UploadState, Words
from agent.api.people_routes import add_people
from agent.api.problems import Json, add_problems
from agent.api.sign_in_routes import add_sign_in
from agent.errors import NotThere, VenueError
from agent.model import DiskState, WatcherState
from agent.service import AgentService, EnrollResult, PhotoDetails, RetryResult, Stopping, UploadRow, VerifyReport
from agent.service_browse import ActivityEntry, AsideRow, PersonDetails, PersonStatus, PhotoPage, PhotoQuery, TroubleRow
from agent.service_people import HeldRow
from agent.service_snapshot import IncomingFolder, Snapshot, TroubleSection
from agent.service_status import PausedStatus, StatusDocument, UploadCounts, WatcherStatus

HEARTBEAT = 15.0  # seconds without a change before a comment shows that the line is alive


def make_app(service: AgentService, sign_in: BrowserSignIn | None = None) -> FastAPI:
    """The application; it holds nothing but the service, and sign-ins that were begun."""
    app = FastAPI(
        title="venuesync",
        version=__version__,
        description="The control API of a venuesync agent.",
        default_response_class=Json,
        docs_url=None,  # these two pages load scripts from elsewhere
        redoc_url=None,
    )
    add_problems(app, service)
    describe(app)
    add_questions(app, service)
    add_lists(app, service)
    add_photos(app, service)
    add_commands(app, service)
    add_repairs(app, service)
    add_people(app, service)
    add_events(app, service)
    add_cloud(app, service)
    add_sign_in(app, service, sign_in)
    add_stream(app, service)
    return app


class About(TypedDict):
    service: str
    version: str
    docs: str


class Health(TypedDict):
    status: Literal["healthy", "degraded", "unhealthy"]
    database: Literal["connected", "error"]
    watcher: str
    drive: str


class Folders(TypedDict):
    total_folders: int
    folders: list[IncomingFolder]


def add_questions(app: FastAPI, service: AgentService) -> None:
    @app.get("/", responses=answers(About))
    async def root() -> Any:
        return {"service": "venuesync", "version": __version__, "docs": "/openapi.json"}

    @app.get("/health", responses={**answers(Health), **answers(Health, 503)})
    async def health() -> Response:
        """`healthy`, `degraded` (it works, but something needs somebody) or `unhealthy` (503)."""
        try:
            document = await service.status()
        except VenueError:
            body = {"status": "unhealthy", "database": "error", "watcher": "stopped", "drive": "unknown"}
            return Json(body, 503)
        watcher, drive = document["watcher"]["state"], document["drive"]["state"]
        room = document["disk"]["state"] != DiskState.FULL
        good = room and watcher == WatcherState.RUNNING and drive in ("online", "disabled", "throttled")
        word = "healthy" if good else "degraded"
        return Json({"status": word, "database": "connected", "watcher": watcher, "drive": drive})

    @app.get("/status", responses=answers(StatusDocument))
    async def status() -> Any:
        return await service.status()

    @app.get("/snapshot", responses=answers(Snapshot))
    async def snapshot() -> Any:
        return await service.snapshot()

    @app.get("/folders", responses=answers(Folders))
    async def folders() -> Any:
        rows = await service.folders()
        return {"total_folders": len(rows), "folders": rows}

    @app.get("/watcher/status", responses=answers(WatcherStatus))
    async def watcher() -> Any:
        return (await service.status())["watcher"]


def add_lists(app: FastAPI, service: AgentService) -> None:
    @app.get("/people", responses=answers(list[PersonStatus]))
    async def people() -> Any:
        return await service.people()

    @app.get("/people/{id}", responses=answers(PersonDetails))
    async def person(id: Id) -> Any:
        return await service.person(id)

    @app.get("/errors/rows", responses=answers(list[TroubleRow]))
    async def trouble_rows(ids: Annotated[list[Number], Query(max_length=200)]) -> Any:
        return await service.trouble_rows(ids)

    @app.get("/errors/dismissed", responses=answers(list[AsideRow]))
    async def set_aside() -> Any:
        return await service.set_aside()

    @app.get("/errors", responses=answers(TroubleSection))
    async def errors() -> Any:
        return await service.errors()

    @app.get("/held", responses=answers(list[HeldRow]))
    async def held() -> Any:
        return await service.held()

    @app.get("/activity", responses=answers(list[ActivityEntry]))
    async def activity(before: Before = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100, q: Words = "") -> Any:
        return await (service.search_activity(q, before, limit) if q else service.activity(before, limit))

    @app.get("/uploads", responses=answers(list[UploadRow]))
    async def uploads(state: UploadState | None = None) -> Any:
        return await service.uploads(state)

    @app.get("/uploads/statistics", responses=answers(UploadCounts))
    async def statistics() -> Any:
        return (await service.status())["uploads"]


def add_photos(app: FastAPI, service: AgentService) -> None:
    @app.get("/browse/photos", responses=answers(PhotoPage))
    async def browse_photos(given: Annotated[PhotosArguments, Query()]) -> Any:
        return await service.browse_photos(cast(PhotoQuery, given.model_dump(exclude_none=True)))

    @app.get("/photos/{number}", responses=answers(PhotoDetails))
    async def photo(number: Number) -> Any:
        return await service.photo(number)

    @app.get("/photos/{number}/thumbnail", response_class=Response, responses=PICTURE)
    async def thumbnail(number: Number) -> Response:
        picture = await service.thumbnail(number)
        if picture is None:
            raise NotThere("There is no thumbnail of that photo", str(number))
        return Response(picture, media_type="image/jpeg")


def add_commands(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/pause", responses=answers(PausedStatus))
    async def pause(given: LaneArguments) -> Any:
        return await service.pause(given.what)

    @app.post("/commands/resume", responses=answers(PausedStatus))
    async def resume(given: LaneArguments) -> Any:
        return await service.resume(given.what)

    @app.post("/commands/sync", responses=answers(list[str]))
    async def sync(given: EventsArguments) -> Any:
        return await service.sync(given.events)

    @app.post("/commands/resync", responses=answers(list[str]))
    async def resync(given: EventsArguments) -> Any:
        return await service.resync(given.events)

    @app.post("/commands/enroll", responses=answers(EnrollResult))
    async def enroll(given: EnrollArguments) -> Any:
        return await service.enroll(given.name, given.photos, given.event)

    @app.post("/commands/stop", responses=answers(Stopping))
    async def stop(given: StopArguments) -> Any:
        return await service.stop(given.finish)

    @app.post("/commands/signed-in")
    async def signed_in(_given: NoArguments) -> None:
        await service.signed_in()


def add_repairs(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/retry", responses=answers(RetryResult))
    async def retry(given: RetryArguments) -> Any:
        return await service.retry(given.ids, given.all)

    @app.post("/commands/errors-dismiss", responses=answers(int))
    async def dismiss(given: DismissArguments) -> Any:
        return await service.dismiss(given.ids)

    @app.post("/commands/errors-restore", responses=answers(int))
    async def restore(given: DismissArguments) -> Any:
        return await service.restore(given.ids)

    @app.post("/commands/verify", responses=answers(VerifyReport))
    async def verify(given: VerifyArguments) -> Any:
        return await service.verify(given.repair)

    @app.post("/commands/held-approve", responses=answers(int))
    async def approve(given: HeldArguments) -> Any:
        return await service.approve(given.ids, given.all)

    @app.post("/commands/held-reject", responses=answers(int))
    async def reject(given: HeldArguments) -> Any:
        return await service.reject(given.ids, given.all)


def add_stream(app: FastAPI, service: AgentService) -> None:
    @app.get("/stream", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
    async def stream(boot: Words = "", since: Sequence = 0) -> StreamingResponse:
        """Server-sent events: every change after `since`; `resync` where some are lost."""
        return StreamingResponse(server_sent(service, boot, since), media_type="text/event-stream")


async def server_sent(service: AgentService, boot: str, since: int) -> AsyncIterator[str]:
    """Changes as server-sent events, with a comment now and then so that a dead line is noticed."""
    changes = aiter(service.events(boot, since))
    coming = asyncio.ensure_future(anext(changes))
    yield ": venuesync\n\n"
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=HEARTBEAT)
            if not done:
                yield ": alive\n\n"
                continue
            change = coming.result()
            yield f"id: {change['seq']}\nevent: {change['section']}\ndata: {json.dumps(change)}\n\n"
            coming = asyncio.ensure_future(anext(changes))
    except StopAsyncIteration:
        return
    finally:
        coming.cancel()
