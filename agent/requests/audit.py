"""The audit log: what was done with people's faces, when and by whom."""

from __future__ import annotations

from typing_extensions import TypedDict

from agent.requests.ask import Query


class AuditRow(TypedDict):
    """`person`: an id, `forgotten`, or "" where it is nobody's; `name`: who that is now, where they are known still."""

    at: str
    what: str
    person: str
    name: str | None
    by: str  # operator | guest | night


class ListAudit(Query[list[AuditRow]]):
    """All of it, the oldest first."""

    path = "/audit"
