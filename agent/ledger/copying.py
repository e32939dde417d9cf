"""Copies of the ledger: made of one moment while others write, checked, counted, and put in place of a lost one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from agent.atomic import sync_folder
from agent.ledger import outdated, schema
from agent.ledger.refusals import trouble_of

SLICE = 256  # pages in one go: a megabyte
REST = 0.02  # seconds between two slices, so that nobody waits for the disk
MAGIC = b"SQLite format 3\0"  # how such a file begins
COMPANIONS = ("", "-wal", "-shm", "-journal")


def copy(source: Path, target: Path) -> None:
    """By SQLite's own backup, in slices. Blocks: 3 s for 100 MB, during which a write waits 0.1 s at most.

    Raises `VenueError`.

    Of one moment: because of the transaction around it, no write meanwhile makes it begin anew.
    """

    def rest(_status: int, _left: int, _pages: int) -> None:
        time.sleep(REST)

    target.touch(mode=0o600)
    try:
        with closing(reading(source)) as one, closing(sqlite3.connect(target, isolation_level=None)) as other:
            one.execute("BEGIN")
            one.execute("SELECT value FROM meta LIMIT 1").fetchone()
            one.backup(other, pages=SLICE, progress=rest)
            other.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
    except sqlite3.DatabaseError as error:
        raise trouble_of(target, error) from error


def soundness(path: Path) -> str:
    """`ok`, or what is wrong with a file; also where it is a database and no ledger."""
    try:
        with closing(reading(path)) as db:
            verdict = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
            db.execute("SELECT value FROM meta LIMIT 1").fetchone()
            return verdict
    except sqlite3.DatabaseError as error:
        return str(error)


def photos_in(path: Path) -> int:
    """How many photos it knows. Raises `sqlite3.DatabaseError`."""
    with closing(reading(path)) as db:
        counted = "SELECT COUNT(*) FROM event_photo WHERE twin_of IS NULL AND state NOT IN ('superseded', 'moved')"
        return int(db.execute(counted).fetchone()[0])


def refuse_newer(path: Path) -> None:
    """Raise `VenueError` for a ledger that a newer program made."""
    with closing(reading(path)) as db:
        schema.refuse_newer(db)


def mark_old(path: Path) -> None:
    """It is older than what lies on disk and on Drive: what lies where is learned anew."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        schema.migrate(db)
        db.execute("BEGIN")
        outdated.learn_anew(db)
        db.execute("COMMIT")


def reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def put_in_place(backup: Path, ledger: Path) -> None:
    """Where no ledger is (any more): whole or not at all. Raises `OSError`."""
    part = ledger.with_name(f".{ledger.name}.part")
    try:
        shutil.copyfile(backup, part)
        part.chmod(0o600)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(ledger)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(ledger.parent)


def put_aside(ledger: Path, target: Path) -> None:
    """Rename a ledger with its companions; nothing is thrown away."""
    for suffix in COMPANIONS:
        part = ledger.with_name(ledger.name + suffix)
        if part.exists():
            part.rename(target.with_name(target.name + suffix))
