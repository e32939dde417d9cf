"""The emulator's SQLite: one connection, one writer, short transactions on the event loop.

A commit is in the operating system's hands when it returns, so kill -9 loses nothing that was answered. Power cuts are
out of scope: nothing waits for the disk. Without a data folder SQLite's own temporary file serves, which spills to disk
when it grows and is gone with the process.
"""

import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = Path(__file__).with_name("schema.sql")
_CACHE_KIB = 64 * 1024


class Database:
    """SQLite with transactions that nest and actions that wait for the commit."""

    def __init__(self, path: Path | None) -> None:
        self._connection = sqlite3.connect(path or "", isolation_level=None, cached_statements=1024)
        self._connection.execute(f"PRAGMA journal_mode = {'WAL' if path else 'MEMORY'}")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA secure_delete = ON")  # what is deleted for good is
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._connection.executescript(_SCHEMA.read_text())
        self._waiting: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []
        self._depth = 0

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, parameters)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self._connection.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    def function(self, name: str, arguments: int, implementation: Callable[..., Any]) -> None:
        self._connection.create_function(name, arguments, implementation, deterministic=True)

    def collation(self, name: str, compare: Callable[[str, str], int]) -> None:
        self._connection.create_collation(name, compare)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All of it or nothing; inside another one, part of that. Nothing is awaited in it: there is one connection."""
        if self._depth:
            yield
            return
        self._depth = 1
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            for action in reversed(self._undo):
                action()
            self._waiting.clear()
            raise
        else:
            self._connection.execute("COMMIT")
        finally:
            self._undo.clear()
            self._depth = 0
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Runs `action` once the transaction under way is in; drops it where that fails."""
        self._waiting.append(action)

    def on_rollback(self, action: Callable[[], None]) -> None:
        """Runs `action` if the transaction under way fails: what is held in memory goes back with the rows."""
        if self._depth:
            self._undo.append(action)

    def close(self) -> None:
        self._connection.close()
