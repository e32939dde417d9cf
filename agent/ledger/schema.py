"""The ledger's tables, as numbered steps that are never changed once released.

A ledger is brought forward one step after the other, each in a transaction of its own; `user_version` counts them.
"""

from __future__ import annotations

import sqlite3

from agent.errors import VenueError
from agent.ledger.folder_tables import FOLDERS, IDENTITIES
from agent.ledger.photo_tables import PHOTOS
from agent.ledger.source_tables import CAMERAS, GONE_LATELY, LAGGING_LISTS, SOURCES

STEP_1 = PHOTOS + FOLDERS + SOURCES

STEP_2 = IDENTITIES
STEP_3 = LAGGING_LISTS
STEP_4 = CAMERAS
STEP_5 = GONE_LATELY

STEPS: tuple[str, ...] = (STEP_1, STEP_2, STEP_3, STEP_4, STEP_5)


def migrate(db: sqlite3.Connection) -> int:
    """Bring a ledger to the newest step. Returns the step it was at.

    A ledger of a newer program is refused unharmed.
    """
    version = refuse_newer(db)
    for number, step in enumerate(STEPS[version:], version + 1):
        db.executescript(f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {number};\nCOMMIT;")
    return version


def refuse_newer(db: sqlite3.Connection) -> int:
    """The step that a ledger is at. Raises `VenueError` for one of a newer program."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(STEPS):
        raise VenueError(
            "The ledger was made by a newer venuesync",
            f"it is at step {version}, this program knows {len(STEPS)}",
            "Update venuesync",
        )
    return version
