"""Sources on Drive: the index of their folders, the files in them, and what a page of changes does to both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from agent.ledger import downloads, meta, sightings, syncs, troubles
from agent.ledger.sqlite.rows import Db, Row, from_row
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
    version: int = 0  # Drive's, of what says where it lies: the folder, or the shortcut

    @property
    def is_root(self) -> bool:
        return self.parent is None and self.via is None


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
    version: int = 0  # Drive's, of the file or shortcut: an older one says nothing new


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the index has of a file, as far as a listing is compared with it."""

    parent: DriveId
    version: int
    gone: bool
    shortcut: bool


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that is in a source; `path` begins with the name of the folder at which that begins."""

    path: str
    md5: str


# ---- the index, as questions


def folders_and_above(db: Db, ids: Iterable[str]) -> list[ListedFolder]:
    """All that is known of these folders, and of the folders above them, also of what is foreign on the way."""
    rows = db.execute(
        "WITH RECURSIVE above (id) AS (SELECT value FROM json_each(?)"
        " UNION SELECT f.parent FROM above a JOIN source_folder f ON f.drive_id = a.id WHERE f.parent IS NOT NULL"
        " UNION SELECT g.parent FROM above a JOIN foreign_folder g ON g.drive_id = a.id WHERE g.parent IS NOT NULL)"
        " SELECT f.* FROM above a JOIN source_folder f ON f.drive_id = a.id",
        (json.dumps(list(ids)),),
    )
    return [_folder(row) for row in rows]


def known_as(db: Db, ids: Iterable[str]) -> list[ListedFolder]:
    """The sources' folders that these are."""
    rows = db.execute(
        "SELECT * FROM source_folder WHERE drive_id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return [_folder(row) for row in rows]


def folders_through(db: Db, shortcuts: Iterable[str]) -> list[ListedFolder]:
    """The folders that these shortcuts led to."""
    rows = db.execute(
        "SELECT * FROM source_folder WHERE via IS NOT NULL AND via IN (SELECT value FROM json_each(?))",
        (json.dumps(list(shortcuts)),),
    )
    return [_folder(row) for row in rows]


def sources_of_files(db: Db, ids: Iterable[str]) -> dict[str, set[SourceId]]:
    """For each of these Drive ids, the sources that have it as a file that is there."""
    found = db.gathered(
        "SELECT drive_id, source FROM source_file WHERE state <> 'gone'"
        " AND drive_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {drive_id: set(sources) for drive_id, sources in found.items()}


def shortcuts_to(db: Db, ids: Iterable[str]) -> set[DriveId]:
    """Shortcuts, in sources now or once, that lead to these files."""
    query = "SELECT drive_id FROM source_file WHERE content <> drive_id AND content IN (SELECT value FROM json_each(?))"
    return set(db.column(query, (json.dumps(list(ids)),)))


def _folder(row: Row) -> ListedFolder:
    return from_row(ListedFolder, row, id=row["drive_id"])


def folders_of(db: Db, source: SourceId) -> dict[str, ListedFolder]:
    rows = db.execute("SELECT * FROM source_folder WHERE source = ?", (source,))
    return {row["drive_id"]: _folder(row) for row in rows}


KNOWN_FILES = (
    "SELECT drive_id, parent, version, state = 'gone' AS gone, content <> drive_id AS shortcut FROM source_file"
    " WHERE source = ?"
)


def files_in(db: Db, source: SourceId, folders: Iterable[str] | None) -> dict[DriveId, KnownFile]:
    """The same, of those that lay directly in these folders; `None`: in whatever folder."""
    within = KNOWN_FILES + " AND (?2 IS NULL OR parent IN (SELECT value FROM json_each(?2)))"  # noqa: S608 - ours
    rows = db.execute(within, (source, None if folders is None else json.dumps(list(folders))))
    return {DriveId(row["drive_id"]): from_row(KnownFile, row) for row in rows}


def files_among(db: Db, source: SourceId, ids: Iterable[str]) -> dict[DriveId, KnownFile]:
    """The same, of these."""
    among = KNOWN_FILES + " AND drive_id IN (SELECT value FROM json_each(?))"  # noqa: S608 - ours
    rows = db.execute(among, (source, json.dumps(list(ids))))
    return {DriveId(row["drive_id"]): from_row(KnownFile, row) for row in rows}


def held_by(db: Db, source: SourceId) -> dict[DriveId, HeldFile]:
    """Every file that is there, as far as we know."""
    rows = db.execute(
        "WITH RECURSIVE place (id, path) AS ("
        " SELECT drive_id, name FROM source_folder WHERE source = ?1 AND parent IS NULL AND via IS NULL"
        " UNION SELECT f.drive_id, p.path || '/' || f.name FROM place p"
        " JOIN source_folder f ON f.source = ?1 AND f.parent = p.id)"
        " SELECT f.drive_id, f.md5, COALESCE(p.path || '/', '') || f.name AS path FROM source_file f"
        " LEFT JOIN place p ON p.id = f.parent WHERE f.source = ?1 AND f.state <> 'gone'",
        (source,),
    )
    return {DriveId(row["drive_id"]): HeldFile(str(row["path"]), str(row["md5"])) for row in rows}


# ---- the index, as changes


def put_folder(db: Db, folder: ListedFolder, *, shown: bool = False) -> str | None:
    """A folder is there. Returns what it was called before, if that was something else.

    `shown`: by a list, which may be older than what is known: then it changes nothing.
    """
    before = db.execute(
        "SELECT * FROM source_folder WHERE source = ? AND drive_id = ?", (folder.source, folder.id)
    ).fetchone()
    if before is not None:
        known = _folder(before)
        older = known.via == folder.via and known.version >= folder.version
        if known == folder or (shown and (known.is_root or older)):
            return None
    db.execute(
        "INSERT INTO source_folder (source, drive_id, parent, via, name, depth, version) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (source, drive_id) DO UPDATE SET parent = excluded.parent, via = excluded.via,"
        " name = excluded.name, depth = excluded.depth, version = excluded.version",
        (folder.source, folder.id, folder.parent, folder.via, folder.name, folder.depth, folder.version),
    )
    return str(before["name"]) if before is not None and before["name"] != folder.name else None


def folder(db: Db, source: SourceId, drive_id: str) -> ListedFolder | None:
    row = db.execute("SELECT * FROM source_folder WHERE source = ? AND drive_id = ?", (source, drive_id)).fetchone()
    return None if row is None else _folder(row)


def roots_of(db: Db, source: SourceId) -> list[ListedFolder]:
    """The folders at which it begins."""
    rows = db.execute("SELECT * FROM source_folder WHERE source = ? AND parent IS NULL AND via IS NULL", (source,))
    return [_folder(row) for row in rows]


def put_file(db: Db, file: ListedFile, now: float, run: int | None) -> bool:
    """A file is there. Returns whether its bytes are news: a new file, other content, or back after it was gone."""
    before = db.execute(
        "SELECT id, state, md5, photo, camera, version FROM source_file WHERE source = ? AND drive_id = ?",
        (file.source, file.id),
    ).fetchone()
    values = asdict(file)
    if before is None:
        db.execute(
            "INSERT INTO source_file (parent, content, name, mime, taken_at, camera, resource_key, version, source,"
            " event, drive_id, md5, bytes, seen_at, run) VALUES (:parent, :content, :name, :mime, :made_at, :camera,"
            " :resource_key, :version, :source, :event, :id, :md5, :bytes, :now, :run)",
            {**values, "now": now, "run": run},
        )
        return True
    if before["version"] > file.version:  # a later state of it is known
        return False
    news = before["md5"] != file.md5 or before["state"] == "gone"
    if before["camera"] != file.camera:
        _photo_follows(db, file.event, [before["photo"]], str(before["camera"]), file.camera)
    db.execute(
        "UPDATE source_file SET parent = :parent, content = :content, name = :name, mime = :mime, taken_at = :made_at,"
        " camera = :camera, resource_key = :resource_key, version = :version WHERE source = :source AND drive_id = :id",
        values,
    )
    if news:
        db.execute(
            "UPDATE source_file SET md5 = ?, bytes = ?, state = 'due', attempts = 0, next_try_at = 0, seen_at = ?,"
            " run = ? WHERE source = ? AND drive_id = ?",
            (file.md5, file.bytes, now, run, file.source, file.id),
        )
    return news


def rename_camera(db: Db, event: EventId, folder: ListedFolder, camera: str) -> None:
    """The folder has another name: what lies in it is of that camera."""
    rows = db.execute(
        "SELECT photo, camera FROM source_file WHERE source = ? AND parent = ?", (folder.source, folder.id)
    ).fetchall()
    db.execute("UPDATE source_file SET camera = ? WHERE source = ? AND parent = ?", (camera, folder.source, folder.id))
    for old in {str(row["camera"]) for row in rows} - {camera}:
        _photo_follows(db, event, [row["photo"] for row in rows if row["camera"] == old], old, camera)


def _photo_follows(db: Db, event: EventId, photos: Sequence[int | None], before: str, camera: str) -> None:
    db.executemany(
        "UPDATE event_photo SET camera = ? WHERE event = ? AND photo = ? AND camera = ?",
        [(camera, event, photo, before) for photo in photos if photo is not None],
    )


def nowhere_else(db: Db, event: EventId, photo: PhotoId) -> EventPhotoId | None:
    """The photo in its event, if no incoming folder, no folder of originals that were put away, and no other file of a
    source has it (any more), be it one that is still to be fetched. Not what an operator took out of it: an undo has
    that back.
    """
    return db.value(
        "SELECT id FROM event_photo ep WHERE event = ?1 AND photo = ?2"
        " AND state NOT IN ('superseded', 'withdrawn', 'moved')"
        " AND NOT EXISTS (SELECT 1 FROM sighting s WHERE s.photo = ?2 AND s.event = ?1"
        " AND (s.folder <> '' OR instr(s.path, '/Processed/') > 0) AND substr(s.folder, 1, 6) <> 'drive:')"
        " AND NOT EXISTS (SELECT 1 FROM source_file f WHERE f.photo = ?2 AND f.event = ?1 AND f.state <> 'gone')"
        " AND NOT EXISTS (SELECT 1 FROM photo ph CROSS JOIN source_file f ON f.md5 = ph.md5 AND f.state = 'due'"
        " WHERE ph.id = ?2 AND +f.event = ?1)",
        (event, photo),
    )


def was_fetched(db: Db, event: EventId, photo: PhotoId) -> bool:
    query = "SELECT 1 FROM sighting WHERE photo = ? AND event = ? AND substr(folder, 1, 6) = 'drive:'"
    return db.has(query, (photo, event))


def is_replaced(db: Db, event: EventId, photo: PhotoId) -> bool:
    """Whether every file that was fetched as this photo is another at its source by now, and none lies elsewhere."""
    fetched = db.execute("SELECT path, folder FROM sighting WHERE photo = ? AND event = ?", (photo, event)).fetchall()
    query = "SELECT 1 FROM source_file WHERE source = ? AND drive_id = ? AND state = 'done' AND photo <> ?"
    return bool(fetched) and all(
        db.has(query, (*sightings.file_at_source(row["path"], row["folder"]), photo)) for row in fetched
    )


def is_there(db: Db, source: SourceId, drive_id: str) -> bool:
    query = "SELECT 1 FROM source_file WHERE source = ? AND drive_id = ? AND state <> 'gone'"
    return db.has(query, (source, drive_id))


def file_gone(db: Db, source: SourceId, drive_id: str, now: float, version: int | None = None) -> int | None:
    """A file is not in the source any more, as of that version. Returns the photo that it was, if that is known."""
    row = db.execute(
        "UPDATE source_file SET state = 'gone', done_at = ?, version = COALESCE(?, version) WHERE source = ?"
        " AND drive_id = ? AND state <> 'gone' RETURNING id, photo, md5, bytes, path",
        (now, version, source, drive_id),
    ).fetchone()
    if row is None:
        return None
    troubles.heal(db, downloads.download_key(row["id"]), now)
    if row["photo"] is not None:
        return row["photo"]
    if row["path"] is not None:  # it was fetched, and is no photo: that is no news of the source any more
        sightings.drop(db, f"{meta.get(db, meta.ROOT)}/.venuesync/{row['path']}")
    return db.value("SELECT id FROM photo WHERE md5 = ? AND bytes = ?", (row["md5"], row["bytes"]))


def gone_since(db: Db, event: EventId, since: float) -> int:
    """How many files went from an event's sources, and are in no other place of them."""
    return db.value(
        "SELECT COUNT(*) FROM source_file f WHERE event = ? AND state = 'gone' AND done_at > ? AND NOT EXISTS"
        " (SELECT 1 FROM source_file o WHERE o.photo = f.photo AND o.event = f.event AND o.state <> 'gone')",
        (event, since),
    )


def subtree(db: Db, source: SourceId, folders: Iterable[str]) -> dict[DriveId, ListedFolder]:
    """These listed folders, and all that are listed below them."""
    rows = db.execute(
        "WITH RECURSIVE tree (id) AS (SELECT value FROM json_each(?2) UNION SELECT f.drive_id FROM tree t"
        " JOIN source_folder f ON f.source = ?1 AND f.parent = t.id)"
        " SELECT f.* FROM tree t JOIN source_folder f ON f.source = ?1 AND f.drive_id = t.id",
        (source, json.dumps(list(folders))),
    )
    return {DriveId(row["drive_id"]): _folder(row) for row in rows}


def drop_folder(db: Db, source: SourceId, folder: str) -> None:
    """A folder is not in the source any more. What lay in it is told by itself."""
    db.execute("DELETE FROM source_folder WHERE source = ? AND drive_id = ?", (source, folder))
    db.execute("DELETE FROM listing_again WHERE source = ? AND folder = ?", (source, folder))


def keep_above(db: Db, source: SourceId, folders: Iterable[str]) -> None:
    """These lie above the source's own folders, as far as we can see."""
    db.execute("DELETE FROM source_above WHERE source = ?", (source,))
    db.executemany("INSERT INTO source_above VALUES (?, ?)", [(source, one) for one in set(folders)])


def resting_on(db: Db, ids: Iterable[str]) -> set[SourceId]:
    """Sources whose own folders, or folders above them, are among these."""
    found = db.column(
        "WITH asked (id) AS (SELECT value FROM json_each(?))"
        " SELECT a.source FROM asked JOIN source_above a ON a.drive_id = asked.id UNION SELECT f.source FROM asked"
        " JOIN source_folder f ON f.drive_id = asked.id WHERE f.parent IS NULL AND f.via IS NULL",
        (json.dumps(list(ids)),),
    )
    return set(found)


def forget(db: Db, sources: Sequence[SourceId]) -> None:
    """These are no sources any more, and in no trouble; what was fetched of them stays."""
    forget_folders(db, sources)
    for source in sources:
        db.execute(
            "DELETE FROM trouble WHERE key IN (SELECT 'download:' || id FROM source_file WHERE source = ?)", (source,)
        )
        db.execute("DELETE FROM source_file WHERE source = ?", (source,))


def forget_folders(db: Db, sources: Sequence[SourceId]) -> None:
    """All of them but their files, which may be very many. What a look finds is written for nobody from now on."""
    for source in sources:
        db.execute("DELETE FROM trouble WHERE key = ?", (trouble_key(source),))
        for table in ("source_folder", "source_state", "listing_again", "source_above"):
            db.execute(f"DELETE FROM {table} WHERE source = ?", (source,))  # noqa: S608 - ours


def forget_some(db: Db, sources: Sequence[SourceId], limit: int) -> bool:
    """So many of their files, before they are forgotten themselves. Returns whether there may be more."""
    for source in sources:
        files = db.column("SELECT id FROM source_file WHERE source = ? LIMIT ?", (source, limit))
        if files:
            chosen = (json.dumps(files),)
            db.execute("DELETE FROM trouble WHERE key IN (SELECT 'download:' || value FROM json_each(?))", chosen)
            db.execute("DELETE FROM source_file WHERE id IN (SELECT value FROM json_each(?))", chosen)
            return True
    return False


def trouble_key(source: SourceId) -> str:
    return f"source:{source}"


def left_alone(db: Db, sources: Iterable[SourceId], now: float) -> None:
    """Nobody looks at these any more: that they cannot be reached is nobody's trouble."""
    for source in sources:
        troubles.heal(db, trouble_key(source), now)


# ---- folders that lie in no source: only a memory, the oldest go first

MOST_FOREIGN = 10_000  # rows


def foreign_above(db: Db, ids: Iterable[str], account: str = "") -> dict[str, DriveId | None]:
    """Of these folders and of all above them those that are foreign, each with its parent."""
    return db.pairs(
        "WITH RECURSIVE above (id) AS (SELECT value FROM json_each(?1) UNION SELECT g.parent FROM above a"
        " JOIN foreign_folder g ON g.drive_id = a.id AND g.account = ?2 WHERE g.parent IS NOT NULL)"
        " SELECT g.drive_id, g.parent FROM above a JOIN foreign_folder g ON g.drive_id = a.id AND g.account = ?2",
        (json.dumps(list(ids)), account),
    )


def foreign_versions(db: Db, ids: Iterable[str], account: str = "") -> dict[str, int]:
    """Of these folders the foreign ones, with the version in which they were found so."""
    return db.pairs(
        "SELECT drive_id, version FROM foreign_folder WHERE drive_id IN (SELECT value FROM json_each(?))"
        " AND account = ?",
        (json.dumps(list(ids)), account),
    )


def remember_foreign(
    db: Db, folders: Sequence[tuple[DriveId, DriveId | None, int]], now: float, account: str = ""
) -> None:
    """Each as (folder, parent, version)."""
    db.executemany(
        "INSERT INTO foreign_folder (drive_id, parent, version, at, account) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (drive_id, account)"
        " DO UPDATE SET parent = excluded.parent, version = excluded.version, at = excluded.at",
        [(*folder, now, account) for folder in folders],
    )
    if folders:
        over = db.value("SELECT COUNT(*) FROM foreign_folder") - MOST_FOREIGN
        if over > 0:
            db.execute(
                "DELETE FROM foreign_folder WHERE (drive_id, account) IN"
                " (SELECT drive_id, account FROM foreign_folder ORDER BY at LIMIT ?)",
                (over,),
            )


def forget_foreign(db: Db, folders: Iterable[str]) -> None:
    """These are foreign no more, or nobody can say: they, and what is remembered below them."""
    db.execute(
        "WITH RECURSIVE below (id) AS (SELECT value FROM json_each(?) UNION SELECT g.drive_id FROM below b"
        " JOIN foreign_folder g ON g.parent = b.id)"
        " DELETE FROM foreign_folder WHERE drive_id IN (SELECT id FROM below)",
        (json.dumps(list(folders)),),
    )


def forget_all_foreign(db: Db) -> None:
    """Changes were missed: any of them may be elsewhere by now."""
    db.execute("DELETE FROM foreign_folder")


def is_seen_by_another(db: Db, account: str) -> None:
    """Somebody else looks over that account: what they see is to be listed, and what lies elsewhere is not known."""
    db.execute("DELETE FROM foreign_folder WHERE account = ?", (account,))
    syncs.forget_feeds(db, account)
