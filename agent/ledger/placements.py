"""What is wanted where. Each change of a plan comes through here, in one transaction with its reason."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from agent import clock
from agent.ledger import drive_found
from agent.model import EventId, EventPhotoId, FolderId, PhotoId, PlacementId

Names = Callable[[str], Iterator[str]]  # a photo's name -> safe names for its file, endless


def want(
    db: sqlite3.Connection,
    event_photo: EventPhotoId,
    folders: Sequence[FolderId],
    now: float,
    *,
    names: Names,
    priority: int = 0,
    may_remove: bool = True,
) -> bool:
    """The photo is wanted in exactly these folders. Called twice with the same, changes nothing.

    In each it has a name of its own from here on, the same on disk and on Drive: the first of `names` (given the
    photo's own) that no other photo has there. With `may_remove` false nothing that was wanted is taken away, and what
    stays in a folder goes to no folder below Unsorted besides. Answers whether anything changed.
    """
    before = {
        row["folder"]: bool(row["wanted"])
        for row in db.execute("SELECT folder, wanted FROM placement WHERE event_photo = ?", (event_photo,))
    }
    changed = False
    if not may_remove and any(before.values()):
        folders = [folder for folder in folders if before.get(folder) or not _is_unsorted(db, folder)]
    for folder in folders:
        if folder not in before:
            name = free_name(db, folder, names(_name_of(db, event_photo)))
            db.execute(
                "INSERT INTO placement (event_photo, folder, wanted_at, priority, disk, disk_name)"
                " VALUES (?, ?, ?, ?, 'reserved', ?)",
                (event_photo, folder, clock.steady(), priority, name),
            )
            drive_found.adopt_photo(db, event_photo, folder)
            changed = True
        elif not before[folder]:
            db.execute(
                "UPDATE placement SET wanted = 1, wanted_at = ?, priority = ?, drive_failed = 0, disk_failed = 0,"
                " drive_after = 0, disk_after = 0,"
                # it may be gone already, by a router that died before it said so: looked at anew
                " disk = CASE disk WHEN 'there' THEN 'reserved' ELSE disk END WHERE event_photo = ? AND folder = ?",
                (clock.steady(), priority, event_photo, folder),
            )
            changed = True
    for folder, wanted in before.items():
        if wanted and folder not in folders and may_remove:
            db.execute(
                "UPDATE placement SET wanted = 0, drive_failed = 0, disk_failed = 0"
                " WHERE event_photo = ? AND folder = ?",
                (event_photo, folder),
            )
            changed = True
    hand_over(db, event_photo)
    drop_absent(db, event_photo)
    db.execute(
        "UPDATE event_photo SET planned_at = ?1,"
        " since_at = CASE WHEN ?2 AND state <> 'waiting' THEN ?1 ELSE since_at END WHERE id = ?3",
        (now, changed, event_photo),
    )
    return changed


LEAVING = (  # on Drive by our knowledge, and not wanted there
    "SELECT p.id, p.event_photo, p.drive_id, p.drive_name, COALESCE(p.drive_from, f.drive_id, '') AS lies_in"
    " FROM event_photo me JOIN event_photo ep ON ep.photo = me.photo JOIN placement p ON p.event_photo = ep.id"
    " JOIN folder f ON f.id = p.folder WHERE me.id = ? AND +p.wanted = 0 AND p.drive_id IS NOT NULL"
    " AND (p.drive = 'there' OR (p.drive = 'sending' AND p.drive_from IS NOT NULL)) ORDER BY p.id"
)
ARRIVING = (
    "SELECT p.id FROM event_photo me JOIN event_photo ep ON ep.photo = me.photo JOIN placement p"
    " ON p.event_photo = ep.id WHERE me.id = ? AND +p.wanted = 1 AND p.drive = 'absent' AND p.drive_id IS NULL"
    " ORDER BY p.id"
)


def hand_over(db: sqlite3.Connection, event_photo: EventPhotoId) -> None:
    """What leaves a folder on Drive while the same photo is to come into another one is moved there, by its id.

    The new placement has the file from now on, and remembers in which folder it lies until it was moved.
    """
    leaving = db.execute(LEAVING, (event_photo,)).fetchall()
    arriving = db.execute(ARRIVING, (event_photo,)).fetchall() if leaving else []
    for old, new in zip(leaving, arriving, strict=False):
        db.execute(
            "UPDATE placement SET drive = 'sending', drive_id = ?, drive_name = ?, drive_from = ? WHERE id = ?",
            (old["drive_id"], old["drive_name"], old["lies_in"], new["id"]),
        )
        db.execute(
            "UPDATE placement SET drive = 'absent', drive_id = NULL, drive_name = NULL, drive_from = NULL,"
            " drive_session = NULL, verified_at = NULL WHERE id = ?",
            (old["id"],),
        )
        drop_absent(db, EventPhotoId(old["event_photo"]))


def drop_absent(db: sqlite3.Connection, event_photo: EventPhotoId) -> None:
    """An unwanted placement's row goes once it is absent at both ends."""
    db.execute(
        "DELETE FROM placement WHERE event_photo = ? AND +wanted = 0 AND disk IN ('absent', 'removed')"
        " AND drive IN ('absent', 'removed')",
        (event_photo,),
    )


def gone_with_folders(db: sqlite3.Connection, folders: Sequence[FolderId]) -> int:
    """These folders are gone from disk with all that lay in them. Answers how many of it are wanted still."""
    gone = db.execute(
        "UPDATE placement SET disk = 'absent', disk_inode = NULL WHERE disk = 'there'"
        " AND folder IN (SELECT value FROM json_each(?)) RETURNING event_photo, wanted",
        (json.dumps(list(folders)),),
    ).fetchall()
    for row in gone:
        drop_absent(db, EventPhotoId(row["event_photo"]))
    return sum(row["wanted"] for row in gone)


def want_nowhere(db: sqlite3.Connection, event_photo: EventPhotoId) -> None:
    """The photo is wanted in no folder any more."""
    db.execute(
        "UPDATE placement SET wanted = 0, drive_failed = 0, disk_failed = 0 WHERE event_photo = ?", (event_photo,)
    )
    drop_absent(db, event_photo)


def _is_unsorted(db: sqlite3.Connection, folder: FolderId) -> bool:
    kind = db.execute("SELECT kind FROM folder WHERE id = ?", (folder,)).fetchone()["kind"]
    return kind in ("no_faces", "unknown", "videos")


def next_name(db: sqlite3.Connection, placement: PlacementId, names: Names, taken: Sequence[str] = ()) -> str | None:
    """A name for this placement: its own still, or the first that nobody has in its folder, nor is `taken`.

    `None`: it is wanted no more, and nothing is left of it.
    """
    row = db.execute(
        "SELECT p.folder, p.disk_name, ep.name FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
        " WHERE p.id = ?",
        (placement,),
    ).fetchone()
    if row is None:
        return None
    own = [] if row["disk_name"] is None else [str(row["disk_name"])]
    return free_name(db, row["folder"], chain(own, names(str(row["name"]))), taken, placement)


def free_name(
    db: sqlite3.Connection,
    folder: FolderId,
    names: Iterator[str],
    taken: Sequence[str] = (),
    but: PlacementId | None = None,
) -> str:
    """The first of `names` that no placement in the folder has (`but` this one), nor is `taken`."""
    used = {name.casefold() for name in taken}
    for name in names:
        other = db.execute(
            "SELECT 1 FROM placement WHERE folder = ? AND disk_name = ? COLLATE NOCASE AND id IS NOT ? AND wanted = 1",
            (folder, name, but),
        )
        if name.casefold() not in used and other.fetchone() is None:
            return name
    raise AssertionError("names never end")


def _name_of(db: sqlite3.Connection, event_photo: EventPhotoId) -> str:
    return str(db.execute("SELECT name FROM event_photo WHERE id = ?", (event_photo,)).fetchone()["name"])


def is_wanted(db: sqlite3.Connection, event_photo: EventPhotoId) -> bool:
    """Whether the photo is wanted anywhere."""
    row = db.execute("SELECT 1 FROM placement WHERE event_photo = ? AND +wanted = 1", (event_photo,)).fetchone()
    return row is not None


def wanted_keys(db: sqlite3.Connection, event: EventId) -> dict[EventPhotoId, set[str]]:
    """Where each photo of an event is wanted now: the folders' keys."""
    found: dict[EventPhotoId, set[str]] = {}
    rows = db.execute(
        "SELECT p.event_photo, f.key FROM placement p JOIN folder f ON f.id = p.folder"
        " JOIN event_photo ep ON ep.id = p.event_photo WHERE ep.event = ? AND p.wanted = 1",
        (event,),
    )
    for row in rows:
        found.setdefault(EventPhotoId(row["event_photo"]), set()).add(str(row["key"]))
    return found


def of_photo(db: sqlite3.Connection, event_photo: EventPhotoId) -> list[sqlite3.Row]:
    """The photo's placements with their folders, wanted first."""
    return db.execute(
        "SELECT p.*, f.kind, f.name AS folder_name, f.disk_path, f.person, f.event, up.name AS up_name FROM placement p"
        " JOIN folder f ON f.id = p.folder LEFT JOIN folder up ON up.id = f.parent"
        " WHERE p.event_photo = ? ORDER BY p.wanted DESC, p.id",
        (event_photo,),
    ).fetchall()


def bytes_are_back(db: sqlite3.Connection, photo: PhotoId) -> None:
    """A file holds the photo's bytes (again): what was set aside for want of them is tried again."""
    db.execute(
        "UPDATE event_photo SET state = 'waiting' WHERE photo = ? AND state = 'failed'"
        " AND EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = event_photo.id AND p.disk_failed = 1)",
        (photo,),
    )
    db.execute(
        "UPDATE placement SET drive_failed = 0, drive_attempts = 0, drive_after = 0, disk_failed = 0, disk_after = 0"
        " WHERE (drive_failed = 1 OR disk_failed = 1) AND event_photo IN (SELECT id FROM event_photo WHERE photo = ?)",
        (photo,),
    )


def try_again(db: sqlite3.Connection, chosen: str | None) -> int:
    """Failed placements are tried again, and what a person removed is wanted back; what is set aside stays so.

    `chosen`: a JSON list of photos' ids in their events, or `None` for all. Answers how many placements.
    """
    return db.execute(
        "UPDATE placement SET drive_failed = 0, drive_attempts = 0, drive_after = 0, disk_failed = 0, disk_after = 0,"
        " disk = CASE disk WHEN 'removed' THEN 'absent' ELSE disk END,"
        " drive = CASE drive WHEN 'removed' THEN 'absent' ELSE drive END,"
        " drive_id = CASE drive WHEN 'removed' THEN NULL ELSE drive_id END"
        " WHERE wanted = 1 AND (?1 IS NULL OR event_photo IN (SELECT value FROM json_each(?1)))"
        " AND (drive_failed = 1 OR disk_failed = 1 OR disk = 'removed' OR drive = 'removed')"
        " AND event_photo NOT IN (SELECT id FROM event_photo WHERE state = 'dismissed')",
        (chosen,),
    ).rowcount
