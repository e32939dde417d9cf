"""Files in incoming folders: what lies at which path, as far as it was looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.ledger import photos, placements, superseded, twins
from agent.ledger.photos import Content, EventPhoto
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, PhotoId


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What `stat` says of a file; equal facts are taken for equal bytes."""

    bytes: int
    mtime_ns: int
    inode: int


NEVER = FileFacts(-1, 0, 0)  # the facts of no file
PAGE = 1000  # files that are read at a time
EMPTY_NAMED = 10  # files, in one trouble
PRIVATE = {0xDC00 + byte: 0x10FE00 + byte for byte in range(0x80, 0x100)}  # PEP 383's surrogates -> plane 16
SURROGATES = {private: surrogate for surrogate, private in PRIVATE.items()}


@dataclass(frozen=True, slots=True)
class Sighting:
    """`came_at`: since when the file is here, on the steady line; 0: before anything that is known."""

    path: str
    event: EventId
    folder: str
    facts: FileFacts
    came_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a settled file turned out to be: `new` in its event, and what it stood in place of.

    `joined`: known there, and one photo with the other file of its shot from now on, as it lies beside that.
    """

    photo: PhotoId
    new: bool
    replaced: PhotoId | None
    superseded: list[EventPhoto]
    joined: bool = False


def known_facts(db: Db, folder: str, below: str, after: str = "") -> list[tuple[str, FileFacts]]:
    """The next paths of a folder that were looked at, with the facts they had then, as the ledger keeps paths.

    In order, those that lie below `below` and come after `after` (the ledger's text); none: there are no more.
    Unreadable files look changed for ever.
    """
    start = to_text(below.rstrip("/") + "/")
    rows = db.execute(
        "SELECT path, state, bytes, mtime_ns, inode FROM sighting WHERE path > ? AND path < ? AND +folder = ?"
        " ORDER BY path LIMIT ?",
        (max(start, after), f"{start[:-1]}0", to_text(folder), PAGE),  # a zero follows the slash
    )
    # Row by row a million times at a start: by their places columns are found twice as fast as by their names.
    return [(path, NEVER if state == "unreadable" else FileFacts(*facts)) for path, state, *facts in rows]


def known_among(db: Db, folder: str, paths: Sequence[str]) -> dict[str, FileFacts]:
    """The same of these paths, as the system has them."""
    rows = db.execute(
        "SELECT path, state, bytes, mtime_ns, inode FROM sighting"
        " WHERE path IN (SELECT value FROM json_each(?)) AND +folder = ?",
        (json.dumps([to_text(path) for path in paths]), to_text(folder)),
    )
    return {from_text(row["path"]): NEVER if row["state"] == "unreadable" else facts_in(row) for row in rows}


def record_photo_at(db: Db, sighting: Sighting, content: Content, arrived_at: float, name: str) -> Arrival:
    """A settled file is a photo. The same bytes under two names are one; other bytes at a known path are another."""
    before = db.execute("SELECT photo FROM sighting WHERE path = ?", (to_text(sighting.path),)).fetchone()
    photo = photos.record_photo(db, content, sighting.came_at)
    new = photos.record_in_event(db, sighting.event, photo, name, arrived_at)
    if new:
        photos.came_again(db, photo, sighting.came_at)
    on_card = bool(sighting.folder) and not sighting.folder.startswith(fetched_from(""))
    late = on_card and not new and twins.is_beside_none(db, sighting.event, photo)
    _store(db, sighting, "photo", photo, None, arrived_at)
    placements.bytes_are_back(db, photo)
    joined = late and twins.pair(db, sighting.event, photo, late=True)
    replaced = PhotoId(before["photo"]) if before and before["photo"] not in (None, photo) else None
    if replaced is not None:
        superseded.passes_on(db, to_text(sighting.path), sighting.event, replaced, photo)
    gone = supersede_if_nowhere(db, replaced, arrived_at) if replaced is not None else []
    return Arrival(photo=photo, new=new, replaced=replaced, superseded=gone, joined=joined)


def folders_of(db: Db, paths: Sequence[str]) -> dict[str, str]:
    """In which incoming folder each of these files was seen; of what was fetched or is kept, nothing."""
    rows = db.execute(
        "SELECT path, folder FROM sighting WHERE path IN (SELECT value FROM json_each(?))"
        " AND folder <> '' AND substr(folder, 1, 6) <> 'drive:'",
        (json.dumps([to_text(path) for path in paths]),),
    )
    return {from_text(row["path"]): from_text(row["folder"]) for row in rows}


def is_another_there(db: Db, path: str, sha256: str) -> bool:
    """Whether another photo lay at this path when it was looked at last."""
    query = "SELECT ph.sha256 FROM sighting s JOIN photo ph ON ph.id = s.photo WHERE s.path = ?"
    return db.value(query, (to_text(path),)) not in (None, sha256)


def record_other(db: Db, sighting: Sighting, state: str, reason: str, now: float) -> list[EventPhoto]:
    """A file that is no photo (`skipped`) or cannot be read (`unreadable`). Returns photos that are nowhere now."""
    before = db.execute("SELECT photo FROM sighting WHERE path = ?", (to_text(sighting.path),)).fetchone()
    _store(db, sighting, state, None, reason, now)
    return supersede_if_nowhere(db, PhotoId(before["photo"]), now) if before and before["photo"] is not None else []


def is_so(db: Db, sighting: Sighting, state: str, reason: str) -> bool:
    """Whether this was recorded of the very same file before."""
    row = db.execute(
        "SELECT bytes, mtime_ns, inode FROM sighting WHERE path = ? AND state = ? AND reason = ?",
        (to_text(sighting.path), state, reason),
    ).fetchone()
    return row is not None and facts_in(row) == sighting.facts


def _store(db: Db, sighting: Sighting, state: str, photo: PhotoId | None, reason: str | None, now: float) -> None:
    facts = (sighting.facts.bytes, sighting.facts.mtime_ns, sighting.facts.inode)
    place = (to_text(sighting.path), sighting.event, to_text(sighting.folder))
    db.execute(
        "INSERT INTO sighting (path, event, folder, state, photo, bytes, mtime_ns, inode, reason, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET event = excluded.event,"
        " folder = excluded.folder, state = excluded.state, photo = excluded.photo, bytes = excluded.bytes,"
        " mtime_ns = excluded.mtime_ns, inode = excluded.inode, reason = excluded.reason, seen_at = excluded.seen_at",
        (*place, state, photo, *facts, reason, now),
    )


def forget_paths(db: Db, paths: Sequence[str], now: float, photo: PhotoId | None = None) -> list[EventPhoto]:
    """These files are gone from Incoming. What was filed stays; what never was is superseded and answered.

    `photo`: whose files they were when they were looked for; where another one lies by now, that one is not gone.
    """
    superseded: list[EventPhoto] = []
    for path in paths:
        row = db.execute("SELECT photo FROM sighting WHERE path = ?", (to_text(path),)).fetchone()
        if row and photo not in (None, row["photo"]):
            continue
        db.execute("DELETE FROM sighting WHERE path = ?", (to_text(path),))
        if row and row["photo"] is not None:
            superseded += supersede_if_nowhere(db, PhotoId(row["photo"]), now)
    return superseded


def note_kept(db: Db, kept: Sequence[tuple[PhotoId, Path, FileFacts]], now: float) -> None:
    """Where a photo itself is kept, of which something else is filed: it counts as an original. Of one whose event was
    removed meanwhile nothing is known any more.
    """
    for photo, path, facts in kept:
        event = db.value("SELECT event FROM event_photo WHERE photo = ? ORDER BY id LIMIT 1", (photo,))
        if event is not None:
            _store(db, Sighting(str(path), EventId(event), "", facts), "photo", photo, None, now)


def drop(db: Db, path: str) -> None:
    """We removed this file of ours ourselves: nothing else changes."""
    db.execute("DELETE FROM sighting WHERE path = ?", (to_text(path),))


def supersede_if_nowhere(db: Db, photo: PhotoId, now: float) -> list[EventPhoto]:
    """Supersede a photo whose bytes lie at no path that we know, nor on Drive, nor may lie there."""
    somewhere = db.value(
        "SELECT EXISTS (SELECT 1 FROM sighting WHERE photo = :photo)"  # noqa: S608 - ours
        " OR EXISTS (SELECT 1 FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
        f" WHERE ep.photo = :photo AND ({placements.LIES_THERE} OR {placements.MAY_LIE_ON_DRIVE}))",
        {"photo": photo},
    )
    return [] if somewhere else superseded.supersede(db, photo, now)


def originals(db: Db, photo: PhotoId) -> list[tuple[str, FileFacts]]:
    """Where the photo's bytes lie in incoming folders, newest sighting first."""
    rows = db.execute(
        "SELECT path, bytes, mtime_ns, inode FROM sighting WHERE photo = ? ORDER BY seen_at DESC", (photo,)
    )
    return [(from_text(row["path"]), facts_in(row)) for row in rows]


def facts_in(row: Row) -> FileFacts:
    return FileFacts(row["bytes"], row["mtime_ns"], row["inode"])


def folder_tallies(db: Db) -> dict[str, dict[str, int]]:
    """For each incoming folder: files that are photos, of these not yet filed, failed, set aside, or withdrawn before
    they were filed; files skipped.
    """
    found: dict[str, dict[str, int]] = {}
    columns = {"photo": "photos", "held": "waiting"}
    for folder, state, number in (*db.execute(FILES_BY_STATE), *db.execute(PHOTOS_UNDONE)):
        tally = found.setdefault(from_text(folder), dict.fromkeys(TALLIED, 0))
        tally[columns.get(str(state), str(state))] += int(number)
    return found


TALLIED = ("photos", "skipped", "unreadable", "waiting", "failed", "dismissed", "withdrawn")
FILES_BY_STATE = "SELECT folder, state, SUM(number) AS files FROM sighting_tally GROUP BY 1, 2 HAVING files > 0"
PHOTOS_UNDONE = (  # few: those that are filed need no look; what was moved out of its event counts as in the other one
    "SELECT s.folder, ep.state, COUNT(DISTINCT s.path) FROM event_photo ep JOIN sighting s ON s.photo = ep.photo AND"
    " (s.event = ep.event OR EXISTS (SELECT 1 FROM event_photo o WHERE o.photo = ep.photo AND o.event = s.event AND"
    " o.state = 'moved')) WHERE ep.state IN ('waiting', 'held', 'failed', 'dismissed', 'withdrawn')"
    " AND s.state = 'photo' AND (ep.state <> 'withdrawn' OR (ep.filed_at IS NULL"  # else the last file was kept
    " AND NOT EXISTS (SELECT 1 FROM sighting k WHERE k.photo = ep.photo AND k.folder = '')"
    " AND NOT EXISTS (SELECT 1 FROM event_photo o JOIN placement p ON p.event_photo = o.id"
    " WHERE o.photo = ep.photo AND +p.disk = 'there' AND p.lies_as = '')))"
    " GROUP BY s.folder, ep.state"
)


def skipped_paths(db: Db, folder: str, limit: int = 20) -> list[str]:
    rows = db.column(
        "SELECT path FROM sighting WHERE folder = ? AND state = 'skipped' ORDER BY path LIMIT ?",
        (to_text(folder), limit),
    )
    return list(map(from_text, rows))


def some_skipped(db: Db, limit: int) -> list[str]:
    """Names of a few files that are no photos, from any folder or source."""
    rows = db.execute("SELECT path, folder FROM sighting WHERE state = 'skipped' ORDER BY path LIMIT ?", (limit,))
    return [_name_of(db, shown(Path(from_text(row["path"])).name), str(row["folder"])) for row in rows.fetchall()]


def _name_of(db: Db, name: str, folder: str) -> str:
    """What a file is called; one that was fetched is called here by its id on Drive and its hash."""
    query = "SELECT name FROM source_file WHERE source = ? AND drive_id = ?"
    found = db.value(query, file_at_source(name, folder))
    return name if found is None else found


def file_at_source(path: str, folder: str) -> tuple[str, str]:
    """The source that a file was fetched from, and its id there; of one that came another way, no source."""
    kind, _, source = folder.partition(":")
    return source if kind == "drive" else "", path.rpartition("/")[2].rpartition("-")[0]


def filed_originals(db: Db, limit: int, after: tuple[str, str] = ("", "")) -> list[Row]:
    """Files in incoming folders whose photo is filed: `path, folder, event, photo, sha256, bytes`; by folder and path,
    those that come `after` these.
    """
    rows: list[Row] = []
    for folder in db.column(HAVE_PHOTOS, (after[0],)):  # not through all that was ever filed
        rows += db.execute(
            "SELECT s.path, s.folder, s.event, s.photo, ph.sha256, ph.bytes FROM sighting s"
            " CROSS JOIN event_photo ep ON ep.photo = s.photo AND ep.event = s.event JOIN photo ph ON ph.id = s.photo"
            " WHERE s.folder = ? AND s.state = 'photo' AND s.path > ? AND ep.state IN ('filed', 'unsorted')"
            " ORDER BY s.path LIMIT ?",
            (folder, after[1] if folder == after[0] else "", limit - len(rows)),
        )
        if len(rows) == limit:
            break
    return rows


HAVE_PHOTOS = (
    "SELECT DISTINCT folder FROM sighting_tally WHERE state = 'photo' AND number > 0 AND folder <> ''"
    " AND substr(folder, 1, 6) <> 'drive:' AND folder >= ? ORDER BY folder"
)


def fetched_from(source: str) -> str:
    """The folder of sightings that were fetched from a source on Drive."""
    return f"drive:{source}"


def doubt(db: Db, paths: Sequence[str]) -> None:
    """These files hold other bytes than their facts promise: the next sweep takes them for changed."""
    db.executemany("UPDATE sighting SET mtime_ns = -1 WHERE path = ?", [(to_text(path),) for path in paths])


def rebase(db: Db, old: str, new: str) -> int:
    """A folder lies elsewhere by now, as a moved workspace does: the paths below it follow. Returns how many."""
    db.execute(
        "UPDATE OR REPLACE disk_found SET path = ?2 || substr(path, length(?1) + 1)"
        " WHERE substr(path, 1, length(?1) + 1) = ?1 || '/'",
        (to_text(old), to_text(new)),
    )
    db.execute(
        "UPDATE giving_way SET path = ?2 || substr(path, length(?1) + 1)"
        " WHERE substr(path, 1, length(?1) + 1) = ?1 || '/'",
        (to_text(old), to_text(new)),
    )
    return db.execute(
        "UPDATE OR REPLACE sighting SET path = ?2 || substr(path, length(?1) + 1),"
        " folder = CASE substr(folder, 1, length(?1)) WHEN ?1 THEN ?2 || substr(folder, length(?1) + 1) ELSE folder END"
        " WHERE substr(path, 1, length(?1) + 1) = ?1 || '/'",
        (to_text(old), to_text(new)),
    ).rowcount


def move(db: Db, old: str, new: str, photo: PhotoId) -> bool:
    """A filed original went to Processed/: it is not in Incoming any more, and its bytes are known to lie there.

    Returns whether it was known where it lay; where another photo lies by now, that one stays known there.
    """
    db.execute("DELETE FROM sighting WHERE path = ?", (to_text(new),))
    where = (to_text(new), to_text(old), photo)
    return db.changed("UPDATE sighting SET path = ?, folder = '' WHERE path = ? AND photo = ?", where)


def put_away(db: Db, old: str, new: str, event: EventId, photo: PhotoId, now: float) -> None:
    """The same, also where the watcher was the first to tell that it left."""
    if not move(db, old, new, photo):
        _store(db, Sighting(new, event, "", NEVER), "photo", photo, None, now)


def to_text(path: str) -> str:
    """A path as the ledger keeps it: bytes that are no UTF-8 (surrogates, in Python) as private characters."""
    return path if path.isascii() else path.translate(PRIVATE)


def from_text(text: str) -> str:
    """The path itself."""
    return text if text.isascii() else text.translate(SURROGATES)


def shown(name: str) -> str:
    """A file's name for people: what is no UTF-8 in it is shown as a question mark."""
    return name.encode("utf-8", "replace").decode()


def names_of_empty(db: Db, photo: PhotoId) -> list[str]:
    """The names of the files that have no byte in them, where this photo is those; some, if they are many.

    What was fetched lies under a name of ours: the photographer's is told.
    """
    if photos.size_of(db, photo):
        return []
    here = db.column("SELECT path FROM sighting WHERE photo = ? AND folder NOT GLOB 'drive:*'", (photo,))
    at_sources = db.column("SELECT name FROM source_file WHERE photo = ? AND state = 'done'", (photo,))
    names = sorted([*(shown(Path(from_text(path)).name) for path in here), *at_sources])
    return names if len(names) <= EMPTY_NAMED else [*names[:EMPTY_NAMED], f"and {len(names) - EMPTY_NAMED:,} more"]


def original_paths(db: Db, event_photo: int) -> list[str]:
    """Where the photo lies in incoming folders, as the ledger keeps paths."""
    return db.column(
        "SELECT s.path FROM event_photo ep JOIN sighting s ON s.photo = ep.photo WHERE ep.id = ?", (event_photo,)
    )
