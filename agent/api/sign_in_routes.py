"""The routes of signing in to Drive: through the agent, for a monitor; and from a browser that comes back to us."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from agent.api.browser_sign_in import BrowserSignIn, SignInStarted
from agent.api.description import answers
from agent.api.errors import status_code
from agent.api.parameters import Arguments, Path, Words
from agent.errors import Cause, VenueError
from agent.service import AgentService
from agent.service_sign_in import SignInAttempt, SignInState

BY_COMMAND = VenueError(
    "Sign in with the command",
    "this API is reached by its socket alone",
    "Run: venuesync login",
    cause=Cause.CONFLICT,
    kind="sign_in",
)
PAGES: dict[int | str, dict[str, Any]] = {409: {"description": "It is not known here", "content": {"text/html": {}}}}


class BeginArguments(Arguments):
    client: Path | None = Field(
        default=None, description="path of the OAuth client's JSON file, on the agent's machine"
    )


class FinishArguments(Arguments):
    pasted: str = Field(
        min_length=1, max_length=16_384, description="the address that the browser ended at, or its code"
    )


def add_sign_in(app: FastAPI, service: AgentService, browser: BrowserSignIn | None) -> None:
    add_through_agent(app, service)
    add_from_browser(app, browser)


def add_through_agent(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/sign-in-begin", responses=answers(SignInAttempt))
    async def begin(given: BeginArguments) -> Any:
        return await service.begin_sign_in(given.client)

    @app.post("/commands/sign-in-finish", responses=answers(SignInState))
    async def finish(given: FinishArguments) -> Any:
        return await service.finish_sign_in(given.pasted)

    @app.get("/sign-in", responses=answers(SignInState))
    async def state() -> Any:
        return await service.sign_in_state()


def add_from_browser(app: FastAPI, sign_in: BrowserSignIn | None) -> None:
    """Without `api.listen` a browser cannot come back here: the command signs in."""

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
            if sign_in is None:
                raise BY_COMMAND
            account = await sign_in.finish(state, request.url.query)
        except VenueError as error:
            return page(f"{error.title}: {error.detail}. {error.remedy}", status_code(error))
        return page(f"Signed in as {account.name}. You can close this page.", 200)


async def begin(sign_in: BrowserSignIn | None, *, drive: bool) -> Any:
    if sign_in is None:
        raise BY_COMMAND
    return await sign_in.begin(drive=drive)


def page(text: str, status: int) -> Response:
    headers = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"}
    body = f"<!doctype html><meta charset=utf-8><title>venuesync</title><p>{escape(text)}</p>"
    return HTMLResponse(body, status, headers)
