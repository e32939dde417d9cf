"""Folders of ours: one tree, the same on disk and on Drive."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from agent.ledger import drive_found, drive_queue, folder_changes, placements
from agent.model import DriveId, EventId, FolderId, FolderKind, PersonId
from agent.own_folders import Identity


@dataclass(frozen=True, slots=True)
class FolderSpec:
    """A wanted folder. `key` names it for ever; `disk_path` is below the workspace, `None` where disk has none."""

    key: str
    parent: str | None
    kind: FolderKind
    name: str
    disk_path: str | None
    event: EventId | None = None
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class DriveFolder:
    """A folder that is not on Drive yet, below one that is. `key` and `name` are those on Drive: `…#2`, `Solo (2)`."""

    id: FolderId
    key: str
    kind: FolderKind
    name: str
    parent: DriveId | None
    reserved: DriveId | None
    base: str = ""  # the name that the folder has with us: `Solo`


def ensure(db: sqlite3.Connection, specs: Sequence[FolderSpec], now: float) -> dict[str, FolderId]:
    """The rows of these folders, parents first; made where missing, called so where they had other names.

    Answers key -> id.
    """
    ids: dict[str, FolderId] = {}
    for spec in specs:
        parent = None if spec.parent is None else ids.get(spec.parent) or find(db, spec.parent)
        db.execute(
            "INSERT INTO folder (key, parent, event, person, kind, name, disk_path, wanted_at, disk)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (
                spec.key,
                parent,
                spec.event,
                spec.person,
                spec.kind,
                spec.name,
                spec.disk_path,
                now,
                "absent" if spec.disk_path else "there",
            ),
        )
        row = db.execute("SELECT id, drive, name, wanted, disk_path FROM folder WHERE key = ?", (spec.key,)).fetchone()
        ids[spec.key] = FolderId(row["id"])
        if (row["name"], row["wanted"], row["disk_path"]) != (spec.name, 1, spec.disk_path):
            folder_changes.call(db, ids[spec.key], spec.name, spec.disk_path)
        if row["drive"] == "absent":
            drive_found.adopt_folder(db, ids[spec.key])
    return ids


def names_of_people(db: sqlite3.Connection, event: EventId) -> dict[PersonId, str]:
    """What the folders of an event's people are called."""
    rows = db.execute("SELECT person, name FROM folder WHERE event = ? AND kind = 'person' AND wanted = 1", (event,))
    return {PersonId(row["person"]): str(row["name"]) for row in rows}


def find(db: sqlite3.Connection, key: str) -> FolderId | None:
    row = db.execute("SELECT id FROM folder WHERE key = ?", (key,)).fetchone()
    return None if row is None else FolderId(row["id"])


# ---- disk


def absent_on_disk(db: sqlite3.Connection) -> list[tuple[FolderId, str]]:
    rows = db.execute("SELECT id, disk_path FROM folder WHERE disk <> 'there' AND wanted = 1 ORDER BY id").fetchall()
    return [(FolderId(row["id"]), str(row["disk_path"])) for row in rows]


def made_on_disk(db: sqlite3.Connection, folders: Sequence[tuple[FolderId, str]]) -> None:
    """They lie at these paths; a person's that was to be called otherwise meanwhile is to be renamed now."""
    db.executemany(
        "UPDATE folder SET disk = 'there', disk_path = ?2, disk_wanted ="
        " CASE WHEN kind = 'person' AND disk_path <> ?2 THEN disk_path ELSE disk_wanted END WHERE id = ?1",
        folders,
    )


def made_by_us(db: sqlite3.Connection, made: Sequence[tuple[str, int, int]]) -> None:
    """These folders, by path, with device and inode, are none that a person made: they may be removed again."""
    db.executemany("UPDATE folder SET disk_device = ?2, disk_inode = ?3 WHERE disk_path = ?1", made)


def found(db: sqlite3.Connection, folder: FolderId) -> None:
    """It lies on disk where it was to be made."""
    db.execute("UPDATE folder SET disk = 'there' WHERE id = ? AND disk = 'absent'", (folder,))


def found_ours(db: sqlite3.Connection, found: Sequence[tuple[str, Identity]]) -> None:
    """While the ledger was rebuilt these folders were found, and we made them; who has them may be planned later."""
    db.executemany(
        "INSERT OR REPLACE INTO disk_found (path, bytes, mtime_ns, inode, device) VALUES (?, 0, 0, ?, ?)",
        [(path, one.inode, one.device) for path, one in found],
    )
    made_by_us(db, [(path, one.device, one.inode) for path, one in found])


def known_from_before(db: sqlite3.Connection, there: Sequence[tuple[FolderId, str]]) -> None:
    """Of folders that were there already: those that were found so are ours."""
    db.executemany(
        "UPDATE folder SET (disk_device, disk_inode) = (SELECT device, inode FROM disk_found WHERE path = ?2)"
        " WHERE id = ?1 AND disk_inode IS NULL",
        there,
    )


def made_on_disk_by_us(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """Path and inode of the folders that we made; inode 0: made before that was recorded."""
    rows = db.execute("SELECT disk_path, disk_inode FROM folder WHERE disk = 'there' AND disk_inode IS NOT NULL")
    return [(str(row["disk_path"]), int(row["disk_inode"])) for row in rows]


def is_on_disk(db: sqlite3.Connection, folder: FolderId) -> bool:
    return db.execute("SELECT 1 FROM folder WHERE id = ? AND disk = 'there'", (folder,)).fetchone() is not None


def all_on_disk(db: sqlite3.Connection) -> list[tuple[FolderId, str]]:
    rows = db.execute(
        "SELECT id, disk_path FROM folder WHERE disk = 'there' AND disk_path IS NOT NULL AND wanted = 1"
    ).fetchall()
    return [(FolderId(row["id"]), str(row["disk_path"])) for row in rows]


def gone_from_disk(db: sqlite3.Connection, folder: FolderId) -> int:
    """A person removed the whole folder: it is made again, and what is wanted in it. Answers how many photos."""
    db.execute("UPDATE folder SET disk = 'absent' WHERE id = ?", (folder,))
    return placements.gone_with_folders(db, [folder])


# ---- Drive


def due_on_drive(db: sqlite3.Connection, now: float, quiet: Sequence[str] = ()) -> list[DriveFolder]:
    """Folders whose parent is on Drive and that are not themselves; persons' folders before all others.

    `quiet`: events of which nothing is sent.
    """
    rows = db.execute(
        "SELECT f.id, f.key, f.kind, f.name, f.rolled, f.drive_id, up.drive_id AS parent_id FROM folder f"
        " LEFT JOIN folder up ON up.id = f.parent"
        " WHERE f.drive <> 'there' AND f.drive IN ('absent', 'reserved') AND f.wanted = 1 AND f.drive_after <= ?"
        " AND (f.parent IS NULL OR up.drive = 'there')"
        " AND (f.event IS NULL OR f.event NOT IN (SELECT value FROM json_each(?)))"
        " ORDER BY f.person IS NULL, f.id",
        (now, json.dumps(list(quiet))),
    )
    return [
        DriveFolder(
            FolderId(row["id"]),
            f"{row['key']}#{row['rolled'] + 1}" if row["rolled"] else str(row["key"]),
            FolderKind(row["kind"]),
            f"{row['name']} ({row['rolled'] + 1})" if row["rolled"] else str(row["name"]),
            None if row["parent_id"] is None else DriveId(row["parent_id"]),
            None if row["drive_id"] is None else DriveId(row["drive_id"]),
            str(row["name"]),
        )
        for row in rows
    ]


def own_on_drive(db: sqlite3.Connection) -> DriveId | None:
    """A folder that venuesync made on Drive, the oldest of those that are there; `None`: there is none yet."""
    row = db.execute(
        "SELECT drive_id FROM folder WHERE drive = 'there' AND drive_given = 0 AND wanted = 1 AND drive_id IS NOT NULL"
        " ORDER BY id LIMIT 1"
    ).fetchone()
    return None if row is None else DriveId(row["drive_id"])


def reserve_on_drive(db: sqlite3.Connection, folder: FolderId) -> DriveId | None:
    """Keep an id for a folder before Drive is asked to make it; `None`: there are none left."""
    drive_id = drive_queue.take_id(db)
    if drive_id is not None:
        db.execute("UPDATE folder SET drive = 'reserved', drive_id = ? WHERE id = ?", (drive_id, folder))
    return drive_id


def unreserve_on_drive(db: sqlite3.Connection, folder: FolderId) -> None:
    """The kept id cannot be used."""
    db.execute("UPDATE folder SET drive = 'absent', drive_id = NULL WHERE id = ? AND drive <> 'there'", (folder,))


def on_drive(db: sqlite3.Connection) -> list[tuple[FolderId, DriveId]]:
    """Every folder that Drive has, by our knowledge; parents first."""
    rows = db.execute("SELECT id, drive_id FROM folder WHERE drive = 'there' AND wanted = 1 ORDER BY id")
    return [(FolderId(row["id"]), DriveId(row["drive_id"])) for row in rows]


def name_of(db: sqlite3.Connection, folder: FolderId) -> str:
    """For people: `Mia Lindqvist/Solo`, `People`."""
    row = db.execute(
        "SELECT f.name, f.kind, up.name AS up FROM folder f LEFT JOIN folder up ON up.id = f.parent WHERE f.id = ?",
        (folder,),
    ).fetchone()
    return f"{row['up']}/{row['name']}" if row["kind"] in ("solo", "group") else str(row["name"])


def parent_of(db: sqlite3.Connection, folder: FolderId) -> FolderId | None:
    parent = db.execute("SELECT parent FROM folder WHERE id = ?", (folder,)).fetchone()["parent"]
    return None if parent is None else FolderId(parent)


def made_on_drive(
    db: sqlite3.Connection, folder: FolderId, drive_id: DriveId, name: str, now: float, *, given: bool = False
) -> None:
    """Drive has it, under this name of ours. `given`: it is somebody's own folder, which stands for ours."""
    db.execute(
        "UPDATE folder SET drive = 'there', drive_id = ?, drive_name = ?, made_at = ?, drive_given = ? WHERE id = ?",
        (drive_id, name, now, given, folder),
    )


def put_off_on_drive(db: sqlite3.Connection, folder: FolderId, until: float) -> None:
    db.execute("UPDATE folder SET drive_after = ? WHERE id = ?", (until, folder))


def lost_on_drive(db: sqlite3.Connection, folder: FolderId) -> int:
    """The folder is gone from Drive with all below it: all of it is made again and refilled under new ids.

    Answers how many photos that concerns.
    """
    tree = db.execute(
        "WITH RECURSIVE tree (id) AS (SELECT ? UNION ALL SELECT f.id FROM folder f JOIN tree t ON f.parent = t.id)"
        " SELECT json_group_array(id) FROM tree",
        (folder,),
    ).fetchone()[0]
    db.execute(
        "UPDATE event_photo SET verified_at = NULL WHERE id IN (SELECT event_photo FROM placement"
        " WHERE folder IN (SELECT value FROM json_each(?)) AND wanted = 1 AND drive <> 'removed')",
        (tree,),
    )
    db.execute(
        "UPDATE folder SET drive = 'absent', drive_id = NULL, drive_name = NULL, drive_after = 0"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (tree,),
    )
    db.execute(  # a file that was on its way into it lies where it was: it is moved when the folder is there again
        "UPDATE placement SET drive_failed = 0, drive_after = 0 WHERE folder IN (SELECT value FROM json_each(?))"
        " AND wanted = 1 AND drive = 'sending' AND drive_from IS NOT NULL",
        (tree,),
    )
    return db.execute(
        "UPDATE placement SET drive = 'absent', drive_id = NULL, drive_session = NULL, verified_at = NULL,"
        " drive_failed = 0 WHERE folder IN (SELECT value FROM json_each(?)) AND wanted = 1 AND drive <> 'removed'"
        " AND drive_from IS NULL",
        (tree,),
    ).rowcount


def roll_over(db: sqlite3.Connection, folder: FolderId, filled: DriveId) -> bool:
    """Drive takes no more items into that one: the next go into another. Answers whether this was news."""
    news = db.execute(
        "UPDATE folder SET drive = 'absent', drive_id = NULL, drive_name = NULL, drive_after = 0, rolled = rolled + 1"
        " WHERE id = ? AND drive_id = ?",
        (folder, filled),
    ).rowcount
    if news:
        db.execute("INSERT OR IGNORE INTO folder_filled VALUES (?, ?)", (filled, folder))
    return bool(news)


def drive_id_of(db: sqlite3.Connection, folder: FolderId) -> DriveId | None:
    row = db.execute("SELECT drive_id FROM folder WHERE id = ? AND drive = 'there'", (folder,)).fetchone()
    return None if row is None else DriveId(row["drive_id"])
