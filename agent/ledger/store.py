"""The ledger's file: one writer thread with group commit, readers in connections of their own.

A write that has been answered survives a pulled plug (WAL, synchronous=FULL); many that wait share one sync.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from agent.errors import Cause, StoreDamaged, VenueError
from agent.ledger.schema import migrate

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 256  # writes in one transaction at most
READERS = 2

# What SQLite answers for a file that is no ledger (any more): other bytes, no database, not our tables, our own check.
DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, 0}
# What it answers for trouble that is not the single change's: all that share its transaction have it.
OF_THE_FILE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}


class Ledger:
    """The open ledger. `set_aside` names the damaged file that was replaced at opening, if one was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self.changes = 0  # transactions committed by this process
        self._sound = True
        self._listeners: list[Callable[[], None]] = []
        self._afterwards: dict[Callable[[], None], None] = {}
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-read")
        self._writer = threading.Thread(target=self._write_loop, name="ledger-write", daemon=True)

    # ---- opening and closing

    def open(self) -> None:
        """Open, check after a crash, and bring to the newest step. A damaged file is set aside and a new one begun.

        What is only out of reach (no room, held by another program, a folder that is not there) raises `VenueError`.
        """
        try:
            self._db = self._open_checked()
        except sqlite3.DatabaseError as error:
            if code_of(error) not in DAMAGE:
                raise trouble_of(self.path, error) from error
            self.set_aside = self._put_aside()
            self._db = self._open_checked()
        self._writer.start()

    def _open_checked(self) -> sqlite3.Connection:
        db = self._connect()
        try:
            fresh = migrate(db) == 0
            clean = db.execute("SELECT value FROM meta WHERE key = 'clean'").fetchone()
            if not fresh and (clean is None or clean[0] != "1"):
                verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
                if verdict != "ok":
                    raise sqlite3.DatabaseError(verdict)
            db.execute("INSERT OR REPLACE INTO meta VALUES ('clean', '0')")
        except BaseException:
            db.close()
            raise
        return db

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        db.row_factory = sqlite3.Row
        db.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
            "PRAGMA secure_delete = ON; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;"
        )
        return db

    def _put_aside(self) -> Path:
        """Rename the damaged file and its companions; nothing is thrown away."""
        target = self.path.with_name(f"{self.path.stem}.damaged-{int(time.time())}{self.path.suffix}")
        for suffix in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                part.rename(target.with_name(target.name + suffix))
        return target

    def close(self) -> None:
        """Write what waits, then close; afterwards the ledger counts as cleanly closed."""
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown(wait=True)
        for db in self._opened:
            db.close()
        with contextlib.suppress(sqlite3.Error):  # on a full disk, say: then the next start checks
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('clean', ?)", (str(int(self._sound)),))
        self._db.close()

    def _trouble(self, error: sqlite3.Error) -> VenueError:
        """Damage is remembered: the next start looks for it, and rebuilds."""
        self._sound = self._sound and code_of(error) not in DAMAGE
        return trouble_of(self.path, error)

    # ---- writing

    def submit(
        self, change: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Queue a change; its future is done when the change is durable. A change that raises is undone alone."""
        future: Future[T] = Future()
        self._queue.put(_Write(lambda db: change(db, *args, **kwargs), future, in_transaction=True))
        return future

    async def write(
        self, change: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Make a change and wait until it is durable."""
        return await asyncio.wrap_future(self.submit(change, *args, **kwargs))

    async def on_writer(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something else that must not be beside a write (the roster's), outside any transaction."""
        future: Future[T] = Future()
        self._queue.put(_Write(lambda _db: work(*args, **kwargs), future, in_transaction=False))
        return await asyncio.wrap_future(future)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit, on the writer's thread: it has to be quick and must not raise."""
        self._listeners.append(listener)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Within a change: call this once all that is written now can be read, on the writer's thread, once only.

        Rung any earlier, a bell wakes somebody who sees nothing yet and goes back to sleep.
        """
        self._afterwards[call] = None

    def _write_loop(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = [first], False
            while len(batch) < BATCH and not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    last = True
                    break
                batch.append(more)
            self._commit(batch)
            if last:
                return

    def _commit(self, batch: list[_Write]) -> None:
        """Run a batch in order; runs of transactional changes share one commit."""
        run: list[_Write] = []
        for item in batch:
            if not item.future.set_running_or_notify_cancel():
                continue
            if item.in_transaction:
                run.append(item)
                continue
            self._commit_run(run)
            run = []
            item.attempt(self._db)
            item.answer()
        self._commit_run(run)
        afterwards, self._afterwards = self._afterwards, {}
        for listener in (*self._listeners, *afterwards):
            listener()

    def _commit_run(self, run: list[_Write]) -> None:
        if not run:
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for item in run:
                self._db.execute("SAVEPOINT one")
                if not item.attempt(self._db):
                    if isinstance(item.error, sqlite3.DatabaseError) and code_of(item.error) in OF_THE_FILE:
                        raise item.error
                    self._db.execute("ROLLBACK TO one")
                self._db.execute("RELEASE one")
            self._db.execute("COMMIT")
            self.changes += 1
        except sqlite3.DatabaseError as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            trouble = self._trouble(error)
            for item in run:
                item.error = trouble
        for item in run:
            item.answer()

    # ---- reading

    async def read(
        self, query: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query beside the writer, on a state that was committed."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, lambda: self._asked(lambda db: query(db, *args, **kwargs))
        )

    def _asked(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return query(self._reader())
        except sqlite3.DatabaseError as error:
            if code_of(error) in OF_THE_FILE:
                raise self._trouble(error) from error
            raise

    def _reader(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._connect()
            db.execute("PRAGMA query_only = ON")
            self._local.db = db
            self._opened.append(db)
        return db


class _Write:
    """One change that waits for the writer."""

    def __init__(self, work: Callable[[sqlite3.Connection], Any], future: Future[Any], *, in_transaction: bool) -> None:
        self.work = work
        self.future = future
        self.in_transaction = in_transaction
        self.result: Any = None
        self.error: BaseException | None = None

    def attempt(self, db: sqlite3.Connection) -> bool:
        """Do the work and keep its result or error; the caller decides when to answer."""
        try:
            self.result = self.work(db)
        except Exception as error:  # noqa: BLE001 - handed to whoever asked for the change
            self.error = error
            return False
        return True

    def answer(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def code_of(error: sqlite3.Error) -> int:
    """The primary result code; 0 for a verdict of our own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def trouble_of(path: Path, error: sqlite3.Error) -> VenueError:
    """What SQLite says of the file as a whole, in a person's words."""
    if code_of(error) == sqlite3.SQLITE_FULL:
        return VenueError(
            "The disk is full",
            f"nothing more can be written beside {path}",
            "Make room",
            cause=Cause.QUOTA,
            kind="disk_full",
        )
    if code_of(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return VenueError(
            "Another program holds the ledger", str(path), "Close it", cause=Cause.TRANSIENT, kind="ledger_busy"
        )
    return StoreDamaged(
        "The ledger cannot be used", f"{path}: {error}", "Start venuesync again: it repairs or rebuilds it"
    )


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that only reads, for `status` where no agent runs. Raises `sqlite3.Error`."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    db.row_factory = sqlite3.Row
    return db
