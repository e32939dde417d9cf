"""Ids that Drive gave out, for files and folders that are still to be made. Used are those that lie in the log."""

from __future__ import annotations

from collections.abc import Sequence

from agent.ledger.sqlite.rows import Db
from agent.model import DriveId


def pool_size(db: Db, account: str = "") -> int:
    """How many may be used."""
    return db.value("SELECT COUNT(*) FROM drive_id_pool WHERE account = ? AND noted = 1", (account,))


def unused(db: Db, account: str = "") -> set[DriveId]:
    """Ids by which nothing was made."""
    return {*db.column("SELECT id FROM drive_id_pool WHERE account = ?", (account,))}


def spare(db: Db, number: int, account: str = "") -> list[DriveId]:
    """So many at most that do not lie in the log yet."""
    query = "SELECT id FROM drive_id_pool WHERE account = ? AND noted = 0 ORDER BY id LIMIT ?"
    return db.column(query, (account, number))


def keep_spare(db: Db, ids: Sequence[str], account: str = "") -> None:
    given = [(one, account) for one in ids]
    db.executemany("INSERT OR IGNORE INTO drive_id_pool (id, account, noted) VALUES (?, ?, 0)", given)


def are_noted(db: Db, ids: Sequence[str]) -> None:
    """They lie in the log now, unless they were distrusted meanwhile."""
    db.executemany("UPDATE drive_id_pool SET noted = 1 WHERE id = ?", [(one,) for one in ids])


def empty_pool(db: Db, account: str = "") -> None:
    """Drive does not know these ids any more (somebody else signed in, a server begun anew)."""
    db.execute("DELETE FROM drive_id_pool WHERE account = ?", (account,))


def take_id(db: Db, account: str = "") -> DriveId | None:
    """An id for one file of that account, out of the pool for ever; `None`: the pool is empty."""
    return db.value(
        "DELETE FROM drive_id_pool WHERE id ="
        " (SELECT MIN(id) FROM drive_id_pool WHERE account = ? AND noted = 1) RETURNING id",
        (account,),
    )
