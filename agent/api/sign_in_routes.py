"""The routes of signing in to Drive."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import Field

from agent.api.arguments import Arguments
from agent.service import AgentService


class BeginArguments(Arguments):
    client: str | None = Field(default=None, description="path of the OAuth client's JSON file, on the agent's machine")


class FinishArguments(Arguments):
    pasted: str = Field(
        min_length=1, max_length=16_384, description="the address that the browser ended at, or its code"
    )


def add_signing_in(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/sign-in-begin")
    async def begin(given: BeginArguments) -> Any:
        return await service.begin_sign_in(given.client)

    @app.post("/commands/sign-in-finish")
    async def finish(given: FinishArguments) -> Any:
        return await service.finish_sign_in(given.pasted)

    @app.get("/sign-in")
    async def state() -> Any:
        return await service.sign_in_state()
