"""Errors on their way over the socket: the same error at both ends."""

from __future__ import annotations

from typing import Any, TypedDict

from agent.errors import Cause, NeedsSignIn, NoAgent, PhotoDefect, StoreDamaged, UsageError, VenueError, WorkspaceBusy

KINDS: dict[str, type[VenueError]] = {
    one.__name__: one
    for one in (VenueError, UsageError, NoAgent, NeedsSignIn, WorkspaceBusy, PhotoDefect, StoreDamaged)
}
STATUS = {Cause.USAGE: 422, Cause.MISSING: 404, Cause.CONFLICT: 409, Cause.AUTH: 401, Cause.RATE: 429}


class ErrorBody(TypedDict):
    error: str  # the class's name
    kind: str
    cause: str
    title: str
    detail: str
    remedy: str


def to_body(error: VenueError) -> ErrorBody:
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in KINDS)
    return {
        "error": name,
        "kind": error.kind,
        "cause": error.cause.value,
        "title": error.title,
        "detail": error.detail,
        "remedy": error.remedy,
    }


def status_code(error: VenueError) -> int:
    return STATUS.get(error.cause, 503)


def from_body(body: dict[str, Any]) -> VenueError:
    kind = KINDS.get(str(body.get("error")), VenueError)
    return kind(
        str(body.get("title", "The agent gave an error")),
        str(body.get("detail", "")),
        str(body.get("remedy", "")),
        cause=Cause(body["cause"]) if body.get("cause") in list(Cause) else None,
        kind=str(body["kind"]) if body.get("kind") else None,
    )
