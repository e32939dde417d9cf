"""The ledger as a file that nobody has open here: copied, looked into, put in its place and aside."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from agent.disk.atomic import sync_folder
from agent.ledger.sqlite import schema
from agent.ledger.sqlite.rows import Db
from agent.ledger.sqlite.writer import trouble_of

COPY_PAGES = 256  # pages in one go: a megabyte
COPY_REST = 0.02  # seconds between two slices, so that nobody waits for the disk
MAGIC = b"SQLite format 3\0"  # how such a file begins
COMPANIONS = ("", "-wal", "-shm", "-journal")
WAL_HEADER = 32  # bytes of a log before anything that was written
GIVEN = frozenset(  # tables' columns that hold what an operator or a camera called something, and nothing else
    {
        *(("event_photo", one) for one in ("name", "given", "camera", "body")),
        *(("placement", one) for one in ("disk_name", "drive_name")),
        *(("source_file", one) for one in ("name", "camera")),
        *(("camera_tally", one) for one in ("device", "folder")),
        *(("source_folder", "name"), ("source_tally", "camera"), ("camera_clock", "camera")),
        *(("photo_name", "name"), ("photo", "device"), ("sighting", "folder"), ("sighting_tally", "folder")),
    }
)


def copy_ledger(source: Path, target: Path) -> None:
    """By SQLite's own backup, in slices. Blocks: 3 s for 100 MB, during which a write waits 0.1 s at most.

    Raises `VenueError`.

    Of one moment: because of the transaction around it, no write meanwhile makes it begin anew.
    """

    def rest(_status: int, _left: int, _pages: int) -> None:
        time.sleep(COPY_REST)

    target.touch(mode=0o600)
    try:
        with closing(reading(source)) as one, closing(sqlite3.connect(target, isolation_level=None)) as other:
            one.execute("BEGIN")
            one.execute("SELECT value FROM meta LIMIT 1").fetchone()
            one.backup(other, pages=COPY_PAGES, progress=rest)
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


def workspace_in(path: Path) -> tuple[str, str]:
    """The id of the workspace that it is of, and where that lay; empty where it cannot be read, or knows no photo."""
    with contextlib.suppress(sqlite3.DatabaseError), closing(reading_alone(path)) as db:
        known = db.execute("SELECT 1 FROM photo LIMIT 1").fetchone()
        facts = dict(
            db.execute("SELECT key, value FROM meta WHERE key IN ('workspace_id', 'root')").fetchall() if known else ()
        )
        return str(facts.get("workspace_id", "")), str(facts.get("root", ""))
    return "", ""


def image(path: Path) -> bytes:
    """All pages of a ledger, which may be open, as they are in its file. Empty where it cannot be read."""
    with contextlib.suppress(sqlite3.DatabaseError), closing(reading(path)) as db:
        return db.serialize()
    return b""


def texts_with(path: Path, words: str) -> list[tuple[tuple[str, str], str]]:
    """Every text in a database that holds these words, with its table and column. Empty where it cannot be read."""
    found: list[tuple[tuple[str, str], str]] = []
    with contextlib.suppress(sqlite3.DatabaseError), closing(reading(path)) as db:
        tables = [str(row[0]) for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            for (column,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall():
                query = f'SELECT "{column}" FROM "{table}" WHERE instr("{column}", ?)'  # noqa: S608 - as they are called
                found += [((table, str(column)), str(row[0])) for row in db.execute(query, (words,))]
    return found


def refuse_newer(path: Path) -> None:
    """Raise `VenueError` for a ledger that a newer program made; nothing is written to it, or beside it."""
    with closing(reading_alone(path)) as db:
        schema.step_of(db)


def mark_old(path: Path) -> None:
    """It is older than what lies on disk and on Drive: what lies where is learned anew."""
    with closing(sqlite3.connect(path, isolation_level=None, factory=Db)) as db:
        schema.migrate(db)
        db.execute("BEGIN")
        schema.learn_anew(db)
        db.execute("COMMIT")


def reading(path: Path, how: str = "mode=ro") -> Db:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None, factory=Db)


def reading_alone(path: Path) -> Db:
    """Of one that nobody has open: nothing is written beside it."""
    return reading(path, "mode=ro" if has_log(path) else "mode=ro&immutable=1")


def has_log(path: Path) -> bool:
    """Whether what was written last stands in the log beside it."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


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


def drop_empty(ledger: Path) -> None:
    """Of those left when it was gone the files that hold nothing, as of a full disk; an index alone is nothing."""
    for part in ledger.parent.glob(f"{ledger.stem}.left-*{ledger.suffix}*"):
        if part.name.endswith("-shm") or part.stat().st_size <= WAL_HEADER:
            part.unlink(missing_ok=True)


def put_aside(ledger: Path, target: Path) -> None:
    """Rename a ledger with its companions; nothing is thrown away."""
    for suffix in COMPANIONS:
        part = ledger.with_name(ledger.name + suffix)
        if part.exists():
            part.rename(target.with_name(target.name + suffix))
