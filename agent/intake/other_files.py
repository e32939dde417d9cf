"""Files that are taken in as no photos: left alone, as they are something else, or not to be read."""

from __future__ import annotations

from agent.errors import VenueError
from agent.intake.reading import Unreadable
from agent.ledger import meta, sightings, troubles
from agent.ledger.sightings import Sighting
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject


def file_key(path: str) -> str:
    """The key of a file's troubles."""
    return f"file:{sightings.to_text(path)}"


def leave_alone(db: Db, sighting: Sighting, name: str, reason: str, now: float) -> None:
    sightings.record_other(db, sighting, "skipped", reason, now)
    troubles.heal(db, file_key(sighting.path), now)
    meta.note_activity(db, "skipped", f"{name} is no photo: {reason}", now, sighting.event)


def unreadable(db: Db, sighting: Sighting, name: str, found: Unreadable, now: float, decided: troubles.Decided) -> None:
    """It is tried at each sweep; that it is as before is no news."""
    if sightings.is_so(db, sighting, "unreadable", found.reason):
        return
    sightings.record_other(db, sighting, "unreadable", found.reason, now)
    if troubles.is_aside(db, file_key(sighting.path)):
        return
    error = VenueError("A file cannot be read", f"{name}: {found.reason}", found.remedy, kind="permission_denied")
    troubles.open_trouble(db, Subject(file_key(sighting.path), name, sighting.event), error, now)
    troubles.follow_news(db, decided, file_key(sighting.path), now)
