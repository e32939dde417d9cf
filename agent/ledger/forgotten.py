"""Somebody is forgotten: which faces and files were theirs, and every row that says anything of them, taken out.

`ids` are theirs, and of all who were merged into them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from agent.ledger import asked, faces, meta
from agent.ledger.faces import Encoding, ReferenceKey, StoredFace, stored
from agent.ledger.sqlite.rows import Db, Row
from agent.model import DriveId, EventId, PersonId, blurred_in

Says = Callable[[str], bool]  # whether a text says their name


@dataclass(frozen=True, slots=True)
class FaceOf:
    """A face with its photo's SHA-256 and name."""

    sha256: str
    name: str
    face: StoredFace


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of somebody; `folders` below the workspace, files of theirs `on_drive`, `originals` as paths."""

    photos: int
    folders: list[str]
    on_drive: int
    originals: list[str]


def of_each(db: Db, query: str, ids: Iterable[PersonId]) -> list[Row]:
    """The rows of a question about one person, of each of these."""
    return [row for one in ids for row in db.execute(query, (one,))]


# ---- what is theirs

FACES = (
    "SELECT ph.sha256, ep.name, f.* FROM assignment a JOIN face f ON f.id = a.face JOIN photo ph ON ph.id = f.photo"
    " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = a.event WHERE a.person = ?"
)
FACES_OUT_OF_SIGHT = (
    "SELECT ph.sha256, ep.name, f.* FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
    " JOIN face f ON f.photo = ep.photo WHERE ep.event = ? AND ep.state IN ('withdrawn', 'moved', 'superseded')"
    " AND f.encoding IS NOT NULL"
)
FACES_OF_STRANGERS = (
    "SELECT ph.sha256, ep.name, f.* FROM stranger s JOIN face f ON f.id = s.face JOIN photo ph ON ph.id = f.photo"
    " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = s.event"
    " WHERE s.event = ? AND f.encoding IS NOT NULL"
)
PHOTOS = "SELECT DISTINCT f.photo FROM assignment a JOIN face f ON f.id = a.face WHERE a.person = ?"
PATHS = (  # of a shot both files show them, and the faces are of one
    "SELECT path FROM sighting WHERE folder <> '' AND photo IN (SELECT value FROM json_each(?1) UNION"
    " SELECT t.photo FROM json_each(?1) one JOIN event_photo m ON m.photo = one.value"
    " JOIN event_photo t ON t.twin_of = m.id)"
)


def faces_of(db: Db, ids: Sequence[PersonId]) -> list[FaceOf]:
    """The faces that were taken for them."""
    return [_face_of(row) for row in of_each(db, FACES, ids)]


def faces_out_of_sight(db: Db, event: EventId) -> list[FaceOf]:
    """Those on photos that are in no folder: whose they are is not looked at."""
    return [_face_of(row) for row in db.execute(FACES_OUT_OF_SIGHT, (event,))]


def faces_of_strangers(db: Db, event: EventId) -> list[FaceOf]:
    """Those of nobody known."""
    return [_face_of(row) for row in db.execute(FACES_OF_STRANGERS, (event,))]


def _face_of(row: Row) -> FaceOf:
    return FaceOf(str(row["sha256"]), str(row["name"]), stored(row))


def encodings_of(db: Db, references: Collection[ReferenceKey], among: Iterable[FaceOf]) -> list[Encoding]:
    """Of their references, by whatever engine, and of these faces."""
    query = "SELECT encoding FROM reference WHERE sha256 = ? AND box = ?"
    given = [faces.from_blob(row[0]) for key in references for row in db.execute(query, faces.key_columns(key))]
    return [one for one in [*given, *(each.face.encoding for each in among)] if one is not None]


def holdings(db: Db, ids: Sequence[PersonId]) -> Holdings:
    photos = sorted({int(row["photo"]) for row in of_each(db, PHOTOS, ids)})
    return Holdings(
        len(photos),
        folders_here(db, ids),
        sum(int(row[0]) for row in of_each(db, FILES_THERE, ids)),
        sorted(str(path) for path in db.column(PATHS, (json.dumps(photos),))),
    )


# ---- their faces in what is filed of photos

BLURRED_HERE = (
    "SELECT COUNT(*) FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " WHERE p.filed_as <> '' AND +p.disk_due = 1 AND (?2 OR p.disk_after = 0)"
    " AND ep.event IN (SELECT value FROM json_each(?1))"
)
BLURRED_THERE = (  # what has no id yet shows nobody
    "SELECT COUNT(*) FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " WHERE p.filed_as <> '' AND +p.drive_due = 1 AND p.drive_id IS NOT NULL"
    " AND (ep.event IN (SELECT value FROM json_each(?1)) OR (ep.state IN ('moved', 'superseded') AND EXISTS (SELECT 1"
    " FROM event_photo o WHERE o.photo = ep.photo AND o.event IN (SELECT value FROM json_each(?1)))))"
)
SHOWN = (
    "SELECT ph.sha256, ph.bytes, ph.kind, MIN(ep.name) AS name, COALESCE(SUM(p.filed_as <> ''), 0) AS blurred,"
    " COALESCE(SUM(p.filed_as <> '' AND p.disk_failed = 1), 0) AS failed FROM photo ph"
    " JOIN event_photo ep ON ep.photo = ph.id LEFT JOIN placement p ON p.event_photo = ep.id"
    " AND p.disk NOT IN ('absent', 'removed') WHERE ph.sha256 IN (SELECT value FROM json_each(?)) GROUP BY ph.id"
    " ORDER BY ph.id"
)


@dataclass(frozen=True, slots=True)
class ShownOn:
    """A photo with a face to be blurred: how many of its files are, or are to be, and how many cannot be."""

    sha256: str
    bytes: int
    kind: str
    name: str
    blurred: int
    failed: int


def blurred_photos(db: Db) -> dict[tuple[EventId, str], str]:
    """Event and SHA-256 of each photo in which faces are to be blurred -> which (`blurred_in`)."""
    rows = db.tuples(
        "SELECT DISTINCT ep.event, ph.sha256, p.filed_as FROM placement p INDEXED BY placement_blurred"
        " CROSS JOIN event_photo ep ON ep.id = p.event_photo JOIN photo ph ON ph.id = ep.photo WHERE p.filed_as <> ''"
    )
    return {(event, sha256): blurred_in(filed_as) for event, sha256, filed_as in rows}


def searched(db: Db, times: str) -> None:
    """Drive's trash, for what had been to be blurred so many times by then."""
    if meta.get(db, meta.STRAYS) == times:
        meta.forget(db, meta.STRAYS)


def wanted_in(db: Db, sha256s: Sequence[str], *, unblurred: bool = False) -> set[tuple[EventId, str]]:
    """Event and SHA-256 of those of these photos that are to lie in a folder of it; with `unblurred` as they are."""
    rows = db.tuples(
        "SELECT DISTINCT ep.event, ph.sha256 FROM photo ph JOIN event_photo ep ON ep.photo = ph.id"
        " JOIN placement p ON p.event_photo = ep.id AND +p.wanted = 1"
        " WHERE ph.sha256 IN (SELECT value FROM json_each(?1)) AND (NOT ?2 OR p.filed_as = '')",
        (json.dumps(list(sha256s)), unblurred),
    )
    return set(rows)


def blurred_here(db: Db, events: Sequence[EventId], *, put_off: bool = True) -> int:
    """Files that are still to be exchanged on this machine; with `put_off` those, too, that could not be as yet."""
    return db.value(BLURRED_HERE, (json.dumps(list(events)), put_off))


def to_be_planned(db: Db, sha256s: Sequence[str]) -> int:
    """How many of these photos nobody knows yet where they belong: after a lost ledger they are looked at again."""
    return db.value(
        "SELECT COUNT(*) FROM photo ph JOIN event_photo ep ON ep.photo = ph.id WHERE ep.state = 'waiting'"
        " AND ep.planned_at IS NULL AND ph.sha256 IN (SELECT value FROM json_each(?))",
        (json.dumps(list(sha256s)),),
    )


def blurred_there(db: Db, events: Sequence[EventId]) -> int:
    """The same on Drive, and where photos of these events were moved away from, or came back from."""
    return db.value(BLURRED_THERE, (json.dumps(list(events)),))


def shown_on(db: Db, sha256s: Sequence[str]) -> list[ShownOn]:
    return db.records(ShownOn, SHOWN, (json.dumps(list(sha256s)),))


FILED_NOW = (
    "SELECT DISTINCT ph.sha256, p.filed_as FROM photo ph JOIN event_photo ep ON ep.photo = ph.id"
    " JOIN placement p ON p.event_photo = ep.id WHERE ph.sha256 IN (SELECT value FROM json_each(?))"
)
EVER_MADE = (
    "SELECT sha256, made_as, made_sha256, bytes FROM rendition WHERE made_sha256 <> ''"
    " AND sha256 IN (SELECT value FROM json_each(?))"
)


def made_before(db: Db, sha256s: Sequence[str]) -> dict[str, int]:
    """What was made of these photos with other faces blurred than are to be by now, or none: SHA-256 -> bytes."""
    of = (json.dumps(list(sha256s)),)
    now = {(row["sha256"], blurred_in(row["filed_as"])) for row in db.execute(FILED_NOW, of)}
    made = db.execute(EVER_MADE, of)
    return {
        str(row["made_sha256"]): int(row["bytes"])
        for row in made
        if (row["sha256"], blurred_in(row["made_as"])) not in now
    }


# ---- their folders: marked, and how far both ends are

MARK = (
    "UPDATE folder SET forgotten = 1, wanted = 0, drive_after = 0,"
    " drive = CASE WHEN drive_id IS NULL THEN 'absent' ELSE 'there' END WHERE person = ?",
    "UPDATE placement SET disk_failed = 0, drive_failed = 0 WHERE folder IN (SELECT id FROM folder WHERE person = ?)"
    " AND +wanted = 0",
    "UPDATE placement SET drive = 'there', drive_after = 0 WHERE folder IN (SELECT id FROM folder WHERE person = ?)"
    " AND +wanted = 0 AND drive IN ('trashed', 'removed') AND drive_id IS NOT NULL",
)
FILES_HERE = (
    "SELECT COUNT(*) FROM placement WHERE folder IN (SELECT id FROM folder WHERE person = ?)"
    " AND disk IN ('reserved', 'there')"
)
FOLDERS_HERE = (
    "SELECT disk_path, disk_after FROM folder WHERE person = ? AND kind = 'person' AND disk <> 'absent'"
    " AND disk_path IS NOT NULL"
)
FILES_THERE = (
    "SELECT COUNT(*) FROM placement WHERE folder IN (SELECT id FROM folder WHERE person = ?) AND drive_id IS NOT NULL"
)
FILES_LEAVING = (
    "SELECT COUNT(*) FROM placement WHERE drive_from IN (SELECT drive_id FROM folder WHERE person = ?)"
    " AND drive <> 'trashed'"
)
FOLDERS_THERE = (
    "SELECT id, drive_id FROM folder WHERE person = ?1 AND drive_id IS NOT NULL UNION"
    " SELECT folder, drive_id FROM folder_filled WHERE folder IN (SELECT id FROM folder WHERE person = ?1) ORDER BY 1"
)
OURS_ALONE = (
    "WITH asked (id) AS (SELECT value FROM json_each(?))"
    " SELECT asked.id FROM asked JOIN folder ON drive_id = asked.id WHERE forgotten = 1"
    " UNION SELECT asked.id FROM asked JOIN folder_filled l ON l.drive_id = asked.id"
    " JOIN folder f ON f.id = l.folder WHERE f.forgotten = 1"
    " UNION SELECT asked.id FROM asked JOIN placement ON drive_id = asked.id WHERE +wanted = 0"
)


def mark_folders(db: Db, ids: Sequence[PersonId]) -> None:
    """They are wanted no more, and what is or was there on Drive, in its trash too, is to be deleted for good.

    One that is to be renamed here still is to be: it may have its new name already, and is looked for by that. Called
    again, changes nothing more.
    """
    for change in MARK:
        db.executemany(change, [(one,) for one in ids])


def files_here(db: Db, ids: Sequence[PersonId]) -> int:
    """Files of ours that lie in their folders on disk, or are about to."""
    return sum(int(row[0]) for row in of_each(db, FILES_HERE, ids))


def folders_here(db: Db, ids: Sequence[PersonId], *, due: float | None = None) -> list[str]:
    """Their folders on disk; with `due` those alone that are to be tried by then: others hold somebody's files."""
    found = of_each(db, FOLDERS_HERE, ids)
    return [str(row["disk_path"]) for row in found if due is None or row["disk_after"] <= due]


def try_folders(db: Db, ids: Sequence[PersonId]) -> None:
    """What stood in the way of their folders' going is gone."""
    db.executemany("UPDATE folder SET disk_after = 0 WHERE person = ?", [(one,) for one in ids])


def files_on_drive(db: Db, ids: Sequence[PersonId]) -> int:
    """Files of ours that may lie in their folders there, or are on their way out of them."""
    return sum(int(row[0]) for query in (FILES_THERE, FILES_LEAVING) for row in of_each(db, query, ids))


def folders_on_drive(db: Db, ids: Sequence[PersonId]) -> list[DriveId]:
    """Those that were filled to their limit, too."""
    return [DriveId(row["drive_id"]) for row in of_each(db, FOLDERS_THERE, ids)]


def ours_alone(db: Db, found: Iterable[str]) -> set[str]:
    """Which of these ids on Drive are of what we made and nobody wants any more."""
    return set(db.column(OURS_ALONE, (json.dumps([*found]),)))


# ---- what an operator called so

SIGHTED = "SELECT path, folder FROM sighting WHERE instr(path, ?)"
CALLED = (
    "SELECT DISTINCT name FROM event_photo WHERE instr(name, ?)",
    "SELECT DISTINCT given FROM event_photo WHERE instr(given, ?)",
    "SELECT DISTINCT camera FROM event_photo WHERE instr(camera, ?)",
    "SELECT DISTINCT name FROM source_file WHERE instr(name, ?)",
    "SELECT name FROM source_folder WHERE instr(name, ?)",
    "SELECT camera FROM camera_clock WHERE instr(camera, ?)",
    "SELECT substr(key, 8) FROM trouble WHERE key LIKE 'folder:%' AND instr(key, ?)",
)
PUT_AWAY = "/Processed/"


def given(db: Db, forms: Iterable[str]) -> set[str]:
    """Names of files, folders and cameras that hold one of these words; of paths as much as ends with the name that
    does. Reads every photo's row.
    """
    found: set[str] = set()
    for form in forms:
        found |= {str(one) for query in CALLED for one in db.column(query, (form,))}
        for path, folder in db.execute(SIGHTED, (form,)):
            _, put_away, below = path.partition(PUT_AWAY)
            start = 0 if folder else len(path) - len(below) if put_away else len(path)
            while (at := path.find(form, start)) >= 0:
                start = at + len(form)
                found.add(path[:start] + path[start:].partition("/")[0])
    return found


# ---- taken out

PURGE = (
    "DELETE FROM assignment WHERE person = ?",
    "DELETE FROM review WHERE person = ?",
    "UPDATE review SET rival = NULL, rival_distance = NULL WHERE rival = ?",
    "UPDATE drive_found SET name = '' WHERE name IS NOT NULL AND tag GLOB 'person:' || ? || '*'",
)
NEVER_MADE = (  # and by what names they would have been found, had Drive made them without our knowing
    "SELECT id, drive_name FROM folder WHERE event = ? AND drive = 'absent' AND drive_id IS NULL"
    " AND drive_name IS NOT NULL"
)
DROP = (  # a folder stays, without a name, until it is gone from Drive
    "UPDATE folder SET name = '', disk_path = NULL, disk_wanted = NULL, drive_name = '', disk = 'absent'"
    " WHERE person = ?",
    "DELETE FROM placement WHERE folder IN (SELECT id FROM folder WHERE person = ?) AND +wanted = 0"
    " AND drive_id IS NULL AND disk IN ('absent', 'removed')",
    *2  # what lies in a folder before it
    * (
        "DELETE FROM folder WHERE person = ? AND drive_id IS NULL AND id NOT IN (SELECT folder FROM placement)"
        " AND id NOT IN (SELECT folder FROM folder_filled)"
        " AND id NOT IN (SELECT parent FROM folder WHERE parent IS NOT NULL)",
    ),
)
GONE_FROM_DRIVE = (
    "DELETE FROM asked WHERE drive_id IN (SELECT drive_id FROM folder WHERE person = ?)",
    "DELETE FROM folder_filled WHERE folder IN (SELECT id FROM folder WHERE person = ?)",
    "UPDATE folder SET drive = 'absent', drive_id = NULL WHERE person = ?",
    *DROP,
)
PLACES = "SELECT disk_path FROM folder WHERE person = ? AND kind = 'person' AND disk_path IS NOT NULL"
FOUND_BELOW = (
    "DELETE FROM sighting WHERE folder = '' AND path LIKE '%/' || ? || '/%'",
    "DELETE FROM disk_found WHERE path LIKE ?1 OR path LIKE ?1 || '/%' OR path LIKE '%/' || ?1 || '/%'",
)
ACTIVITY = "SELECT id, event, '' AS key, text AS said FROM activity WHERE event IS NULL OR event = ?"
TROUBLES = (
    "SELECT id, event, key, title || ' ' || subject || ' ' || detail || ' ' || remedy AS said FROM trouble"
    " WHERE event IS NULL OR event = ?"
)


def purge(
    db: Db,
    event: EventId,
    ids: Sequence[PersonId],
    names: Iterable[str],
    says: Says,
    references: Collection[ReferenceKey],
) -> None:
    """No row says anything of them any more, but which folders and files are to be deleted on Drive still, and what
    `purge_lines` takes out.

    `names`: whatever their folder was called, and nobody else's is.
    """
    db.executemany("DELETE FROM reference WHERE sha256 = ? AND box = ?", [faces.key_columns(one) for one in references])
    places = {str(row["disk_path"]).rpartition("/")[0] for row in of_each(db, PLACES, ids)}
    below = [(re.sub(r"[%\\]", "_", f"{place}/{name}"),) for place in places for name in names]
    for change in FOUND_BELOW:  # while the ledger was rebuilt, by whatever name
        db.executemany(change, below)
    for change in (*PURGE, *DROP):
        db.executemany(change, [(one,) for one in ids])
    others = [(row["id"],) for row in db.execute(NEVER_MADE, (event,)) if says(row["drive_name"])]
    db.executemany("UPDATE folder SET drive_name = NULL WHERE id = ?", others)
    facts = db.pairs("SELECT key, value FROM meta")
    db.executemany(
        "DELETE FROM meta WHERE key = ?", [(key,) for key, value in facts.items() if any(one in value for one in ids)]
    )


def purge_lines(db: Db, event: EventId, ids: Sequence[PersonId], says: Says, says_alone: Says) -> None:
    """No line of what happened names them, and no error, nor a name that a folder of theirs was to be given. What is of
    no event may tell of a namesake in another: it goes by their ids, or where it `says_alone` what nobody else is
    called.
    """
    for query, drop in (
        (ACTIVITY, "DELETE FROM activity WHERE id = ?"),
        (TROUBLES, "DELETE FROM trouble WHERE id = ?"),
    ):
        rows = db.execute(query, (event,)).fetchall()
        named = [row for row in rows if (says_alone if row["event"] is None else says)(row["said"])]
        theirs = [row for row in rows if any(one in row["key"] for one in ids)]
        db.executemany(drop, [(row["id"],) for row in (*named, *theirs)])
    asked.drop_aims(db, ids, says, says_alone)


def gone_from_drive(db: Db, ids: Sequence[PersonId]) -> None:
    """Nothing of theirs is there any more."""
    for change in GONE_FROM_DRIVE:
        db.executemany(change, [(one,) for one in ids])
