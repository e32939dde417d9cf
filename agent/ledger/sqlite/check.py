"""SQLite's own check of the ledger's file: after a crash, and for a large one beside everything else.

A pulled plug leaves a sound file wherever a disk keeps what it said it wrote; the check is for the others. It reads all
of it: a minute for the 3.5 GB of a million photos.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from agent.ledger.sqlite.rows import Db
from agent.ledger.sqlite.writer import AGAIN, DAMAGE, code_of

LARGE = 128 << 20  # bytes: a smaller one is checked in two seconds, before anything is read of it
CALM = 10  # of nice(2): it has a core where nobody else wants one


def is_large(path: Path) -> bool:
    return path.stat().st_size > LARGE


def refuse_unsound(db: Db) -> None:
    """Raise `sqlite3.DatabaseError` with what is wrong first."""
    verdict = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)


class CheckBeside:
    """Of a ledger that is in use already. `told` hears what is wrong, or None, on a thread of its own.

    A disk that does not answer says neither: it is asked again.
    """

    def __init__(self, connect: Callable[[], Db], told: Callable[[sqlite3.DatabaseError | None], None]) -> None:
        self.is_over = False
        self._connect, self._told = connect, told
        self._db: Db | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger-check", daemon=True)
        self._thread.start()

    def stop(self) -> bool:
        """End it. Returns whether it was over."""
        self._stopped.set()
        while self._thread.is_alive():  # what has not begun is not interrupted
            with contextlib.suppress(sqlite3.ProgrammingError):  # it is closed
                if self._db is not None:
                    self._db.interrupt()
            self._thread.join(0.005)
        return self.is_over

    def _run(self) -> None:
        with contextlib.suppress(OSError, AttributeError):  # one thread alone has its own, on Linux
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), CALM)
        while not self._stopped.is_set():
            found = self._look()
            if found is None or code_of(found) in DAMAGE:
                if not self._stopped.is_set():
                    self.is_over = True
                    self._told(found)
                return
            self._stopped.wait(AGAIN)

    def _look(self) -> sqlite3.DatabaseError | None:
        try:
            with closing(self._connect()) as self._db:
                refuse_unsound(self._db)
        except sqlite3.DatabaseError as error:
            return error
        return None
