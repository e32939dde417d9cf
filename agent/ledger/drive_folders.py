"""Folders on Drive that are to be renamed, trashed, or brought back out of the trash; and those that are full."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.ledger import asked
from agent.ledger.placements import TREE
from agent.ledger.sqlite.rows import Db, from_row
from agent.model import DriveId, FolderId

AGAIN_AFTER = 3600.0  # seconds, for a folder in which somebody else's things lie


@dataclass(frozen=True, slots=True)
class DriveRename:
    """`shown` is the name that Drive is to have, `name` the one that it stands for."""

    folder: FolderId
    drive_id: DriveId
    name: str
    shown: str


@dataclass(frozen=True, slots=True)
class DriveTree:
    """A person's folder with the ids of all that we made in it, itself included."""

    folder: FolderId
    drive_id: DriveId
    ours: frozenset[str]
    name: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """What waits for folders `of` alone, which Drive refuses: photos that are filed, and folders, these among them."""

    photos: int = 0
    folders: int = 0
    of: frozenset[FolderId] = frozenset()


NOTHING_STUCK = Stuck()


def stuck(db: Db, refused: Collection[FolderId], quiet: Sequence[str], account: str | None = None) -> Stuck:
    """Of those that are refused the ones that are to be made still, of one account or of all; `quiet`: events of which
    nothing is sent.
    """
    if not refused:
        return NOTHING_STUCK
    which = (json.dumps(list(refused)), account)
    return Stuck(
        db.value(STUCK_PHOTOS, which),
        db.value(STUCK_FOLDERS, (*which, json.dumps(list(quiet)))),
        frozenset(FolderId(one) for one in db.column(TO_MAKE, which)),
    )


TO_MAKE = (
    "SELECT f.id FROM json_each(?1) n CROSS JOIN folder f ON f.id = n.value WHERE f.wanted = 1 AND f.drive <> 'there'"
    " AND (?2 IS NULL OR f.account = ?2)"
)
BELOW = (
    f"WITH RECURSIVE below (id) AS ({TO_MAKE}"  # noqa: S608 - our own words
    " UNION SELECT f.id FROM below b CROSS JOIN folder f ON f.parent = b.id) "
)
STUCK_FOLDERS = (
    BELOW + "SELECT COUNT(*) FROM below b CROSS JOIN folder f ON f.id = b.id"  # noqa: S608 - our own words
    " WHERE f.wanted = 1 AND f.drive <> 'there'"
    " AND (f.event IS NULL OR f.event NOT IN (SELECT value FROM json_each(?3)))"
)
STUCK_PHOTOS = (
    BELOW + "SELECT COUNT(DISTINCT COALESCE(ep.twin_of, ep.id)) FROM below b"  # noqa: S608 - our own words
    " CROSS JOIN placement p INDEXED BY placement_folder ON p.folder = b.id AND p.wanted = 1"
    " AND p.drive IN ('absent', 'reserved', 'sending') AND +p.drive_failed = 0"
    " CROSS JOIN event_photo ep ON ep.id = p.event_photo AND ep.state IN ('filed', 'unsorted')"
    " WHERE NOT EXISTS (SELECT 1 FROM placement o WHERE o.event_photo = p.event_photo AND +o.wanted = 1"
    " AND o.drive_due = 1 AND o.folder NOT IN (SELECT id FROM below))"
)


def renames(db: Db, now: float, account: str = "") -> list[DriveRename]:
    rows = db.execute(
        "SELECT id, drive_id, name, rolled FROM folder WHERE drive_name IS NOT name AND drive = 'there' AND wanted = 1"
        " AND drive_after <= ? AND account = ?",
        (now, account),
    )
    return [from_row(DriveRename, row, folder=row["id"], shown=numbered(row["name"], row["rolled"])) for row in rows]


def numbered(name: str, rolled: int) -> str:
    """What a folder is called on Drive; where one before it was filled to its limit, `Solo (2)`."""
    return f"{name} ({rolled + 1})" if rolled else name


def begin_renaming(db: Db, one: DriveRename, now: float) -> float:
    """Returns 0, or for how many seconds it has to wait. Until Drive answers nobody knows what the folder is called:
    what it was called before is asked for again, should that be wanted.
    """
    wait = asked.begin(db, one.drive_id, one.shown, now)
    if not wait:
        db.execute("UPDATE folder SET drive_name = ? WHERE id = ?", (asked.NOT_KNOWN, one.folder))
    return wait


def renamed(db: Db, one: DriveRename) -> None:
    """Without effect where another one is there by now, as its event went to another account."""
    db.execute("UPDATE folder SET drive_name = ? WHERE id = ? AND drive_id = ?", (one.name, one.folder, one.drive_id))


def _still(db: Db, tree: DriveTree) -> list[tuple[FolderId]]:
    """The folder and those below it; none where another one is there by now, as its event went to another account."""
    is_still = db.has("SELECT 1 FROM folder WHERE id = ? AND drive_id = ?", (tree.folder, tree.drive_id))
    return db.tuples(TREE, (tree.folder,)) if is_still else []


def _trees(db: Db, query: str, *values: object) -> list[DriveTree]:
    ours = (
        "SELECT drive_id FROM folder WHERE drive_id IS NOT NULL AND id IN (SELECT value FROM json_each(?1))"
        " UNION SELECT drive_id FROM folder_filled WHERE folder IN (SELECT value FROM json_each(?1))"
    )
    found: list[DriveTree] = []
    for folder, drive_id, name in db.tuples(query, values):
        tree = json.dumps(db.column(TREE, (folder,)))
        found.append(DriveTree(folder, drive_id, frozenset(db.column(ours, (tree,))), name))
    return found


COMES_AND_GOES = "kind IN ('person', 'all_photos')"  # the others stay with their event
EMPTY = (
    "SELECT f.id, f.drive_id, f.name FROM folder f WHERE f.wanted = 0 AND f.drive IN ('there', 'trashing')"  # noqa: S608 - ours
    f" AND f.{COMES_AND_GOES} AND f.forgotten = 0 AND f.drive_after <= ? AND f.account = ?"
    " AND NOT EXISTS (SELECT 1 FROM folder c JOIN placement p"
    " ON p.folder = c.id WHERE (c.parent = f.id OR c.id = f.id) AND p.drive IN ('reserved', 'sending', 'there'))"
    " AND NOT EXISTS (SELECT 1 FROM placement p JOIN folder c ON p.drive_from = c.drive_id"
    " WHERE p.drive_from IS NOT NULL AND p.drive <> 'trashed' AND (c.parent = f.id OR c.id = f.id))"
)


def empty(db: Db, now: float, account: str = "") -> list[DriveTree]:
    """Folders of persons and of all photos that nobody wants any more, with nothing of ours in or on its way out."""
    return _trees(db, EMPTY, now, account)


def begin_trashing(db: Db, folder: FolderId, now: float, account: str = "") -> bool:
    """The folder is about to go to the trash with all below it; nothing is sent into it from here on.

    Returns whether it still may go: somebody may have changed their mind.
    """
    if not db.has(f"{EMPTY} AND f.id = ?", (now, account, folder)):
        return False
    tree = db.tuples(TREE, (folder,))
    db.executemany("UPDATE folder SET drive = 'trashing' WHERE id = ? AND drive = 'there'", tree)
    return True


def trashed(db: Db, tree: DriveTree, *, trashed: bool) -> None:
    """The whole tree is in Drive's trash by us; or, where it was gone already, nowhere."""
    all_of_it = _still(db, tree)
    if trashed:
        db.executemany("UPDATE folder SET drive = 'trashed' WHERE id = ? AND drive = 'trashing'", all_of_it)
        gone = "UPDATE folder SET drive = 'absent', drive_id = NULL WHERE id = ? AND drive = 'reserved'"
    else:
        gone = "UPDATE folder SET drive = 'absent', drive_id = NULL, drive_name = NULL WHERE id = ?"
    db.executemany(gone, all_of_it)


def left(db: Db, folder: FolderId, until: float) -> None:
    """Somebody else's things lie in it: it stays, for the while."""
    db.execute("UPDATE folder SET drive_after = ? WHERE id = ?", (until, folder))


def to_revive(db: Db, now: float, account: str = "") -> list[DriveTree]:
    """Folders that we trashed, or may have, and that are wanted again."""
    return _trees(
        db,
        "SELECT id, drive_id, name FROM folder WHERE drive IN ('trashing', 'trashed') AND drive <> 'there'"  # noqa: S608 - ours
        # said twice of `drive`, so that SQLite finds the index of what is not there
        f" AND wanted = 1 AND {COMES_AND_GOES} AND drive_after <= ? AND account = ?",
        now,
        account,
    )


def place_of(db: Db, folder: FolderId) -> DriveId | None:
    """The folder on Drive that it is to lie in; `None`: that one is not there."""
    return db.value(
        "SELECT up.drive_id FROM folder f JOIN folder up ON up.id = f.parent WHERE f.id = ? AND up.drive = 'there'",
        (folder,),
    )


@dataclass(frozen=True, slots=True)
class DrivePlace:
    """A folder of ours that is there; `above`: the folder that it belongs into, `homes`: where else it may lie."""

    drive_id: DriveId
    above: DriveId
    homes: frozenset[str]
    in_given: bool  # an operator's own, which need not show itself as anything's parent


def places(db: Db, account: str) -> list[DrivePlace]:
    """Of all folders on that Drive that are wanted."""
    rows = db.execute(
        "SELECT f.drive_id, up.drive_id AS above, up.drive_given AS in_given,"
        " (SELECT json_group_array(l.drive_id) FROM folder_filled l WHERE l.folder = up.id) AS filled"
        " FROM folder f CROSS JOIN folder up ON up.id = f.parent WHERE f.drive = 'there' AND f.wanted = 1"
        " AND f.drive_id IS NOT NULL AND f.drive_given = 0 AND f.account = ?"
        " AND up.drive = 'there' AND up.drive_id IS NOT NULL",
        (account,),
    )
    return [
        from_row(
            DrivePlace, row, homes=frozenset([row["above"], *json.loads(row["filled"])]), in_given=bool(row["in_given"])
        )
        for row in rows
    ]


def belongs_in(db: Db, file: DriveId, home: DriveId, account: str) -> bool:
    """Whether a file, or a folder, of ours is there by our knowledge, and is to lie in that folder."""
    query = "SELECT folder FROM placement WHERE drive_id = ? AND +wanted = 1 AND drive IN ('there', 'removed')"
    in_it: list[FolderId] = db.column(query, (file,))
    if any(home in homes for homes in homes_of(db, in_it).values()):
        return True
    return any((one.drive_id, one.above) == (file, home) for one in places(db, account))


def revived(db: Db, tree: DriveTree) -> None:
    back = "UPDATE folder SET drive = 'there' WHERE id = ? AND drive IN ('trashing', 'trashed')"
    db.executemany(back, _still(db, tree))


# ---- folders that Drive takes no more items into: another one goes on in each one's place, under its name and a number


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


def filled_on_drive(db: Db, account: str = "") -> list[tuple[FolderId, DriveId]]:
    """Those of that Drive that hold as many items as they may."""
    return db.tuples(
        "SELECT l.folder, l.drive_id FROM folder_filled l JOIN folder f ON f.id = l.folder"
        " WHERE f.wanted = 1 AND f.account = ?",
        (account,),
    )


def homes_of(db: Db, of: Collection[FolderId]) -> dict[FolderId, frozenset[str]]:
    """By folder, where on Drive its files may lie: in it, or in what was filled before; nothing of one that is not
    there, nor of one that an operator gave, which need not show itself as anything's parent.
    """
    found = db.gathered(
        "SELECT f.id, f.drive_id FROM json_each(?1) asked CROSS JOIN folder f ON f.id = asked.value"
        " WHERE f.drive = 'there' AND f.drive_id IS NOT NULL AND f.drive_given = 0"
        " UNION SELECT l.folder, l.drive_id FROM folder_filled l CROSS JOIN folder f ON f.id = l.folder"
        " WHERE f.drive = 'there' AND f.drive_id IS NOT NULL AND f.drive_given = 0"
        " AND l.folder IN (SELECT value FROM json_each(?1))",
        (json.dumps(list(of)),),
    )
    return {folder: frozenset(ids) for folder, ids in found.items()}


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


DOUBTED = (  # asked for by their ids, and sent again where they are not there
    "UPDATE placement SET drive = 'sending', drive_session = NULL, verified_at = NULL, drive_failed = 0,"
    " drive_after = 0 WHERE wanted = 1 AND drive_id IS NOT NULL AND drive_from IS NULL"
)
