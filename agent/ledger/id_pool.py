"""Ids that Drive gave out, for files and folders that are still to be made."""

from __future__ import annotations

from collections.abc import Sequence

from agent.ledger.sqlite.rows import Db
from agent.model import DriveId


def pool_size(db: Db, account: str = "") -> int:
    return db.value("SELECT COUNT(*) FROM drive_id_pool WHERE account = ?", (account,))


def unused(db: Db, account: str = "") -> set[DriveId]:
    """Ids by which nothing was made."""
    return {*db.column("SELECT id FROM drive_id_pool WHERE account = ?", (account,))}


def fill_pool(db: Db, ids: Sequence[str], account: str = "") -> None:
    db.executemany("INSERT OR IGNORE INTO drive_id_pool (id, account) VALUES (?, ?)", [(one, account) for one in ids])


def empty_pool(db: Db, account: str = "") -> None:
    """Drive does not know these ids any more (somebody else signed in, a server begun anew)."""
    db.execute("DELETE FROM drive_id_pool WHERE account = ?", (account,))


def take_id(db: Db, account: str = "") -> DriveId | None:
    """An id for one file of that account, out of the pool for ever; `None`: the pool is empty."""
    return db.value(
        "DELETE FROM drive_id_pool WHERE id = (SELECT MIN(id) FROM drive_id_pool WHERE account = ?) RETURNING id",
        (account,),
    )
