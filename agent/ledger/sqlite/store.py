"""The ledger's file: one writer with group commit, readers beside it; copies of it.

A write that has been answered survives a pulled plug (WAL, synchronous=FULL); many that wait share one sync.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from agent import clock
from agent.disk.atomic import free_bytes, write_new
from agent.errors import Cause, StoreDamaged, VenueError
from agent.ledger import meta
from agent.ledger.sqlite import schema
from agent.ledger.sqlite.check import CheckBeside, is_large, refuse_unsound
from agent.ledger.sqlite.ledger_file import drop_empty, has_log, put_aside, put_in_place, refuse_newer, soundness
from agent.ledger.sqlite.rows import Db, Row
from agent.ledger.sqlite.writer import (
    DAMAGE,
    FULL,
    OF_THE_FILE,
    Reserve,
    Write,
    Writer,
    code_of,
    taken_away,
    trouble_of,
)

P = ParamSpec("P")
T = TypeVar("T")

READERS = 2
READ_CACHE = 1000  # kB: there is a connection for each thread that ever asked, and the system keeps the file's pages


class Ledger:
    """The open ledger. `set_aside` names the damaged file that was replaced at opening, if one was.

    `spares` answers backups, the newest first: a lost or damaged ledger is begun with the first that is sound, and
    `spare` names it then.
    """

    def __init__(self, path: Path, spares: Callable[[], Sequence[Path]] = lambda: ()) -> None:
        self.path = path
        self.spare: Path | None = None
        self._spares = spares
        self._address = self._written = path.absolute().as_uri()
        self.set_aside: Path | None = None
        self.free_bytes: int | None = None  # beside the file, when it was measured last
        self._damage: StoreDamaged | None = None
        self._away: StoreDamaged | None = None
        self._file: tuple[int, int] | None = None  # device and inode of what is open
        self._is_doubted = False
        self._check: CheckBeside | None = None
        self._listeners: list[Callable[[], None]] = []
        self._afterwards: dict[Callable[[], None], None] = {}
        self._reserve = Reserve(path.with_name("reserve"))
        self._local = threading.local()
        self._opened: list[Db] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-read")

    @property
    def trouble(self) -> VenueError | None:
        """Why nothing can be written just now: the disk refuses, or the file was found damaged, or is away."""
        return self._damage or self._away or self._writer.trouble

    @property
    def trouble_since(self) -> float:
        """From when, wall time."""
        return self._writer.since

    @property
    def is_checked(self) -> bool:
        """Whether nothing speaks against it: a large one is checked beside its use after a crash, the others before."""
        return self._check is None or self._check.is_over

    @property
    def changes(self) -> int:
        """Transactions committed by this process."""
        return self._writer.changes

    # ---- opening and closing

    def open(self, *, reading: bool = False) -> None:
        """Open, bring to the newest step, and check after a crash. A damaged file is set aside and a new one begun.

        What is only out of reach (no room, held by another program, a folder that is not there) raises `VenueError`;
        where `reading` is enough it is opened for that alone if it can be: every write is refused then.
        """
        refused: VenueError | None = None
        try:
            self._db = self._opened_or_begun()
        except sqlite3.DatabaseError as error:
            refused = trouble_of(self.path, error)
            known = self._for_reading() if reading and refused.pauses_lane else None
            if known is None:
                raise refused from error
            self._db = known
        with contextlib.suppress(OSError):
            self._file = identity(self.path)
        self._writer = Writer(self.path, self._db, self._reserve, self._committed, self._troubled, refused)
        self._writer.start()
        if self._is_doubted:
            self._check = CheckBeside(self._connect, self._checked)

    def _opened_or_begun(self) -> Db:
        if not self.path.exists() or not self.path.stat().st_size:
            with contextlib.suppress(OSError):  # a disk that refuses this lets no spare be put there either
                put_aside(self.path, self._beside("left"))  # its last writes would be read as the spare's
            self._take_spare()
        with contextlib.suppress(OSError):
            drop_empty(self.path)
        try:
            return self._open_checked()
        except sqlite3.DatabaseError as error:
            if code_of(error) in DAMAGE:
                self.set_aside = self._beside("damaged")
                put_aside(self.path, self.set_aside)
                self._take_spare()
            elif trouble_of(self.path, error).kind != FULL or not self._reserve.give_up():
                raise
        return self._open_checked()

    def _beside(self, what: str) -> Path:
        return self.path.with_name(f"{self.path.stem}.{what}-{int(clock.wall())}{self.path.suffix}")

    def _take_spare(self) -> None:
        """Put the newest backup that is sound where no ledger is. What a full disk has no room for is done without."""
        for path in self._spares():
            if soundness(path) == "ok":
                with contextlib.suppress(OSError):
                    put_in_place(path, self.path)
                    self.spare = path
                return

    def _for_reading(self) -> Db | None:
        """A connection to a ledger of this program's step, which nothing can be written to."""
        for how in ("mode=ro", "immutable=1"):
            self._address = f"{self.path.absolute().as_uri()}?{how}"
            with contextlib.suppress(sqlite3.DatabaseError, OSError):
                if how == "immutable=1" and has_log(self.path):
                    break
                db = self._connect()
                if db.execute("PRAGMA user_version").fetchone()[0] == len(schema.STEPS):
                    return db
                db.close()
        return None

    def keep_room(self) -> None:
        """Keep some room for decisions on a full disk, from now on. Blocks."""
        self._reserve.want()

    def _open_checked(self) -> Db:
        with contextlib.suppress(sqlite3.DatabaseError):  # said by what follows
            refuse_newer(self.path)  # read only: opened for writing, it would be written to as it is closed
        with contextlib.suppress(OSError):  # what cannot be made or is another's is said by what follows
            if not self.path.exists():
                write_new(self.path, schema.new())
            self.path.chmod(0o600)
        db = self._connect()
        try:
            schema.migrate(db)
            clean = meta.get(db, meta.CLEAN)
            self._is_doubted = clean not in {"1", meta.DAMAGED} and is_large(self.path)
            if clean != "1" and not self._is_doubted:
                refuse_unsound(db)
            meta.put(db, meta.CLEAN, "0")
        except BaseException:
            db.close()
            raise
        return db

    def _connect(self) -> Db:
        db = sqlite3.connect(
            self._address, uri=True, isolation_level=None, check_same_thread=False, timeout=30, factory=Db
        )
        db.row_factory = Row
        if self._address == self._written:
            db.execute("PRAGMA journal_mode = WAL")
        db.executescript(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
            "PRAGMA recursive_triggers = ON;"  # so that what is replaced is counted off
            "PRAGMA secure_delete = ON; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;"
        )
        return db

    def close(self) -> None:
        """Write what waits, then close; afterwards the ledger counts as cleanly closed, if it was found sound."""
        checked = self._check is None or self._check.stop()
        self._writer.close()
        self._readers.shutdown(wait=True)
        for db in self._opened:
            db.close()
        with contextlib.suppress(sqlite3.Error):  # on a full disk, say: then the next start checks
            damaged = isinstance(self.trouble, StoreDamaged)
            meta.put(self._db, meta.CLEAN, meta.DAMAGED if damaged else str(int(checked)))
        self._db.close()

    # ---- writing

    def submit(self, change: Callable[Concatenate[Db, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a change; its future is done when the change is durable. A change that raises is undone alone."""
        return self._writer.put(Write(lambda db: change(db, *args, **kwargs)))

    async def write(self, change: Callable[Concatenate[Db, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a change and wait until it is durable."""
        return await asyncio.wrap_future(self.submit(change, *args, **kwargs))

    async def write_much(self, change: Callable[Concatenate[Db, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for a change of thousands of statements."""
        item = Write(lambda db: change(db, *args, **kwargs), alone=True)
        return await asyncio.wrap_future(self._writer.put(item))

    async def rehearse(self, change: Callable[Concatenate[Db, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a change answers. Whatever it changes it alone reads: all of that is undone."""
        item = Write(lambda db: change(db, *args, **kwargs), rehearsed=True)
        return await asyncio.wrap_future(self._writer.put(item))

    async def on_writer(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something else that must not be beside a write (the roster's), outside any transaction.

        What the disk refuses it raises as `VenueError`.
        """
        return await asyncio.wrap_future(self._writer.put(Write(lambda _db: work(*args, **kwargs), beside=True)))

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit, on the writer's thread: it has to be quick and must not raise."""
        self._listeners.append(listener)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Within a change: call this once all that is written now can be read, on the writer's thread, once only.

        Rung any earlier, a bell wakes somebody who sees nothing yet and goes back to sleep.
        """
        self._afterwards[call] = None

    def _committed(self) -> None:
        afterwards, self._afterwards = self._afterwards, {}
        for listener in (*self._listeners, *afterwards):
            listener()

    def _troubled(self) -> None:
        self._afterwards.clear()
        for listener in self._listeners:
            listener()

    async def scrub(self) -> None:
        """What was deleted is nowhere in the file or beside it. Raises `VenueError` where the disk refuses."""
        await asyncio.wrap_future(self._writer.put(Write(lambda db: scrub(db, self.path), beside=True)))

    # ---- reading

    async def read(self, query: Callable[Concatenate[Db, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query beside the writer, on a state that was committed."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, lambda: self.ask(lambda db: query(db, *args, **kwargs))
        )

    def ask(self, query: Callable[[Db], T]) -> T:
        """The same for whoever may block."""
        try:
            return query(self._reader())
        except sqlite3.DatabaseError as error:
            if code_of(error) not in OF_THE_FILE:
                raise
            raise self._noted(error) from error

    def measure(self) -> None:
        """How much room there is now, and whether the file lies where it was opened; blocks for a moment."""
        with contextlib.suppress(OSError):
            self.free_bytes = free_bytes(self.path.parent)
        self._away = taken_away(self.path) if self._is_away() else None

    def _is_away(self) -> bool:
        """Whether somebody took the file, or put another one there; not so where the whole folder is out of reach."""
        try:
            return identity(self.path) != self._file is not None
        except FileNotFoundError:
            return self.path.parent.is_dir()
        except OSError:
            return False

    def _noted(self, error: sqlite3.DatabaseError) -> VenueError:
        """The trouble in a person's words. Damage stays, and is looked for at the next start before anything else."""
        trouble = trouble_of(self.path, error)
        if isinstance(trouble, StoreDamaged) and self._damage is None:
            self.submit(meta.put, meta.CLEAN, meta.DAMAGED)  # before anybody is told
            self._damage = trouble
        return trouble

    def _checked(self, found: sqlite3.DatabaseError | None) -> None:
        """Whoever listens hears that, as they do of a change."""
        if found is not None:
            self._noted(found)
        self.submit(lambda _db: None)

    def _reader(self) -> Db:
        db: Db | None = getattr(self._local, "db", None)
        if db is None:
            if self._is_away():  # another ledger would share this one's log, and its last changes would be lost
                raise taken_away(self.path)
            db = self._connect()
            db.execute("PRAGMA query_only = ON")
            db.execute(f"PRAGMA cache_size = {-READ_CACHE}")
            self._local.db = db
            self._opened.append(db)
        return db


def identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def scrub(db: Db, path: Path) -> None:
    """With `secure_delete` deleted rows are overwritten; this leaves no free page, and no earlier one in the log."""
    try:
        db.execute("INSERT INTO photo_name (photo_name) VALUES ('optimize')")  # else it keeps letters of what went
        db.execute("VACUUM")
        busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise trouble_of(path, error) from error
    if busy:
        raise VenueError(
            "The ledger is being read", str(path), "Nothing to do: it is tried again", cause=Cause.TRANSIENT
        )
