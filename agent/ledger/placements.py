"""What is wanted where, and what is recorded of both ends. Each change of a plan comes through here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from agent import clock
from agent.ledger import meta, renditions
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EXTENSION, HERE, JPEG, ORIGINAL, EventPhotoId, FolderId, PhotoId, PlacementId

OWN_NAME = "COALESCE(NULLIF(ep.given, ''), ep.name)"  # of `event_photo ep`: what its files are called
COPIED_WITHIN = 2_000_000_000  # nanoseconds: the coarsest a file system keeps times (FAT)
# Of placement `p`: our file lies there by all that is known, though it may be looked at anew before that is said.
LIES_THERE = "(p.disk = 'there' OR (p.disk = 'reserved' AND p.disk_inode IS NOT NULL))"
# Of placement `p`: Drive is being asked for it just now, and its answer is not written down yet.
IS_COMING = (
    "(p.drive = 'sending' AND +p.wanted = 1"
    " AND EXISTS (SELECT 1 FROM asked k WHERE k.drive_id = p.drive_id AND k.lost <> 1))"
)
# Of placement `p`: its file lies on Drive, or may: Drive has still to say whether it was sent, moved or brought back.
MAY_LIE_ON_DRIVE = "(p.drive IN ('there', 'sending') OR (p.drive = 'trashed' AND +p.wanted = 1))"
# Of a placement: a person took its file away from Drive; what is filed here alone has none there in the same state.
REMOVED_THERE = f"(drive = 'removed' AND made_as <> '{HERE}')"
MADE_COLUMNS = "disk_inode, disk_mtime_ns, disk_device, disk_born_us, disk_bytes"  # of a placement
# Of a placement `p` of the photo `ph`: what was made to be filed in its place, `w`, and what it lies as, `l`.
FILED = (
    " LEFT JOIN rendition w ON p.filed_as <> '' AND w.sha256 = ph.sha256 AND w.made_as = p.filed_as"
    " LEFT JOIN rendition l ON p.lies_as <> '' AND l.sha256 = ph.sha256 AND l.made_as = p.lies_as"
)
FILE_SHA256 = "CASE p.filed_as WHEN '' THEN ph.sha256 ELSE COALESCE(w.made_sha256, '') END"
FILE_BYTES = "CASE p.filed_as WHEN '' THEN ph.bytes ELSE COALESCE(w.bytes, 0) END"
LYING_SHA256 = "CASE p.lies_as WHEN '' THEN ph.sha256 ELSE COALESCE(l.made_sha256, '') END"


@dataclass(frozen=True, slots=True)
class Made:
    """A file as it was when we made it.

    `device` is `None` where an older program recorded it; `born_us`, microseconds since 1970, where the file system
    does not keep when a file was made.
    """

    bytes: int
    mtime_ns: int
    inode: int
    device: int | None
    born_us: int | None = None

    def is_file(self, other: Made) -> bool:
        """Whether both are one file by all that is known of both, whatever was written to it since."""
        return self.inode == other.inode and _agree(self.device, other.device) and _agree(self.born_us, other.born_us)

    def is_surely(self, other: Made) -> bool:
        """The same, and known by when it was made: an inode is given to another file as soon as one is gone."""
        return self.is_file(other) and self.born_us is not None and other.born_us is not None

    def is_as_left(self, other: Made) -> bool:
        """Whether it is that file, and by all that can be told nobody wrote to it."""
        return self.is_file(other) and (self.bytes, self.mtime_ns) == (other.bytes, other.mtime_ns)

    def is_copy(self, other: Made) -> bool:
        """Whether it may be a faithful copy of it: restored from a backup, or brought to another disk."""
        return self.bytes == other.bytes and abs(self.mtime_ns - other.mtime_ns) <= COPIED_WITHIN


def _agree(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def made_in(row: Row) -> Made | None:
    """Of a placement's row with its photo's `bytes`; `None`: nothing of ours is recorded there."""
    if row["disk_inode"] is None:
        return None
    size = row["bytes"] if row["disk_bytes"] is None else row["disk_bytes"]
    return Made(size, row["disk_mtime_ns"], row["disk_inode"], row["disk_device"], row["disk_born_us"])


def made_columns(made: Made | None) -> tuple[int | None, int | None, int | None, int | None, int | None]:
    """The values of `MADE_COLUMNS`."""
    if made is None:
        return None, None, None, None, None
    return made.inode, made.mtime_ns, made.device, made.born_us, made.bytes


Names = Callable[[str], Iterator[str]]  # a photo's name -> safe names for its file, endless


def want(
    db: Db,
    event_photo: EventPhotoId,
    folders: Sequence[FolderId],
    now: float,
    *,
    names: Names,
    made_as: str = ORIGINAL,
    filed_as: str = ORIGINAL,
    priority: int = 0,
    may_remove: bool = True,
) -> bool:
    """The photo is wanted in exactly these folders, on Drive `made_as` this, here `filed_as` that. Called twice with
    the same, changes nothing.

    In each it has a name of its own from here on, the same on disk and on Drive: the first of `names` (given the
    photo's own) that no other photo has there. With `may_remove` false nothing that was wanted is taken away, and what
    stays in a folder goes to no folder below Unsorted besides. Returns whether anything changed.
    """
    before = db.pairs("SELECT folder, wanted FROM placement WHERE event_photo = ?", (event_photo,))
    changed = False
    if not may_remove and any(before.values()):
        folders = [folder for folder in folders if before.get(folder) or not _is_unsorted(db, folder)]
    for folder in folders:
        if folder not in before:
            name = free_name(db, folder, names(_called(db, event_photo, filed_as)), whose=event_photo)
            db.execute(
                "INSERT INTO placement (event_photo, folder, wanted_at, priority, disk, disk_name, made_as, filed_as)"
                " VALUES (?, ?, ?, ?, 'reserved', ?, ?, ?)",
                (event_photo, folder, clock.steady(), priority, name, made_as, filed_as),
            )
            adopt_photo(db, event_photo, folder)
            changed = True
        elif not before[folder]:
            db.execute(
                "UPDATE placement SET wanted = 1, wanted_at = ?, priority = ?, drive_failed = 0, disk_failed = 0,"
                " drive_after = 0, disk_after = 0,"
                # it may be gone already, by a router that died before it said so: looked at anew
                " disk = CASE disk WHEN 'there' THEN 'reserved' ELSE disk END WHERE event_photo = ? AND folder = ?",
                (clock.steady(), priority, event_photo, folder),
            )
            changed = True
    for folder, wanted in before.items():
        if wanted and folder not in folders and may_remove:
            db.execute(
                "UPDATE placement SET wanted = 0, drive_failed = 0, disk_failed = 0"
                " WHERE event_photo = ? AND folder = ?",
                (event_photo, folder),
            )
            changed = True
    renditions.want(db, event_photo, made_as)
    exchanged = renditions.want_here(db, event_photo, filed_as)
    if filed_as and (changed or exchanged):
        meta.count_up(db, meta.STRAYS)
    hand_over(db, event_photo)
    if made_as == HERE and not meta.rebuilding(db, drive=True):
        _stay_here(db, event_photo)
    drop_absent(db, event_photo)
    db.execute(
        "UPDATE event_photo SET planned_at = ?1,"
        " since_at = CASE WHEN ?2 AND state <> 'waiting' THEN ?1 ELSE since_at END WHERE id = ?3",
        (now, changed, event_photo),
    )
    return changed


LEAVING = (  # on Drive by our knowledge, and not wanted there
    "SELECT p.id, p.event_photo, p.made_as, COALESCE(p.owed, p.made_as) AS in_the_end, f.account, p.drive_id,"
    " p.drive_name,"
    " COALESCE(p.drive_from, f.drive_id, '') AS lies_in"
    " FROM event_photo me JOIN event_photo ep ON ep.photo = me.photo JOIN placement p ON p.event_photo = ep.id"
    " JOIN folder f ON f.id = p.folder WHERE me.id = ? AND +p.wanted = 0 AND p.drive_id IS NOT NULL"
    " AND (p.drive = 'there' OR (p.drive = 'sending' AND p.drive_from IS NOT NULL)) ORDER BY p.id"
)
ARRIVING = (
    "SELECT p.id, p.made_as, COALESCE(p.owed, p.made_as) AS in_the_end, f.account FROM event_photo me"
    " JOIN event_photo ep ON ep.photo = me.photo JOIN placement p ON p.event_photo = ep.id"
    " JOIN folder f ON f.id = p.folder"
    " WHERE me.id = ? AND +p.wanted = 1 AND p.drive = 'absent' AND p.drive_id IS NULL ORDER BY p.id"
)


def hand_over(db: Db, event_photo: EventPhotoId) -> None:
    """What leaves a folder on Drive while the same photo is to come into another one is moved there, by its id.

    The new placement has the file from now on, and remembers in which folder it lies until it was moved.
    """
    leaving = db.execute(LEAVING, (event_photo,)).fetchall()
    arriving = db.execute(ARRIVING, (event_photo,)).fetchall() if leaving else []
    for new in arriving:
        beside = [one for one in leaving if one["account"] == new["account"]]  # files are moved within one account
        same = [one for one in beside if one["made_as"] in (new["made_as"], new["in_the_end"])]
        small = [one for one in beside if one["in_the_end"] == new["in_the_end"]]
        old = next(iter(same + small), None)
        if old is None:
            continue
        leaving.remove(old)
        db.execute(
            "UPDATE placement SET drive = 'sending', drive_id = ?, drive_name = ?, drive_from = ?,"
            " made_as = ?, owed = ? WHERE id = ?",
            (
                old["drive_id"],
                old["drive_name"],
                old["lies_in"],
                *renditions.as_found(old["made_as"], new["in_the_end"]),
                new["id"],
            ),
        )
        db.execute(
            "UPDATE placement SET drive = 'absent', drive_id = NULL, drive_name = NULL, drive_from = NULL,"
            " drive_session = NULL, verified_at = NULL WHERE id = ?",
            (old["id"],),
        )
        drop_absent(db, EventPhotoId(old["event_photo"]))


def _stay_here(db: Db, event_photo: EventPhotoId) -> None:
    """What Drive never had, by all that is known of it, waits for nothing there: of a Drive to which its event has just
    come too little is known.
    """
    db.execute(
        "UPDATE placement SET drive = 'removed', drive_failed = 0, drive_attempts = 0, drive_after = 0"
        " WHERE event_photo = ? AND +wanted = 1 AND made_as = ? AND drive = 'absent' AND drive_id IS NULL"
        " AND (SELECT f.account FROM folder f WHERE f.id = placement.folder) NOT IN (SELECT value FROM json_each(?))",
        (event_photo, HERE, json.dumps(meta.drives_to_learn(db))),
    )


def drop_absent(db: Db, event_photo: EventPhotoId) -> None:
    """An unwanted placement's row goes once it is absent at both ends. That a person took the file away is known for as
    long as the photo is wanted elsewhere: it may be theirs again, by an undo, and stays so.
    """
    db.execute(
        "DELETE FROM placement WHERE event_photo = ?1 AND +wanted = 0 AND disk IN ('absent', 'removed')"  # noqa: S608 - ours
        f" AND drive IN ('absent', 'removed') AND NOT ((disk = 'removed' OR {REMOVED_THERE})"
        " AND EXISTS (SELECT 1 FROM placement o WHERE o.event_photo = ?1 AND +o.wanted = 1))",
        (event_photo,),
    )


def forget_removals(db: Db, chosen: str | None = None) -> None:
    """All is to be where it belongs again, whatever a person took away: so is what belongs there by an undo.

    `chosen`: a JSON list of photos' ids in their events, or `None` for all.
    """
    db.execute(
        "DELETE FROM placement WHERE wanted = 0 AND drive IN ('absent', 'removed') AND disk IN ('absent', 'removed')"
        " AND (?1 IS NULL OR event_photo IN (SELECT value FROM json_each(?1)))",
        (chosen,),
    )
    db.execute(  # of what lies in Drive's trash, from where an undo brings it back
        "UPDATE placement SET disk = 'absent', disk_name = NULL WHERE wanted = 0 AND disk = 'removed'"
        " AND (?1 IS NULL OR event_photo IN (SELECT value FROM json_each(?1)))",
        (chosen,),
    )


def gone_with_folders(db: Db, folders: Sequence[FolderId]) -> int:
    """These folders are gone from disk with all that lay in them. Returns how many of it are wanted still.

    Each is looked at anew: a folder that was moved to and fro while it was looked for is there with all in it.
    """
    return db.execute(
        "UPDATE placement SET disk = 'reserved' WHERE disk = 'there' AND wanted = 1"
        " AND folder IN (SELECT value FROM json_each(?))",
        (json.dumps(list(folders)),),
    ).rowcount


def want_nowhere(db: Db, event_photo: EventPhotoId) -> None:
    """The photo is wanted in no folder any more."""
    db.execute(
        "UPDATE placement SET wanted = 0, drive_failed = 0, disk_failed = 0 WHERE event_photo = ?", (event_photo,)
    )
    drop_absent(db, event_photo)


def _is_unsorted(db: Db, folder: FolderId) -> bool:
    kind = db.value("SELECT kind FROM folder WHERE id = ?", (folder,))
    return kind in ("no_faces", "unknown", "videos")


def _called(db: Db, event_photo: EventPhotoId, filed_as: str) -> str:
    """What a photo is called; what is made of it besides is another kind of file."""
    row = db.execute(
        f"SELECT {OWN_NAME} AS name, ph.mime FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.id = ?",  # noqa: S608 - ours
        (event_photo,),
    ).fetchone()
    is_same_kind = filed_as == ORIGINAL or row["mime"] == JPEG
    return str(row["name"]) if is_same_kind else f"{row['name']}{EXTENSION}"


def next_name(db: Db, placement: PlacementId, names: Names, taken: Sequence[str] = ()) -> str | None:
    """A name for this placement: its own still, or the first that nobody has in its folder, nor is `taken`.

    `None`: it is wanted no more, and nothing is left of it.
    """
    row = db.execute(
        "SELECT folder, disk_name, event_photo, filed_as FROM placement WHERE id = ?", (placement,)
    ).fetchone()
    if row is None:
        return None
    own = [] if row["disk_name"] is None else [str(row["disk_name"])]
    called = _called(db, EventPhotoId(row["event_photo"]), row["filed_as"])
    return free_name(db, row["folder"], chain(own, names(called)), taken, placement, row["event_photo"])


def call_anew(db: Db, event_photo: EventPhotoId, names: Names) -> None:
    """What is not filed of a photo yet is called as the photo is called by now."""
    for row in db.execute(
        "SELECT id, folder, filed_as FROM placement WHERE event_photo = ? AND disk = 'reserved' AND disk_inode IS NULL",
        (event_photo,),
    ).fetchall():
        name = free_name(
            db, row["folder"], names(_called(db, event_photo, row["filed_as"])), (), row["id"], event_photo
        )
        db.execute("UPDATE placement SET disk_name = ? WHERE id = ?", (name, row["id"]))


def free_name(
    db: Db,
    folder: FolderId,
    names: Iterator[str],
    taken: Sequence[str] = (),
    but: PlacementId | None = None,
    whose: EventPhotoId | None = None,
) -> str:
    """The first of `names` that no placement in the folder has (`but` this one), nor is `taken`. What gives way to the
    photo (`whose`) leaves its name to it.
    """
    used = {name.casefold() for name in taken}
    for name in names:
        is_used = db.has(
            "SELECT 1 FROM placement p WHERE folder = ? AND disk_name = ? COLLATE NOCASE AND id IS NOT ? AND wanted = 1"
            " AND NOT EXISTS (SELECT 1 FROM giving_way g WHERE g.event_photo = p.event_photo AND g.instead = ?"
            " AND g.asked = 0)",
            (folder, name, but, whose),
        )
        if not is_used and name.casefold() not in used:
            return name
    raise AssertionError("names never end")


def is_wanted(db: Db, event_photo: EventPhotoId) -> bool:
    """Whether the photo is wanted anywhere."""
    return db.has("SELECT 1 FROM placement WHERE event_photo = ? AND +wanted = 1", (event_photo,))


def is_on_drive(db: Db, photo: PhotoId) -> bool:
    """Whether the photo itself lies there, by all that is known; also while it is to be moved, unless that may be what
    was made of it.
    """
    there = (
        "SELECT 1 FROM event_photo ep CROSS JOIN placement p ON p.event_photo = ep.id"
        " WHERE ep.photo = ? AND p.made_as = '' AND (p.drive = 'there' OR (p.drive = 'sending'"
        " AND p.drive_from IS NOT NULL AND NOT EXISTS (SELECT 1 FROM photo ph"
        " CROSS JOIN rendition r ON r.sha256 = ph.sha256 WHERE ph.id = ep.photo))) LIMIT 1"
    )
    return db.has(there, (photo,))


def is_coming(db: Db, photo: PhotoId) -> bool:
    """Whether the photo may lie on Drive as soon as an answer is here, which is still to be asked for, or to come."""
    coming = (
        "SELECT 1 FROM event_photo ep CROSS JOIN placement p ON p.event_photo = ep.id"  # noqa: S608 - ours
        f" WHERE ep.photo = ? AND {MAY_LIE_ON_DRIVE} AND p.drive <> 'there' AND p.drive_from IS NULL"
        " AND +p.drive_due = 1 LIMIT 1"
    )
    return db.has(coming, (photo,))


def wanted_keys(db: Db, event_photos: Sequence[EventPhotoId]) -> dict[EventPhotoId, set[str]]:
    """Where each of these is wanted now: the folders' keys."""
    found = db.gathered(
        "SELECT p.event_photo, f.key FROM json_each(?) one CROSS JOIN placement p ON p.event_photo = one.value"
        " JOIN folder f ON f.id = p.folder WHERE +p.wanted = 1",
        (json.dumps(list(event_photos)),),
    )
    return {photo: set(keys) for photo, keys in found.items()}


@dataclass(frozen=True, slots=True)
class As:
    """A photo's name, what Drive is to have of it (`None`: it is wanted nowhere), and what is filed of it here."""

    name: str
    made_as: str | None
    filed_as: str


def sent_as(db: Db, event_photos: Sequence[EventPhotoId]) -> dict[EventPhotoId, As]:
    """Of each of these that lies somewhere, or is to."""
    rows = db.execute(
        "SELECT p.event_photo, ep.name,"
        " GROUP_CONCAT(DISTINCT CASE p.wanted WHEN 1 THEN COALESCE(p.owed, p.made_as) END) AS made_as,"
        " GROUP_CONCAT(DISTINCT p.filed_as) AS filed_as FROM json_each(?) one CROSS JOIN event_photo ep"
        " ON ep.id = one.value JOIN placement p ON p.event_photo = ep.id GROUP BY ep.id",
        (json.dumps(list(event_photos)),),
    )
    return {EventPhotoId(row["event_photo"]): As(row["name"], row["made_as"], row["filed_as"]) for row in rows}


def of_photo(db: Db, event_photo: EventPhotoId) -> list[Row]:
    """The photo's placements with their folders, wanted first; without those that are wanted and there no more."""
    return db.execute(
        "SELECT p.*, f.kind, f.name AS folder_name, f.disk_path, f.person, f.event, up.name AS up_name,"
        " p.id IN (SELECT placement FROM amiss_on_drive) AS amiss FROM placement p"
        " JOIN folder f ON f.id = p.folder LEFT JOIN folder up ON up.id = f.parent"
        " WHERE p.event_photo = ? AND (+p.wanted = 1 OR p.disk NOT IN ('absent', 'removed')"
        " OR p.drive NOT IN ('absent', 'removed', 'trashed')) ORDER BY p.wanted DESC, p.id",
        (event_photo,),
    ).fetchall()


def bytes_are_back(db: Db, photo: PhotoId) -> None:
    """A file holds the photo's bytes (again): what was set aside for want of them is tried again."""
    db.execute(
        "UPDATE event_photo SET state = 'waiting' WHERE photo = ? AND state = 'failed'"
        " AND EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = event_photo.id AND p.disk_failed = 1)",
        (photo,),
    )
    db.execute(
        "UPDATE placement SET drive_failed = 0, drive_attempts = 0, drive_after = 0, disk_failed = 0, disk_after = 0,"
        " disk = CASE WHEN disk = 'there' AND lies_as <> filed_as THEN 'reserved' ELSE disk END"
        " WHERE (drive_failed = 1 OR disk_failed = 1) AND event_photo IN (SELECT id FROM event_photo WHERE photo = ?)",
        (photo,),
    )


def try_again(db: Db, chosen: str | None) -> int:
    """Failed placements are tried again, also where they are to go, and what a person removed is wanted back; what is
    set aside stays so, and what is filed here alone has nothing to try on Drive.

    `chosen`: a JSON list of photos' ids in their events, or `None` for all. Returns how many placements.
    """
    forget_removals(db, chosen)
    return db.execute(
        "UPDATE placement SET drive_failed = 0, drive_attempts = 0, drive_after = 0, disk_failed = 0, disk_after = 0,"  # noqa: S608 - ours
        " disk = CASE WHEN wanted = 0 THEN disk WHEN disk = 'removed' THEN 'absent'"
        " WHEN disk = 'there' AND lies_as <> filed_as THEN 'reserved' ELSE disk END,"
        f" drive = CASE WHEN wanted = 1 AND {REMOVED_THERE} THEN 'absent' ELSE drive END,"
        f" drive_id = CASE WHEN wanted = 1 AND {REMOVED_THERE} THEN NULL ELSE drive_id END"
        " WHERE wanted IN (0, 1) AND (?1 IS NULL OR event_photo IN (SELECT value FROM json_each(?1)))"
        f" AND (drive_failed = 1 OR disk_failed = 1 OR (wanted = 1 AND (disk = 'removed' OR {REMOVED_THERE})))"
        " AND event_photo NOT IN (SELECT id FROM event_photo WHERE state = 'dismissed')",
        (chosen,),
    ).rowcount


def adopt_photo(db: Db, event_photo: EventPhotoId, folder: FolderId) -> None:
    """A file of ours that lies there for this very placement is taken over, and checked before it counts."""
    found = db.execute(
        "SELECT d.drive_id, d.md5, ph.sha256, COALESCE(p.owed, p.made_as) AS in_the_end FROM drive_found d"
        " JOIN event_photo ep ON ep.id = ?1 JOIN photo ph ON ph.id = ep.photo JOIN folder f ON f.id = ?2"
        " JOIN placement p ON p.event_photo = ep.id AND p.folder = f.id WHERE d.kind = 'photo'"
        " AND d.tag = ph.sha256 AND (d.parent = f.drive_id"
        " OR d.parent IN (SELECT drive_id FROM folder_filled WHERE folder = f.id))"
        " ORDER BY d.number LIMIT 1",
        (event_photo, folder),
    ).fetchone()
    if found:
        db.execute("DELETE FROM drive_found WHERE drive_id = ?", (found["drive_id"],))
        lies_as = renditions.found_as(db, found["sha256"], found["md5"], found["in_the_end"])
        db.execute(
            "UPDATE placement SET drive = 'sending', drive_id = ?, made_as = ?, owed = ?"
            " WHERE event_photo = ? AND folder = ?",
            (found["drive_id"], *renditions.as_found(lies_as, found["in_the_end"]), event_photo, folder),
        )


# Of a placement's folder `f` and the one above it, `up`: as people read where a photo lies.
TO_WHOM = "CASE WHEN up.kind = 'event' THEN f.name ELSE up.name || '/' || f.name END"
TREE = (
    "WITH RECURSIVE tree (id) AS (SELECT ?1 UNION ALL SELECT f.id FROM folder f JOIN tree t ON f.parent = t.id)"
    " SELECT id FROM tree"
)
