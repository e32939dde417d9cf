"""The routes of the control API. Each asks the service and answers what it said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, cast

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse

from agent import __version__
from agent.api.arguments import (
    DismissArguments,
    EnrollArguments,
    EventsArguments,
    HeldArguments,
    LaneArguments,
    NoArguments,
    PhotosArguments,
    RetryArguments,
    VerifyArguments,
)
from agent.api.browser_sign_in import BrowserSignIn
from agent.api.cloud_routes import add_cloud
from agent.api.errors import status_code, to_body
from agent.api.event_routes import add_events
from agent.api.people_routes import add_people
from agent.api.sign_in_routes import add_sign_in
from agent.errors import Cause, UsageError, VenueError
from agent.model import WatcherState
from agent.service import AgentService
from agent.service_browse import PhotoQuery

HEARTBEAT = 15.0  # seconds without a change before a comment shows that the line is alive


def make_app(service: AgentService, sign_in: BrowserSignIn | None = None) -> FastAPI:
    """The application; it holds nothing but the service, and sign-ins that were begun."""
    app = FastAPI(title="venuesync", version=__version__, description="The control API of a venuesync agent.")
    app.add_exception_handler(VenueError, answer_error)
    app.add_exception_handler(RequestValidationError, answer_invalid)
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


async def answer_error(_request: Request, error: Exception) -> Response:
    known = error if isinstance(error, VenueError) else VenueError("The agent gave an error")
    return JSONResponse(to_body(known), status_code(known))


async def answer_invalid(_request: Request, error: Exception) -> Response:
    """Wrong arguments, in the same shape as every error."""
    first: dict[str, Any] = dict(error.errors()[0]) if isinstance(error, RequestValidationError) else {}
    where = ".".join(str(part) for part in first.get("loc", ())[1:])
    wrong = UsageError(f"{where or 'the request'} is wrong", str(first.get("msg", "")), "See /openapi.json")
    return JSONResponse(to_body(wrong), 422)


def add_questions(app: FastAPI, service: AgentService) -> None:
    @app.get("/")
    async def root() -> dict[str, Any]:
        return {"service": "venuesync", "version": __version__, "docs": "/openapi.json"}

    @app.get("/health")
    async def health() -> Response:
        """`healthy`, `degraded` (it works, but something needs somebody) or `unhealthy` (503)."""
        try:
            document = await service.status()
        except VenueError:
            body = {"status": "unhealthy", "database": "error", "watcher": "stopped", "drive": "unknown"}
            return JSONResponse(body, 503)
        watcher, drive = document["watcher"]["state"], document["drive"]["state"]
        good = watcher == WatcherState.RUNNING and drive in ("online", "disabled", "throttled")
        word = "healthy" if good else "degraded"
        return JSONResponse({"status": word, "database": "connected", "watcher": watcher, "drive": drive})

    @app.get("/status")
    async def status() -> Any:
        return await service.status()

    @app.get("/snapshot")
    async def snapshot() -> Any:
        return await service.snapshot()

    @app.get("/folders")
    async def folders() -> Any:
        rows = await service.folders()
        return {"total_folders": len(rows), "folders": rows}

    @app.get("/watcher/status")
    async def watcher() -> Any:
        return (await service.status())["watcher"]


def add_lists(app: FastAPI, service: AgentService) -> None:
    @app.get("/people")
    async def people() -> Any:
        return await service.people()

    @app.get("/people/{id}")
    async def person(id: str) -> Any:
        return await service.person(id)

    @app.get("/errors/rows")
    async def trouble_rows(ids: Annotated[list[int], Query()]) -> Any:
        return await service.trouble_rows(ids)

    @app.get("/errors")
    async def errors() -> Any:
        return await service.errors()

    @app.get("/held")
    async def held() -> Any:
        return await service.held()

    @app.get("/activity")
    async def activity(before: int | None = None, limit: int = 100, q: str = "") -> Any:
        return await (service.search_activity(q, before, limit) if q else service.activity(before, limit))

    @app.get("/uploads")
    async def uploads(state: str | None = None) -> Any:
        return await service.uploads(state)

    @app.get("/uploads/statistics")
    async def statistics() -> Any:
        return (await service.status())["uploads"]


def add_photos(app: FastAPI, service: AgentService) -> None:
    @app.get("/browse/photos")
    async def browse_photos(given: Annotated[PhotosArguments, Query()]) -> Any:
        return await service.browse_photos(cast(PhotoQuery, given.model_dump(exclude_none=True)))

    @app.get("/photos/{number}")
    async def photo(number: int) -> Any:
        return await service.photo(number)

    @app.get("/photos/{number}/thumbnail")
    async def thumbnail(number: int) -> Response:
        picture = await service.thumbnail(number)
        if picture is None:
            raise VenueError("There is no thumbnail of that photo", str(number), cause=Cause.MISSING)
        return Response(picture, media_type="image/jpeg")


def add_commands(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/pause")
    async def pause(given: LaneArguments) -> Any:
        return await service.pause(given.what)

    @app.post("/commands/resume")
    async def resume(given: LaneArguments) -> Any:
        return await service.resume(given.what)

    @app.post("/commands/sync")
    async def sync(given: EventsArguments) -> Any:
        return await service.sync(given.events)

    @app.post("/commands/resync")
    async def resync(given: EventsArguments) -> Any:
        return await service.resync(given.events)

    @app.post("/commands/enroll")
    async def enroll(given: EnrollArguments) -> Any:
        return await service.enroll(given.name, given.photos, given.event)

    @app.post("/commands/signed-in")
    async def signed_in(_given: NoArguments) -> Any:
        await service.signed_in()


def add_repairs(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/retry")
    async def retry(given: RetryArguments) -> Any:
        return await service.retry(given.ids, given.all)

    @app.post("/commands/errors-dismiss")
    async def dismiss(given: DismissArguments) -> Any:
        return await service.dismiss(given.ids)

    @app.post("/commands/verify")
    async def verify(given: VerifyArguments) -> Any:
        return await service.verify(given.repair)

    @app.post("/commands/held-approve")
    async def approve(given: HeldArguments) -> Any:
        return await service.approve(given.ids, given.all)

    @app.post("/commands/held-reject")
    async def reject(given: HeldArguments) -> Any:
        return await service.reject(given.ids, given.all)


def add_stream(app: FastAPI, service: AgentService) -> None:
    @app.get("/stream")
    async def stream(boot: str = "", since: int = 0) -> StreamingResponse:
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
