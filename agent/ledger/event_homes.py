"""Where events lie on Drive: in a folder of ours, or in one that an operator gave."""

from __future__ import annotations

from dataclasses import dataclass

from agent.ledger import folders, id_pool, meta
from agent.ledger.sqlite.rows import Db, from_row
from agent.model import DriveId, FolderId


@dataclass(frozen=True, slots=True)
class Home:
    """An event's folder on Drive. `above`: the folder in which one of ours would lie; `until`: when it is tried again,
    where Drive refused something of it; `told`: whether it is said that Drive refuses to move it.
    """

    folder: FolderId
    key: str
    name: str
    drive_id: DriveId
    given: bool
    above: DriveId | None
    until: float
    told: bool


def homes(db: Db, account: str = "") -> list[Home]:
    rows = db.execute(
        "SELECT f.id AS folder, f.key, f.name, f.drive_id, f.drive_given AS given, up.drive_id AS above,"
        " f.drive_after AS until,"
        " EXISTS (SELECT 1 FROM trouble WHERE key = 'move:' || f.id AND state <> 'healed') AS told FROM folder f"
        " LEFT JOIN folder up ON up.id = f.parent WHERE f.kind = 'event' AND f.drive = 'there' AND f.wanted = 1"
        " AND f.account = ?",
        (account,),
    )
    return [from_row(Home, row) for row in rows]


def inside(db: Db, folder: FolderId) -> list[DriveId]:
    """What lies in it by our doing."""
    return db.column(
        "SELECT drive_id FROM folder WHERE parent = ?1 AND drive = 'there' UNION SELECT drive_id FROM folder_filled"
        " WHERE folder IN (SELECT id FROM folder WHERE parent = ?1)",
        (folder,),
    )


def reserve_home(db: Db, folder: FolderId) -> DriveId | None:
    """An id for a folder of ours in place of the one that was given; the same one until it is moved into."""
    kept = reserved_home(db, folder)
    if kept is not None:
        return kept
    fresh = id_pool.take_id(db, folders.account_of(db, folder))
    if fresh is not None:
        meta.put(db, f"home:{folder}", fresh)
    return fresh


def reserved_home(db: Db, folder: FolderId) -> DriveId | None:
    kept = meta.get(db, f"home:{folder}")
    return DriveId(kept) if kept else None


def no_home(db: Db, folder: FolderId) -> None:
    meta.put(db, f"home:{folder}", "")


def home_moved(db: Db, home: Home, drive_id: DriveId, *, given: bool) -> None:
    db.execute(
        "UPDATE folder SET drive_id = ?, drive_name = ?, drive_given = ? WHERE id = ? AND drive_id = ?",
        (drive_id, home.name, given, home.folder, home.drive_id),
    )
    no_home(db, home.folder)
