"""Placements whose disk end has something to do, and the names kept for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.ledger import photos, placements
from agent.ledger.made import COLUMNS, Made, columns_of, made_in
from agent.ledger.sightings import FileFacts, from_text, paths_of, to_text
from agent.model import End, EventPhotoId, FolderId, PhotoId, PhotoState, PlacementId


@dataclass(frozen=True, slots=True)
class DiskTask:
    """A placement with all that the router needs; `folder_path` and filed paths are below the workspace."""

    placement: PlacementId
    event_photo: EventPhotoId
    folder: FolderId
    folder_path: str
    wanted: bool
    disk: End
    disk_name: str | None
    made: Made | None  # the file that we put there, or are about to
    photo: PhotoId
    sha256: str
    bytes: int
    name: str
    withdrawn: bool = False  # by an operator, who may take that back


@dataclass(frozen=True, slots=True)
class Filed:
    """A file in its place; `made`: as the router made it, `None` where it was found there, and may be somebody's."""

    placement: PlacementId
    made: Made | None


# Of placement `p` of event_photo `ep`: the photo is wanted, in whatever event, where it does not lie yet, or it has to
# be planned in one first. What lies here may be the only file that holds its bytes.
NEEDED_STILL = (
    "EXISTS (SELECT 1 FROM event_photo e LEFT JOIN placement o ON o.event_photo = e.id AND +o.wanted = 1"
    " WHERE e.photo = ep.photo AND ((e.state = 'waiting' AND e.planned_at IS NULL)"
    " OR o.disk NOT IN ('there', 'removed')))"
)


def due(db: sqlite3.Connection, now: float, limit: int) -> list[DiskTask]:
    """What the disk end has to do. A file that is not wanted any more goes only when all that are wanted are there."""
    rows = db.execute(
        "SELECT p.*, f.disk_path, ep.photo, ep.name, ep.state, ph.sha256, ph.bytes FROM placement p"  # noqa: S608 - ours
        " JOIN folder f ON f.id = p.folder JOIN event_photo ep ON ep.id = p.event_photo"
        " JOIN photo ph ON ph.id = ep.photo WHERE p.disk_due = 1 AND p.disk_after <= ?"
        f" AND (p.wanted = 1 OR NOT {NEEDED_STILL})"
        " ORDER BY p.priority DESC, p.wanted_at DESC LIMIT ?",
        (now, limit),
    )
    return [_task(row) for row in rows]


def _task(row: sqlite3.Row) -> DiskTask:
    return DiskTask(
        PlacementId(row["id"]),
        EventPhotoId(row["event_photo"]),
        FolderId(row["folder"]),
        str(row["disk_path"]),
        bool(row["wanted"]),
        End(row["disk"]),
        row["disk_name"],
        made_in(row),
        PhotoId(row["photo"]),
        str(row["sha256"]),
        int(row["bytes"]),
        str(row["name"]),
        row["state"] == PhotoState.WITHDRAWN,
    )


def next_due_at(db: sqlite3.Connection) -> float | None:
    """When there is something to do that nothing else has to come before; `None`: there is not."""
    return db.execute(
        "SELECT MIN(p.disk_after) FROM placement p"  # noqa: S608 - ours
        " JOIN event_photo ep ON ep.id = p.event_photo"
        f" WHERE p.disk_due = 1 AND (p.wanted = 1 OR NOT {NEEDED_STILL})"
    ).fetchone()[0]


def filed_copies(db: sqlite3.Connection, photo: PhotoId) -> list[tuple[str, str, Made | None]]:
    """Files that stand for the photo, in any event: their folders below the workspace, their names, what they are."""
    rows = db.execute(
        "SELECT f.disk_path, p.*, ph.bytes FROM event_photo ep"
        " JOIN photo ph ON ph.id = ep.photo JOIN placement p ON p.event_photo = ep.id JOIN folder f ON f.id = p.folder"
        " WHERE ep.photo = ? AND p.disk = 'there'",
        (photo,),
    )
    return [(str(row["disk_path"]), str(row["disk_name"]), made_in(row)) for row in rows]


def filed_paths(db: sqlite3.Connection, photo: PhotoId) -> list[str]:
    """The same as paths below the workspace."""
    return [f"{folder}/{name}" for folder, name, _ in filed_copies(db, photo)]


def originals(db: sqlite3.Connection, photo: PhotoId) -> list[tuple[str, FileFacts]]:
    """Files that hold the photo where it arrived, absolute."""
    return paths_of(db, photo)


def note_found(db: sqlite3.Connection, path: str, made: Made) -> None:
    """A file in a folder of ours, found while the ledger was rebuilt, is one that we made."""
    db.execute(
        "INSERT OR REPLACE INTO disk_found (path, bytes, mtime_ns, inode, device, born_us) VALUES (?, ?, ?, ?, ?, ?)",
        (to_text(path), made.bytes, made.mtime_ns, made.inode, made.device, made.born_us),
    )


def found_as(db: sqlite3.Connection, folder: Path, photo: PhotoId) -> tuple[str, Made | None] | None:
    """The name under which the photo was found in a folder of ours while the ledger was rebuilt.

    With what tells the file from others, where it is known that we made it.
    """
    rows = db.execute(
        "SELECT s.path AS found, d.* FROM sighting s LEFT JOIN disk_found d"
        " ON d.path = s.path WHERE s.photo = ? AND s.folder = ''",
        (photo,),
    )
    for row in rows:
        path = Path(from_text(row["found"]))
        if path.parent == folder:
            values = (row["bytes"], row["mtime_ns"], row["inode"], row["device"], row["born_us"])
            return path.name, None if row["inode"] is None else Made(*values)
    return None


def reserve(db: sqlite3.Connection, placement: PlacementId, name: str, made: Made | None) -> bool:
    """This name is about to be given to that file. Answers whether it is wanted still."""
    return bool(
        db.execute(
            f"UPDATE placement SET disk = 'reserved', disk_name = ?, ({COLUMNS}) = (?, ?, ?, ?)"  # noqa: S608 - ours
            " WHERE id = ? AND wanted = 1",
            (name, *columns_of(made), placement),
        ).rowcount
    )


def finish(db: sqlite3.Connection, filed: Sequence[Filed], now: float) -> list[EventPhotoId]:
    """These files lie in their places. Answers the photos that are whole on disk by that."""
    touched: set[EventPhotoId] = set()
    for one in filed:
        row = db.execute(
            f"UPDATE placement SET disk = 'there', disk_failed = 0, ({COLUMNS}) = (?, ?, ?, ?)"  # noqa: S608 - ours
            " WHERE id = ? RETURNING event_photo",
            (*columns_of(one.made), one.placement),
        ).fetchone()
        if row:
            touched.add(EventPhotoId(row["event_photo"]))
    return photos.settle_states(db, touched, now)


def removed(db: sqlite3.Connection, placement: PlacementId, now: float) -> None:
    """An unwanted file is not there any more."""
    row = db.execute(
        "UPDATE placement SET disk = 'absent', disk_name = NULL, disk_inode = NULL WHERE id = ?"
        " RETURNING event_photo, wanted",
        (placement,),
    ).fetchone()
    if row is None:
        return
    if row["wanted"]:  # again, since
        photos.settle_states(db, {EventPhotoId(row["event_photo"])}, now)
    else:
        placements.drop_absent(db, EventPhotoId(row["event_photo"]))


def taken_away(db: sqlite3.Connection, lost: Sequence[PlacementId], seen_at: float) -> int:
    """A person removed these files before `seen_at`: left so until asked for. Answers how many."""
    count = 0
    for placement in lost:
        count += db.execute(
            "UPDATE placement SET disk = 'removed', disk_inode = NULL WHERE id = ? AND disk = 'there' AND wanted = 1"
            " AND wanted_at <= ?",
            (placement, seen_at),
        ).rowcount
    return count


def put_off(db: sqlite3.Connection, placement: PlacementId, until: float) -> None:
    db.execute("UPDATE placement SET disk_after = ? WHERE id = ?", (until, placement))


def park(db: sqlite3.Connection, placement: PlacementId) -> None:
    """Not tried again until somebody asks."""
    db.execute("UPDATE placement SET disk_failed = 1 WHERE id = ?", (placement,))


def in_folder(db: sqlite3.Connection, folder: FolderId) -> list[tuple[PlacementId, str]]:
    """What lies in a folder by our knowledge: placement and name."""
    rows = db.execute("SELECT id, disk_name FROM placement WHERE folder = ? AND disk = 'there'", (folder,))
    return [(PlacementId(row["id"]), str(row["disk_name"])) for row in rows]


def photos_due(db: sqlite3.Connection) -> list[EventPhotoId]:
    """Photos of which something is to be filed again."""
    rows = db.execute("SELECT DISTINCT event_photo FROM placement WHERE disk_due = 1 AND +wanted = 1")
    return [EventPhotoId(row["event_photo"]) for row in rows]
