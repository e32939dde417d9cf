"""What Drive holds of ours, found by its tags after the ledger was lost, until the plan takes it over."""

from __future__ import annotations

import sqlite3

from agent.model import DriveId, EventPhotoId, FolderId


def record(db: sqlite3.Connection, drive_id: DriveId, kind: str, tag: str, parent: str | None, md5: str | None) -> None:
    """`tag`: a folder's key, or a photo's SHA-256."""
    db.execute(
        "INSERT INTO drive_found (drive_id, kind, tag, parent, md5) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (drive_id, kind, tag, parent, md5),
    )


def adopt_all(db: sqlite3.Connection) -> None:
    """Give what was found to the folders and placements that are wanted already."""
    for row in db.execute("SELECT id FROM folder WHERE drive = 'absent' ORDER BY id").fetchall():
        adopt_folder(db, FolderId(row["id"]))
    waiting = db.execute("SELECT event_photo, folder FROM placement WHERE wanted = 1 AND drive = 'absent'").fetchall()
    for row in waiting:
        adopt_photo(db, EventPhotoId(row["event_photo"]), FolderId(row["folder"]))


def adopt_folder(db: sqlite3.Connection, folder: FolderId) -> None:
    """The first folder of ours found with this folder's key is this folder; of several by limit, the last is in use."""
    found = db.execute(
        "SELECT d.drive_id, CAST(substr(d.tag, length(f.key) + 2) AS INTEGER) AS part FROM drive_found d"
        " JOIN folder f ON d.tag = f.key OR d.tag GLOB f.key || '#[0-9]*' WHERE f.id = ? AND d.kind = 'folder'"
        " ORDER BY part DESC, d.number",
        (folder,),
    ).fetchall()
    if not found:
        return
    current, part = found[0]["drive_id"], max(1, found[0]["part"])
    db.execute(
        "UPDATE folder SET drive = 'there', drive_id = ?, drive_name = COALESCE(drive_name, name), rolled = ?"
        " WHERE id = ?",
        (current, part - 1, folder),
    )
    for row in found:
        db.execute("DELETE FROM drive_found WHERE drive_id = ?", (row["drive_id"],))
        if row["part"] < found[0]["part"]:
            db.execute("INSERT OR IGNORE INTO folder_filled VALUES (?, ?)", (row["drive_id"], folder))


def adopt_photo(db: sqlite3.Connection, event_photo: EventPhotoId, folder: FolderId) -> None:
    """A file of ours that lies there for this very placement is taken over, and checked before it counts."""
    found = db.execute(
        "SELECT d.drive_id FROM drive_found d JOIN event_photo ep ON ep.id = ? JOIN photo ph ON ph.id = ep.photo"
        " JOIN folder f ON f.id = ? WHERE d.kind = 'photo' AND d.tag = ph.sha256 AND (d.parent = f.drive_id"
        " OR d.parent IN (SELECT drive_id FROM folder_filled WHERE folder = f.id))"
        " ORDER BY d.number LIMIT 1",
        (event_photo, folder),
    ).fetchone()
    if found:
        db.execute("DELETE FROM drive_found WHERE drive_id = ?", (found["drive_id"],))
        db.execute(
            "UPDATE placement SET drive = 'sending', drive_id = ? WHERE event_photo = ? AND folder = ?",
            (found["drive_id"], event_photo, folder),
        )
