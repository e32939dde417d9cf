"""Drive over HTTP: folders to choose from, how a source stands, sign-in, and Drive's own messages."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from agent.api.browser_sign_in import BrowserSignIn
from agent.api.event_arguments import SelectionBody, SubfoldersBody
from agent.errors import Cause, VenueError
from agent.service import AgentService

BY_COMMAND = VenueError(
    "Sign in with the command",
    "this API is reached by its socket alone",
    "Run: venuesync login",
    cause=Cause.CONFLICT,
    kind="sign_in",
)


def add_cloud(app: FastAPI, service: AgentService) -> None:
    @app.post("/api/cloud/lazy-folders/list_subfolders")
    async def list_subfolders(given: SubfoldersBody) -> Any:
        return await service.list_subfolders(
            given.parent_id or "root", given.max_results, given.include_stats, given.event, given.refresh
        )

    @app.post("/api/cloud/lazy-folders/validate_selection")
    async def validate_selection(given: SelectionBody) -> Any:
        return await service.validate_selection(given.folder_ids, given.event)

    @app.get("/api/cloud/sync-status/{source_id}")
    async def sync_status(source_id: str) -> Any:
        return await service.source_sync(source_id)

    @app.post("/drive/notifications")
    async def notifications(
        x_goog_channel_id: Annotated[str, Header()] = "",
        x_goog_channel_token: Annotated[str, Header()] = "",
        x_goog_resource_state: Annotated[str, Header()] = "",
    ) -> Response:
        """A message counts with its channel's own token only; anybody else learns nothing by it."""
        known = await service.notified(x_goog_channel_id, x_goog_channel_token, x_goog_resource_state)
        return JSONResponse({"known": known}, 200 if known else 404)


def add_sign_in(app: FastAPI, sign_in: BrowserSignIn | None) -> None:
    """Without `api.listen` a browser cannot come back here: the command signs in."""

    @app.post("/api/cloud/gmail-auth")
    async def who() -> Any:
        return await begin(sign_in, drive=False)

    @app.post("/api/cloud/drive-auth")
    async def drive() -> Any:
        return await begin(sign_in, drive=True)

    @app.get("/api/cloud/gmail-callback")
    @app.get("/api/cloud/oauth/callback")
    async def callback(request: Request, state: str = "") -> Response:
        """A plain page for the person whose browser comes back; it holds no secret."""
        try:
            if sign_in is None:
                raise BY_COMMAND
            account = await sign_in.finish(state, request.url.query)
        except VenueError as error:
            return page(f"{error.title}: {error.detail}. {error.remedy}", 400)
        return page(f"Signed in as {account.name}. You can close this page.", 200)


async def begin(sign_in: BrowserSignIn | None, *, drive: bool) -> Any:
    if sign_in is None:
        raise BY_COMMAND
    return await sign_in.begin(drive=drive)


def page(text: str, status: int) -> Response:
    headers = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"}
    body = f"<!doctype html><meta charset=utf-8><title>venuesync</title><p>{escape(text)}</p>"
    return HTMLResponse(body, status, headers)
