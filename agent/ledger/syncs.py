"""How sources are followed: change feeds, listings, and each look as a row."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum

from agent.ledger.sqlite.rows import Db, Row
from agent.model import DriveId, EventId, SourceId

RUNS_KEPT = 200  # an event


class FullListing(IntEnum):
    """Whether a source is to be listed in full: `source_state.required`. From `AT_ONCE` on its last listing counts no
    more.
    """

    NOT_LOOKED_AT = -1  # the feed that told of it is read on without it: once it is looked at again, it wants one
    NOT_WANTED = 0
    MARKED = 1  # by the night's jobs, the next of which wants it at once
    AT_ONCE = 2
    UNDER_WAY = 3  # whoever asks for one meanwhile has it `AT_ONCE` again


def ensure(db: Db, sources: Sequence[tuple[SourceId, EventId]]) -> None:
    """A row for each source; a new one wants a full listing."""
    db.executemany(
        "INSERT INTO source_state (source, event) VALUES (?, ?) ON CONFLICT (source) DO NOTHING", list(sources)
    )


def tell_of(db: Db, feed: str, sources: Sequence[SourceId]) -> None:
    """This feed tells of these sources from here on, and of no others. Written down before it is read, so that nothing
    is missed whatever comes between: what changes is told once, and by each feed in its own order. In an earlier
    program's ledger, which knows of none, it told of those that were looked at when it was read last.
    """
    members = json.dumps(list(sources))
    db.execute(
        "UPDATE source_state SET told_by = ?1, required = CASE WHEN required = ?3 OR COALESCE(told_by <> ?1,"
        " last_synced_at < (SELECT polled_at FROM feed WHERE key = ?1)) THEN ?4 ELSE required END"
        " WHERE source IN (SELECT value FROM json_each(?2)) AND (required = ?3 OR told_by IS NOT ?1)",
        (feed, members, FullListing.NOT_LOOKED_AT, FullListing.AT_ONCE),
    )
    db.execute(
        "UPDATE source_state SET required = ?3 WHERE told_by = ?1 AND source NOT IN (SELECT value FROM json_each(?2))"
        " AND required IN (?4, ?5)",
        (feed, members, FullListing.NOT_LOOKED_AT, FullListing.NOT_WANTED, FullListing.MARKED),
    )


def required(db: Db) -> set[SourceId]:
    """The sources that want a full listing at once."""
    return set(db.column("SELECT source FROM source_state WHERE required >= ?", (FullListing.AT_ONCE,)))


def is_in_doubt(db: Db, source: SourceId) -> bool:
    """Whether its own folder is asked for, from now on, before anything counts as known of it: it is lost, or wants a
    full listing that has not begun.
    """
    query = "SELECT 1 FROM source_state WHERE source = ? AND (state = 'lost' OR required = ?)"
    return db.has(query, (source, FullListing.AT_ONCE))


def unfinished(db: Db) -> set[SourceId]:
    """Sources that can be reached, and whose full listing is wanted, or not confirmed yet."""
    unsure = (
        "SELECT source FROM source_state s WHERE state <> 'lost' AND (required >= ? OR EXISTS"
        " (SELECT 1 FROM listing_again a WHERE a.source = s.source AND a.confirmed = 0))"
    )
    return set(db.column(unsure, (FullListing.AT_ONCE,)))


def require(db: Db, sources: Sequence[SourceId]) -> None:
    """These are to be listed in full at once."""
    query = "UPDATE source_state SET required = ? WHERE source = ?"
    db.executemany(query, [(FullListing.AT_ONCE, one) for one in sources])


def require_marked(db: Db) -> int:
    """Those that were marked are to be listed at once. Returns how many."""
    query = "UPDATE source_state SET required = ? WHERE required = ?"
    return db.execute(query, (FullListing.AT_ONCE, FullListing.MARKED)).rowcount


def require_stale(db: Db, before: float, now: float) -> int:
    """Mark those not listed in full since `before` (nor in the future, which a clock that was set back leaves).

    They are listed by the next job. Returns how many.
    """
    return db.execute(
        "UPDATE source_state SET required = ?3 WHERE required = ?4 AND state = 'ok'"
        " AND (COALESCE(listed_at, 0) < ?1 OR listed_at > ?2)",
        (before, now, FullListing.MARKED, FullListing.NOT_WANTED),
    ).rowcount


def being_listed(db: Db, source: SourceId) -> None:
    """A listing begins: whoever asks for one from here on, by another account, say, is not answered by it."""
    db.execute("UPDATE source_state SET required = ? WHERE source = ?", (FullListing.UNDER_WAY, source))


def listed(db: Db, source: SourceId, now: float) -> None:
    db.execute(
        "UPDATE source_state SET state = 'ok', detail = '', required = CASE required WHEN ?3 THEN ?3 ELSE ?4 END,"
        " listed_at = ?1, checked_at = ?1, last_synced_at = ?1 WHERE source = ?2",
        (now, source, FullListing.AT_ONCE, FullListing.NOT_WANTED),
    )


def synced(db: Db, sources: Sequence[SourceId], now: float) -> None:
    """A poll of their feed ended well."""
    db.executemany(
        "UPDATE source_state SET last_synced_at = ? WHERE source = ? AND state = 'ok'",
        [(now, source) for source in sources],
    )


def lost(db: Db, source: SourceId, detail: str, now: float) -> bool:
    """The source's folder cannot be reached. Returns whether that is news; healed, it wants a full listing."""
    db.execute("UPDATE source_state SET detail = ? WHERE source = ? AND state = 'lost'", (detail, source))
    return db.changed(
        "UPDATE source_state SET state = 'lost', detail = ?, required = ?, checked_at = ? WHERE source = ?"
        " AND state <> 'lost'",
        (detail, FullListing.AT_ONCE, now, source),
    )


def lost_ones(db: Db) -> set[SourceId]:
    return set(db.column("SELECT source FROM source_state WHERE state = 'lost'"))


def states(db: Db) -> dict[str, Row]:
    return {str(row["source"]): row for row in db.execute("SELECT * FROM source_state")}


# ---- runs


def begin_run(db: Db, event: EventId, kind: str, now: float) -> int:
    run = db.value("INSERT INTO sync_run (event, kind, began_at) VALUES (?, ?, ?) RETURNING id", (event, kind, now))
    db.execute(
        "DELETE FROM sync_run WHERE event = ?1 AND id <= (SELECT id FROM sync_run WHERE event = ?1"
        " ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        (event, RUNS_KEPT),
    )
    return run


def end_run(db: Db, run: int, now: float, *, found: int, gone: int, outcome: str) -> None:
    db.execute(
        "UPDATE sync_run SET seconds = ?1 - began_at, found = found + ?2, gone = gone + ?3, outcome = ?4 WHERE id = ?5",
        (now, found, gone, outcome, run),
    )


def drop_run(db: Db, run: int) -> None:
    """It brought nothing after all."""
    db.execute("DELETE FROM sync_run WHERE id = ?", (run,))


def broken_off(db: Db) -> None:
    """Runs that a stopped agent left: nothing is running at a start."""
    db.execute("UPDATE sync_run SET outcome = 'broken off' WHERE outcome = 'running'")


def runs(db: Db, event: EventId, limit: int) -> list[Row]:
    """The last looks with what came of them: `found, gone, photos, faces, seconds, outcome`, newest first."""
    return db.execute(
        "SELECT r.*, (SELECT COUNT(DISTINCT s.photo) FROM source_file s WHERE s.run = r.id) AS photos,"
        " (SELECT COUNT(*) FROM source_file s JOIN face f ON f.photo = s.photo WHERE s.run = r.id) AS faces"
        " FROM sync_run r WHERE r.event = ? ORDER BY r.id DESC LIMIT ?",
        (event, limit),
    ).fetchall()


def failed_last(db: Db) -> dict[str, str]:
    """Events whose last look went wrong, with what it was."""
    return db.pairs(
        "SELECT event, outcome FROM sync_run r WHERE outcome NOT IN ('ok', 'running', 'broken off')"
        " AND NOT EXISTS (SELECT 1 FROM sync_run later WHERE later.event = r.event AND later.id > r.id)"
    )


def last_runs(db: Db, limit: int) -> list[Row]:
    """The last looks at any event, newest first."""
    return db.execute("SELECT * FROM sync_run ORDER BY id DESC LIMIT ?", (limit,)).fetchall()


# ---- folders that are listed again, as lists lag

# Seconds: 1 s, 20 s, 3 min and 10 min after; others met five minutes of lag.
LISTED_AGAIN_AFTER = (1.0, 19.0, 160.0, 420.0)
CALM = 1  # the step with which a folder begins whose first listing was confirmed


@dataclass(frozen=True, slots=True)
class ListingAgain:
    """`due_at` on the steady line. `mark`: the last one that may have been set before it was planned."""

    source: SourceId
    folder: DriveId
    step: int
    due_at: float
    mark: int
    confirmed: bool


def plan_listing_again(
    db: Db, folders: Iterable[tuple[SourceId, DriveId]], now: float, mark: int, *, confirmed: bool
) -> None:
    """From the first step on, also where one was under way: something entered that no list may have shown yet.

    `now` on the steady line, `mark` as `ListFreshness` tells it.
    """
    step = CALM if confirmed else 0
    db.executemany(
        "INSERT INTO listing_again (source, folder, step, due_at, mark, confirmed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (source, folder) DO UPDATE SET step = ?3, due_at = ?4, mark = ?5, confirmed = ?6",
        [(source, folder, step, now + LISTED_AGAIN_AFTER[step], mark, confirmed) for source, folder in folders],
    )


def listings_again(db: Db) -> list[ListingAgain]:
    return db.records(ListingAgain, "SELECT * FROM listing_again ORDER BY due_at, source, folder")


def listed_again(db: Db, rows: Sequence[ListingAgain], shown: int, now: float) -> None:
    """These were listed once more, by lists that show the mark `shown` (0: none). The last step is enough by itself.

    A listing that came before its time confirms, and leaves the others to come when they would have.
    """
    for row in rows:
        confirmed = row.confirmed or shown > row.mark
        step = row.step + int(row.due_at <= now)
        step = max(step, CALM) if confirmed else step
        if step >= len(LISTED_AGAIN_AFTER):
            db.execute("DELETE FROM listing_again WHERE source = ? AND folder = ?", (row.source, row.folder))
            continue
        due_at = row.due_at if step == row.step else now + LISTED_AGAIN_AFTER[step]
        db.execute(
            "UPDATE listing_again SET step = ?, due_at = ?, confirmed = ? WHERE source = ? AND folder = ?",
            (step, due_at, confirmed, row.source, row.folder),
        )


def unconfirmed(db: Db) -> dict[str, int]:
    """By source, how many folders Drive's lists may not have shown whole yet."""
    return db.pairs("SELECT source, COUNT(*) AS folders FROM listing_again WHERE confirmed = 0 GROUP BY source")


# ---- change feeds


def feed_key(account: str, drive: str) -> str:
    """`drive`: "" for the account's own feed, else a shared drive's id. Neither has a slash in it."""
    return f"{account}/{drive}" if account else drive


def drive_of(feed: str) -> tuple[str, str]:
    """The account and the drive of a feed."""
    account, _, drive = feed.rpartition("/")
    return account, drive


def feed_token(db: Db, key: str) -> str | None:
    return db.value("SELECT token FROM feed WHERE key = ?", (key,))


def keep_feed_token(db: Db, key: str, token: str, now: float, *, changed: bool) -> None:
    """Where to go on from: in the same transaction as what the page before it did."""
    db.execute(
        "INSERT INTO feed (key, token, polled_at, changed_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET"
        " token = ?2, polled_at = ?3, changed_at = COALESCE(?4, changed_at)",
        (key, token, now, now if changed else None),
    )


def begin_feed(db: Db, key: str, token: str, sources: Sequence[SourceId], now: float) -> None:
    """From here on changes are told: whatever these sources of it hold by now has to be listed."""
    keep_feed_token(db, key, token, now, changed=False)
    require(db, sources)


def feed_brought(db: Db, key: str, now: float) -> None:
    """Photos came: where there are some, more are likely soon."""
    db.execute("UPDATE feed SET changed_at = ? WHERE key = ?", (now, key))


def forget_feed_token(db: Db, key: str) -> None:
    db.execute("DELETE FROM feed WHERE key = ?", (key,))


def forget_feeds(db: Db, account: str) -> None:
    """Somebody else is signed in there: nothing of what was told before holds for them, and all is to be listed."""
    told = db.column("SELECT key FROM feed UNION SELECT feed FROM channel UNION SELECT told_by FROM source_state")
    keys = [(key,) for key in told if key is not None and drive_of(key)[0] == account]
    db.executemany("DELETE FROM feed WHERE key = ?", keys)
    db.executemany("DELETE FROM channel WHERE feed = ?", keys)
    listed = f"UPDATE source_state SET required = {FullListing.AT_ONCE} WHERE told_by = ?"  # noqa: S608 - ours
    db.executemany(f"{listed} AND required <> {FullListing.NOT_LOOKED_AT}", keys)


def feed_changed_at(db: Db, key: str) -> float | None:
    return db.value("SELECT changed_at FROM feed WHERE key = ?", (key,))


# ---- channels on which Drive sends word


@dataclass(frozen=True, slots=True)
class Channel:
    """`feed` is its key in the ledger (`feed_key`); `expires_at` on the steady line."""

    id: str
    feed: str
    resource: str
    token: str
    expires_at: float


def keep_channel(db: Db, channel: Channel) -> None:
    db.execute("INSERT OR REPLACE INTO channel VALUES (:id, :feed, :resource, :token, :expires_at)", asdict(channel))


def channels(db: Db) -> list[Channel]:
    return db.records(Channel, "SELECT * FROM channel ORDER BY expires_at")


def forget_channel(db: Db, id: str) -> None:
    db.execute("DELETE FROM channel WHERE id = ?", (id,))


def feed_of_channel(db: Db, id: str, token: str) -> str | None:
    """The feed of a channel that is known by this id and this token."""
    row = db.execute("SELECT feed, token FROM channel WHERE id = ?", (id,)).fetchone()
    if row is None or not hmac.compare_digest(str(row["token"]).encode(), token.encode()):
        return None
    return str(row["feed"])
