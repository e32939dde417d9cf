"""Errors on their way over HTTP: one shape (RFC 9457), and the same error again at the far end."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from agent.errors import (
    Cause,
    Kind,
    NeedsSignIn,
    NoAgent,
    NotThere,
    PhotoDefect,
    StoreDamaged,
    UsageError,
    VenueError,
    WorkspaceBusy,
)

KINDS: dict[str, type[VenueError]] = {
    one.__name__: one
    for one in (VenueError, UsageError, NotThere, NoAgent, NeedsSignIn, WorkspaceBusy, PhotoDefect, StoreDamaged)
}
STATUS = {  # whatever else there is: a state of things that forbids it, until somebody does something
    Cause.USAGE: 422,
    Cause.MISSING: 404,
    Cause.RATE: 429,
    Cause.TRANSIENT: 503,
}
FORBIDDEN = 409
UNDER_WAY = ("this was under way: it may be done, or not", "See how it is when an agent runs again: venuesync")
PASSING = frozenset({Cause.TRANSIENT, Cause.RATE})  # nobody has to do anything
OF_TOKENS = frozenset({Kind.TOKEN, Kind.READ_ONLY})  # an access token helps, and no sign-in to Google


class Problem(TypedDict):
    """What went wrong, to what, and what to do. `count` and the times are those of the trouble that it belongs to."""

    type: str  # urn:venuesync:<kind>
    title: str
    status: int
    detail: str
    kind: str  # the machine's word for it
    cause: str  # who has to do something
    remedy: str
    severity: Literal["warning", "error"]
    error: str  # the class at our own far end
    count: NotRequired[int]
    first_at: NotRequired[str]
    last_at: NotRequired[str]


def to_body(error: VenueError, status: int | None = None) -> Problem:
    """`status`: where HTTP itself has a word for it."""
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in KINDS)
    return {
        "type": f"urn:venuesync:{error.kind}",
        "title": error.title,
        "status": status_code(error) if status is None else status,
        "detail": error.detail,
        "kind": error.kind,
        "cause": error.cause.value,
        "remedy": error.remedy,
        "severity": "warning" if error.cause in PASSING else "error",
        "error": name,
    }


def status_code(error: VenueError) -> int:
    """404 for what is not there, 422 for wrong arguments, 503 and 429 for what passes, 409 for all that does not."""
    if error.kind == Kind.DISK_FULL:
        return 507
    if error.kind == Kind.TOKEN:
        return 401
    return STATUS.get(error.cause, FORBIDDEN)


def from_body(body: dict[str, Any]) -> VenueError:
    """Whatever of Drive's only a sign-in ends is `NeedsSignIn` here: its exit code is known by that."""
    kind = KINDS.get(str(body.get("error")), VenueError)
    cause = Cause(body["cause"]) if body.get("cause") in list(Cause) else None
    if kind is VenueError and cause is Cause.AUTH and body.get("kind") not in OF_TOKENS:
        kind = NeedsSignIn
    return kind(
        str(body.get("title", "The agent gave an error")),
        str(body.get("detail", "")),
        str(body.get("remedy", "")),
        cause=cause,
        kind=str(body["kind"]) if body.get("kind") else None,
    )
