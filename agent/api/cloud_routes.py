"""Drive over HTTP: folders to choose from, how a source stands, sign-in, and Drive's own messages."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Header
from typing_extensions import TypedDict

from agent.api.description import answers
from agent.api.event_arguments import SelectionBody, SubfoldersBody
from agent.api.parameters import Id, Words
from agent.errors import NotThere
from agent.service import AgentService
from agent.service_events import Selection, SourceSync, Subfolders


class Known(TypedDict):
    known: bool


def add_cloud(app: FastAPI, service: AgentService) -> None:
    @app.post("/api/cloud/lazy-folders/list_subfolders", responses=answers(Subfolders))
    async def list_subfolders(given: SubfoldersBody) -> Any:
        return await service.list_subfolders(given.parent_id or "root", given.max_results, given.event, given.refresh)

    @app.post("/api/cloud/lazy-folders/validate_selection", responses=answers(Selection))
    async def validate_selection(given: SelectionBody) -> Any:
        return await service.validate_selection(given.folder_ids, given.event)

    @app.get("/api/cloud/sync-status/{source_id}", responses=answers(SourceSync))
    async def sync_status(source_id: Id) -> Any:
        return await service.source_sync(source_id)

    @app.post("/drive/notifications", responses=answers(Known))
    async def notifications(
        x_goog_channel_id: Annotated[Words, Header()] = "",
        x_goog_channel_token: Annotated[Words, Header()] = "",
        x_goog_resource_state: Annotated[Words, Header()] = "",
    ) -> Any:
        """A message counts with its channel's own token only; anybody else learns nothing by it."""
        if not await service.notified(x_goog_channel_id, x_goog_channel_token, x_goog_resource_state):
            raise NotThere("That channel is not known here", "")
        return {"known": True}
