"""What SQLite says of the ledger's file as a whole, in our words: out of room, out of reach, or damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from agent.atomic import free_bytes, full
from agent.errors import Cause, StoreDamaged, VenueError

# What SQLite answers for a file that is no ledger (any more): other bytes, no database, not our tables, our own check.
DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, 0}
# What it answers for trouble that passes without the file being touched.
OUT_OF_REACH = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
# Trouble that is not the single change's: all that share its transaction have it.
OF_THE_FILE = OUT_OF_REACH | {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
HARDLY = 65_536  # bytes: with less than this left, whatever failed, it was for want of room


def code_of(error: sqlite3.Error) -> int:
    """The primary result code; 0 for a verdict of our own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def trouble_of(path: Path, error: sqlite3.Error) -> VenueError:
    """The file's trouble in a person's words; it pauses whoever waits for it where it may pass."""
    code, extended = code_of(error), getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_FULL or (code in OUT_OF_REACH and out_of_room(path.parent)):
        return full(str(path.parent))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return VenueError(
            "Another program holds the ledger", str(path), "Close it", cause=Cause.TRANSIENT, kind="ledger_busy"
        )
    if extended == sqlite3.SQLITE_READONLY_DBMOVED:
        return StoreDamaged("The ledger was taken away", str(path), "Start venuesync again: it is found or rebuilt")
    if code in OUT_OF_REACH:
        return VenueError(
            "The ledger cannot be written",
            f"{path}: {error}",
            "Check its disk, and that this user may write there: it goes on by itself",
            cause=Cause.TRANSIENT,
            kind="store_unwritable",
        )
    return StoreDamaged(
        "The ledger cannot be used", f"{path}: {error}", "Start venuesync again: it repairs or rebuilds it"
    )


def out_of_room(folder: Path) -> bool:
    """Whether next to nothing can be written there."""
    try:
        return free_bytes(folder) < HARDLY
    except OSError:
        return False
