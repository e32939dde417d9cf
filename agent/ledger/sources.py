"""Sources on Drive: the index of their folders, the files in them, and what a page of changes does to both."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.model import DriveId, EventId, EventPhotoId, PhotoId, SourceId


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """A folder of a source; `parent` `None`: a root of it. `via`: the shortcut that led there."""

    source: SourceId
    id: DriveId
    parent: DriveId | None
    name: str
    depth: int
    via: DriveId | None = None


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A photo or video in a source. `content` is the file that has the bytes; `made_at` seconds UTC, by Drive."""

    source: SourceId
    event: EventId
    id: DriveId
    parent: DriveId
    content: DriveId
    name: str
    mime: str
    md5: str
    bytes: int
    made_at: float | None
    camera: str
    resource_key: str | None = None


# ---- the index, as questions


def folders_by_id(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, list[ListedFolder]]:
    """For each of these Drive ids, the sources' folders that it is."""
    rows = db.execute(
        "SELECT * FROM source_folder WHERE drive_id IN (SELECT value FROM json_each(?1)) UNION"
        " SELECT * FROM source_folder WHERE via IS NOT NULL AND via IN (SELECT value FROM json_each(?1))",
        (json.dumps(list(ids)),),
    )
    found: dict[str, list[ListedFolder]] = {}
    for row in rows:
        one = _folder(row)
        found.setdefault(one.id, []).append(one)
        if one.via is not None:
            found.setdefault(one.via, []).append(one)
    return found


def sources_of_files(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, set[SourceId]]:
    """For each of these Drive ids, the sources that have it as a file that is there."""
    rows = db.execute(
        "SELECT drive_id, source FROM source_file WHERE state <> 'gone'"
        " AND drive_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    found: dict[str, set[SourceId]] = {}
    for row in rows:
        found.setdefault(row["drive_id"], set()).add(SourceId(row["source"]))
    return found


def _folder(row: sqlite3.Row) -> ListedFolder:
    return ListedFolder(
        SourceId(row["source"]),
        DriveId(row["drive_id"]),
        None if row["parent"] is None else DriveId(row["parent"]),
        str(row["name"]),
        int(row["depth"]),
        None if row["via"] is None else DriveId(row["via"]),
    )


def folders_of(db: sqlite3.Connection, source: SourceId) -> dict[str, ListedFolder]:
    rows = db.execute("SELECT * FROM source_folder WHERE source = ?", (source,))
    return {row["drive_id"]: _folder(row) for row in rows}


def files_of(db: sqlite3.Connection, source: SourceId) -> set[str]:
    """Ids of the files that are there, by our knowledge."""
    rows = db.execute("SELECT drive_id FROM source_file WHERE source = ? AND state <> 'gone'", (source,))
    return {str(row["drive_id"]) for row in rows}


# ---- the index, as changes


def put_folder(db: sqlite3.Connection, folder: ListedFolder) -> None:
    db.execute(
        "INSERT INTO source_folder (source, drive_id, parent, via, name, depth) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (source, drive_id) DO UPDATE SET parent = excluded.parent, via = excluded.via,"
        " name = excluded.name, depth = excluded.depth",
        (folder.source, folder.id, folder.parent, folder.via, folder.name, folder.depth),
    )


def has_folder(db: sqlite3.Connection, source: SourceId, folder: DriveId) -> bool:
    return (
        db.execute("SELECT 1 FROM source_folder WHERE source = ? AND drive_id = ?", (source, folder)).fetchone()
        is not None
    )


def put_file(db: sqlite3.Connection, file: ListedFile, now: float, run: int | None) -> bool:
    """A file is there. Answers whether its bytes are news: a new file, other content, or back after it was gone."""
    before = db.execute(
        "SELECT id, state, md5, photo, camera FROM source_file WHERE source = ? AND drive_id = ?",
        (file.source, file.id),
    ).fetchone()
    values = (file.parent, file.content, file.name, file.mime, file.made_at, file.camera, file.resource_key)
    if before is None:
        db.execute(
            "INSERT INTO source_file (parent, content, name, mime, taken_at, camera, resource_key, source, event,"
            " drive_id, md5, bytes, seen_at, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, file.source, file.event, file.id, file.md5, file.bytes, now, run),
        )
        return True
    news = before["md5"] != file.md5 or before["state"] == "gone"
    if before["camera"] != file.camera:
        _photo_follows(db, file.event, [before["photo"]], str(before["camera"]), file.camera)
    db.execute(
        "UPDATE source_file SET parent = ?, content = ?, name = ?, mime = ?, taken_at = ?, camera = ?,"
        " resource_key = ? WHERE source = ? AND drive_id = ?",
        (*values, file.source, file.id),
    )
    if news:
        db.execute(
            "UPDATE source_file SET md5 = ?, bytes = ?, state = 'due', attempts = 0, next_try_at = 0, seen_at = ?,"
            " run = ? WHERE source = ? AND drive_id = ?",
            (file.md5, file.bytes, now, run, file.source, file.id),
        )
    return news


def rename_camera(db: sqlite3.Connection, event: EventId, folder: ListedFolder, camera: str) -> None:
    """The folder has another name: what lies in it is of that camera."""
    rows = db.execute(
        "SELECT photo, camera FROM source_file WHERE source = ? AND parent = ?", (folder.source, folder.id)
    ).fetchall()
    db.execute("UPDATE source_file SET camera = ? WHERE source = ? AND parent = ?", (camera, folder.source, folder.id))
    for old in {str(row["camera"]) for row in rows} - {camera}:
        _photo_follows(db, event, [row["photo"] for row in rows if row["camera"] == old], old, camera)


def _photo_follows(
    db: sqlite3.Connection, event: EventId, photos: Sequence[int | None], before: str, camera: str
) -> None:
    db.executemany(
        "UPDATE event_photo SET camera = ? WHERE event = ? AND photo = ? AND camera = ?",
        [(camera, event, photo, before) for photo in photos if photo is not None],
    )


def nowhere_else(db: sqlite3.Connection, event: EventId, photo: PhotoId) -> EventPhotoId | None:
    """The photo in its event, if no incoming folder and no other file of a source has it (any more)."""
    row = db.execute(
        "SELECT id FROM event_photo ep WHERE event = ?1 AND photo = ?2 AND state <> 'superseded'"
        " AND NOT EXISTS (SELECT 1 FROM sighting s WHERE s.photo = ?2 AND s.event = ?1 AND s.folder <> ''"
        " AND substr(s.folder, 1, 6) <> 'drive:')"
        " AND NOT EXISTS (SELECT 1 FROM source_file f WHERE f.photo = ?2 AND f.event = ?1 AND f.state <> 'gone')",
        (event, photo),
    ).fetchone()
    return None if row is None else EventPhotoId(row["id"])


def is_there(db: sqlite3.Connection, source: SourceId, drive_id: str) -> bool:
    row = db.execute(
        "SELECT 1 FROM source_file WHERE source = ? AND drive_id = ? AND state <> 'gone'", (source, drive_id)
    ).fetchone()
    return row is not None


def file_gone(db: sqlite3.Connection, source: SourceId, drive_id: str, now: float) -> int | None:
    """A file is not in the source any more. Answers the photo that it was, if it was fetched."""
    row = db.execute(
        "UPDATE source_file SET state = 'gone', done_at = ? WHERE source = ? AND drive_id = ? AND state <> 'gone'"
        " RETURNING photo",
        (now, source, drive_id),
    ).fetchone()
    return None if row is None else row["photo"]


def subtree(db: sqlite3.Connection, source: SourceId, folder: str) -> list[str]:
    """A listed folder and all listed folders below it."""
    rows = db.execute(
        "WITH RECURSIVE tree (id) AS (SELECT ?2 UNION SELECT f.drive_id FROM source_folder f JOIN tree t"
        " ON f.parent = t.id WHERE f.source = ?1) SELECT id FROM tree",
        (source, folder),
    )
    return [str(row["id"]) for row in rows]


def drop_folder(db: sqlite3.Connection, source: SourceId, folder: str, now: float) -> list[int]:
    """A folder left the source with all below it. Answers the photos whose files went with it."""
    ids = json.dumps(subtree(db, source, folder))
    rows = db.execute(
        "UPDATE source_file SET state = 'gone', done_at = ?1 WHERE source = ?2 AND state <> 'gone'"
        " AND parent IN (SELECT value FROM json_each(?3)) RETURNING photo",
        (now, source, ids),
    ).fetchall()
    db.execute(
        "DELETE FROM source_folder WHERE source = ? AND drive_id IN (SELECT value FROM json_each(?))", (source, ids)
    )
    return [int(row["photo"]) for row in rows if row["photo"] is not None]


def forget(db: sqlite3.Connection, sources: Sequence[SourceId]) -> None:
    """These are no sources any more; what was fetched of them stays."""
    for source in sources:
        db.execute("DELETE FROM source_folder WHERE source = ?", (source,))
        db.execute("DELETE FROM source_file WHERE source = ?", (source,))
        db.execute("DELETE FROM source_state WHERE source = ?", (source,))


# ---- feeds


def feed_token(db: sqlite3.Connection, key: str) -> str | None:
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
