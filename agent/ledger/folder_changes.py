"""Folders of ours that get another name, or are not wanted any more: what is still to be done, on disk and on Drive."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.ledger import meta, placements, sightings
from agent.model import DriveId, EventId, FolderId, PersonId
from agent.own_folders import Identity

AGAIN_AFTER = 3600.0  # seconds, for a folder in which somebody else's things lie

TREE = (
    "WITH RECURSIVE tree (id) AS (SELECT ?1 UNION ALL SELECT f.id FROM folder f JOIN tree t ON f.parent = t.id)"
    " SELECT id FROM tree"
)


@dataclass(frozen=True, slots=True)
class DiskRename:
    """Paths are below the workspace."""

    folder: FolderId
    now: str
    wanted: str


@dataclass(frozen=True, slots=True)
class DriveRename:
    """`shown` is the name that Drive is to have, `name` the one that it stands for."""

    folder: FolderId
    drive_id: DriveId
    name: str
    shown: str


@dataclass(frozen=True, slots=True)
class DriveTree:
    """A person's folder with the ids of all that we made in it, itself included."""

    folder: FolderId
    drive_id: DriveId
    ours: frozenset[str]
    name: str


def keep_only(db: sqlite3.Connection, event: EventId, people: Collection[PersonId]) -> int:
    """Folders of anybody else in the event are not wanted any more. Answers how many."""
    return db.execute(
        "UPDATE folder SET wanted = 0 WHERE event = ? AND wanted = 1 AND person IS NOT NULL"
        " AND person NOT IN (SELECT value FROM json_each(?))",
        (event, json.dumps(list(people))),
    ).rowcount


def call(db: sqlite3.Connection, folder: FolderId, name: str, disk_path: str | None) -> None:
    """The folder is wanted, under this name; where it lies under another one it is to be renamed."""
    row = db.execute("SELECT name, wanted, disk, disk_path, disk_wanted, kind FROM folder WHERE id = ?", (folder,))
    known = row.fetchone()
    if not known["wanted"] or known["name"] != name:
        db.execute(
            "UPDATE folder SET wanted = 1, name = ?, drive_after = 0, disk_after = 0,"
            # one that is still to be found there has its earlier name
            " drive_name = CASE drive WHEN 'absent' THEN COALESCE(drive_name, name) ELSE drive_name END WHERE id = ?",
            (name, folder),
        )
    if disk_path == (known["disk_wanted"] or known["disk_path"]):
        return
    if known["disk"] != "there":
        db.execute("UPDATE folder SET disk_path = ?, disk_wanted = NULL WHERE id = ?", (disk_path, folder))
    elif known["kind"] == "person":  # what lies below goes with it
        wanted = None if disk_path == known["disk_path"] else disk_path
        db.execute("UPDATE folder SET disk_wanted = ? WHERE id = ?", (wanted, folder))


# ---- disk


def renames_on_disk(db: sqlite3.Connection) -> list[DiskRename]:
    rows = db.execute("SELECT id, disk_path, disk_wanted FROM folder WHERE disk_wanted IS NOT NULL")
    return [DiskRename(FolderId(row["id"]), str(row["disk_path"]), str(row["disk_wanted"])) for row in rows]


def renamed_on_disk(db: sqlite3.Connection, done: DiskRename, path: str, *, gone: bool = False) -> None:
    """It lies at `path` now with all below it; `gone`: it was not there, and is to be made.

    If it is to be called otherwise again since, or as before, that is still to be done.
    """
    row = db.execute("SELECT disk_path, disk_wanted FROM folder WHERE id = ?", (done.folder,)).fetchone()
    before, wanted = str(row["disk_path"]), row["disk_wanted"] or str(row["disk_path"])
    tree = [FolderId(row["id"]) for row in db.execute(TREE, (done.folder,))]
    db.executemany(
        "UPDATE folder SET disk_path = ?1 || substr(disk_path, ?2), disk = CASE WHEN ?3 THEN 'absent' ELSE disk END"
        " WHERE id = ?4",
        [(path, len(before) + 1, gone, one) for one in tree],
    )
    still = None if wanted in (done.wanted, path) else wanted
    db.execute("UPDATE folder SET disk_wanted = ? WHERE id = ?", (still, done.folder))
    if gone:
        placements.gone_with_folders(db, tree)
    elif root := meta.get(db, meta.ROOT):  # what was found in it when a lost ledger was rebuilt lies there still
        sightings.rebase(db, f"{root}/{before}", f"{root}/{path}")


def is_on_the_move(db: sqlite3.Connection, folder: FolderId, path: str) -> bool:
    """Whether the folder lies elsewhere by now than at `path`, or any moment may: then nothing can be said of it.

    The same where it is not wanted any more, and may have been removed by us.
    """
    row = db.execute(
        "SELECT f.disk_path, f.disk_wanted, f.wanted, up.disk_wanted AS up_wanted FROM folder f"
        " LEFT JOIN folder up ON up.id = f.parent WHERE f.id = ?",
        (folder,),
    ).fetchone()
    if row is None or not row["wanted"]:
        return True
    return bool(row["disk_path"] != path or row["disk_wanted"] or row["up_wanted"])


@dataclass(frozen=True, slots=True)
class EmptyFolder:
    """`identity` tells it from others; `None`: a person made it."""

    folder: FolderId
    path: str
    identity: Identity | None


def empty_on_disk(db: sqlite3.Connection, now: float) -> list[EmptyFolder]:
    """Folders that are not wanted any more, nothing of ours being in them or below them; the innermost first."""
    rows = db.execute(
        "SELECT f.* FROM folder f WHERE f.wanted = 0 AND f.disk = 'there' AND f.disk_path IS NOT NULL"
        " AND f.disk_after <= ?"
        " AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.folder = f.id AND p.disk IN ('reserved', 'there'))"
        " AND NOT EXISTS (SELECT 1 FROM folder c WHERE c.parent = f.id AND (c.wanted = 1 OR EXISTS"
        " (SELECT 1 FROM placement p WHERE p.folder = c.id AND p.disk IN ('reserved', 'there'))))"
        " ORDER BY f.id DESC",
        (now,),
    )
    return [EmptyFolder(FolderId(row["id"]), str(row["disk_path"]), _identity(row)) for row in rows]


def _identity(row: sqlite3.Row) -> Identity | None:
    return Identity(row["disk_device"], row["disk_inode"]) if row["disk_inode"] else None


def removed_from_disk(db: sqlite3.Connection, gone: Sequence[FolderId], left: Sequence[FolderId], until: float) -> None:
    """Folders that are not there any more, whether or not they are wanted again since.

    Those `left`, because something that is not ours lies in them, are looked at again later.
    """
    db.executemany("UPDATE folder SET disk = 'absent' WHERE id = ?", [(one,) for one in gone])
    db.executemany("UPDATE folder SET disk_after = ? WHERE id = ?", [(until, one) for one in left])


# ---- Drive


def renames_on_drive(db: sqlite3.Connection, now: float) -> list[DriveRename]:
    rows = db.execute(
        "SELECT id, drive_id, name, rolled FROM folder WHERE drive_name IS NOT name AND drive = 'there' AND wanted = 1"
        " AND drive_after <= ?",
        (now,),
    )
    return [
        DriveRename(
            FolderId(row["id"]),
            DriveId(row["drive_id"]),
            str(row["name"]),
            f"{row['name']} ({row['rolled'] + 1})" if row["rolled"] else str(row["name"]),
        )
        for row in rows
    ]


def renamed_on_drive(db: sqlite3.Connection, folder: FolderId, name: str) -> None:
    db.execute("UPDATE folder SET drive_name = ? WHERE id = ?", (name, folder))


def _trees(db: sqlite3.Connection, query: str, *values: object) -> list[DriveTree]:
    found: list[DriveTree] = []
    for row in db.execute(query, values).fetchall():
        tree = json.dumps([one["id"] for one in db.execute(TREE, (row["id"],))])
        ours = db.execute(
            "SELECT drive_id FROM folder WHERE drive_id IS NOT NULL AND id IN (SELECT value FROM json_each(?1))"
            " UNION SELECT drive_id FROM folder_filled WHERE folder IN (SELECT value FROM json_each(?1))",
            (tree,),
        )
        ids = frozenset(str(one["drive_id"]) for one in ours)
        found.append(DriveTree(FolderId(row["id"]), DriveId(row["drive_id"]), ids, str(row["name"])))
    return found


EMPTY_ON_DRIVE = (
    "SELECT f.id, f.drive_id, f.name FROM folder f WHERE f.wanted = 0 AND f.drive IN ('there', 'trashing')"
    " AND f.kind = 'person' AND f.drive_after <= ? AND NOT EXISTS (SELECT 1 FROM folder c JOIN placement p"
    " ON p.folder = c.id WHERE c.parent = f.id AND p.drive IN ('reserved', 'sending', 'there'))"
    " AND NOT EXISTS (SELECT 1 FROM placement p JOIN folder c ON p.drive_from = c.drive_id"
    " WHERE p.drive_from IS NOT NULL AND c.parent = f.id)"
)


def empty_on_drive(db: sqlite3.Connection, now: float) -> list[DriveTree]:
    """Persons' folders that are not wanted any more, and in which nothing of ours lies or is on its way out."""
    return _trees(db, EMPTY_ON_DRIVE, now)


def begin_trashing(db: sqlite3.Connection, folder: FolderId, now: float) -> bool:
    """The folder is about to go to the trash with all below it; nothing is sent into it from here on.

    Answers whether it still may go: somebody may have changed their mind.
    """
    if db.execute(f"{EMPTY_ON_DRIVE} AND f.id = ?", (now, folder)).fetchone() is None:
        return False
    tree = [(row["id"],) for row in db.execute(TREE, (folder,))]
    db.executemany("UPDATE folder SET drive = 'trashing' WHERE id = ? AND drive = 'there'", tree)
    return True


def trashed_on_drive(db: sqlite3.Connection, folder: FolderId, *, trashed: bool) -> None:
    """The whole tree is in Drive's trash by us; or, where it was gone already, nowhere."""
    tree = [(row["id"],) for row in db.execute(TREE, (folder,))]
    if trashed:
        db.executemany("UPDATE folder SET drive = 'trashed' WHERE id = ? AND drive = 'trashing'", tree)
        db.executemany("UPDATE folder SET drive = 'absent', drive_id = NULL WHERE id = ? AND drive = 'reserved'", tree)
    else:
        db.executemany("UPDATE folder SET drive = 'absent', drive_id = NULL, drive_name = NULL WHERE id = ?", tree)


def left_on_drive(db: sqlite3.Connection, folder: FolderId, until: float) -> None:
    """Somebody else's things lie in it: it stays, for the while."""
    db.execute("UPDATE folder SET drive_after = ? WHERE id = ?", (until, folder))


def look_again(db: sqlite3.Connection) -> None:
    """What kept folders that nobody wants any more may be gone."""
    db.execute("UPDATE folder SET disk_after = 0, drive_after = 0 WHERE wanted = 0")


def to_revive(db: sqlite3.Connection) -> list[DriveTree]:
    """Persons' folders that we trashed, or may have, and that are wanted again."""
    return _trees(
        db,
        "SELECT id, drive_id, name FROM folder WHERE drive IN ('trashing', 'trashed') AND drive <> 'there'"
        " AND wanted = 1 AND kind = 'person'",  # said twice, so that SQLite finds the index of what is not there
    )


def revived_on_drive(db: sqlite3.Connection, folder: FolderId) -> None:
    tree = [(row["id"],) for row in db.execute(TREE, (folder,))]
    db.executemany("UPDATE folder SET drive = 'there' WHERE id = ? AND drive IN ('trashing', 'trashed')", tree)


def left_to_do(db: sqlite3.Connection, now: float, *, drive: bool) -> int:
    """Folders that are called otherwise by now, or are not wanted any more and are there still."""
    unwanted = db.execute(
        "SELECT COUNT(*) FROM folder WHERE wanted = 0 AND ((disk = 'there' AND disk_path IS NOT NULL"
        " AND disk_after <= ?2) OR (?1 AND kind = 'person' AND drive IN ('there', 'trashing') AND drive_after <= ?2))",
        (drive, now),
    ).fetchone()[0]
    renamed = db.execute(
        "SELECT COUNT(*) FROM folder WHERE (disk_wanted IS NOT NULL OR drive_name IS NOT name) AND wanted = 1"
        " AND (disk_wanted IS NOT NULL OR (?1 AND drive = 'there' AND drive_after <= ?2))",
        (drive, now),
    ).fetchone()[0]
    return int(unwanted) + int(renamed)
