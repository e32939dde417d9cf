"""A person as documents show her."""

from __future__ import annotations

from collections.abc import Mapping

from agent.model import Person
from agent.service import PersonStatus
from agent.times import iso_or_none


def person_row(person: Person, tally: Mapping[str, float]) -> PersonStatus:
    """`tally`: the ledger's counts of her photos (`solo`, `group`, `on_drive`, `last`)."""
    return {
        "id": person.id,
        "name": person.name,
        "event": person.event,
        "guest": person.guest,
        "references": len(person.references),
        "solo": int(tally.get("solo", 0)),
        "group": int(tally.get("group", 0)),
        "on_drive": int(tally.get("on_drive", 0)),
        "link": None,
        "last_seen_at": iso_or_none(tally.get("last")),
    }
