"""The change feeds of accounts and shared drives: where each goes on from, and when it last brought something."""

from __future__ import annotations

import sqlite3


def token(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT token FROM feed WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["token"])


def keep_token(db: sqlite3.Connection, key: str, token: str, now: float, *, changed: bool) -> None:
    """Where to go on from: in the same transaction as what the page before it did."""
    db.execute(
        "INSERT INTO feed (key, token, polled_at, changed_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET"
        " token = ?2, polled_at = ?3, changed_at = COALESCE(?4, changed_at)",
        (key, token, now, now if changed else None),
    )


def brought(db: sqlite3.Connection, key: str, now: float) -> None:
    """Photos came: where there are some, more are likely soon."""
    db.execute("UPDATE feed SET changed_at = ? WHERE key = ?", (now, key))


def forget_token(db: sqlite3.Connection, key: str) -> None:
    db.execute("DELETE FROM feed WHERE key = ?", (key,))


def changed_at(db: sqlite3.Connection, key: str) -> float | None:
    row = db.execute("SELECT changed_at FROM feed WHERE key = ?", (key,)).fetchone()
    return None if row is None else row["changed_at"]
