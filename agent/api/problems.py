"""One answer for all that goes wrong over HTTP: whatever it was, it is a `Problem` (RFC 9457)."""

from __future__ import annotations

import json
from typing import Any

import structlog
from starlette.responses import JSONResponse, Response

from agent.api.errors import Problem, to_body
from agent.disk.atomic import disk_trouble
from agent.errors import LANE_CAUSES, VenueError
from agent.requests.ask import Agent
from agent.requests.troubles import ListTroubles

log = structlog.get_logger(__name__)

MEDIA = "application/problem+json"


class Json(JSONResponse):
    """JSON that every reader takes, whatever a name holds: half a character becomes a question mark."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class ProblemJson(Json):
    media_type = MEDIA


async def problem(agent: Agent, path: str, error: Exception) -> Response:
    """`path`: where it was asked."""
    if isinstance(error, OSError):
        error = disk_trouble(error)
    if not isinstance(error, VenueError):
        log.error("api.failed", path=path, exc_info=error)
        return ProblemJson(to_body(ours(error), 500), 500)
    body = await with_trouble(agent, to_body(error), error)
    again = {} if error.retry_after is None else {"Retry-After": str(max(1, round(error.retry_after)))}
    return ProblemJson(body, body["status"], again)


async def with_trouble(agent: Agent, body: Problem, error: VenueError) -> Problem:
    """An outage has been going on for a while: since when, and how often it was met."""
    if error.cause not in LANE_CAUSES:
        return body
    try:
        found = next((one for one in (await agent.ask(ListTroubles()))["open"] if one["kind"] == error.kind), None)
    except VenueError:  # what is wrong may be the stores themselves
        return body
    if found is None:
        return body
    return {**body, "count": found["count"], "first_at": found["first_at"], "last_at": found["last_at"]}


def ours(error: Exception) -> VenueError:
    return VenueError(
        "Something is wrong in venuesync", type(error).__name__, "See .venuesync/logs/agent.log", kind="internal"
    )
