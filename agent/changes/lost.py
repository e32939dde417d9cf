"""A source whose folder cannot be reached: said with the folder, and whom it has to be shared with."""

from __future__ import annotations

import sqlite3

from agent.errors import Cause, VenueError
from agent.ledger import activity, syncs, troubles
from agent.ledger.troubles import Subject
from agent.model import EventId, Source


def is_loss(error: VenueError) -> bool:
    """Whether Drive says that it is not there for us, rather than that something went wrong on the way."""
    return error.cause is Cause.MISSING or error.kind == "permission_denied"


def record(
    db: sqlite3.Connection, event: EventId, source: Source, error: VenueError, account: str | None, now: float
) -> None:
    """The state and what to do about it, together: nobody sees one without the other."""
    said = told(source, account) if is_loss(error) else error
    troubles.open_trouble(db, Subject(_key(source), source.name, event), said, now)
    if syncs.lost(db, source.id, f"{said.title}: {said.detail}", now):
        activity.note(db, "lost", f"{source.name} cannot be reached on Drive", now, event)


def found_again(db: sqlite3.Connection, source: Source, now: float) -> None:
    troubles.heal(db, _key(source), now)


def _key(source: Source) -> str:
    return f"source:{source.id}"


def told(source: Source, account: str | None) -> VenueError:
    return VenueError(
        "A source on Drive cannot be reached",
        f"{source.name} (folder {source.folder}) is gone, in the trash, or not shared any more",
        f"Share it with {account or 'the account that is signed in'}: it is read again by itself",
        cause=Cause.MISSING,
        kind="folder_not_found",
    )
