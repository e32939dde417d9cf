"""What is recorded of placements, for whoever checks it against the truth; and what they find missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from agent.ledger import photos, renditions
from agent.ledger.placements import (
    FILE_BYTES,
    FILE_SHA256,
    FILED,
    LYING_SHA256,
    MADE_COLUMNS,
    OWN_NAME,
    Made,
    made_columns,
    made_in,
)
from agent.ledger.sqlite.rows import Db, from_row
from agent.model import HERE, ORIGINAL, DriveId, End, EventId, FolderId, PlacementId


@dataclass(frozen=True, slots=True)
class Recorded:
    """A wanted placement and what is recorded of its two ends. `path` is below the workspace and below the event."""

    placement: PlacementId
    folder: FolderId
    path: str
    name: str
    sha256: str  # the photo's
    md5: str  # on Drive
    bytes: int  # on disk
    made_as: str
    file_sha256: str  # on disk
    disk: End
    made: Made | None
    drive: End
    drive_id: DriveId | None
    wanted_at: float
    account: str = ""  # whose Drive it is to lie on
    filed_as: str = ORIGINAL  # on disk


def wanted(db: Db) -> list[Recorded]:
    rows = db.execute(
        f"SELECT p.*, f.account, f.disk_path || '/' || p.disk_name AS path, ep.name, ph.sha256,"  # noqa: S608 - our own words
        f" {renditions.MD5} AS md5, {FILE_BYTES} AS bytes, {FILE_SHA256} AS file_sha256"
        " FROM placement p JOIN folder f ON f.id = p.folder JOIN event_photo ep ON ep.id = p.event_photo"
        f" JOIN photo ph ON ph.id = ep.photo{renditions.MADE}{FILED}"
        " WHERE p.wanted = 1 AND p.disk_name IS NOT NULL ORDER BY f.id, p.id"
    )
    return [from_row(Recorded, row, placement=row["id"], made=made_in(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An end of a wanted placement at which that is not, by what is recorded: on its way, or given up until asked for.

    `is_small`: on Drive lies a small copy; `title`, `remedy`: of its trouble, "" where it has none.
    """

    placement: PlacementId
    where: str  # disk, drive
    path: str  # as in `Recorded`
    event: EventId
    account: str
    is_aside: bool
    has_failed: bool
    waits_for_line: bool
    is_small: bool
    title: str
    remedy: str


def unfinished(db: Db) -> list[Unfinished]:
    """What is missing at each end without anybody having looked. One that a person took away is no such."""
    rows = (*db.execute(UNFINISHED_HERE), *db.execute(UNFINISHED_ON_DRIVE))
    return [from_row(Unfinished, row, **{name: bool(row[name]) for name in FLAGS}) for row in rows]


FLAGS = ("is_aside", "has_failed", "waits_for_line", "is_small")
_UNFINISHED = (
    "SELECT p.id AS placement, '{where}' AS \"where\", f.disk_path || '/' || COALESCE(p.disk_name, {own_name}) AS path,"
    " ep.event, f.account, ep.state = 'dismissed' AS is_aside, p.{where}_failed AS has_failed,"
    " {line} AS waits_for_line, {small} AS is_small, COALESCE(t.title, '') AS title, COALESCE(t.remedy, '') AS remedy"
    " FROM placement p JOIN folder f ON f.id = p.folder JOIN event_photo ep ON ep.id = p.event_photo"
    " LEFT JOIN trouble t ON t.state <> 'healed' AND t.key IN ({keys})"
    " WHERE p.wanted = 1 AND {so} GROUP BY p.id ORDER BY p.folder, p.id"
)
UNFINISHED_HERE = _UNFINISHED.format(
    where="disk",
    own_name=OWN_NAME,
    line="0",
    small="0",
    keys="'placement:' || p.id || '/disk'",
    so="(p.disk NOT IN ('there', 'removed') OR (p.disk = 'there' AND p.lies_as <> p.filed_as))",
)
UNFINISHED_ON_DRIVE = _UNFINISHED.format(
    where="drive",
    own_name=OWN_NAME,
    line="p.owed IS NOT NULL AND p.drive = 'there' OR p.owed IS p.made_as",
    small="p.drive = 'there'",
    keys="'placement:' || p.id || '/drive', 'destination:' || p.folder, 'folder:' || f.key",
    so=f"p.made_as <> '{HERE}' AND (p.drive NOT IN ('there', 'removed') OR (p.drive = 'there' AND p.owed IS NOT NULL))",
)


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that we made; `path` is below the workspace, `sha256` the photo's, `file_sha256` the file's."""

    placement: PlacementId
    path: str
    sha256: str
    lies_as: str
    file_sha256: str
    made: Made


def made_on_disk(db: Db) -> list[MadeFile]:
    """Every file of ours that lies in its place or is about to, wanted or not."""
    rows = db.execute(
        f"SELECT p.*, f.disk_path || '/' || p.disk_name AS path, ph.bytes, ph.sha256, {LYING_SHA256} AS file_sha256"  # noqa: S608 - our own words
        " FROM placement p JOIN folder f ON f.id = p.folder JOIN event_photo ep ON ep.id = p.event_photo"
        f" JOIN photo ph ON ph.id = ep.photo{FILED} WHERE p.disk IN ('reserved', 'there') AND p.disk_inode IS NOT NULL"
    )
    return [from_row(MadeFile, row, placement=row["id"], made=made_in(row)) for row in rows]


def paths_on_disk(db: Db) -> set[str]:
    """Every path, below the workspace, at which a placement lies, is to come or is still to go; and every folder's."""
    rows = db.column(
        "SELECT f.disk_path || '/' || p.disk_name FROM placement p JOIN folder f ON f.id = p.folder"
        " WHERE p.disk_name IS NOT NULL AND (p.wanted = 1 OR p.disk IN ('reserved', 'there'))"
        " UNION SELECT disk_path FROM folder UNION SELECT disk_wanted FROM folder"
    )
    return set(rows) - {None}


def being_made(db: Db) -> list[tuple[str, PlacementId]]:
    """The placements at whose places something is to be done, which it may be just now, and their folders' paths."""
    return db.tuples(
        "SELECT f.disk_path, p.id FROM placement p INDEXED BY placement_disk_due CROSS JOIN folder f ON f.id = p.folder"
        " WHERE p.disk_due = 1"
    )


def settled(db: Db) -> dict[str, set[str]]:
    """Photos that lie, on disk, wherever they are wanted, if anywhere: SHA-256 -> its names in its events."""
    rows = db.execute(
        "SELECT ph.sha256, ep.name, ep.given FROM photo ph JOIN event_photo ep ON ep.photo = ph.id WHERE NOT EXISTS"
        " (SELECT 1 FROM event_photo e LEFT JOIN placement o ON o.event_photo = e.id AND +o.wanted = 1"
        " WHERE e.photo = ph.id AND (o.disk <> 'there'"
        " OR (e.planned_at IS NULL AND e.state NOT IN ('superseded', 'withdrawn', 'moved'))))"
        " AND EXISTS (SELECT 1 FROM event_photo e WHERE e.photo = ph.id AND e.state <> 'superseded')"
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(str(row["sha256"]), set()).update({row["name"], row["given"]} - {""})
    return found


def filed_nowhere(db: Db, sha256s: Sequence[str]) -> set[str]:
    """Of these those that are photos, and lie, as they are, in no place here where they are wanted."""
    photo = (
        "SELECT 1 FROM photo ph WHERE ph.sha256 = ? AND NOT EXISTS (SELECT 1 FROM event_photo ep"
        " JOIN placement p ON p.event_photo = ep.id"
        " WHERE ep.photo = ph.id AND +p.wanted = 1 AND p.disk = 'there' AND p.lies_as = '')"
    )
    return {one for one in sha256s if db.has(photo, (one,))}


def kept_there(db: Db, sha256s: Sequence[str]) -> list[tuple[str, DriveId, str]]:
    """Of these photos what lies on Drive, as it is, in folders in which it is not to lie any more: photo, id, MD5."""
    return db.tuples(KEPT_THERE, (json.dumps(list(sha256s)),))


KEPT_THERE = (
    "SELECT ph.sha256, p.drive_id, ph.md5 FROM json_each(?) one CROSS JOIN photo ph ON ph.sha256 = one.value"
    " CROSS JOIN event_photo ep ON ep.photo = ph.id CROSS JOIN placement p ON p.event_photo = ep.id"
    " WHERE +p.wanted = 0 AND p.drive = 'there' AND p.made_as = ''"
)


def still_wanted(db: Db, recorded: Sequence[Recorded]) -> list[Recorded]:
    """Those that were wanted ever since: of one that was taken out meanwhile nobody can say what it lacks."""
    sql = "SELECT 1 FROM placement WHERE id = ? AND +wanted = 1 AND wanted_at = ?"
    return [one for one in recorded if db.has(sql, (one.placement, one.wanted_at))]


def still_sent_so(db: Db, recorded: Sequence[Recorded]) -> list[Recorded]:
    """The same, and under no other id on Drive by now: what was sent anew meanwhile lies there."""
    sql = "SELECT 1 FROM placement WHERE id = ? AND drive_id IS ?"
    found = still_wanted(db, recorded)
    return [one for one in found if db.has(sql, (one.placement, one.drive_id))]


def still_filed_so(db: Db, recorded: Sequence[Recorded], *, or_removed: bool = True) -> list[Recorded]:
    """The same, and at no other path, by no other file on disk by now: what was filed anew meanwhile lies there, and
    what its folder was renamed with. `or_removed`: so is what was seen to be taken away meanwhile.
    """
    sql = (
        "SELECT 1 FROM placement WHERE id = ? AND (SELECT f.disk_path FROM folder f WHERE f.id = placement.folder)"
        " || '/' || disk_name = ? AND filed_as = ? AND ((? AND disk = 'removed') OR (disk_inode IS ?"
        " AND (disk_inode IS NULL OR (disk_mtime_ns, disk_device, disk_born_us) IS (?, ?, ?))))"
    )
    found = still_wanted(db, recorded)
    known = [(one, (one.placement, one.path, one.filed_as, or_removed, *made_columns(one.made)[:4])) for one in found]
    return [one for one, values in known if db.has(sql, values)]


def missing_on_disk(db: Db, placements: Sequence[PlacementId], now: float) -> None:
    """To be filed again, unless they turn out to be there: moved, say, while they were looked for."""
    _again(
        db,
        "UPDATE placement SET disk = 'reserved', disk_failed = 0, disk_after = 0 WHERE id = ? RETURNING event_photo",
        placements,
        now,
    )


def is_ours_now(db: Db, seen: Sequence[tuple[PlacementId, Made]]) -> None:
    """The same file with another time, or a faithful copy in its place: this is what we made from now on. So is what a
    person took away and has put back.
    """
    db.executemany(
        f"UPDATE placement SET ({MADE_COLUMNS}) = (?, ?, ?, ?, ?),"  # noqa: S608 - ours
        " lies_as = CASE disk WHEN 'removed' THEN filed_as ELSE lies_as END,"
        " disk = CASE WHEN disk = 'removed' AND wanted = 1 THEN 'there' ELSE disk END WHERE id = ?",
        [(*made_columns(made), placement) for placement, made in seen],
    )


def are_ours_now(db: Db, seen: Sequence[tuple[Recorded, Made]]) -> None:
    """The same of those that are filed as they were when they were looked at."""
    so = {one.placement for one in still_filed_so(db, [one for one, _ in seen], or_removed=False)}
    is_ours_now(db, [(one.placement, made) for one, made in seen if one.placement in so])


def missing_on_drive(db: Db, placements: Sequence[PlacementId], now: float) -> None:
    """To be sent again, under another id."""
    _again(
        db,
        "UPDATE placement SET drive = 'absent', drive_id = NULL, drive_session = NULL, verified_at = NULL,"
        " drive_failed = 0, drive_after = 0, drive_attempts = 0 WHERE id = ? RETURNING event_photo",
        placements,
        now,
    )


def doubted_on_drive(db: Db, placements: Sequence[PlacementId], now: float) -> None:
    """To be sent again, unless they turn out to be there: brought back since they were seen to be gone."""
    _again(
        db,
        "UPDATE placement SET drive = CASE WHEN drive_id IS NULL THEN 'absent' ELSE 'sending' END,"
        " drive_session = NULL, drive_failed = 0, drive_after = 0, drive_attempts = 0 WHERE id = ?"
        " RETURNING event_photo",
        placements,
        now,
    )


def _again(db: Db, change: str, placements: Sequence[PlacementId], now: float) -> None:
    touched = {db.value(change, (placement,)) for placement in placements}
    photos.settle_states(db, touched - {None}, now)
