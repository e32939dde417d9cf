"""The ledger's tables, as numbered steps that are never changed once released.

A ledger is brought forward one step after the other, each in a transaction of its own; `user_version` counts them.
"""

from __future__ import annotations

import sqlite3

from agent.errors import VenueError
from agent.ledger.folder_tables import FOLDERS
from agent.ledger.photo_tables import PHOTOS
from agent.ledger.source_tables import SOURCES

STEP_1 = PHOTOS + FOLDERS + SOURCES

STEPS: tuple[str, ...] = (STEP_1,)


def migrate(db: sqlite3.Connection) -> int:
    """Bring a ledger to the newest step. Returns the step it was at.

    A ledger of a newer program is refused unharmed.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(STEPS):
        raise VenueError(
            "The ledger was made by a newer venuesync",
            f"it is at step {version}, this program knows {len(STEPS)}",
            "Update venuesync",
        )
    for number, step in enumerate(STEPS[version:], version + 1):
        db.executescript(f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {number};\nCOMMIT;")
    return version
