"""What the router's work means for the ledger: what is there now, what went wrong, and what a person reads of it."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from agent.errors import Cause, VenueError
from agent.filing.carry_out import FULL_CODES, Done
from agent.ledger import disk_queue, folders, photos, sightings, troubles
from agent.ledger.troubles import Subject
from agent.model import EventPhotoId, FolderId

DISK = Subject("disk", "this machine's disk")


def outcomes(db: sqlite3.Connection, done: Sequence[Done], now: float, retry_after: float) -> list[EventPhotoId]:
    """Record a batch. Answers the photos that are whole on disk by it."""
    filed = disk_queue.finish(db, [one.filed for one in done if one.filed], now)
    troubles.heal_all(db, [key_of(one) for one in done if one.filed], now)
    for one in done:
        if one.gone:
            disk_queue.removed(db, one.task.placement, now)
        elif one.error is not None:
            disk_queue.put_off(db, one.task.placement, now + retry_after)
            subject = Subject(key_of(one), one.task.name, event_photo=one.task.event_photo)
            troubles.open_trouble(db, DISK if is_full(one.error) else subject, explain(one.error, one.task.name), now)
        elif one.nowhere:
            _nowhere(db, one, now, retry_after)
    if any(one.filed for one in done) and not any(one.error is not None and is_full(one.error) for one in done):
        troubles.heal(db, DISK.key, now)
    return filed


def key_of(one: Done) -> str:
    """What a placement's trouble on disk is known by."""
    return f"placement:{one.task.placement}/disk"


def _nowhere(db: sqlite3.Connection, one: Done, now: float, retry_after: float) -> None:
    """The bytes lie at no path that was known: forget those paths; never filed anywhere, the photo is superseded."""
    gone = [str(path) for path in one.stale if not path.exists()]
    if sightings.forget_paths(db, gone, now) or sightings.supersede_if_nowhere(db, one.task.photo, now):
        return
    disk_queue.put_off(db, one.task.placement, now + retry_after)
    if not one.stale and not disk_queue.originals(db, one.task.photo):
        disk_queue.park(db, one.task.placement)
        error = VenueError(
            "Photo is nowhere on this machine",
            f"{one.task.name} was to be filed in {one.task.folder_path}, and no file here holds it any more",
            "Copy it into Incoming again",
            kind="photo_missing",
        )
        subject = Subject(key_of(one), one.task.name, event_photo=one.task.event_photo)
        troubles.open_trouble(db, subject, error, now)
        photos.settle_states(db, {one.task.event_photo}, now)


def folders_made(
    db: sqlite3.Connection, made: Sequence[FolderId], failed: Sequence[tuple[str, OSError]], now: float
) -> None:
    folders.made_on_disk(db, made)
    for path, error in failed:
        troubles.open_trouble(db, Subject(f"disk-folder:{path}", path), explain(error, path), now)
    troubles.heal_all_but(db, "disk-folder:", [f"disk-folder:{path}" for path, _ in failed], now)


def disk_full(db: sqlite3.Connection, root: Path, free: int, keep_free: int, now: float) -> None:
    error = VenueError(
        "The disk is full",
        f"{free / 10**9:.1f} GB are free beside {root}, {keep_free / 10**9:.1f} GB are kept free",
        "Make room: filing goes on by itself",
        cause=Cause.QUOTA,
        kind="disk_full",
    )
    troubles.open_trouble(db, DISK, error, now)


def room_again(db: sqlite3.Connection, now: float) -> None:
    troubles.heal(db, DISK.key, now)


def is_full(error: OSError) -> bool:
    return error.errno in FULL_CODES


def explain(error: OSError, name: str) -> VenueError:
    """An error of the disk in a person's words."""
    where = error.filename or name
    if is_full(error):
        return VenueError(
            "The disk is full",
            f"{name} could not be written",
            "Make room: filing goes on by itself",
            cause=Cause.QUOTA,
            kind="disk_full",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return VenueError(
            "A folder cannot be written",
            f"{where}: {error.strerror}",
            "Allow this user to write there: filing goes on by itself",
            kind="permission_denied",
        )
    return VenueError(
        "The disk gave an error",
        f"{name}: {error.strerror or error}",
        "Check the disk: filing is tried again by itself",
        cause=Cause.TRANSIENT,
        kind="disk_error",
    )
