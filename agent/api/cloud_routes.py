"""Drive over HTTP: folders to choose from, how a source stands, sign-in, and Drive's own messages."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Header
from fastapi.responses import JSONResponse, Response

from agent.api.event_arguments import SelectionBody, SubfoldersBody
from agent.service import AgentService


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
