"""How each source and event stands: listed, synced, lost, required; and each look as a row."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from agent.model import EventId, SourceId

RUNS_KEPT = 200  # an event


def ensure(db: sqlite3.Connection, sources: Sequence[tuple[SourceId, EventId]]) -> None:
    """A row for each source; a new one wants a full listing."""
    db.executemany(
        "INSERT INTO source_state (source, event) VALUES (?, ?) ON CONFLICT (source) DO NOTHING", list(sources)
    )


def required(db: sqlite3.Connection) -> set[SourceId]:
    """The sources that want a full listing at once."""
    return {SourceId(row["source"]) for row in db.execute("SELECT source FROM source_state WHERE required = 2")}


def unfinished(db: sqlite3.Connection) -> set[SourceId]:
    """Sources that can be reached, and whose full listing is wanted, or not confirmed yet."""
    rows = db.execute(
        "SELECT source FROM source_state s WHERE state <> 'lost' AND (required = 2 OR EXISTS"
        " (SELECT 1 FROM listing_again a WHERE a.source = s.source AND a.confirmed = 0))"
    )
    return {SourceId(row["source"]) for row in rows}


def require(db: sqlite3.Connection, sources: Sequence[SourceId]) -> None:
    """These are to be listed in full at once."""
    db.executemany("UPDATE source_state SET required = 2 WHERE source = ?", [(one,) for one in sources])


def require_marked(db: sqlite3.Connection) -> int:
    """Those that were marked are to be listed at once. Answers how many."""
    return db.execute("UPDATE source_state SET required = 2 WHERE required = 1").rowcount


def require_stale(db: sqlite3.Connection, before: float, now: float) -> int:
    """Mark those not listed in full since `before` (nor in the future, which a clock that was set back leaves).

    They are listed by the next job. Answers how many.
    """
    return db.execute(
        "UPDATE source_state SET required = 1 WHERE required = 0 AND state = 'ok'"
        " AND (COALESCE(listed_at, 0) < ?1 OR listed_at > ?2)",
        (before, now),
    ).rowcount


def listed(db: sqlite3.Connection, source: SourceId, now: float) -> None:
    db.execute(
        "UPDATE source_state SET state = 'ok', detail = '', required = 0, listed_at = ?1, checked_at = ?1,"
        " last_synced_at = ?1 WHERE source = ?2",
        (now, source),
    )


def synced(db: sqlite3.Connection, sources: Sequence[SourceId], now: float) -> None:
    """A poll of their feed ended well."""
    db.executemany(
        "UPDATE source_state SET last_synced_at = ? WHERE source = ? AND state = 'ok'",
        [(now, source) for source in sources],
    )


def lost(db: sqlite3.Connection, source: SourceId, detail: str, now: float) -> bool:
    """The source's folder cannot be reached. Answers whether that is news; healed, it wants a full listing."""
    return (
        db.execute(
            "UPDATE source_state SET state = 'lost', detail = ?, required = 2, checked_at = ? WHERE source = ?"
            " AND state <> 'lost'",
            (detail, now, source),
        ).rowcount
        > 0
    )


def states(db: sqlite3.Connection) -> dict[str, sqlite3.Row]:
    return {str(row["source"]): row for row in db.execute("SELECT * FROM source_state")}


# ---- runs


def begin_run(db: sqlite3.Connection, event: EventId, kind: str, now: float) -> int:
    run = db.execute(
        "INSERT INTO sync_run (event, kind, began_at) VALUES (?, ?, ?) RETURNING id", (event, kind, now)
    ).fetchone()["id"]
    db.execute("DELETE FROM sync_run WHERE event = ? AND id <= ? - ?", (event, run, RUNS_KEPT))
    return int(run)


def end_run(
    db: sqlite3.Connection, run: int, now: float, *, found: int, gone: int, outcome: str, requests: int = 0
) -> None:
    db.execute(
        "UPDATE sync_run SET seconds = ?1 - began_at, found = found + ?2, gone = gone + ?3, outcome = ?4,"
        " requests = requests + ?5 WHERE id = ?6",
        (now, found, gone, outcome, requests, run),
    )


def drop_run(db: sqlite3.Connection, run: int) -> None:
    """It brought nothing after all."""
    db.execute("DELETE FROM sync_run WHERE id = ?", (run,))


def broken_off(db: sqlite3.Connection) -> None:
    """Runs that a stopped agent left: nothing is running at a start."""
    db.execute("UPDATE sync_run SET outcome = 'broken off' WHERE outcome = 'running'")


def runs(db: sqlite3.Connection, event: EventId, limit: int) -> list[sqlite3.Row]:
    """The last looks with what came of them: `found, gone, photos, faces, seconds, outcome`, newest first."""
    return db.execute(
        "SELECT r.*, (SELECT COUNT(DISTINCT s.photo) FROM source_file s WHERE s.run = r.id) AS photos,"
        " (SELECT COUNT(*) FROM source_file s JOIN face f ON f.photo = s.photo WHERE s.run = r.id) AS faces"
        " FROM sync_run r WHERE r.event = ? ORDER BY r.id DESC LIMIT ?",
        (event, limit),
    ).fetchall()


def failed_last(db: sqlite3.Connection) -> dict[str, str]:
    """Events whose last look went wrong, with what it was."""
    rows = db.execute(
        "SELECT event, outcome FROM sync_run r WHERE outcome NOT IN ('ok', 'running', 'broken off')"
        " AND NOT EXISTS (SELECT 1 FROM sync_run later WHERE later.event = r.event AND later.id > r.id)"
    )
    return {str(row["event"]): str(row["outcome"]) for row in rows}


def last_runs(db: sqlite3.Connection, limit: int) -> list[sqlite3.Row]:
    """The last looks at any event, newest first."""
    return db.execute("SELECT * FROM sync_run ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
