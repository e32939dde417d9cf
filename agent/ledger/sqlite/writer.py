"""The ledger's one writer: a thread that makes changes in their order, many that wait together in one commit.

Where the disk refuses, parts of the agent wait here and go on by themselves (`agent/running/waiting.py`); whoever asked
for an answer is told at once. It is tried once a second, so a full disk costs nothing, and is over within a second.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import structlog

from agent import clock
from agent.disk.atomic import disk_trouble, free_bytes, full, is_full
from agent.errors import Cause, StoreDamaged, VenueError
from agent.ledger import meta, troubles
from agent.ledger.sqlite.rows import Db
from agent.running.waiting import is_patient

log = structlog.get_logger(__name__)

BATCH = 256  # writes in one transaction at most
AGAIN = 1.0  # seconds between two tries while the disk refuses
FULL = "disk_full"
STORE = troubles.Subject("store:disk", "this machine's disk")


class Write:
    """One change that waits for the writer; `beside` the ledger it is work of its own, outside any transaction.

    `alone`: of very many statements. Within a savepoint each of them costs more than the one before, as SQLite goes
    through all pages kept for it at the end of a statement (pager.c, memjournal.c of 3.40): a transaction for itself.
    `rehearsed`: so is that, and it is undone at its end.
    """

    def __init__(
        self, work: Callable[[Db], Any], *, beside: bool = False, alone: bool = False, rehearsed: bool = False
    ) -> None:
        self.work = work
        self.beside = beside
        self.alone = alone or rehearsed
        self.rehearsed = rehearsed
        self.patient = is_patient()
        self.future: Future[Any] = Future()
        self.result: Any = None
        self.error: BaseException | None = None
        self._begun = False

    def begin(self) -> bool:
        """Whether somebody still waits for it."""
        self._begun = self._begun or self.future.set_running_or_notify_cancel()
        return self._begun

    def attempt(self, db: Db) -> bool:
        """Do the work and keep its result or error; the caller decides when to answer."""
        try:
            self.result, self.error = self.work(db), None
        except Exception as error:  # noqa: BLE001 - handed to whoever asked for the change
            self.error = error
            return False
        return True

    def answer(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Writes to `db`, which is its own from now on. `trouble` is why nothing can be written just now.

    `committed` is called after each commit, `troubled` where one was refused; both on the writer's thread.
    """

    def __init__(
        self,
        path: Path,
        db: Db,
        reserve: Reserve,
        committed: Callable[[], None],
        troubled: Callable[[], None],
        trouble: VenueError | None = None,
    ) -> None:
        self.trouble = trouble
        self.since = clock.wall()  # from when there is trouble
        self.changes = 0  # transactions committed
        self._path, self._db, self._reserve = path, db, reserve
        self._committed, self._troubled = committed, troubled
        self._waiting: list[Write] = []  # for the disk
        self._again_at = 0.0
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ledger-write", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, item: Write) -> Future[Any]:
        self._queue.put(item)
        return item.future

    def close(self) -> None:
        """Write what is in the queue, and end; what waits for the disk is tried once more."""
        self._queue.put(None)
        self._thread.join()

    # ---- the thread

    def _run(self) -> None:
        closing = False
        while not closing:
            batch, closing = self._collect()
            self._commit(batch, last=closing)

    def _collect(self) -> tuple[list[Write], bool]:
        """What is to be written now, and whether it is the last."""
        batch: list[Write] = []
        try:
            item = self._queue.get(timeout=self._pause())
            while item is not None:
                (self._waiting if item.patient and self._shut else batch).append(item)
                if len(batch) >= BATCH or self._queue.empty():
                    break
                item = self._queue.get()
        except queue.Empty:
            return self._tried_again(), False
        return (self._tried_again() + batch, True) if item is None else (batch, False)

    @property
    def _shut(self) -> bool:
        """Whether it is the disk that refuses, for a time."""
        return self.trouble is not None and self.trouble.pauses_lane

    def _pause(self) -> float | None:
        return max(0.0, self._again_at - time.monotonic()) if self._waiting or self._shut else None

    def _tried_again(self) -> list[Write]:
        """What waits for the disk, unless it is full still: then it would only use up what is kept for decisions."""
        self._again_at = time.monotonic() + AGAIN
        if self.trouble is not None and self.trouble.kind == FULL and not self._reserve.has_room():
            return []
        waiting, self._waiting = self._waiting, []
        return waiting or ([Write(probe)] if self._shut else [])

    def _commit(self, batch: list[Write], *, last: bool) -> None:
        """Make changes in order; runs of those in the ledger share one commit."""
        run: list[Write] = []
        for item in batch:
            if not item.begin():
                continue
            if not item.beside and not item.alone:
                run.append(item)
                continue
            self._write(run, last=last)
            run = []
            if item.alone:
                self._write([item], last=last)
            else:
                self._do_beside(item, last=last)
        self._write(run, last=last)
        for item in self._waiting if last else ():
            if item.begin():
                item.error = self.trouble
                item.answer()

    def _write(self, run: list[Write], *, last: bool) -> None:
        """All of a run in one transaction, and their answers."""
        if not run:
            return
        trouble = self._transact(run)
        if trouble is not None:
            self._refused(trouble)
            if trouble.kind == FULL and self._reserve.give_up():
                trouble = self._transact(run)
        if trouble is None:
            self.changes += 1
            self._went_well()
            self._committed()
        self._answer(run, trouble, last=last)

    def _transact(self, run: list[Write]) -> VenueError | None:
        """One transaction; a change that raises is undone alone. Returns the disk's refusal of all of it."""
        several = len(run) > 1
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for item in run:
                if several:
                    self._db.execute("SAVEPOINT one")
                went_well = item.attempt(self._db)
                if isinstance(item.error, sqlite3.DatabaseError) and code_of(item.error) in OF_THE_FILE:
                    raise item.error
                if not went_well or item.rehearsed:
                    self._db.execute("ROLLBACK TO one" if several else "ROLLBACK")
                if several:
                    self._db.execute("RELEASE one")
            if self._db.in_transaction:
                self._db.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            return trouble_of(self._path, error)
        return None

    def _do_beside(self, item: Write, *, last: bool) -> None:
        """Work on other files of ours, which the same disk may refuse.

        While the ledger is refused it is asked first: a change of the people that it could not follow is not begun.
        """
        trouble = self._transact([Write(probe)]) if self._shut else None
        if trouble is None:
            item.attempt(self._db)
            if isinstance(item.error, OSError) and is_full(item.error):
                self._refused(disk_trouble(item.error))
                if self._reserve.give_up():
                    item.attempt(self._db)
        if isinstance(item.error, OSError):
            item.error = disk_trouble(item.error)
            trouble = item.error if item.error.kind == FULL else None
        self._answer([item], trouble, last=last)

    def _answer(self, items: list[Write], trouble: VenueError | None, *, last: bool) -> None:
        for item in items:
            if trouble is not None and item.patient and trouble.pauses_lane and not last:
                self._waiting.append(item)
                continue
            item.error = trouble or item.error
            item.answer()

    # ---- how the disk is

    def _refused(self, trouble: VenueError) -> None:
        self._again_at = time.monotonic() + AGAIN
        before, self.trouble = self.trouble, trouble
        if before is None:
            self.since = clock.wall()
            log.warning("ledger.refused", kind=trouble.kind, detail=trouble.detail)
        self._troubled()

    def _went_well(self) -> None:
        """Something was written: the trouble is over, unless that was a decision on a disk that is full still."""
        trouble = self.trouble
        if trouble is None or not self._shut or (trouble.kind == FULL and not self._reserve.has_room()):
            return
        log.info("ledger.goes_on", after=trouble.kind, waiting=len(self._waiting))
        self.trouble = None
        self._again_at = 0.0
        self._reserve.keep()
        self.put(Write(lambda db: troubles.passed(db, STORE, trouble, self.since, clock.wall())))


def probe(db: Db) -> None:
    """Something to write, to see whether it can be."""
    meta.put(db, "tried_at", str(clock.wall()))


# ---- room that is kept for decisions: other programs fill a disk to its last byte

RESERVE_SIZE = 4 << 20  # bytes
RESERVE_ROOM = 2 * RESERVE_SIZE  # bytes free: the disk counts as having room again, and the reserve is made anew


class Reserve:
    """One file. Never in anybody's way: what cannot be kept is done without."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wanted = False

    def want(self) -> None:
        """Keep the file from now on."""
        self._wanted = True
        self.keep()

    def keep(self) -> None:
        """Make the file where it is wanted and missing, and room is."""
        with contextlib.suppress(OSError):
            if not self._wanted or self._path.exists() or not self.has_room():
                return
            try:
                self._path.write_bytes(os.urandom(RESERVE_SIZE))  # zeros that are compressed would keep no room
                self._path.chmod(0o600)
            except OSError:
                self._path.unlink()

    def give_up(self) -> bool:
        """Remove the file. Returns whether that made room."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def has_room(self) -> bool:
        """Whether the disk is not full, or nobody can tell."""
        try:
            return free_bytes(self._path.parent) >= RESERVE_ROOM
        except OSError:
            return True


# ---- what SQLite says of the file as a whole

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
        return taken_away(path)
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


def taken_away(path: Path) -> StoreDamaged:
    return StoreDamaged("The ledger was taken away", str(path), "Start venuesync again: it is found or rebuilt")


def out_of_room(folder: Path) -> bool:
    """Whether next to nothing can be written there."""
    try:
        return free_bytes(folder) < HARDLY
    except OSError:
        return False
