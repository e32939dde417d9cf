"""Files of sources: what is to be fetched, what was and lies here still, and from which camera they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from agent.ledger import meta
from agent.ledger.amiss_on_drive import AS_SENT
from agent.ledger.sightings import from_text, to_text
from agent.ledger.sqlite.rows import Db, Row, from_row
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


def downloads_due(
    db: Db, busy: Sequence[int], contents: Sequence[str], now: float, limit: int, others: Sequence[EventId] = ()
) -> list[Download]:
    """What is to be fetched, newest first; one content is fetched once at a time. `others`: events not to fetch for."""
    rows = db.execute(
        "SELECT * FROM source_file WHERE state = 'due' AND next_try_at <= ?"
        " AND id NOT IN (SELECT value FROM json_each(?)) AND content NOT IN (SELECT value FROM json_each(?))"
        " AND event NOT IN (SELECT value FROM json_each(?)) ORDER BY seen_at DESC, id LIMIT ?",
        (now, json.dumps(list(busy)), json.dumps(list(contents)), json.dumps(list(others)), limit * 4),
    )
    chosen: dict[str, Download] = {}
    for row in rows:
        chosen.setdefault(str(row["content"]), from_row(Download, row, made_at=row["taken_at"], before=row["photo"]))
    return list(chosen.values())[:limit]


def next_download_at(db: Db, asked_at: float) -> float | None:
    """When the next one may be tried of those that were not due at `asked_at`."""
    return db.value("SELECT MIN(next_try_at) FROM source_file WHERE state = 'due' AND next_try_at > ?", (asked_at,))


def not_fetched(db: Db, source: SourceId, drive_id: str) -> str | None:
    """The name of a file of a source, where it is to be fetched still, and never was."""
    return db.value(
        "SELECT name FROM source_file WHERE source = ? AND drive_id = ? AND state IN ('due', 'failed')"
        " AND photo IS NULL AND path IS NULL",
        (source, drive_id),
    )


def came_from(db: Db, event: EventId, photo: PhotoId) -> str:
    """The name of a source's folder in which it lies; "": it came from none."""
    folder = (
        "SELECT d.name FROM source_file f CROSS JOIN source_folder d ON d.source = f.source AND d.drive_id = f.parent"
        " WHERE f.photo = ? AND f.event = ? AND f.state <> 'gone' ORDER BY f.id"
    )
    return db.value(folder, (photo, event)) or ""


def known_photo(db: Db, md5: str, size: int) -> PhotoId | None:
    """A photo with these bytes that lies here already: it need not be fetched."""
    return db.value(
        "SELECT ph.id FROM photo ph WHERE ph.md5 = ? AND ph.bytes = ? AND (EXISTS (SELECT 1 FROM sighting s"
        " WHERE s.photo = ph.id) OR EXISTS (SELECT 1 FROM event_photo ep JOIN placement p ON p.event_photo = ep.id"
        " WHERE ep.photo = ph.id AND p.disk = 'there')) LIMIT 1",
        (md5, size),
    )


def downloaded(db: Db, task: Download, photo: PhotoId | None, path: str | None, now: float) -> bool:
    """Its bytes are here. Returns whether the file is gone by now; one that has other bytes by now stays due."""
    row = db.execute(
        "UPDATE source_file SET photo = ?, path = ?, done_at = ?, attempts = 0,"
        " state = CASE WHEN state <> 'gone' AND md5 = ? THEN 'done' ELSE state END"
        " WHERE id = ? AND state <> 'done' RETURNING state",
        (photo, path, now, task.md5, task.id),
    ).fetchone()
    return row is not None and row["state"] == "gone"


def is_download(db: Db, download: int) -> bool:
    """Whether a source that there is has (or had) that file."""
    return db.has("SELECT 1 FROM source_file WHERE id = ?", (download,))


def forget_download(db: Db, download: int) -> None:
    db.execute("DELETE FROM trouble WHERE key = ?", (download_key(download),))
    db.execute("DELETE FROM source_file WHERE id = ?", (download,))


def download_key(download: int) -> str:
    """Of its troubles."""
    return f"download:{download}"


def put_off_download(db: Db, task: Download, until: float) -> None:
    """Try again later: it was the file's own fault."""
    query = "UPDATE source_file SET next_try_at = ?, attempts = attempts + 1 WHERE id = ? AND md5 = ?"
    db.execute(query, (until, task.id, task.md5))


def fail_download(db: Db, task: Download) -> bool:
    """Returns whether it is given up: a file with other bytes by now stays due."""
    return db.changed(
        "UPDATE source_file SET state = 'failed' WHERE id = ? AND state = 'due' AND md5 = ?", (task.id, task.md5)
    )


def download_gone(db: Db, task: Download, now: float, *, told: bool = True) -> bool:
    """Drive does not give it out. Returns whether it is gone by that: what is here goes when the feed says so, which is
    not `told` of what a shortcut leads to, nor of what nobody looks at.
    """
    return db.changed(
        "UPDATE source_file SET state = 'gone', done_at = ? WHERE id = ? AND state = 'due' AND md5 = ?"
        " AND (photo IS NULL OR content <> drive_id OR NOT ?)",
        (now, task.id, task.md5, told),
    )


def is_otherwise(db: Db, task: Download, md5: str | None, size: int, now: float) -> None:
    """Nobody looks at its source, and Drive says by its id that it has other bytes now; without any, it is gone."""
    if not md5 or not size:
        download_gone(db, task, now, told=False)
        return
    query = "UPDATE source_file SET md5 = ?, bytes = ?, attempts = 0 WHERE id = ? AND state = 'due' AND md5 = ?"
    db.execute(query, (md5, size, task.id, task.md5))


def fetch_again(db: Db, photo: PhotoId) -> set[EventId]:
    """Files in sources that hold the photo, whose bytes are here no more. Returns the events that get it again."""
    events = db.column(
        "UPDATE source_file SET state = 'due', path = NULL, attempts = 0, next_try_at = 0"
        " WHERE photo = ? AND state IN ('done', 'due') RETURNING event",
        (photo,),
    )
    return set(events)


def can_be_fetched(db: Db, sha256s: Sequence[str]) -> set[str]:
    """Of these photos those that `fetch_again` would have fetched."""
    known = (
        "SELECT DISTINCT ph.sha256 FROM json_each(?) one CROSS JOIN photo ph ON ph.sha256 = one.value"
        " CROSS JOIN source_file s ON s.photo = ph.id WHERE s.state IN ('done', 'due')"
    )
    return set(db.column(known, (json.dumps(list(sha256s)),)))


def try_downloads_again(db: Db, events: Sequence[EventId] | None = None) -> int:
    """Of these events, or all."""
    return db.execute(
        "UPDATE source_file SET state = 'due', attempts = 0, next_try_at = 0 WHERE state = 'failed'"
        " AND 'download:' || id NOT IN (SELECT key FROM trouble WHERE state = 'dismissed')"
        " AND (?1 IS NULL OR +event IN (SELECT value FROM json_each(?1)))",
        (None if events is None else json.dumps(list(events)),),
    ).rowcount


def download_tally(db: Db) -> dict[str, int]:
    """`queued`, `failed` and `bytes_left` over all events."""
    row = db.execute(
        "SELECT (SELECT COUNT(*) FROM source_file WHERE state = 'due') AS queued,"
        " (SELECT COALESCE(SUM(bytes), 0) FROM source_file WHERE state = 'due') AS bytes_left,"
        " (SELECT COUNT(*) FROM source_file WHERE state = 'failed') AS failed"
    ).fetchone()
    return {key: int(row[key]) for key in ("queued", "bytes_left", "failed")}


def missing_by_source(db: Db) -> dict[str, int]:
    """Photos that are known at a source and not here: not fetched yet, or not to be fetched, unless set aside."""
    return db.pairs(
        "SELECT source, COUNT(*) AS photos FROM (SELECT source FROM source_file WHERE state = 'due'"
        " UNION ALL SELECT source FROM source_file WHERE state = 'failed'"
        " AND 'download:' || id NOT IN (SELECT key FROM trouble WHERE state = 'dismissed')) GROUP BY source"
    )


NOT_NEEDED = (  # by any photo whose bytes it holds
    " AND NOT EXISTS (SELECT 1 FROM event_photo ep WHERE ep.photo = s.photo"
    " AND (ep.state IN ('waiting', 'held', 'failed', 'withdrawn', 'dismissed')"
    " OR (ep.verified_at IS NULL AND ep.state IN ('filed', 'unsorted'))"
    " OR EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = ep.id AND p.filed_as <> '')))"
)
# Of a photo that is to lie somewhere, and by all that is known does not lie on Drive as it is: its SHA-256.
NOT_ON_DRIVE = (
    "CASE WHEN EXISTS (SELECT 1 FROM event_photo ep WHERE ep.photo = s.photo AND +ep.state IN ('filed', 'unsorted'))"  # noqa: S608 - ours
    " AND NOT EXISTS (SELECT 1 FROM event_photo ep CROSS JOIN placement o ON o.event_photo = ep.id"
    f" WHERE ep.photo = s.photo AND +o.wanted = 1 AND o.drive = 'there' AND o.made_as = '' AND {AS_SENT.format(p='o')})"
    " THEN (SELECT ph.sha256 FROM photo ph WHERE ph.id = s.photo) END"
)
OLD_DOWNLOADS = (
    f"SELECT s.id, s.path, {NOT_ON_DRIVE} AS sha256 FROM source_file s WHERE s.path IS NOT NULL AND s.done_at < ?"  # noqa: S608 - ours
    f"{NOT_NEEDED}"
)


def old_downloads(db: Db, before: float) -> list[tuple[int, str, str | None]]:
    """Downloaded files that are no photos, or whose photo was filed (and is on Drive, or was long ago): they may go; of
    one with a SHA-256 only where a filed file holds it: Drive does not have it as it is.

    Not those that are filed with a face blurred, which is made of them; nor those that were withdrawn, or set aside:
    no other file may hold them, and both can be taken back.
    """
    return db.tuples(OLD_DOWNLOADS, (before,))


def is_old_download(db: Db, download: int, before: float, filed: str | None) -> bool:
    """Whether it is one of these (still), no other photo than the one that is `filed`."""
    return db.has(f"{OLD_DOWNLOADS} AND s.id = ? AND COALESCE(sha256, ?3) IS ?3", (before, download, filed))


LEFT_DOWNLOADS = (
    "SELECT s.path, s.photo, ph.sha256 FROM sighting s JOIN photo ph ON ph.id = s.photo"  # noqa: S608 - ours
    f" WHERE s.folder > 'drive:' AND s.folder < 'drive;' AND s.seen_at < ?{NOT_NEEDED}"
)


@dataclass(frozen=True, slots=True)
class LeftDownload:
    path: str
    photo: PhotoId
    sha256: str


def left_downloads(db: Db, state: str, before: float, path: str | None = None) -> list[LeftDownload]:
    """Such files of which no source's file tells any more, as the source was removed, or the file has other bytes now.

    `state`: the folder that paths of downloads are below; `path`: this one alone. None while a lost ledger is rebuilt.
    """
    if meta.rebuilding(db, drive=True):
        return []
    if path is None:
        rows = db.execute(LEFT_DOWNLOADS, (before,)).fetchall()
        known = {f"{state}/{one}" for one in db.column("SELECT path FROM source_file WHERE path IS NOT NULL")}
    else:
        rows = db.execute(f"{LEFT_DOWNLOADS} AND s.path = ?", (before, to_text(path))).fetchall()
        of_photo = "SELECT path FROM source_file WHERE photo = ? AND path IS NOT NULL"
        known = {f"{state}/{one}" for row in rows for one in db.column(of_photo, (row["photo"],))}
    found = [from_row(LeftDownload, row, path=from_text(row["path"])) for row in rows]
    return [one for one in found if one.path not in known]


def unnamed(db: Db, state: str, paths: Sequence[str]) -> list[str]:
    """Those of these files, below `state`, of which nothing tells: who fetched them was killed before they were taken
    in, or their event was removed before they were filed. None while a lost ledger is rebuilt.
    """
    if meta.rebuilding(db, drive=True):
        return []
    known = {f"{state}/{one}" for one in db.column("SELECT path FROM source_file WHERE path IS NOT NULL")}
    seen = "SELECT s.path FROM json_each(?) n CROSS JOIN sighting s ON s.path = n.value"
    known |= {from_text(one) for one in db.column(seen, (json.dumps([to_text(one) for one in paths]),))}
    return [one for one in paths if one not in known]


def filed_downloads(db: Db, event: EventId) -> list[LeftDownload]:
    """What was fetched for that event, and is filed: as above, but whatever its source has by now, and however old."""
    rows = db.execute(FILED_DOWNLOADS, (event,))
    return [from_row(LeftDownload, row, path=from_text(row["path"])) for row in rows]


FILED_DOWNLOADS = (
    "SELECT s.path, s.photo, ph.sha256 FROM sighting s JOIN photo ph ON ph.id = s.photo"  # noqa: S608 - ours
    f" WHERE s.event = ? AND s.folder > 'drive:' AND s.folder < 'drive;'{NOT_NEEDED}"
)


def fetched(db: Db, event: EventId) -> list[str]:
    """Where files lie, or lay, that were fetched for that event."""
    query = "SELECT path FROM sighting WHERE event = ? AND folder > 'drive:' AND folder < 'drive;'"
    return [from_text(path) for path in db.column(query, (event,))]


def no_photos(db: Db, event: EventId) -> list[str]:
    """Where files lie that were fetched for that event, and are no photos."""
    return [from_text(path) for path in db.column(NO_PHOTOS, (event,))]


NO_PHOTOS = (
    "SELECT path FROM sighting WHERE event = ? AND folder > 'drive:' AND folder < 'drive;' AND +state = 'skipped'"
)


def download_removed(db: Db, download: int) -> None:
    db.execute("UPDATE source_file SET path = NULL WHERE id = ?", (download,))


CAMERAS = (
    "SELECT camera, COUNT(*) AS files, SUM(bytes) AS bytes, MAX(last_at) AS last_at, name AS last_name FROM"
    " (SELECT camera, bytes, MAX(seen_at) AS last_at, name FROM source_file WHERE {of} = ? AND state <> 'gone'"
    " GROUP BY camera, content) GROUP BY camera ORDER BY files DESC"
)


def cameras(db: Db, event: EventId) -> list[Row]:
    """Per camera: photos, bytes, the newest file and when it came."""
    return db.execute(CAMERAS.format(of="event"), (event,)).fetchall()


def cameras_of_source(db: Db, source: SourceId) -> list[Row]:
    return db.execute(CAMERAS.format(of="source"), (source,)).fetchall()
