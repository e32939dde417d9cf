"""Folders on disk that are to be made, renamed or removed; found, made by us, or gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.disk.own_folders import Identity
from agent.ledger import meta, placements, sightings
from agent.ledger.placements import TREE
from agent.ledger.sqlite.rows import Db, Row
from agent.model import FolderId


def to_make(db: Db) -> list[tuple[FolderId, str]]:
    return db.tuples("SELECT id, disk_path FROM folder WHERE disk <> 'there' AND wanted = 1 ORDER BY id")


def count_to_make(db: Db) -> int:
    return db.value("SELECT COUNT(*) FROM folder WHERE disk <> 'there' AND wanted = 1")


def not_there(db: Db) -> list[str]:
    """Where folders were to be made, or are, as far as is known; wanted or not."""
    return [path for path in db.column("SELECT disk_path FROM folder WHERE disk <> 'there'") if path]


def reserve(db: Db, absent: Sequence[tuple[FolderId, str]], made: Mapping[str, Identity]) -> list[str]:
    """Write down what the folders made for these paths are, before they get their names; also of those above them that
    were not known to be gone.

    Returns the paths of those that are not wanted there any more.
    """
    paths, refused = {path for _, path in absent}, list[str]()
    are_ours(db, [(path, one.device, one.inode) for path, one in made.items() if path not in paths])
    for folder, path in absent:
        if one := made.get(path):
            kept = db.execute(
                "UPDATE folder SET disk = 'reserved', disk_device = ?, disk_inode = ?"
                " WHERE id = ? AND disk_path = ? AND wanted = 1 AND +disk <> 'there'",
                (one.device, one.inode, folder, path),
            )
            refused += [] if kept.rowcount else [path]
    return refused


def are_made(db: Db, folders: Sequence[tuple[FolderId, str]]) -> None:
    """They lie at these paths; a person's that was to be called otherwise meanwhile is to be renamed now."""
    db.executemany(
        "UPDATE folder SET disk = 'there', disk_path = ?2, disk_wanted ="
        " CASE WHEN kind = 'person' AND disk_path <> ?2 THEN disk_path ELSE disk_wanted END WHERE id = ?1",
        folders,
    )


def are_others(db: Db, others: Sequence[tuple[FolderId, Identity | None]]) -> None:
    """Another identity holds than was written down; `None`: somebody made it, and not we."""
    db.executemany(
        "UPDATE folder SET disk_device = ?, disk_inode = ? WHERE id = ?",
        [(one.device, one.inode, folder) if one else (None, None, folder) for folder, one in others],
    )


def are_ours(db: Db, made: Sequence[tuple[str, int, int]]) -> None:
    """These folders, by path, with device and inode, are none that a person made: they may be removed again."""
    db.executemany("UPDATE folder SET disk_device = ?2, disk_inode = ?3 WHERE disk_path = ?1", made)


def is_found(db: Db, folder: FolderId) -> None:
    """It lies on disk where it was to be made."""
    db.execute("UPDATE folder SET disk = 'there' WHERE id = ? AND disk = 'absent'", (folder,))


def are_found(db: Db, found: Sequence[tuple[str, Identity]]) -> None:
    """While the ledger was rebuilt these folders were found, and we made them; who has them may be planned later."""
    db.executemany(
        "INSERT OR REPLACE INTO disk_found (path, bytes, mtime_ns, inode, device) VALUES (?, 0, 0, ?, ?)",
        [(path, one.inode, one.device) for path, one in found],
    )
    are_ours(db, [(path, one.device, one.inode) for path, one in found])


def known_from_before(db: Db, there: Sequence[tuple[FolderId, str]]) -> None:
    """Of folders that were there already: those that were found so are ours."""
    db.executemany(
        "UPDATE folder SET (disk_device, disk_inode) = (SELECT device, inode FROM disk_found WHERE path = ?2)"
        " WHERE id = ?1 AND disk_inode IS NULL",
        there,
    )


def of_ours(db: Db) -> list[tuple[str, int]]:
    """Path and inode of the folders that we made; inode 0: made before that was recorded."""
    return db.tuples("SELECT disk_path, disk_inode FROM folder WHERE disk <> 'absent' AND disk_inode IS NOT NULL")


def is_there(db: Db, folder: FolderId) -> bool:
    return db.has("SELECT 1 FROM folder WHERE id = ? AND disk = 'there'", (folder,))


def all_there(db: Db) -> list[tuple[FolderId, str]]:
    return db.tuples("SELECT id, disk_path FROM folder WHERE disk = 'there' AND disk_path IS NOT NULL AND wanted = 1")


def is_gone(db: Db, folder: FolderId) -> int:
    """A person removed the whole folder: it is made again, and what is wanted in it. Returns how many photos."""
    db.execute("UPDATE folder SET disk = 'absent' WHERE id = ?", (folder,))
    return placements.gone_with_folders(db, [folder])


@dataclass(frozen=True, slots=True)
class DiskRename:
    """Paths are below the workspace; `identity` tells the folder from others, where we made it."""

    folder: FolderId
    now: str
    wanted: str
    identity: Identity | None = None


def renames(db: Db) -> list[DiskRename]:
    rows = db.execute("SELECT * FROM folder WHERE disk_wanted IS NOT NULL")
    return [
        DiskRename(FolderId(row["id"]), str(row["disk_path"]), str(row["disk_wanted"]), _identity(row)) for row in rows
    ]


def renamed(db: Db, done: DiskRename, path: str, *, gone: bool = False, anew: bool = False) -> None:
    """It lies at `path` now with all below it; `gone`: it was not there, and is to be made; `anew`: what lies in it is
    to be looked for.

    If it is to be called otherwise again since, or as before, that is still to be done. One of an event that was
    removed meanwhile is nobody's.
    """
    row = db.execute("SELECT disk_path, disk_wanted FROM folder WHERE id = ?", (done.folder,)).fetchone()
    if row is None:
        return
    before, wanted = str(row["disk_path"]), row["disk_wanted"] or str(row["disk_path"])
    tree: list[FolderId] = db.column(TREE, (done.folder,))
    db.executemany(
        "UPDATE folder SET disk_path = ?1 || substr(disk_path, ?2), disk = CASE WHEN ?3 THEN 'absent' ELSE disk END"
        " WHERE id = ?4",
        [(path, len(before) + 1, gone, one) for one in tree],
    )
    still = None if wanted in (done.wanted, path) else wanted
    db.execute("UPDATE folder SET disk_wanted = ? WHERE id = ?", (still, done.folder))
    if gone or anew:
        placements.gone_with_folders(db, tree)
    root = meta.get(db, meta.ROOT)
    if root and not gone:  # what was found in it when a lost ledger was rebuilt lies there still
        sightings.rebase(db, f"{root}/{before}", f"{root}/{path}")


def is_on_the_move(db: Db, folder: FolderId, path: str) -> bool:
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


def empty(db: Db, now: float) -> list[EmptyFolder]:
    """Folders that are not wanted any more, nothing of ours being in them or below them; the innermost first."""
    rows = db.execute(
        "SELECT f.* FROM folder f WHERE f.wanted = 0 AND f.disk <> 'absent' AND f.disk_path IS NOT NULL"
        " AND f.disk_after <= ?"
        " AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.folder = f.id AND p.disk IN ('reserved', 'there'))"
        " AND NOT EXISTS (SELECT 1 FROM folder c WHERE c.parent = f.id AND (c.wanted = 1 OR EXISTS"
        " (SELECT 1 FROM placement p WHERE p.folder = c.id AND p.disk IN ('reserved', 'there'))))"
        " ORDER BY f.id DESC",
        (now,),
    )
    return [EmptyFolder(FolderId(row["id"]), str(row["disk_path"]), _identity(row)) for row in rows]


def _identity(row: Row) -> Identity | None:
    return Identity(row["disk_device"], row["disk_inode"]) if row["disk_inode"] else None


def removed(db: Db, gone: Sequence[FolderId], left: Sequence[FolderId], until: float) -> None:
    """Folders that are not there any more, whether or not they are wanted again since.

    Those `left`, because something that is not ours lies in them, are looked at again later.
    """
    db.executemany("UPDATE folder SET disk = 'absent' WHERE id = ?", [(one,) for one in gone])
    db.executemany("UPDATE folder SET disk_after = ? WHERE id = ?", [(until, one) for one in left])
