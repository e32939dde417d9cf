"""Channels on which Drive sends word of changes: whose they are, their secret, and until when."""

from __future__ import annotations

import hmac
import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """`feed` is "" for the account's, else a shared drive's id; `expires_at` on the steady line."""

    id: str
    feed: str
    resource: str
    token: str
    expires_at: float


def keep(db: sqlite3.Connection, channel: Channel) -> None:
    db.execute(
        "INSERT OR REPLACE INTO channel VALUES (?, ?, ?, ?, ?)",
        (channel.id, channel.feed, channel.resource, channel.token, channel.expires_at),
    )


def all_of(db: sqlite3.Connection) -> list[Channel]:
    rows = db.execute("SELECT * FROM channel ORDER BY expires_at")
    return [Channel(row["id"], row["feed"], row["resource"], row["token"], row["expires_at"]) for row in rows]


def forget(db: sqlite3.Connection, id: str) -> None:
    db.execute("DELETE FROM channel WHERE id = ?", (id,))


def feed_of(db: sqlite3.Connection, id: str, token: str) -> str | None:
    """The feed of a channel that is known by this id and this token."""
    row = db.execute("SELECT feed, token FROM channel WHERE id = ?", (id,)).fetchone()
    if row is None or not hmac.compare_digest(str(row["token"]).encode(), token.encode()):
        return None
    return str(row["feed"])
