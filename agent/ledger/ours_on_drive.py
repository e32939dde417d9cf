"""What of all that lies on Drive is ours, by ids: those that we know, those found there, those to make things by."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

from agent.ledger import meta, placements
from agent.ledger.drive_folders import numbered
from agent.ledger.sqlite.rows import Db, Row
from agent.model import DriveId, FolderId


def all_drive_ids(db: Db) -> set[str]:
    """Every id on Drive that the ledger knows as ours, wanted or not."""
    return set(db.column("SELECT drive_id FROM placement WHERE drive_id IS NOT NULL UNION " + OUR_FOLDERS))  # noqa: S608 - ours


def md5s(db: Db, sha256s: Iterable[str]) -> dict[str, str]:
    """Of these photos what Drive answers of each as it came, not made smaller or blurred: SHA-256 -> MD5."""
    query = "SELECT ph.sha256, ph.md5 FROM json_each(?) asked CROSS JOIN photo ph ON ph.sha256 = asked.value"
    return db.pairs(query, (json.dumps(list(sha256s)),))


def ours_among(db: Db, ids: Iterable[str]) -> frozenset[str]:
    """Which of these ids are of folders or files that venuesync made, or of a folder that was given to it."""
    ours = db.column(
        "WITH asked (id) AS (SELECT value FROM json_each(?))"
        " SELECT drive_id FROM asked JOIN placement ON drive_id = asked.id"
        " UNION SELECT drive_id FROM asked JOIN folder ON drive_id = asked.id"
        " UNION SELECT drive_id FROM asked JOIN folder_filled ON drive_id = asked.id",
        (json.dumps(list(ids)),),
    )
    return frozenset(ours)


def given_among(db: Db, ids: Iterable[str]) -> frozenset[str]:
    """Which of these ids are of operators' own folders that were given to venuesync."""
    given = "SELECT drive_id FROM json_each(?) asked CROSS JOIN folder ON drive_id = asked.value WHERE drive_given = 1"
    return frozenset(db.column(given, (json.dumps(list(ids)),)))


def our_folders(db: Db) -> frozenset[str]:
    """Ids of all folders on Drive that venuesync made, or that were given to it."""
    return frozenset(db.column(OUR_FOLDERS))


OUR_FOLDERS = "SELECT drive_id FROM folder WHERE drive_id IS NOT NULL UNION SELECT drive_id FROM folder_filled"


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
    for folder in db.column("SELECT id FROM folder WHERE drive = 'absent' ORDER BY id"):
        adopt_folder(db, folder)
    for photo, folder in db.tuples("SELECT event_photo, folder FROM placement WHERE wanted = 1 AND drive = 'absent'"):
        placements.adopt_photo(db, photo, folder)


def adopt_unwanted(db: Db, account: str, now: float) -> None:
    """Folders of an event that nothing is wanted in, found there below folders of ours: not wanted, but known. So are
    those of people whom nobody knows any more, without a name.
    """
    while db.changed(UNWANTED, (now, account)):  # what lies in a folder after it
        db.execute("DELETE FROM drive_found WHERE drive_id IN (SELECT drive_id FROM folder WHERE wanted = 0)")


UNWANTED = (
    "INSERT INTO folder (key, parent, event, person, kind, name, wanted, wanted_at, drive, drive_id, drive_name,"
    " account) SELECT d.tag, f.id, f.event,"
    " CASE WHEN d.tag GLOB 'person:*' THEN substr(d.tag, 8, instr(d.tag || '/', '/') - 8) END,"
    " CASE WHEN instr(d.tag, '/') THEN substr(d.tag, instr(d.tag, '/') + 1) ELSE 'person' END,"
    " d.called, 0, ?, 'there', d.drive_id, d.called, d.account FROM (SELECT *, CASE WHEN tag GLOB 'person:*' THEN ''"
    " ELSE COALESCE(name, '') END AS called FROM drive_found) d"
    " CROSS JOIN folder f ON f.drive_id = d.parent AND f.account = d.account"
    " WHERE d.account = ? AND d.kind = 'folder' AND (d.tag GLOB 'person:*' OR d.tag GLOB 'event:*/*')"
    " AND d.tag NOT GLOB '*#[0-9]*'"
    " AND NOT EXISTS (SELECT 1 FROM folder k WHERE k.key = d.tag) GROUP BY d.tag"
)


def adopt_folder(db: Db, folder: FolderId) -> None:
    """The first folder of ours found with this folder's key is this folder; of several by limit, the last is in use.

    None is as long as it is to be learned what lies there: of what is in it by now nobody knows.
    """
    if meta.to_learn(db, db.value("SELECT account FROM folder WHERE id = ?", (folder,)) or ""):
        return
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


# ---- ids that Drive gave out, for files and folders that are still to be made; used are those that lie in the log


def pool_size(db: Db, account: str = "") -> int:
    """How many may be used."""
    return db.value("SELECT COUNT(*) FROM drive_id_pool WHERE account = ? AND noted = 1", (account,))


def unused(db: Db, account: str = "") -> set[DriveId]:
    """Ids by which nothing was made."""
    return {*db.column("SELECT id FROM drive_id_pool WHERE account = ?", (account,))}


def spare(db: Db, number: int, account: str = "") -> list[DriveId]:
    """So many at most that do not lie in the log yet."""
    query = "SELECT id FROM drive_id_pool WHERE account = ? AND noted = 0 ORDER BY id LIMIT ?"
    return db.column(query, (account, number))


def keep_spare(db: Db, ids: Sequence[str], account: str = "") -> None:
    given = [(one, account) for one in ids]
    db.executemany("INSERT OR IGNORE INTO drive_id_pool (id, account, noted) VALUES (?, ?, 0)", given)


def are_noted(db: Db, ids: Sequence[str]) -> None:
    """They lie in the log now, unless they were distrusted meanwhile."""
    db.executemany("UPDATE drive_id_pool SET noted = 1 WHERE id = ?", [(one,) for one in ids])


def empty_pool(db: Db, account: str = "") -> None:
    """Drive does not know these ids any more (somebody else signed in, a server begun anew)."""
    db.execute("DELETE FROM drive_id_pool WHERE account = ?", (account,))


def take_id(db: Db, account: str = "") -> DriveId | None:
    """An id for one file of that account, out of the pool for ever; `None`: the pool is empty."""
    return db.value(
        "DELETE FROM drive_id_pool WHERE id ="
        " (SELECT MIN(id) FROM drive_id_pool WHERE account = ? AND noted = 1) RETURNING id",
        (account,),
    )
