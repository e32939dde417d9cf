"""Troubles whose subject is done, or not wanted any more: over, though nobody said so.

What is tried again keeps its trouble, with the time since when it lasts, until it succeeds.
"""

from __future__ import annotations

import sqlite3

OUTLIVED = (  # by what stands before and behind the colon of a trouble's key; of `placement:9/disk` the number is 9
    "SELECT t.key FROM (SELECT key, substr(key, 1, instr(key, ':')) AS kind,"
    " CAST(substr(key, instr(key, ':') + 1) AS INTEGER) AS number FROM trouble WHERE state = 'open') t"
    " WHERE (t.kind = 'photo:' AND NOT EXISTS"
    " (SELECT 1 FROM event_photo WHERE id = t.number AND state IN ('waiting', 'failed')))"
    " OR (t.kind = 'placement:' AND NOT EXISTS (SELECT 1 FROM placement WHERE id = t.number AND wanted = 1"
    " AND (disk_due = 1 OR drive_due = 1 OR disk_failed = 1 OR drive_failed = 1)))"
    " OR (t.kind = 'download:' AND NOT EXISTS"
    " (SELECT 1 FROM source_file WHERE id = t.number AND state IN ('due', 'failed')))"
    " OR (t.kind = 'destination:' AND NOT EXISTS (SELECT 1 FROM placement WHERE folder = t.number AND wanted = 1"
    " AND (drive_due = 1 OR drive_failed = 1)))"
)


def heal(db: sqlite3.Connection, now: float) -> None:
    keys = [str(row["key"]) for row in db.execute(OUTLIVED)]
    db.executemany("UPDATE trouble SET state = 'healed', ended_at = ? WHERE key = ?", [(now, key) for key in keys])
