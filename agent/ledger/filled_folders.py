"""Folders that Drive takes no more items into: another one goes on in each one's place, under its name and a number."""

from __future__ import annotations

import json
from collections.abc import Collection

from agent.ledger.sqlite.rows import Db
from agent.model import DriveId, FolderId


def roll_over(db: Db, folder: FolderId, filled: DriveId) -> bool:
    """Drive takes no more items into that one: the next go into another. Returns whether this was news."""
    news = db.changed(
        "UPDATE folder SET drive = 'absent', drive_id = NULL, drive_name = NULL, drive_after = 0, rolled = rolled + 1"
        " WHERE id = ? AND drive_id = ?",
        (folder, filled),
    )
    if news:
        db.execute("INSERT OR IGNORE INTO folder_filled VALUES (?, ?)", (filled, folder))
    return news


def filled_on_drive(db: Db, account: str = "") -> list[tuple[FolderId, DriveId]]:
    """Those of that Drive that hold as many items as they may."""
    rows = db.execute(
        "SELECT l.folder, l.drive_id FROM folder_filled l JOIN folder f ON f.id = l.folder"
        " WHERE f.wanted = 1 AND f.account = ?",
        (account,),
    )
    return [(FolderId(row["folder"]), DriveId(row["drive_id"])) for row in rows]


def homes(db: Db, of: Collection[FolderId]) -> dict[FolderId, frozenset[str]]:
    """By folder, where on Drive its files may lie: in it, or in what was filled before; nothing of one that is not
    there, nor of one that an operator gave, which need not show itself as anything's parent.
    """
    rows = db.execute(
        "SELECT f.id, f.drive_id FROM json_each(?1) asked CROSS JOIN folder f ON f.id = asked.value"
        " WHERE f.drive = 'there' AND f.drive_id IS NOT NULL AND f.drive_given = 0"
        " UNION SELECT l.folder, l.drive_id FROM folder_filled l CROSS JOIN folder f ON f.id = l.folder"
        " WHERE f.drive = 'there' AND f.drive_id IS NOT NULL AND f.drive_given = 0"
        " AND l.folder IN (SELECT value FROM json_each(?1))",
        (json.dumps(list(of)),),
    )
    found: dict[FolderId, set[str]] = {}
    for row in rows:
        found.setdefault(FolderId(row["id"]), set()).add(str(row["drive_id"]))
    return {folder: frozenset(ids) for folder, ids in found.items()}


def filled_is_lost(db: Db, folder: FolderId, filled: DriveId) -> int:
    """It is gone from Drive with what lay in it: which of the folder's files that are is asked of Drive. Returns how
    many are asked for; called twice, does nothing more.
    """
    if not db.changed("DELETE FROM folder_filled WHERE drive_id = ? AND folder = ?", (filled, folder)):
        return 0
    db.execute(
        "UPDATE event_photo SET verified_at = NULL WHERE id IN (SELECT event_photo FROM placement"
        " WHERE folder = ? AND wanted = 1 AND drive = 'there')",
        (folder,),
    )
    return db.execute(DOUBTED + " AND drive = 'there' AND folder = ?", (folder,)).rowcount


DOUBTED = (  # asked for by their ids, and sent again where they are not there
    "UPDATE placement SET drive = 'sending', drive_session = NULL, verified_at = NULL, drive_failed = 0,"
    " drive_after = 0 WHERE wanted = 1 AND drive_id IS NOT NULL AND drive_from IS NULL"
)
