"""A change that is made to see what it would do, and undone."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def undone(db: sqlite3.Connection) -> Generator[None]:
    """Whatever is changed within is read there, and by nobody else."""
    db.execute("SAVEPOINT rehearsal")
    try:
        yield
    finally:
        db.execute("ROLLBACK TO rehearsal")
        db.execute("RELEASE rehearsal")
