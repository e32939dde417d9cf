"""Files in sources whose bytes are to be fetched, and what became of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from agent.model import DriveId, EventId, PhotoId, SourceId


@dataclass(frozen=True, slots=True)
class Download:
    """A photo or video to fetch. `content` has the bytes; `made_at` seconds UTC, by Drive."""

    id: int
    source: SourceId
    event: EventId
    content: DriveId
    name: str
    mime: str
    md5: str
    bytes: int
    made_at: float | None
    camera: str
    resource_key: str | None
    attempts: int
    seen_at: float
    before: PhotoId | None  # what the file was when it was fetched last


def due(db: sqlite3.Connection, busy: Sequence[int], contents: Sequence[str], now: float, limit: int) -> list[Download]:
    """What is to be fetched, newest first; one content is fetched once at a time."""
    rows = db.execute(
        "SELECT * FROM source_file WHERE state = 'due' AND next_try_at <= ?"
        " AND id NOT IN (SELECT value FROM json_each(?)) AND content NOT IN (SELECT value FROM json_each(?))"
        " ORDER BY seen_at DESC, id LIMIT ?",
        (now, json.dumps(list(busy)), json.dumps(list(contents)), limit * 4),
    )
    chosen: dict[str, Download] = {}
    for row in rows:
        chosen.setdefault(str(row["content"]), _download(row))
    return list(chosen.values())[:limit]


def _download(row: sqlite3.Row) -> Download:
    return Download(
        int(row["id"]),
        SourceId(row["source"]),
        EventId(row["event"]),
        DriveId(row["content"]),
        str(row["name"]),
        str(row["mime"]),
        str(row["md5"]),
        int(row["bytes"]),
        row["taken_at"],
        str(row["camera"]),
        row["resource_key"],
        int(row["attempts"]),
        float(row["seen_at"]),
        None if row["photo"] is None else PhotoId(row["photo"]),
    )


def next_due_at(db: sqlite3.Connection, now: float) -> float | None:
    return db.execute(
        "SELECT MIN(next_try_at) FROM source_file WHERE state = 'due' AND next_try_at > ?", (now,)
    ).fetchone()[0]


def known_photo(db: sqlite3.Connection, md5: str, size: int) -> PhotoId | None:
    """A photo with these bytes that lies here already: it need not be fetched."""
    row = db.execute(
        "SELECT ph.id FROM photo ph WHERE ph.md5 = ? AND ph.bytes = ? AND (EXISTS (SELECT 1 FROM sighting s"
        " WHERE s.photo = ph.id) OR EXISTS (SELECT 1 FROM event_photo ep JOIN placement p ON p.event_photo = ep.id"
        " WHERE ep.photo = ph.id AND p.disk = 'there')) LIMIT 1",
        (md5, size),
    ).fetchone()
    return None if row is None else PhotoId(row["id"])


def done(db: sqlite3.Connection, task: Download, photo: PhotoId | None, path: str | None, now: float) -> bool:
    """Its bytes are here. Answers whether the file is gone by now; one that has other bytes by now stays due."""
    row = db.execute(
        "UPDATE source_file SET photo = ?, path = ?, done_at = ?, attempts = 0,"
        " state = CASE WHEN state <> 'gone' AND md5 = ? THEN 'done' ELSE state END"
        " WHERE id = ? AND state <> 'done' RETURNING state",
        (photo, path, now, task.md5, task.id),
    ).fetchone()
    return row is not None and row["state"] == "gone"


def trouble_key(download: int) -> str:
    return f"download:{download}"


def put_off(db: sqlite3.Connection, download: int, until: float) -> None:
    """Try again later: it was the file's own fault."""
    db.execute("UPDATE source_file SET next_try_at = ?, attempts = attempts + 1 WHERE id = ?", (until, download))


def fail(db: sqlite3.Connection, download: int) -> None:
    db.execute("UPDATE source_file SET state = 'failed' WHERE id = ? AND state = 'due'", (download,))


def gone(db: sqlite3.Connection, task: Download, now: float) -> bool:
    """Drive does not give it out. Answers whether it is gone by that: what is here goes when the feed says so, which is
    not told of what a shortcut leads to.
    """
    return bool(
        db.execute(
            "UPDATE source_file SET state = 'gone', done_at = ? WHERE id = ? AND state = 'due' AND md5 = ?"
            " AND (photo IS NULL OR content <> drive_id)",
            (now, task.id, task.md5),
        ).rowcount
    )


def fetch_again(db: sqlite3.Connection, photo: PhotoId) -> int:
    """Files in sources that hold the photo, whose bytes are here no more. Answers how many are due again."""
    return db.execute(
        "UPDATE source_file SET state = 'due', path = NULL, attempts = 0, next_try_at = 0"
        " WHERE photo = ? AND state IN ('done', 'due')",
        (photo,),
    ).rowcount


def try_again(db: sqlite3.Connection) -> int:
    return db.execute(
        "UPDATE source_file SET state = 'due', attempts = 0, next_try_at = 0 WHERE state = 'failed'"
        " AND 'download:' || id NOT IN (SELECT key FROM trouble WHERE state = 'dismissed')"
    ).rowcount


def tally(db: sqlite3.Connection) -> dict[str, int]:
    """`queued`, `failed` and `bytes_left` over all events."""
    row = db.execute(
        "SELECT (SELECT COUNT(*) FROM source_file WHERE state = 'due') AS queued,"
        " (SELECT COALESCE(SUM(bytes), 0) FROM source_file WHERE state = 'due') AS bytes_left,"
        " (SELECT COUNT(*) FROM source_file WHERE state = 'failed') AS failed"
    ).fetchone()
    return {key: int(row[key]) for key in ("queued", "bytes_left", "failed")}


def missing_by_source(db: sqlite3.Connection) -> dict[str, int]:
    """Photos that are known at a source and not here: not fetched yet, or not to be fetched, unless set aside."""
    rows = db.execute(
        "SELECT source, COUNT(*) AS photos FROM (SELECT source FROM source_file WHERE state = 'due'"
        " UNION ALL SELECT source FROM source_file WHERE state = 'failed'"
        " AND 'download:' || id NOT IN (SELECT key FROM trouble WHERE state = 'dismissed')) GROUP BY source"
    )
    return {str(row["source"]): int(row["photos"]) for row in rows}


def due_by_event(db: sqlite3.Connection) -> dict[str, int]:
    rows = db.execute("SELECT event, COUNT(*) AS due FROM source_file WHERE state = 'due' GROUP BY event")
    return {str(row["event"]): int(row["due"]) for row in rows}


def old_files(db: sqlite3.Connection, before: float) -> list[tuple[int, str]]:
    """Downloaded files that are no photos, or whose photo was filed (and is on Drive, or was long ago): they may go."""
    rows = db.execute(
        "SELECT s.id, s.path FROM source_file s WHERE s.path IS NOT NULL AND s.done_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM event_photo ep WHERE ep.photo = s.photo"
        " AND (ep.state = 'waiting' OR (ep.verified_at IS NULL AND ep.state IN ('filed', 'unsorted'))))",
        (before,),
    )
    return [(int(row["id"]), str(row["path"])) for row in rows]


def removed(db: sqlite3.Connection, download: int) -> None:
    db.execute("UPDATE source_file SET path = NULL WHERE id = ?", (download,))


def cameras(db: sqlite3.Connection, event: EventId) -> list[sqlite3.Row]:
    """Per camera: photos, bytes, the newest file and when it came."""
    return db.execute(
        "SELECT camera, COUNT(*) AS files, SUM(bytes) AS bytes, MAX(seen_at) AS last_at, name AS last_name"
        " FROM source_file WHERE event = ? AND state <> 'gone' GROUP BY camera ORDER BY files DESC",
        (event,),
    ).fetchall()


def cameras_of_source(db: sqlite3.Connection, source: SourceId) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT camera, COUNT(*) AS files, SUM(bytes) AS bytes, MAX(seen_at) AS last_at, name AS last_name"
        " FROM source_file WHERE source = ? AND state <> 'gone' GROUP BY camera ORDER BY files DESC",
        (source,),
    ).fetchall()
