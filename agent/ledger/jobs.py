"""What is done now and then: when it was done last, when it is due next, and what came of it."""

from __future__ import annotations

import sqlite3


def rows(db: sqlite3.Connection) -> dict[str, sqlite3.Row]:
    return {str(row["name"]): row for row in db.execute("SELECT * FROM job")}


def plan(db: sqlite3.Connection, name: str, next_at: float) -> None:
    db.execute(
        "INSERT INTO job (name, next_at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET next_at = ?2",
        (name, next_at),
    )


def done(db: sqlite3.Connection, name: str, now: float, next_at: float, outcome: str) -> None:
    db.execute(
        "INSERT INTO job VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (name) DO UPDATE SET last_at = ?2, next_at = ?3, outcome = ?4",
        (name, now, next_at, outcome),
    )
