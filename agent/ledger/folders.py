"""Folders of ours: one tree, the same on disk and on Drive; where events lie there, and what was found of ours."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from agent.ledger import drive_queue, meta, placements
from agent.ledger.drive_folders import COMES_AND_GOES, numbered
from agent.ledger.sqlite.rows import Db, Row, from_row
from agent.model import FOLDER_NAMES, DriveId, End, EventId, EventPhotoId, FolderId, FolderKind, PersonId


@dataclass(frozen=True, slots=True)
class FolderSpec:
    """A wanted folder. `key` names it for ever; `disk_path` is below the workspace, `None` where disk has none."""

    key: str
    parent: str | None
    kind: FolderKind
    name: str
    disk_path: str | None
    event: EventId | None = None
    person: PersonId | None = None
    account: str = ""  # whose Drive it is to lie on; below another folder: on the same


ROOT = "root"


def root_folder(account: str) -> FolderSpec:
    """Our topmost folder on an account's Drive. Each Drive has one, which bears the same mark on each (`mark_of`)."""
    key = f"{ROOT}:{account}" if account else ROOT
    return FolderSpec(key, None, FolderKind.ROOT, FOLDER_NAMES[FolderKind.ROOT], None, account=account)


def mark_of(key: str) -> str:
    """A folder's key as Drive has it."""
    return ROOT if key.startswith(f"{ROOT}:") else key


def key_of(mark: str, account: str) -> str:
    """The key of what bears this mark on that account's Drive."""
    return root_folder(account).key if mark == ROOT else mark


@dataclass(frozen=True, slots=True)
class DriveFolder:
    """A folder that is not on Drive yet, below one that is. `key` and `name` are those on Drive: `…#2`, `Solo (2)`."""

    id: FolderId
    key: str
    kind: FolderKind
    name: str
    parent: DriveId | None
    reserved: DriveId | None
    base: str = ""  # the name that the folder has with us: `Solo`
    account: str = ""


KNOWN = "SELECT id, drive, name, wanted, disk_path FROM folder WHERE key = ?"


def ensure(db: Db, specs: Sequence[FolderSpec], now: float) -> dict[str, FolderId]:
    """The rows of these folders, parents first; made where missing, called so where they had other names.

    Returns key -> id.
    """
    ids: dict[str, FolderId] = {}
    for spec in specs:
        row = db.execute(KNOWN, (spec.key,)).fetchone()
        if row is None:
            parent = None if spec.parent is None else ids.get(spec.parent) or find(db, spec.parent)
            db.execute(
                "INSERT INTO folder (key, parent, event, person, kind, name, disk_path, wanted_at, disk, account)"
                " VALUES (:key, :parent, :event, :person, :kind, :name, :disk_path, :now,"
                " CASE WHEN :disk_path IS NULL THEN 'there' ELSE 'absent' END,"
                " COALESCE((SELECT account FROM folder WHERE id = :parent), :account))",
                {**asdict(spec), "parent": parent, "now": now},
            )
            row = db.execute(KNOWN, (spec.key,)).fetchone()
        ids[spec.key] = FolderId(row["id"])
        if (row["name"], row["wanted"], row["disk_path"]) != (spec.name, 1, spec.disk_path):
            rename(db, ids[spec.key], spec.name, spec.disk_path)
        if row["drive"] == "absent":
            adopt_folder(db, ids[spec.key])
    return ids


def called_otherwise(db: Db, names: Mapping[str, str]) -> list[tuple[EventId, PersonId]]:
    """Key -> name: the people whose folder is wanted already, under another name."""
    rows = db.execute(
        "SELECT f.event, f.person FROM folder f JOIN json_each(?) n ON f.key = n.key AND f.name <> n.value"
        " WHERE f.wanted = 1",
        (json.dumps(dict(names)),),
    )
    return [(row["event"], row["person"]) for row in rows]


def find(db: Db, key: str) -> FolderId | None:
    return db.value("SELECT id FROM folder WHERE key = ?", (key,))


# ---- Drive


def due_on_drive(db: Db, now: float, quiet: Sequence[str] = (), account: str = "") -> list[DriveFolder]:
    """An account's folders whose parent is on Drive and that are not themselves; persons' folders before all others.

    `quiet`: events of which nothing is sent.
    """
    rows = db.execute(
        "SELECT f.id, f.key, f.kind, f.name, f.name AS base, f.rolled, f.drive_id AS reserved, up.drive_id AS parent,"
        " f.account FROM folder f"
        " LEFT JOIN folder up ON up.id = f.parent"
        " WHERE f.drive <> 'there' AND f.drive IN ('absent', 'reserved') AND f.wanted = 1 AND f.drive_after <= ?"
        " AND f.account = ? AND (f.parent IS NULL OR up.drive = 'there')"
        " AND (f.event IS NULL OR f.event NOT IN (SELECT value FROM json_each(?)))"
        " ORDER BY f.person IS NULL, f.id",
        (now, account, json.dumps(list(quiet))),
    )
    return [
        from_row(
            DriveFolder,
            row,
            key=f"{row['key']}#{row['rolled'] + 1}" if row["rolled"] else row["key"],
            name=numbered(row["name"], row["rolled"]),
        )
        for row in rows
    ]


def due_again_at(db: Db, now: float, account: str = "") -> float | None:
    """When the first of those is tried again that Drive refused, or that wait for an answer."""
    return db.value(
        "SELECT MIN(drive_after) FROM folder WHERE drive <> 'there' AND drive IN ('absent', 'reserved') AND wanted = 1"
        " AND account = ? AND drive_after > ?",
        (account, now),
    )


def own_on_drive(db: Db, account: str = "") -> DriveId | None:
    """A folder that venuesync made on that Drive, the oldest of those that are there; `None`: there is none yet."""
    return db.value(
        "SELECT drive_id FROM folder WHERE drive = 'there' AND drive_given = 0 AND wanted = 1 AND drive_id IS NOT NULL"
        " AND account = ? ORDER BY id LIMIT 1",
        (account,),
    )


def reserve_on_drive(db: Db, folder: FolderId, account: str, given: DriveId | None = None) -> DriveId | None:
    """Keep an id for a folder before Drive is asked to make it, unless it has one, or one is `given`.

    `None`: there are none left, or it is not to be made on that account's Drive any more.
    """
    row = db.execute("SELECT account, drive, drive_id FROM folder WHERE id = ?", (folder,)).fetchone()
    if row is None or row["account"] != account or row["drive"] not in (End.ABSENT, End.RESERVED):
        return None
    drive_id = given or row["drive_id"]
    if drive_id is None and (drive_id := drive_queue.take_id(db, account)) is not None:
        db.execute("UPDATE folder SET drive = 'reserved', drive_id = ? WHERE id = ?", (drive_id, folder))
    return drive_id


def account_of(db: Db, folder: FolderId) -> str:
    """Whose Drive it lies on, or is to."""
    return db.value("SELECT account FROM folder WHERE id = ?", (folder,)) or ""


def unreserve_on_drive(db: Db, folder: FolderId) -> None:
    """The kept id cannot be used."""
    db.execute("UPDATE folder SET drive = 'absent', drive_id = NULL WHERE id = ? AND drive <> 'there'", (folder,))


def on_drive(db: Db, account: str = "") -> list[tuple[FolderId, DriveId]]:
    """Every folder that that Drive has, by our knowledge; parents first."""
    there = "SELECT id, drive_id FROM folder WHERE drive = 'there' AND wanted = 1 AND account = ? ORDER BY id"
    rows = db.execute(there, (account,))
    return [(FolderId(row["id"]), DriveId(row["drive_id"])) for row in rows]


def name_of(db: Db, folder: FolderId) -> str:
    """For people: `Mia Lindqvist/Solo`, `People`."""
    row = db.execute(
        "SELECT f.name, f.kind, up.name AS up FROM folder f LEFT JOIN folder up ON up.id = f.parent WHERE f.id = ?",
        (folder,),
    ).fetchone()
    return f"{row['up']}/{row['name']}" if row["kind"] in ("solo", "group") else str(row["name"])


def parent_of(db: Db, folder: FolderId) -> FolderId | None:
    parent = db.execute("SELECT parent FROM folder WHERE id = ?", (folder,)).fetchone()["parent"]
    return None if parent is None else FolderId(parent)


def made_on_drive(
    db: Db, folder: FolderId, drive_id: DriveId, name: str, now: float, *, given: bool = False, account: str = ""
) -> None:
    """Drive has it, under this name of ours. `given`: it is somebody's own folder, which stands for ours.

    Without effect where it is to lie on another account's Drive by now, or another one was found there.
    """
    db.execute(
        "UPDATE folder SET drive = 'there', drive_id = ?1, drive_name = ?2, made_at = ?3, drive_given = ?4"
        " WHERE id = ?5 AND account = ?6 AND (?4 OR drive_id IS NULL OR drive_id = ?1)",
        (drive_id, name, now, given, folder, account),
    )


def put_off_on_drive(db: Db, folder: FolderId, until: float) -> None:
    db.execute("UPDATE folder SET drive_after = ? WHERE id = ?", (until, folder))


def lost_on_drive(db: Db, folder: FolderId) -> int:
    """The folder is gone from Drive with all below it: all of it is made again and refilled under new ids.

    Returns how many photos that concerns.
    """
    tree = db.execute(
        "WITH RECURSIVE tree (id) AS (SELECT ? UNION ALL SELECT f.id FROM folder f JOIN tree t ON f.parent = t.id)"
        " SELECT json_group_array(id) FROM tree",
        (folder,),
    ).fetchone()[0]
    db.execute(
        "UPDATE event_photo SET verified_at = NULL WHERE id IN (SELECT event_photo FROM placement"
        " WHERE folder IN (SELECT value FROM json_each(?)) AND wanted = 1 AND drive <> 'removed')",
        (tree,),
    )
    db.execute(
        "UPDATE folder SET drive = 'absent', drive_id = NULL, drive_name = NULL, drive_after = 0"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (tree,),
    )
    db.execute(  # a file that was on its way into it lies where it was: it is moved when the folder is there again
        "UPDATE placement SET drive_failed = 0, drive_after = 0 WHERE folder IN (SELECT value FROM json_each(?))"
        " AND wanted = 1 AND drive = 'sending' AND drive_from IS NOT NULL",
        (tree,),
    )
    # What may lie in one that was filled before it is looked for by its id: it is there still.
    doubted = db.execute(
        DOUBTED + " AND drive IN ('sending', 'there', 'trashed') AND folder IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own words
        " AND folder IN (SELECT folder FROM folder_filled)",
        (tree,),
    ).rowcount
    return (
        doubted
        + db.execute(
            "UPDATE placement SET drive = 'absent', drive_id = NULL, drive_session = NULL, verified_at = NULL,"
            " drive_failed = 0 WHERE folder IN (SELECT value FROM json_each(?)) AND wanted = 1 AND drive <> 'removed'"
            " AND drive_from IS NULL AND folder NOT IN (SELECT folder FROM folder_filled)",
            (tree,),
        ).rowcount
    )


DOUBTED = (  # asked for by their ids, and sent again where they are not there
    "UPDATE placement SET drive = 'sending', drive_session = NULL, verified_at = NULL, drive_failed = 0,"
    " drive_after = 0 WHERE wanted = 1 AND drive_id IS NOT NULL AND drive_from IS NULL"
)


def filled_on_drive(db: Db, account: str = "") -> list[tuple[FolderId, DriveId]]:
    """Those of that Drive that hold as many items as they may."""
    rows = db.execute(
        "SELECT l.folder, l.drive_id FROM folder_filled l JOIN folder f ON f.id = l.folder"
        " WHERE f.wanted = 1 AND f.account = ?",
        (account,),
    )
    return [(FolderId(row["folder"]), DriveId(row["drive_id"])) for row in rows]


def filled_is_lost(db: Db, folder: FolderId, filled: DriveId) -> int:
    """It is gone from Drive with what lay in it: which of the folder's files that are is asked of Drive. Returns how
    many are asked for; called twice, does nothing more.
    """
    if not db.changed("DELETE FROM folder_filled WHERE drive_id = ? AND folder = ?", (filled, folder)):
        return 0
    db.execute(
        "UPDATE event_photo SET verified_at = NULL WHERE id IN (SELECT event_photo FROM placement"
        " WHERE folder = ? AND wanted = 1 AND drive = 'there')",
        (folder,),
    )
    return db.execute(DOUBTED + " AND drive = 'there' AND folder = ?", (folder,)).rowcount


@dataclass(frozen=True, slots=True)
class Above:
    """A folder, or one above it. `there`: on Drive; `given`: it is somebody's own."""

    id: FolderId
    there: bool
    drive_id: DriveId | None
    given: bool


def above(db: Db, folder: FolderId) -> list[Above]:
    """The folder itself, and those that it lies in, up to the topmost."""
    rows = db.execute(
        "WITH RECURSIVE up (id, depth) AS (SELECT ?, 0 UNION ALL SELECT f.parent, depth + 1 FROM folder f JOIN up"
        " ON f.id = up.id WHERE f.parent IS NOT NULL) SELECT f.id, f.drive = 'there' AS there, f.drive_id,"
        " f.drive_given AS given FROM up JOIN folder f ON f.id = up.id ORDER BY up.depth",
        (folder,),
    )
    return [from_row(Above, row) for row in rows]


def destination_gone(db: Db, folder: FolderId, drive_id: DriveId) -> bool:
    """Somebody's own folder is to be looked for until it is there again; what lies in it is with it. Returns whether
    this was news.
    """
    return db.changed(
        "UPDATE folder SET drive = 'absent', drive_id = NULL, drive_name = NULL, drive_after = 0"
        " WHERE id = ? AND drive_id = ? AND drive_given = 1",
        (folder, drive_id),
    )


def roll_over(db: Db, folder: FolderId, filled: DriveId) -> bool:
    """Drive takes no more items into that one: the next go into another. Returns whether this was news."""
    news = db.changed(
        "UPDATE folder SET drive = 'absent', drive_id = NULL, drive_name = NULL, drive_after = 0, rolled = rolled + 1"
        " WHERE id = ? AND drive_id = ?",
        (folder, filled),
    )
    if news:
        db.execute("INSERT OR IGNORE INTO folder_filled VALUES (?, ?)", (filled, folder))
    return news


def drive_id_of(db: Db, folder: FolderId) -> DriveId | None:
    return db.value("SELECT drive_id FROM folder WHERE id = ? AND drive = 'there'", (folder,))


def folder_of_person(db: Db, person: PersonId) -> Row | None:
    """Their own folder: `disk_path` below the workspace, `drive_id`, `made_at`."""
    return db.execute("SELECT disk_path, drive_id, drive FROM folder WHERE key = ?", (f"person:{person}",)).fetchone()


def keep_only(db: Db, event: EventId, people: Collection[PersonId], *, all_photos: bool) -> int:
    """Folders of anybody else in the event are not wanted any more, nor the one of all photos. Returns how many."""
    return db.execute(
        "UPDATE folder SET wanted = 0 WHERE event = ?1 AND wanted = 1 AND ((kind = 'all_photos' AND NOT ?3)"
        " OR (person IS NOT NULL AND person NOT IN (SELECT value FROM json_each(?2))))",
        (event, json.dumps(list(people)), all_photos),
    ).rowcount


def rename(db: Db, folder: FolderId, name: str, disk_path: str | None) -> None:
    """The folder is wanted, under this name; where it lies under another one it is to be renamed.

    What lies, or is to lie, in one that is to be renamed goes with that.
    """
    known = db.execute(
        "SELECT f.*, up.disk_wanted AS up_wanted FROM folder f LEFT JOIN folder up ON up.id = f.parent WHERE f.id = ?",
        (folder,),
    ).fetchone()
    if not known["wanted"] or known["name"] != name:
        db.execute(
            "UPDATE folder SET wanted = 1, name = ?, drive_after = 0, disk_after = 0,"
            # one that is still to be found there has its earlier name
            " drive_name = CASE drive WHEN 'absent' THEN COALESCE(drive_name, name) ELSE drive_name END WHERE id = ?",
            (name, folder),
        )
    if disk_path == (known["disk_wanted"] or known["disk_path"]) or known["up_wanted"]:
        return
    if known["disk"] == "absent":
        db.execute("UPDATE folder SET disk_path = ?, disk_wanted = NULL WHERE id = ?", (disk_path, folder))
    elif known["kind"] == "person":
        wanted = None if disk_path == known["disk_path"] else disk_path
        db.execute("UPDATE folder SET disk_wanted = ? WHERE id = ?", (wanted, folder))


def look_again(db: Db) -> None:
    """What kept folders that nobody wants any more may be gone."""
    db.execute("UPDATE folder SET disk_after = 0, drive_after = 0 WHERE wanted = 0")


def left_to_do(db: Db, now: float, *, drive: bool, account: str | None = None) -> int:
    """Folders that are called otherwise by now, or are not wanted any more and are there still.

    `account`: only those that belong on its Drive.
    """
    unwanted = db.execute(
        "SELECT COUNT(*) FROM folder WHERE wanted = 0 AND ((disk <> 'absent' AND disk_path IS NOT NULL"  # noqa: S608 - ours
        f" AND disk_after <= ?2) OR (?1 AND {COMES_AND_GOES} AND drive IN ('there', 'trashing')"
        " AND drive_after <= ?2)) AND (?3 IS NULL OR account = ?3)",
        (drive, now, account),
    ).fetchone()[0]
    renamed = db.execute(
        "SELECT COUNT(*) FROM folder WHERE (disk_wanted IS NOT NULL OR drive_name IS NOT name) AND wanted = 1"
        " AND (disk_wanted IS NOT NULL OR (?1 AND drive = 'there' AND drive_after <= ?2))"
        " AND (?3 IS NULL OR account = ?3)",
        (drive, now, account),
    ).fetchone()[0]
    return int(unwanted) + int(renamed)


# ---- where events lie on Drive


@dataclass(frozen=True, slots=True)
class Home:
    """An event's folder on Drive. `above`: the folder in which one of ours would lie."""

    folder: FolderId
    key: str
    name: str
    drive_id: DriveId
    given: bool
    above: DriveId | None


def homes(db: Db, account: str = "") -> list[Home]:
    rows = db.execute(
        "SELECT f.id AS folder, f.key, f.name, f.drive_id, f.drive_given AS given, up.drive_id AS above FROM folder f"
        " LEFT JOIN folder up ON up.id = f.parent WHERE f.kind = 'event' AND f.drive = 'there' AND f.wanted = 1"
        " AND f.account = ?",
        (account,),
    )
    return [from_row(Home, row) for row in rows]


def inside(db: Db, folder: FolderId) -> list[DriveId]:
    """What lies in it by our doing."""
    return db.column(
        "SELECT drive_id FROM folder WHERE parent = ?1 AND drive = 'there' UNION SELECT drive_id FROM folder_filled"
        " WHERE folder IN (SELECT id FROM folder WHERE parent = ?1)",
        (folder,),
    )


def reserve_home(db: Db, folder: FolderId) -> DriveId | None:
    """An id for a folder of ours in place of the one that was given; the same one until it is moved into."""
    kept = meta.get(db, f"home:{folder}")
    if kept:
        return DriveId(kept)
    fresh = drive_queue.take_id(db, account_of(db, folder))
    if fresh is not None:
        meta.put(db, f"home:{folder}", fresh)
    return fresh


def home_moved(db: Db, home: Home, drive_id: DriveId, *, given: bool) -> None:
    db.execute(
        "UPDATE folder SET drive_id = ?, drive_name = ?, drive_given = ? WHERE id = ? AND drive_id = ?",
        (drive_id, home.name, given, home.folder, home.drive_id),
    )
    meta.put(db, f"home:{home.folder}", "")


def all_drive_ids(db: Db) -> set[str]:
    """Every id on Drive that the ledger knows as ours, wanted or not."""
    rows = db.execute(
        "SELECT drive_id FROM placement WHERE drive_id IS NOT NULL"
        " UNION SELECT drive_id FROM folder WHERE drive_id IS NOT NULL UNION SELECT drive_id FROM folder_filled"
    )
    return {str(row["drive_id"]) for row in rows}


def ours_among(db: Db, ids: Iterable[str]) -> frozenset[str]:
    """Which of these ids are of folders or files that venuesync made, or of a folder that was given to it."""
    rows = db.execute(
        "WITH asked (id) AS (SELECT value FROM json_each(?))"
        " SELECT drive_id FROM asked JOIN placement ON drive_id = asked.id"
        " UNION SELECT drive_id FROM asked JOIN folder ON drive_id = asked.id"
        " UNION SELECT drive_id FROM asked JOIN folder_filled ON drive_id = asked.id",
        (json.dumps(list(ids)),),
    )
    return frozenset(str(row["drive_id"]) for row in rows)


def given_among(db: Db, ids: Iterable[str]) -> frozenset[str]:
    """Which of these ids are of operators' own folders that were given to venuesync."""
    rows = db.execute(
        "WITH asked (id) AS (SELECT value FROM json_each(?))"
        " SELECT drive_id FROM asked JOIN folder ON drive_id = asked.id WHERE drive_given = 1",
        (json.dumps(list(ids)),),
    )
    return frozenset(str(row["drive_id"]) for row in rows)


def our_folders(db: Db) -> frozenset[str]:
    """Ids of all folders on Drive that venuesync made, or that were given to it."""
    rows = db.execute("SELECT drive_id FROM folder WHERE drive_id IS NOT NULL UNION SELECT drive_id FROM folder_filled")
    return frozenset(str(row["drive_id"]) for row in rows)


def let_go(db: Db, ids: Collection[str]) -> set[str]:
    """Those of these files and folders on Drive that nobody has by now; and nobody takes them over any more."""
    db.executemany("DELETE FROM drive_found WHERE drive_id = ?", [(one,) for one in ids])
    return set(ids) - all_drive_ids(db)


def folders_on_drive(db: Db, account: str = "") -> list[Row]:
    """`id, key, name, drive_id` of the folders that are there by our knowledge."""
    there = "SELECT id, key, name, drive_id FROM folder WHERE drive = 'there' AND account = ?"
    return db.execute(there, (account,)).fetchall()


def record_found(
    db: Db,
    drive_id: DriveId,
    kind: str,
    tag: str,
    parent: str | None,
    md5: str | None,
    account: str = "",
    name: str | None = None,
) -> None:
    """`tag`: a folder's key, or a photo's SHA-256; `name`: what it is called there, if it is to be called otherwise
    where that is not its name any more.
    """
    db.execute(
        "INSERT INTO drive_found (drive_id, kind, tag, parent, md5, account, name) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (drive_id, kind, tag, parent, md5, account, name),
    )


def forget_found(db: Db, account: str) -> None:
    """What was found on that Drive earlier, and nobody took over, is looked for anew."""
    db.execute("DELETE FROM drive_found WHERE account = ?", (account,))


def adopt_all(db: Db) -> None:
    """Give what was found to the folders and placements that are wanted already."""
    for row in db.execute("SELECT id FROM folder WHERE drive = 'absent' ORDER BY id").fetchall():
        adopt_folder(db, FolderId(row["id"]))
    waiting = db.execute("SELECT event_photo, folder FROM placement WHERE wanted = 1 AND drive = 'absent'").fetchall()
    for row in waiting:
        placements.adopt_photo(db, EventPhotoId(row["event_photo"]), FolderId(row["folder"]))


def adopt_nobodys(db: Db, account: str, now: float) -> None:
    """Folders of people whom nobody knows any more, found there below folders of ours: not wanted, but known."""
    while db.changed(NOBODYS, (now, account)):  # what lies in a folder after it
        db.execute("DELETE FROM drive_found WHERE drive_id IN (SELECT drive_id FROM folder WHERE wanted = 0)")


NOBODYS = (
    "INSERT INTO folder (key, parent, event, person, kind, name, wanted, wanted_at, drive, drive_id, drive_name,"
    " account) SELECT d.tag, f.id, f.event,"
    " CASE WHEN d.tag GLOB 'person:*' THEN substr(d.tag, 8, instr(d.tag || '/', '/') - 8) END,"
    " CASE WHEN instr(d.tag, '/') THEN substr(d.tag, instr(d.tag, '/') + 1) ELSE 'person' END,"
    " COALESCE(d.name, ''), 0, ?, 'there', d.drive_id, COALESCE(d.name, ''), d.account FROM drive_found d"
    " CROSS JOIN folder f ON f.drive_id = d.parent AND f.account = d.account"
    " WHERE d.account = ? AND d.kind = 'folder' AND (d.tag GLOB 'person:*' OR d.tag GLOB 'event:*/people')"
    " AND d.tag NOT GLOB '*#[0-9]*'"
    " AND NOT EXISTS (SELECT 1 FROM folder k WHERE k.key = d.tag) GROUP BY d.tag"
)


def adopt_folder(db: Db, folder: FolderId) -> None:
    """The first folder of ours found with this folder's key is this folder; of several by limit, the last is in use."""
    found = db.execute(
        "SELECT d.drive_id, CAST(substr(d.tag, length(f.key) + 2) AS INTEGER) AS part, d.name AS called, f.name,"
        " COALESCE(f.drive_name, f.name) AS believed FROM drive_found d"
        " JOIN folder f ON (d.tag = f.key OR d.tag GLOB f.key || '#[0-9]*') AND d.account = f.account"
        " WHERE f.id = ? AND d.kind = 'folder'"
        " ORDER BY part DESC, d.number",
        (folder,),
    ).fetchall()
    if not found:
        return
    last, part = found[0], max(1, found[0]["part"])
    is_right = last["called"] == numbered(last["name"], part - 1)
    called = last["believed"] if last["called"] is None else last["name"] if is_right else last["called"]
    db.execute(
        "UPDATE folder SET drive = 'there', drive_id = ?, drive_name = ?, rolled = ? WHERE id = ?",
        (last["drive_id"], called, part - 1, folder),
    )
    for row in found:
        db.execute("DELETE FROM drive_found WHERE drive_id = ?", (row["drive_id"],))
        if row["part"] < found[0]["part"]:
            db.execute("INSERT OR IGNORE INTO folder_filled VALUES (?, ?)", (row["drive_id"], folder))
