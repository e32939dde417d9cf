"""What the disk end has to do: files to put in place or remove, folders to make, rename or remove."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.ledger import photos, placements
from agent.ledger.amiss_on_drive import AS_SENT
from agent.ledger.placements import LIES_THERE, MADE_COLUMNS, Made, made_columns, made_in
from agent.ledger.sightings import from_text, to_text
from agent.ledger.sqlite.rows import Db, Row, from_row
from agent.model import JPEG, ORIGINAL, End, EventId, EventPhotoId, FolderId, PhotoId, PlacementId


@dataclass(frozen=True, slots=True)
class DiskTask:
    """A placement with all that the router needs; `folder_path` and filed paths are below the workspace."""

    placement: PlacementId
    event_photo: EventPhotoId
    folder: FolderId
    folder_path: str
    wanted: bool
    disk: End
    disk_name: str | None
    made: Made | None  # the file that we put there, or are about to
    photo: PhotoId
    event: EventId
    sha256: str
    bytes: int
    name: str
    withdrawn: bool = False  # in whatever event, by an operator, who may take that back; or it waits for their yes
    alone: bool = False  # as of `WANTED_HERE_ALONE`: its last file here is kept
    is_blurred: bool = False  # in whatever event it is filed with a face blurred: the photo itself is kept
    filed_as: str = ORIGINAL  # what is to lie there of it
    lies_as: str = ORIGINAL  # what `made` is
    file_sha256: str = ""  # of what is to lie there; "": it is not made yet
    file_bytes: int = 0
    lying_sha256: str = ""  # of what `made` is; "": not known any more

    @property
    def may_be_last(self) -> bool:
        """Whether it is kept aside where it is the last one here."""
        return self.withdrawn or self.alone

    @property
    def made_of(self) -> tuple[PhotoId, str]:
        return self.photo, self.filed_as


@dataclass(frozen=True, slots=True)
class Filed:
    """A file in its place; `made`: as the router made it, `None` where it was found there, and may be somebody's."""

    placement: PlacementId
    made: Made | None


# Of placement `p` of event_photo `ep`: the photo is wanted, in whatever event, where it does not lie yet, or it has to
# be planned in one first. What lies here may be the only file that holds its bytes.
NEEDED_STILL = (
    "EXISTS (SELECT 1 FROM event_photo e LEFT JOIN placement o ON o.event_photo = e.id AND +o.wanted = 1"
    " WHERE e.photo = ep.photo AND ((e.state = 'waiting' AND e.planned_at IS NULL)"
    " OR o.disk NOT IN ('there', 'removed')))"
)
# Of what is wanted there no more: the photo is so elsewhere, in whatever event, and by all that is known Drive does not
# have it as it is.
WANTED_HERE_ALONE = (
    "(p.wanted = 0 AND EXISTS (SELECT 1 FROM event_photo e CROSS JOIN placement o"  # noqa: S608 - our own words
    " ON o.event_photo = e.id AND +o.wanted = 1 WHERE e.photo = ep.photo)"
    " AND NOT EXISTS (SELECT 1 FROM event_photo e CROSS JOIN placement o ON o.event_photo = e.id AND +o.wanted = 1"
    f" WHERE e.photo = ep.photo AND +o.drive = 'there' AND o.made_as = '{ORIGINAL}' AND {AS_SENT.format(p='o')}))"
)


def due(db: Db, now: float, limit: int) -> list[DiskTask]:
    """What the disk end has to do. A file that is not wanted any more goes only when all that are wanted are there."""
    rows = db.execute(
        "SELECT p.*, p.id AS placement, f.disk_path, ep.photo, ep.event, ep.name, ph.sha256, ph.bytes,"  # noqa: S608 - ours
        f" {placements.FILE_SHA256} AS file_sha256, {placements.FILE_BYTES} AS file_bytes,"
        f" {placements.LYING_SHA256} AS lying_sha256,"
        " EXISTS (SELECT 1 FROM event_photo w WHERE w.photo = ep.photo AND +w.state IN ('withdrawn', 'held'))"
        f" AS withdrawn, {WANTED_HERE_ALONE} AS alone,"
        " EXISTS (SELECT 1 FROM event_photo w JOIN placement b ON b.event_photo = w.id"
        " AND b.filed_as <> '' WHERE w.photo = ep.photo) AS is_blurred"
        " FROM placement p"
        " JOIN folder f ON f.id = p.folder JOIN event_photo ep ON ep.id = p.event_photo"
        f" JOIN photo ph ON ph.id = ep.photo{placements.FILED} WHERE p.disk_due = 1 AND p.disk_after <= ?"
        f" AND (p.wanted = 1 OR NOT {NEEDED_STILL})"
        " ORDER BY p.priority DESC, p.wanted_at DESC LIMIT ?",
        (now, limit),
    )
    return [_task(row) for row in rows]


def _task(row: Row) -> DiskTask:
    return from_row(DiskTask, row, folder_path=row["disk_path"], made=made_in(row))


def next_due_at(db: Db) -> float | None:
    """When there is something to do that nothing else has to come before; `None`: there is not."""
    return db.value(
        "SELECT MIN(p.disk_after) FROM placement p"  # noqa: S608 - ours
        " JOIN event_photo ep ON ep.id = p.event_photo"
        f" WHERE p.disk_due = 1 AND (p.wanted = 1 OR NOT {NEEDED_STILL})"
    )


@dataclass(frozen=True, slots=True)
class FiledCopy:
    """A file that stands for a photo; `made`: as we made it, `None` where nobody knows that we did."""

    folder_path: str
    name: str
    made: Made | None
    lies_as: str = ORIGINAL


def filed_copies(db: Db, photo: PhotoId) -> list[FiledCopy]:
    """Files that stand for the photo, in any event; `folder_path` below the workspace."""
    rows = db.execute(
        "SELECT f.disk_path, p.*, ph.bytes FROM event_photo ep"  # noqa: S608 - ours
        " JOIN photo ph ON ph.id = ep.photo JOIN placement p ON p.event_photo = ep.id JOIN folder f ON f.id = p.folder"
        f" WHERE ep.photo = ? AND {LIES_THERE}",
        (photo,),
    )
    return [FiledCopy(str(row["disk_path"]), str(row["disk_name"]), made_in(row), row["lies_as"]) for row in rows]


def filed_paths(db: Db, photo: PhotoId, lies_as: str = ORIGINAL) -> list[str]:
    """Those that are the photo itself, or that were made of it so, as paths below the workspace."""
    return [f"{one.folder_path}/{one.name}" for one in filed_copies(db, photo) if one.lies_as == lies_as]


@dataclass(frozen=True, slots=True)
class StandIn:
    """What is shown of a photo in which somebody is not to be known; `paths` below the workspace."""

    sha256: str
    paths: list[str]


def stand_in(db: Db, photo: PhotoId, *, blurred: bool = False) -> StandIn | None:
    """`None`: the photo itself is shown. `blurred`: a face on it is to be, also where nothing is filed of it, as it
    waits for a yes: then there is nothing to be shown yet.
    """
    row = db.execute(
        "SELECT p.filed_as, COALESCE(r.made_sha256, '') AS made_sha256 FROM event_photo ep JOIN photo ph"
        " ON ph.id = ep.photo JOIN placement p ON p.event_photo = ep.id AND p.filed_as <> '' LEFT JOIN rendition r"
        " ON r.sha256 = ph.sha256 AND r.made_as = p.filed_as WHERE ep.photo = ? ORDER BY p.id DESC LIMIT 1",
        (photo,),
    ).fetchone()
    if row is None:
        return StandIn("", []) if blurred and photos.kind_of(db, photo) == photos.IMAGE else None
    return StandIn(row["made_sha256"], filed_paths(db, photo, row["filed_as"]))


def is_shown(db: Db, photo: PhotoId) -> bool:
    """Whether the photo itself may be seen: nothing lies in its place, nor was made of it, with a face blurred."""
    made = (
        "SELECT 1 FROM photo ph JOIN rendition r ON r.sha256 = ph.sha256 AND instr(r.made_as, '~')"
        " WHERE ph.id = ? LIMIT 1"
    )
    return stand_in(db, photo) is None and not db.has(made, (photo,))


def note_found(db: Db, path: str, made: Made, stands_for: tuple[str, str] = ("", "")) -> None:
    """A file in a folder of ours, found while the ledger was rebuilt, is one that we made.

    `stands_for`: the SHA-256 of the photo in whose place it lies, and what was made of it.
    """
    db.execute(
        "INSERT OR REPLACE INTO disk_found (path, bytes, mtime_ns, inode, device, born_us, sha256, made_as)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (to_text(path), made.bytes, made.mtime_ns, made.inode, made.device, made.born_us, *stands_for),
    )


NOBODYS = -1  # in an inode's place: what was found may be somebody's copy of what we made
FOUND = (
    "SELECT s.path AS found, d.* FROM sighting s LEFT JOIN disk_found d ON d.path = s.path"
    " WHERE s.photo = ?1 AND s.folder = ''",
    "SELECT d.path AS found, d.* FROM photo ph JOIN disk_found d ON d.sha256 = ph.sha256 AND d.sha256 <> ''"
    " WHERE ph.id = ?1",
)


def found_as(db: Db, folder: Path, photo: PhotoId, filed_as: str) -> FiledCopy | None:
    """The photo, or what was made of it, in a folder of ours where it was found while the ledger was rebuilt.

    With what tells the file from others, where it is known that we made it. That goes before what is not known so, and
    what is to lie there before all else: under another name, by an older ledger, the photo may have lain there.
    """
    found: list[FiledCopy] = []
    for query in FOUND:
        for row in db.execute(query, (photo,)):
            path = Path(from_text(row["found"]))
            if path.parent == folder:
                values = (row["bytes"], row["mtime_ns"], row["inode"], row["device"], row["born_us"])
                made = None if row["inode"] in (None, NOBODYS) else Made(*values)
                found.append(FiledCopy(str(folder), path.name, made, row["made_as"] or ORIGINAL))
    return max(found, key=lambda one: (one.made is not None, one.lies_as == filed_as), default=None)


def count_blurred(db: Db) -> int:
    """Photos that are filed with a face blurred; the files of one shot are one."""
    return db.value(
        "SELECT COUNT(DISTINCT COALESCE(ep.twin_of, ep.id)) FROM event_photo ep WHERE ep.id IN"
        " (SELECT event_photo FROM placement WHERE filed_as <> '' AND +wanted = 1)"
        " AND +ep.state IN ('filed', 'unsorted')"
    )


def vacated(db: Db, placements_: Sequence[PlacementId]) -> None:
    """What had the place of what is to lie there is gone: nothing of ours lies there now.

    What is no JPEG and what is made of it have names of their own.
    """
    db.executemany(
        "UPDATE placement SET disk_inode = NULL, disk_bytes = NULL, disk_name = CASE WHEN (SELECT ph.mime"
        " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.id = placement.event_photo) = ?"
        " THEN disk_name END WHERE id = ?",
        [(JPEG, one) for one in placements_],
    )


def reserve(db: Db, placement: PlacementId, name: str, made: Made | None, filed_as: str = ORIGINAL) -> bool:
    """This name is about to be given to that file. Returns whether it is wanted still."""
    return db.changed(
        f"UPDATE placement SET disk = 'reserved', disk_name = ?, lies_as = ?, ({MADE_COLUMNS}) = (?, ?, ?, ?, ?)"  # noqa: S608 - ours
        " WHERE id = ? AND wanted = 1 AND filed_as = ?",
        (name, filed_as, *made_columns(made), placement, filed_as),
    )


def finish(db: Db, filed: Sequence[Filed], now: float) -> list[EventPhotoId]:
    """These files lie in their places. Returns the photos that are whole on disk by that."""
    touched: set[EventPhotoId] = set()
    for one in filed:
        row = db.execute(
            "UPDATE placement SET disk = CASE WHEN lies_as = filed_as THEN 'there' ELSE 'reserved' END,"  # noqa: S608 - ours
            f" disk_failed = 0, ({MADE_COLUMNS}) = (?, ?, ?, ?, ?) WHERE id = ? RETURNING event_photo",
            (*made_columns(one.made), one.placement),
        ).fetchone()
        if row:
            touched.add(EventPhotoId(row["event_photo"]))
    return photos.settle_states(db, touched, now)


def removed(db: Db, placement: PlacementId, now: float) -> None:
    """An unwanted file is not there any more."""
    row = db.execute(
        "UPDATE placement SET disk = 'absent', disk_name = NULL, disk_inode = NULL WHERE id = ?"
        " RETURNING event_photo, wanted",
        (placement,),
    ).fetchone()
    if row is None:
        return
    if row["wanted"]:  # again, since
        photos.settle_states(db, {EventPhotoId(row["event_photo"])}, now)
    else:
        placements.drop_absent(db, EventPhotoId(row["event_photo"]))


def taken_away(db: Db, lost: Sequence[PlacementId], seen_at: float) -> int:
    """A person removed these files before `seen_at`: left so until asked for. Returns how many."""
    count = 0
    for placement in lost:
        count += db.execute(
            "UPDATE placement SET disk = 'removed', disk_inode = NULL WHERE id = ? AND disk = 'there' AND wanted = 1"
            " AND wanted_at <= ?",
            (placement, seen_at),
        ).rowcount
    return count


def taken_from(db: Db, folder: FolderId, names: Collection[str]) -> list[tuple[PlacementId, str, Made]]:
    """What a person took out of a folder and had one of these names: placement, name, and how the file was made.

    Not its inode (0), which may be another file's by now: when it was made tells it from others, where that is known.
    """
    rows = db.execute(
        f"SELECT id, disk_name, {MADE_COLUMNS} FROM placement WHERE folder = ? AND disk = 'removed' AND +wanted = 1"  # noqa: S608 - ours
        " AND disk_born_us IS NOT NULL AND disk_bytes IS NOT NULL",
        (folder,),
    )
    return [
        (PlacementId(id), name, Made(size, mtime_ns, 0, device, born))
        for id, name, _, mtime_ns, device, born, size in rows
        if name in names
    ]


def put_back(db: Db, found: Sequence[tuple[PlacementId, Made]], now: float) -> int:
    """A person has put these files of ours back into their places. Returns how many photos that is."""
    change = (
        "UPDATE placement SET disk = CASE WHEN lies_as = filed_as THEN 'there' ELSE 'reserved' END,"  # noqa: S608 - ours
        f" disk_failed = 0, disk_after = 0, ({MADE_COLUMNS}) = (?, ?, ?, ?, ?)"
        " WHERE id = ? AND disk = 'removed' AND wanted = 1 RETURNING event_photo"
    )
    touched = {db.value(change, (*made_columns(made), placement)) for placement, made in found} - {None}
    photos.settle_states(db, touched, now)
    return len(touched)


# Placements `p` of photos in their events, `ep`, that were filed, and of which a person took away the last file here.
_NOWHERE_HERE = (
    " FROM placement p INDEXED BY placement_removed CROSS JOIN event_photo ep ON ep.id = p.event_photo"  # noqa: S608 - ours
    " {more} WHERE p.disk = 'removed' AND +p.wanted = 1 AND ep.state IN ('filed', 'unsorted') AND NOT EXISTS"
    " (SELECT 1 FROM event_photo o CROSS JOIN placement q ON q.event_photo = o.id WHERE o.photo = ep.photo AND "
    + LIES_THERE.replace("p.", "q.")
    + ")"
)
_ON_DRIVE = (
    "EXISTS (SELECT 1 FROM event_photo o CROSS JOIN placement q ON q.event_photo = o.id WHERE o.photo = ep.photo"
    " AND +q.wanted = 1 AND {so})"
)
_AS_FILED = f"q.made_as IN ('{ORIGINAL}', q.filed_as)"  # and not made smaller
COUNT_GONE = (
    "SELECT COUNT(DISTINCT COALESCE(ep.twin_of, ep.id))"
    + _NOWHERE_HERE.format(more="")
    + " AND NOT (?1 AND "
    + _ON_DRIVE.format(so=f"q.drive <> 'removed' AND {_AS_FILED}")
    + ")"
)
ON_CARDS = (  # but for photos that are kept elsewhere here, as in Processed
    "SELECT s.folder, ?1 AND "  # noqa: S608 - our own words
    + _ON_DRIVE.format(so=f"q.drive = 'there' AND {_AS_FILED} AND {AS_SENT.format(p='q')}")
    + " AS on_drive, COUNT(DISTINCT s.path)"
    + _NOWHERE_HERE.format(more="CROSS JOIN sighting s ON s.photo = ep.photo AND s.folder <> ''")
    + " AND NOT EXISTS (SELECT 1 FROM sighting k WHERE k.photo = ep.photo AND k.folder = '') GROUP BY 1, 2"
)


def count_gone(db: Db, *, drive: bool) -> int:
    """Photos that a person took out of all their folders here, and where Drive is in use, there, too."""
    return db.value(COUNT_GONE, (drive,))


def count_to_file(db: Db, events: Sequence[EventId] | None = None) -> int:
    """Photos of these events, `None`: of all, that lie on Drive, all of them, and wait to be filed here."""
    return db.value(COUNT_TO_FILE, (None if events is None else json.dumps(list(events)),))


COUNT_TO_FILE = (
    "SELECT COALESCE(SUM(number), 0) FROM shot_tally WHERE 'waiting' IN (state, other)"
    " AND state NOT IN ('withdrawn', 'superseded') AND (whole = 1 OR state NOT IN ('waiting', 'filed', 'unsorted'))"
    " AND (other_whole = 1 OR other NOT IN ('waiting', 'filed', 'unsorted'))"
    " AND (?1 IS NULL OR event IN (SELECT value FROM json_each(?1)))"
)


def gone_but_on_cards(db: Db, *, drive: bool) -> list[tuple[str, bool, int]]:
    """The same that lie in incoming folders still: the folder, whether Drive has them, how many files."""
    return [(from_text(folder), bool(there), number) for folder, there, number in db.execute(ON_CARDS, (drive,))]


def put_off(db: Db, placement: PlacementId, until: float) -> None:
    db.execute("UPDATE placement SET disk_after = ? WHERE id = ?", (until, placement))


def park(db: Db, placement: PlacementId, filed_as: str) -> bool:
    """Not tried again until somebody asks; what has its place stays. Returns whether it still is to be there, so."""
    return db.changed(
        "UPDATE placement SET disk_failed = 1, disk = CASE WHEN disk_inode IS NOT NULL AND lies_as <> filed_as"
        " THEN 'there' ELSE disk END WHERE id = ? AND wanted = 1 AND filed_as = ?",
        (placement, filed_as),
    )


def in_folder_but(db: Db, folder: FolderId, names: Collection[str]) -> list[tuple[PlacementId, str]]:
    """What lies in a folder by our knowledge, placement and name, and is none of these; the others are not held."""
    rows = db.execute("SELECT id, disk_name FROM placement WHERE folder = ? AND disk = 'there'", (folder,))
    return [(PlacementId(id), name) for id, name in rows if name not in names]


def photos_due(db: Db) -> list[EventPhotoId]:
    """Photos of which something is to be filed again."""
    return db.column("SELECT DISTINCT event_photo FROM placement WHERE disk_due = 1 AND +wanted = 1")


def files_of_ours(db: Db) -> int:
    """How many lie in their places, or are about to, at most: one by one they take 14 s of a million from a disk."""
    return db.value("SELECT COALESCE(SUM(number), 0) FROM placement_tally")
