"""A lost ledger is learned anew by halves: disk, and each account's Drive; what both know nothing of is named."""

from __future__ import annotations

from collections.abc import Callable

from agent.errors import VenueError
from agent.ledger import counts, meta, superseded, troubles
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import EventId

Expected = Callable[[EventId, str], bool]  # whether a photo, by its SHA-256, may be missed in an event


def done(db: Db, half: str, text: str, now: float, is_expected: Expected) -> None:
    meta.put(db, half, "0")
    meta.note_activity(db, "rebuilt", text, now)
    if not meta.rebuilding(db, drive=True):
        troubles.heal(db, "store:ledger", now)
        name_missing(db, is_expected, now)


def newest(db: Db) -> int:
    return db.value("SELECT COALESCE(MAX(id), 0) FROM event_photo")


def is_decided(db: Db, until: int) -> bool:
    """Whether of all photos up to that one it is known where they are to lie, and they lie there."""
    return not db.has("SELECT 1 FROM event_photo WHERE state = 'waiting' AND id <= ? LIMIT 1", (until,))


def rested(db: Db, count: int, now: float) -> None:
    """What nobody wants any more is taken out; where Drive is off, its half is none that is waited for."""
    meta.put(db, meta.REBUILD_REST, "0")
    troubles.heal(db, "store:ledger", now)
    if count:
        told = f"{counts.plural(count, 'item')} of ours that nobody wants there any more"
        text = f"Taken out after the ledger was rebuilt: {told}"
        meta.note_activity(db, "rebuilt", text, now)


def name_missing(db: Db, is_expected: Expected, now: float) -> None:
    """Name what both halves were read without: on Drive it lies, and nobody here has it, or will send it again."""
    for row in superseded.on_drive_alone(db):
        if not is_expected(EventId(row["event"]), row["sha256"]):
            continue
        told = VenueError(
            "Photo is nowhere on this machine",
            f"{row['name']} lies on Drive alone: it was not filed here yet when the ledger was lost",
            "Copy it into Incoming again, or fetch it from Drive",
            kind="photo_missing",
        )
        subject = Subject(f"gone:{row['photo']}", str(row["name"]), EventId(row["event"]))
        troubles.open_trouble(db, subject, told, now)
