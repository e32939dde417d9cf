"""One handler for all that goes wrong over HTTP: whatever it was, what is answered is a `Problem` (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from agent.api.errors import Problem, to_body
from agent.api.parameters import ACCEPTED
from agent.atomic import disk_trouble
from agent.errors import LANE_CAUSES, NotThere, UsageError, VenueError
from agent.service import AgentService
from agent.times import iso

log = structlog.get_logger(__name__)

MEDIA = "application/problem+json"
SHOWN = 60  # characters of what was given
UNSHOWN = frozenset({"pasted"})  # arguments that are secrets


class Json(JSONResponse):
    """JSON that every reader takes, whatever a name holds: half a character becomes a question mark."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class ProblemJson(Json):
    media_type = MEDIA


def add_problems(app: FastAPI, service: AgentService) -> None:
    async def answer(request: Request, error: Exception) -> Response:
        headers: dict[str, str] = {}
        if isinstance(error, OSError):
            error = disk_trouble(error)
        if isinstance(error, VenueError):
            body = await with_trouble(service, to_body(error), error)
            if error.retry_after is not None:
                headers["Retry-After"] = str(max(1, round(error.retry_after)))
        elif isinstance(error, RequestValidationError):
            body = to_body(wrong_arguments(error))
        elif isinstance(error, HTTPException):
            body, headers = of_http(request, error)
        else:
            log.error("api.failed", path=request.url.path, exc_info=error)
            body = to_body(ours(error), 500)
        return ProblemJson(body, body["status"], headers)

    for kind in (VenueError, RequestValidationError, HTTPException, OSError, Exception):
        app.add_exception_handler(kind, answer)


async def with_trouble(service: AgentService, body: Problem, error: VenueError) -> Problem:
    """An outage has been going on for a while: since when, and how often it was met."""
    if error.cause not in LANE_CAUSES:
        return body
    try:
        found = next((one for one in (await service.errors())["open"] if one["kind"] == error.kind), None)
    except VenueError:  # what is wrong may be the stores themselves
        return body
    if found is None:
        return body
    return {
        **body,
        "count": found["count"],
        "first_at": iso(found["first_at"]),
        "last_at": iso(found["last_at"]),
    }


def wrong_arguments(error: RequestValidationError) -> UsageError:
    """The first wrong one: its name, what was given, and what is accepted."""
    first: Mapping[str, Any] = error.errors()[0]
    where = ".".join(str(part) for part in first.get("loc", ())[1:])
    reason = reason_of(first)
    given = "" if where in UNSHOWN or first.get("type") in ("missing", "json_invalid") else shown(first.get("input"))
    detail = f"{given} was given: {reason[:1].lower()}{reason[1:]}" if given else reason
    return UsageError(f"{where or 'The request'} is wrong", detail, "Correct it, and ask again", kind="arguments")


def reason_of(first: Mapping[str, Any]) -> str:
    pattern = first.get("ctx", {}).get("pattern")
    if pattern in ACCEPTED:
        return f"accepted: {ACCEPTED[pattern]}"
    return str(first.get("msg", "")).removeprefix("Value error, ")


def shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def of_http(request: Request, error: HTTPException) -> tuple[Problem, dict[str, str]]:
    """What the framework itself refuses: an address, a way of asking, a body that is none."""
    if error.status_code == 404:
        told: VenueError = NotThere(
            "There is no such address", request.url.path, "See /openapi.json for those there are"
        )
        return to_body(told), {}
    if error.status_code == 405:
        told = UsageError(f"{request.method} is not for this address", request.url.path, "See /openapi.json")
        return to_body(told, 405), {"Allow": ", ".join(methods(request))}
    told = UsageError("The request is wrong", str(error.detail), "Correct it, and ask again", kind="arguments")
    return to_body(told), {}


def methods(request: Request) -> list[str]:
    """All ways in which an address may be asked: routes know of one each."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


def ours(error: Exception) -> VenueError:
    return VenueError(
        "Something is wrong in venuesync", type(error).__name__, "See .venuesync/logs/agent.log", kind="internal"
    )
