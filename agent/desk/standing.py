"""Troubles of the moment that stand in no ledger, because it is the ledger that is in trouble."""

from __future__ import annotations

from collections.abc import Sequence

from agent.ledger import Ledger
from agent.service_snapshot import Trouble


def of_ledger(ledger: Ledger) -> list[Trouble]:
    """Why nothing can be written down; empty where all is well."""
    error, since = ledger.trouble, ledger.trouble_since
    if error is None:
        return []
    return [
        {
            "kind": error.kind,
            "cause": error.cause.value,
            "severity": "error",
            "title": error.title,
            "detail": error.detail,
            "remedy": error.remedy,
            "subjects": ["this machine's disk"],
            "ids": [],
            "photos": [],
            "count": 1,
            "first_at": since,
            "last_at": since,
            "ended_at": None,
        }
    ]


def added(standing: Sequence[Trouble], opened: Sequence[Trouble]) -> list[Trouble]:
    """All open troubles; one that stands in the ledger, too, is one with it."""
    rows = list(opened)
    for one in standing:
        twin = next((row for row in rows if (row["kind"], row["title"]) == (one["kind"], one["title"])), None)
        if twin is None:
            rows.insert(0, one)
        else:
            twin["count"] += 1
    return rows
