"""A ledger that is not the last one: begun anew, or a backup. What lies where is learned from disk and Drive again.

Photos, their faces, what happened and what was set aside stay known; where each photo lay says nothing any more: files
were renamed, moved and taken away since, and ids that were kept for later are used.
"""

from __future__ import annotations

import sqlite3

from agent.ledger import meta

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
    "UPDATE source_state SET required = 2",
    "UPDATE event_photo SET state = 'waiting', planned_at = NULL, filed_at = NULL, verified_at = NULL"
    " WHERE state IN ('waiting', 'filed', 'unsorted') OR (state = 'failed'"
    " AND (SELECT look FROM photo WHERE id = event_photo.photo) = 'done')",
)


def learn_anew(db: sqlite3.Connection) -> None:
    """Both halves have to be read, and all is planned again."""
    for forget in FORGOTTEN:
        db.execute(forget)
    for half in (meta.REBUILD_DISK, meta.REBUILD_DRIVE):
        meta.put(db, half, "1")
    meta.put(db, meta.PLANNED_BY, "")
