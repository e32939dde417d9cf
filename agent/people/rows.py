"""A person as documents show her."""

from __future__ import annotations

from collections.abc import Mapping

from agent.model import DriveId, Person
from agent.service_browse import PersonStatus
from agent.times import iso_or_none


def link_of(folder: DriveId | None) -> str | None:
    """The address that is given away; None where nobody was let in by it."""
    return None if folder is None else f"https://drive.google.com/drive/folders/{folder}"


def person_row(person: Person, tally: Mapping[str, float], shared: DriveId | None = None) -> PersonStatus:
    """`tally`: the ledger's counts of her photos (`solo`, `group`, `on_drive`, `last`); `shared`: her folder's id."""
    return {
        "id": person.id,
        "name": person.name,
        "event": person.event,
        "guest": person.guest,
        "references": len(person.references),
        "solo": int(tally.get("solo", 0)),
        "group": int(tally.get("group", 0)),
        "on_drive": int(tally.get("on_drive", 0)),
        "link": link_of(shared),
        "last_seen_at": iso_or_none(tally.get("last")),
    }
