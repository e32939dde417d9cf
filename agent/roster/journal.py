"""The undo journal: what each verb changed, as it was before; the last one can be taken back, then the one before."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from agent.model import EventId, Person, PersonId
from agent.roster.rows import Row, person_from

KEPT = 100  # verbs


@dataclass(frozen=True, slots=True)
class Entry:
    """`people` and `decisions` as they were before; `None` where there was none."""

    verb: str
    text: str
    at: float
    people: Mapping[PersonId, Person | None]
    decisions: Mapping[EventId, Mapping[str, Row | None]]


def entry_row(
    verb: str,
    text: str,
    people: Mapping[PersonId, Person | None],
    decisions: Mapping[EventId, Mapping[str, Row | None]],
) -> Row:
    return {
        "verb": verb,
        "text": text,
        "at": time.time(),
        "people": {key: None if one is None else asdict(one) for key, one in people.items()},
        "decisions": {event: dict(rows) for event, rows in decisions.items()},
    }


def entry_from(row: Row) -> Entry:
    people: dict[str, Any] = row["people"]
    return Entry(
        str(row["verb"]),
        str(row["text"]),
        float(row["at"]),
        {PersonId(key): None if one is None else person_from(one) for key, one in people.items()},
        {EventId(event): rows for event, rows in row["decisions"].items()},
    )
