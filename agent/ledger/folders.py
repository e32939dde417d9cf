"""Folders of ours: one tree, the same on disk and on Drive."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from agent.ledger import ours_on_drive
from agent.ledger.drive_folders import COMES_AND_GOES, DOUBTED, numbered
from agent.ledger.placements import TREE
from agent.ledger.sqlite.rows import Db, Row, from_row
from agent.model import FOLDER_NAMES, DriveId, End, EventId, FolderId, FolderKind, PersonId


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


def key_of_person(person: PersonId, kind: FolderKind = FolderKind.PERSON) -> str:
    """Their own folder's key, or that of one in it."""
    own = f"{FolderKind.PERSON}:{person}"
    return own if kind is FolderKind.PERSON else f"{own}/{kind}"


def person_of(key: str) -> PersonId | None:
    """Whose folder bears this key; `None`: it is nobody's own."""
    kind, _, rest = key.partition(":")
    return PersonId(re.split("[/#]", rest, maxsplit=1)[0]) if kind == FolderKind.PERSON else None


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
            ours_on_drive.adopt_folder(db, ids[spec.key])
    return ids


def called_otherwise(db: Db, names: Mapping[str, str]) -> list[tuple[EventId, PersonId]]:
    """Key -> name: the people whose folder is wanted already, under another name."""
    return db.tuples(
        "SELECT f.event, f.person FROM folder f JOIN json_each(?) n ON f.key = n.key AND f.name <> n.value"
        " WHERE f.wanted = 1",
        (json.dumps(dict(names)),),
    )


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


def due_again_at(db: Db, asked_at: float, account: str = "") -> float | None:
    """When the first of those is tried again of which Drive refused something, or in which somebody else's things lie,
    and that were not due then.
    """
    return db.value("SELECT MIN(drive_after) FROM folder WHERE account = ? AND drive_after > ?", (account, asked_at))


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
    if drive_id is None and (drive_id := ours_on_drive.take_id(db, account)) is not None:
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
    return db.tuples(there, (account,))


def on_drive_among(db: Db, ids: Collection[str], account: str = "") -> list[tuple[FolderId, DriveId]]:
    """The same of those that bear one of these ids there."""
    return db.tuples(
        "SELECT f.id, f.drive_id FROM json_each(?) asked CROSS JOIN folder f ON f.drive_id = asked.value"
        " WHERE f.drive = 'there' AND f.wanted = 1 AND f.account = ? ORDER BY f.id",
        (json.dumps(list(ids)), account),
    )


def name_of(db: Db, folder: FolderId) -> str:
    """For people: `Mia Lindqvist/Solo`, `People`."""
    row = db.execute(
        "SELECT f.name, f.kind, up.name AS up FROM folder f LEFT JOIN folder up ON up.id = f.parent WHERE f.id = ?",
        (folder,),
    ).fetchone()
    return f"{row['up']}/{row['name']}" if row["kind"] in ("solo", "group") else str(row["name"])


def event_of(db: Db, folder: FolderId) -> EventId | None:
    event = db.value("SELECT event FROM folder WHERE id = ?", (folder,))
    return None if event is None else EventId(event)


def parent_of(db: Db, folder: FolderId) -> FolderId | None:
    parent = db.value("SELECT parent FROM folder WHERE id = ?", (folder,))
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
    tree = json.dumps(db.column(TREE, (folder,)))
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


@dataclass(frozen=True, slots=True)
class Above:
    """A folder, or one above it. `there`: on Drive; `given`: it is somebody's own."""

    id: FolderId
    there: bool
    drive_id: DriveId | None
    given: bool


def above(db: Db, folder: FolderId) -> list[Above]:
    """The folder itself, and those that it lies in, up to the topmost."""
    return db.records(
        Above,
        "WITH RECURSIVE up (id, depth) AS (SELECT ?, 0 UNION ALL SELECT f.parent, depth + 1 FROM folder f JOIN up"
        " ON f.id = up.id WHERE f.parent IS NOT NULL) SELECT f.id, f.drive = 'there' AS there, f.drive_id,"
        " f.drive_given AS given FROM up JOIN folder f ON f.id = up.id ORDER BY up.depth",
        (folder,),
    )


def destination_gone(db: Db, folder: FolderId, drive_id: DriveId) -> bool:
    """Somebody's own folder is to be looked for until it is there again; what lies in it is with it. Returns whether
    this was news.
    """
    return db.changed(
        "UPDATE folder SET drive = 'absent', drive_id = NULL, drive_name = NULL, drive_after = 0"
        " WHERE id = ? AND drive_id = ? AND drive_given = 1",
        (folder, drive_id),
    )


def drive_id_of(db: Db, folder: FolderId) -> DriveId | None:
    return db.value("SELECT drive_id FROM folder WHERE id = ? AND drive = 'there'", (folder,))


def folder_of_person(db: Db, person: PersonId) -> Row | None:
    """Their own folder: `disk_path` below the workspace, `drive_id`, `made_at`."""
    own = (key_of_person(person),)
    return db.execute("SELECT disk_path, drive_id, drive FROM folder WHERE key = ?", own).fetchone()


def of_nobody(db: Db, known: Collection[PersonId]) -> list[tuple[PersonId, EventId, str]]:
    """Whose folders are not wanted any more and who is none of these: with the event and what the folder is called."""
    return db.tuples(
        "SELECT person, event, name FROM folder WHERE wanted = 0 AND kind = 'person' AND name <> ''"
        " AND person NOT IN (SELECT value FROM json_each(?))",
        (json.dumps(list(known)),),
    )


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
            "UPDATE folder SET wanted = 1, name = ?1, drive_after = 0, disk_after = 0,"
            # one that is still to be found there has its earlier name; an operator's own keeps the one that it has
            " drive_name = CASE WHEN drive = 'absent' THEN COALESCE(drive_name, name) WHEN drive_given = 1 THEN ?1"
            " ELSE drive_name END WHERE id = ?2",
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
    unwanted = db.value(
        "SELECT COUNT(*) FROM folder WHERE wanted = 0 AND ((disk <> 'absent' AND disk_path IS NOT NULL"  # noqa: S608 - ours
        f" AND disk_after <= ?2) OR (?1 AND {COMES_AND_GOES} AND drive IN ('there', 'trashing')"
        " AND drive_after <= ?2)) AND (?3 IS NULL OR account = ?3)",
        (drive, now, account),
    )
    renamed = db.value(
        "SELECT COUNT(*) FROM folder WHERE (disk_wanted IS NOT NULL OR drive_name IS NOT name) AND wanted = 1"
        " AND (disk_wanted IS NOT NULL OR (?1 AND drive = 'there' AND drive_after <= ?2))"
        " AND (?3 IS NULL OR account = ?3)",
        (drive, now, account),
    )
    return unwanted + renamed
