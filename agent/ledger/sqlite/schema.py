"""The ledger's tables, as numbered steps; and what one that is not the last one has to forget."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from agent.errors import VenueError
from agent.ledger import meta
from agent.ledger.sqlite.rows import Db
from agent.ledger.syncs import FullListing

STEPS = tuple(
    step.read_text(encoding="utf-8")
    for step in sorted(
        (Path(__file__).parent / "steps").glob("*.sql"), key=lambda step: int(step.name.partition("_")[0])
    )
)


def migrate(db: Db) -> None:
    """Bring a ledger to the newest step. A ledger of a newer program is refused unharmed."""
    _take(db, STEPS, step_of(db))


def new() -> bytes:
    """A ledger in which nothing happened yet, at the newest step: on disk each step would wait for the disk."""
    return _new(STEPS)


@cache
def _new(steps: tuple[str, ...]) -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None, factory=Db)) as db:
        _take(db, steps, 0)
        meta.put(db, meta.CLEAN, "1")
        return db.serialize()


def _take(db: Db, steps: tuple[str, ...], version: int) -> None:
    for number, step in enumerate(steps[version:], version + 1):
        db.executescript(f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {number};\nCOMMIT;")


def step_of(db: Db) -> int:
    """The step that a ledger is at. Raises `VenueError` for one of a newer program."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(STEPS):
        raise VenueError(
            "The ledger was made by a newer venuesync",
            f"it is at step {version}, this program knows {len(STEPS)}",
            "Update venuesync",
        )
    return version


# ---- a ledger that is not the last one: what lies where is learned from disk and Drive again

FORGOTTEN = (
    "DELETE FROM placement",
    "DELETE FROM folder_filled",
    "UPDATE folder SET parent = NULL",
    "DELETE FROM folder",
    "DELETE FROM drive_id_pool",
    "DELETE FROM drive_found",
    "DELETE FROM disk_found",
    "DELETE FROM channel",
    "DELETE FROM job",  # else a backup is made at once, in place of an older one
    "UPDATE meta SET value = substr(value, instr(value, '.')) WHERE key = 'mark'",  # higher ones than its own are set
    f"UPDATE source_state SET required = {FullListing.AT_ONCE}",  # noqa: S608 - our own words
    "UPDATE event_photo SET state = 'waiting', planned_at = NULL, filed_at = NULL, verified_at = NULL"
    " WHERE state IN ('waiting', 'filed', 'unsorted') OR (state = 'failed'"
    " AND (SELECT look FROM photo WHERE id = event_photo.photo) = 'done')",
)


def learn_anew(db: Db) -> None:
    """Both halves have to be read, all is planned again, and what nobody wants any more is taken out."""
    for forget in FORGOTTEN:
        db.execute(forget)
    meta.forget_accounts(db, meta.REBUILD_DRIVE)
    for half in (meta.REBUILD_DISK, meta.REBUILD_DRIVE, meta.REBUILD_REST):
        meta.put(db, half, "1")
    meta.put(db, meta.PLANNED_BY, "")
