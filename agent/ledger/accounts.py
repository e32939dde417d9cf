"""Whose Drive each event lies on, as far as that was done, and in which folder; and an event that goes elsewhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agent import clock
from agent.ledger import drive_queue, folders, meta, ours_on_drive, placements, rebuilding, renditions, sources
from agent.ledger.counts import plural
from agent.ledger.folders import root_folder
from agent.ledger.rebuilding import Expected
from agent.ledger.sqlite.rows import Db, from_row
from agent.ledger.syncs import FullListing
from agent.model import ORIGINAL, DriveId, EventId, EventPhotoId, FolderId, PersonId

WHOSE = "drive_account"  # who is signed in, and with which server
UNSURE = "drive_unsure"  # "1": what lies there was learned by a list of people that was not to say what is to go


def follow(db: Db, wanted: Mapping[EventId, str], is_expected: Expected, now: float) -> None:
    """Events whose folders are to lie on another Drive than they do: nothing of them is there yet.

    `wanted`: every event's account; `is_expected`: as `rebuilding.done` asks it. What of ours lies at the new one, from
    an earlier time, is taken over first; what is left at the other one is told, and nobody touches it there. Called
    twice, changes nothing.
    """
    rows = db.execute("SELECT id, event, name, account, drive_id FROM folder WHERE kind = 'event'").fetchall()
    for row in rows:
        event, before = EventId(row["event"]), str(row["account"])
        account = wanted.get(event, before)
        if account != before:
            there = (
                "SELECT COUNT(*) FROM placement p JOIN folder f ON f.id = p.folder WHERE f.event = ? AND p.drive = ?"
            )
            files = db.value(there, (event, "there"))
            _move(db, FolderId(row["id"]), event, account, now)
            whose = f"the Drive of {before}" if before else "the Drive that all events use"
            stay = f"{plural(files, 'file')} of it {'stays' if files == 1 else 'stay'} on {whose}"
            text = f"{row['name']} goes to another Drive: {stay}"
            meta.note_activity(db, "account", text, now, event)
    db.execute(
        "DELETE FROM left_on_drive WHERE event NOT IN (SELECT value FROM json_each(?))", (json.dumps([*wanted]),)
    )
    used = json.dumps(sorted({*wanted.values()}))
    db.execute(  # our topmost folder on a Drive to which nothing goes is not to be made there
        "UPDATE folder SET wanted = account IN (SELECT value FROM json_each(?)) WHERE kind = 'root'", (used,)
    )
    for account in _unread(db, {*wanted.values()}):
        meta.put(db, meta.of_account(meta.REBUILD_DRIVE, account), "0")
        meta.learn(db, account)
    first = {""} if meta.get(db, meta.REBUILD_DRIVE) == "1" else set[str]()
    for account in (meta.drives_to_read(db) | first) - {*wanted.values()}:  # of a lost ledger
        whose = f"Drive of {account}" if account else "The Drive that all events use"
        text = f"{whose} was not read: no event goes there any more"
        rebuilding.done(db, meta.of_account(meta.REBUILD_DRIVE, account), text, now, is_expected)
        if account:
            meta.forget(db, meta.of_account(meta.REBUILD_DRIVE, account))


def read_for_lost(db: Db, used: Collection[str]) -> None:
    """At a start: of these accounts' Drives a lost ledger, or one that was put back, has to learn."""
    for account in _unread(db, used):
        meta.put(db, meta.of_account(meta.REBUILD_DRIVE, account), "1")


def _unread(db: Db, used: Collection[str]) -> list[str]:
    """Accounts of which such a ledger knows nothing, while it is rebuilt."""
    if meta.get(db, meta.REBUILD_REST) != "1":
        return []
    return [one for one in used if not meta.get(db, meta.of_account(meta.REBUILD_DRIVE, one))]


def of_events(db: Db, events: Sequence[EventId]) -> dict[str, str]:
    """Event -> the account on whose Drive its folders are to lie, as far as `follow` was told."""
    return db.pairs(
        "SELECT f.event, f.account FROM json_each(?) e CROSS JOIN folder f ON f.key = 'event:' || e.value",
        (json.dumps(list(events)),),
    )


def _move(db: Db, home: FolderId, event: EventId, account: str, now: float) -> None:
    root = folders.ensure(db, [root_folder(account)], now)
    (top,) = root.values()
    leave(db, event)
    db.execute(
        "UPDATE folder SET account = ?, drive = 'absent', drive_id = NULL, drive_name = NULL, drive_given = 0,"
        " drive_after = 0 WHERE event = ?",
        (account, event),
    )
    db.execute("UPDATE folder SET parent = ? WHERE id = ?", (top, home))
    drive_queue.reset_placements(db, db.column("SELECT id FROM folder WHERE event = ?", (event,)))
    db.execute(
        "DELETE FROM placement WHERE folder IN (SELECT id FROM folder WHERE event = ?) AND +wanted = 0"
        " AND disk IN ('absent', 'removed')",
        (event,),
    )
    no_home(db, home)
    db.execute("UPDATE source_state SET required = ? WHERE event = ?", (FullListing.AT_ONCE, event))
    meta.learn(db, account)


def leave(db: Db, event: EventId) -> None:
    """What of it lies on the Drive that it is on, or is on its way there, is kept in mind; no folder was filled."""
    account = db.value("SELECT account FROM folder WHERE event = ? AND kind = 'event'", (event,))
    owner = whose(db, account or "")
    db.execute(
        "INSERT OR REPLACE INTO left_on_drive"
        " SELECT p.drive_id, f.account, ?2, f.event, p.event_photo, f.id, p.drive <> 'there'"
        " FROM folder f JOIN placement p ON p.folder = f.id WHERE f.event = ?1 AND p.drive_id IS NOT NULL",
        (event, owner),
    )
    db.execute(
        "INSERT OR REPLACE INTO left_on_drive SELECT drive_id, account, ?2, event, NULL, id, drive <> 'there'"
        " FROM folder WHERE event = ?1 AND drive_id IS NOT NULL AND drive_given = 0",
        (event, owner),
    )
    db.execute("DELETE FROM folder_filled WHERE folder IN (SELECT id FROM folder WHERE event = ?)", (event,))
    db.execute("UPDATE folder SET rolled = 0 WHERE event = ?", (event,))


def whose(db: Db, account: str) -> str:
    """Who is signed in there, and with which server, as far as that is known."""
    return meta.get(db, meta.of_account(WHOSE, account))


def somebody_else(db: Db, account: str) -> int:
    """Another one is signed in than was: what of ours lies there is to be learned. Returns how many photos go anew."""
    for event in db.column("SELECT event FROM folder WHERE account = ? AND kind = 'event'", (account,)):
        leave(db, EventId(event))
    meta.learn(db, account)
    sources.is_seen_by_another(db, account)
    return drive_queue.reset_account(db, account)


def weigh(db: Db, event: EventId) -> tuple[int, int]:
    """How many of an event's files lie on Drive, and how many bytes would be sent for them to another one."""
    row = db.execute(
        "SELECT COUNT(*) AS files, COUNT(DISTINCT ph.id || p.made_as) AS photos,"  # noqa: S608 - our own words
        f" SUM(CASE p.owed WHEN '' THEN ph.bytes ELSE {renditions.BYTES} END) AS bytes"
        " FROM placement p JOIN folder f ON f.id = p.folder JOIN event_photo ep ON ep.id = p.event_photo"
        f" JOIN photo ph ON ph.id = ep.photo{renditions.MADE} WHERE f.event = ? AND p.drive = 'there'",
        (event,),
    ).fetchone()
    return int(row["files"]), round((row["bytes"] or 0) * row["photos"] / row["files"]) if row["files"] else 0


@dataclass(frozen=True, slots=True)
class Left:
    """What lay on a Drive when its event left it; `coming`: or was on its way there. `event_photo`: of a photo."""

    drive_id: DriveId
    event: EventId
    event_photo: EventPhotoId | None
    folder: FolderId
    coming: bool


def left_there(db: Db, account: str) -> list[Left]:
    """On the Drive of whoever is signed in."""
    rows = db.execute(
        "SELECT drive_id, event, event_photo, folder, coming FROM left_on_drive WHERE account = ? AND whose = ?",
        (account, whose(db, account)),
    )
    return [from_row(Left, row, coming=bool(row["coming"])) for row in rows]


def come_back(db: Db, account: str, left: Sequence[Left], seen: Collection[str]) -> None:
    """What was on its way there and was not `seen` has its id still: Drive is asked by that, and what is sent is no
    second one. What belongs to an event that has left once more meanwhile stays in mind.
    """
    there = set(db.column("SELECT event FROM folder WHERE kind = 'event' AND account = ?", (account,)))
    back = [one for one in left if one.event in there]
    for one in back:
        if not one.coming or one.drive_id in seen:
            continue
        if one.event_photo is None:
            db.execute(
                "UPDATE folder SET drive = 'reserved', drive_id = ? WHERE id = ? AND drive = 'absent'",
                (one.drive_id, one.folder),
            )
        else:
            db.execute(STILL_COMING, (one.event_photo, one.folder, clock.steady(), one.drive_id))
    db.executemany("DELETE FROM left_on_drive WHERE drive_id = ?", [(one.drive_id,) for one in back])


STILL_COMING = (
    "INSERT INTO placement (event_photo, folder, wanted, wanted_at, drive, drive_id)"
    " SELECT ep.id, f.id, 0, ?3, 'sending', ?4 FROM event_photo ep CROSS JOIN folder f WHERE ep.id = ?1 AND f.id = ?2"
    " ON CONFLICT (event_photo, folder) DO UPDATE SET drive = 'sending', drive_id = ?4"
    " WHERE drive = 'absent' AND drive_id IS NULL"
)


def take_charge(db: Db, account: str) -> None:
    """What was found there in a folder in which its photo is not to lie any more is moved from there, or taken back.

    What is not as we made it, and what is of a photo that is known no more, stays as it lies.
    """
    ours_on_drive.adopt_unwanted(db, account, clock.wall())
    for row in db.execute(MISPLACED, (account,)).fetchall():
        photo, drive_id = EventPhotoId(row["event_photo"]), row["drive_id"]
        made_as = ORIGINAL if row["md5"] == row["original"] else row["made_as"]
        known = photo, row["folder"], clock.steady(), drive_id, made_as
        if made_as is not None and db.changed(IS_THERE, known):
            db.execute("DELETE FROM drive_found WHERE drive_id = ?", (drive_id,))
            placements.hand_over(db, photo)


def learned_unsure(db: Db, account: str) -> None:
    meta.put(db, meta.of_account(UNSURE, account), "1")


def are_sure(db: Db) -> None:
    """It is known who is wanted where: what was found while it was not is learned once more."""
    for account in meta.of_accounts(db, UNSURE):
        meta.forget(db, meta.of_account(UNSURE, account))
        meta.learn(db, account)


MISPLACED = (
    "SELECT d.drive_id, d.md5, ph.md5 AS original, ep.id AS event_photo, f.id AS folder,"
    " (SELECT made_as FROM rendition r WHERE r.sha256 = d.tag AND r.md5 = d.md5) AS made_as FROM drive_found d"
    " CROSS JOIN folder f ON f.account = d.account AND (f.drive_id = d.parent"
    " OR f.id IN (SELECT folder FROM folder_filled WHERE drive_id = d.parent)) JOIN photo ph ON ph.sha256 = d.tag"
    " JOIN event_photo ep ON ep.photo = ph.id AND ep.event = f.event WHERE d.kind = 'photo' AND d.account = ?"
    " ORDER BY d.number"
)
IS_THERE = (
    "INSERT INTO placement (event_photo, folder, wanted, wanted_at, drive, drive_id, made_as)"
    " VALUES (?1, ?2, 0, ?3, 'there', ?4, ?5) ON CONFLICT (event_photo, folder) DO UPDATE SET drive = 'there',"
    " drive_id = ?4, made_as = ?5, owed = NULL WHERE wanted = 0 AND drive_id IS NULL"
)


def of_people(db: Db, people: Sequence[PersonId]) -> set[str]:
    """On whose Drives these people have folders, by our knowledge, or had when their event left it."""
    return {account for person in people for account in db.column(OF_PERSON, (person,))}


OF_PERSON = (
    "SELECT account FROM folder WHERE person = ?1 UNION"
    " SELECT l.account FROM folder f JOIN left_on_drive l ON l.folder = f.id WHERE f.person = ?1"
)


def left_of_person(db: Db, person: PersonId) -> list[tuple[str, DriveId]]:
    """Their folders on Drives that their event has left, each with whose that is."""
    return db.tuples(
        "SELECT l.account, l.drive_id FROM folder f JOIN left_on_drive l ON l.folder = f.id AND l.event_photo IS NULL"
        " WHERE f.person = ? AND f.kind = 'person'",
        (person,),
    )


# ---- where events lie there: in a folder of ours, or in one that an operator gave


@dataclass(frozen=True, slots=True)
class Home:
    """An event's folder on Drive. `above`: the folder in which one of ours would lie; `until`: when it is tried again,
    where Drive refused something of it; `begun`: whether a part of it may lie elsewhere already.
    """

    folder: FolderId
    key: str
    name: str
    drive_id: DriveId
    given: bool
    above: DriveId | None
    until: float
    begun: bool


def homes(db: Db, account: str = "") -> list[Home]:
    return db.records(
        Home,
        "SELECT f.id AS folder, f.key, f.name, f.drive_id, f.drive_given AS given, up.drive_id AS above,"
        " f.drive_after AS until,"
        " EXISTS (SELECT 1 FROM trouble WHERE key = 'move:' || f.id AND state <> 'healed')"
        " OR EXISTS (SELECT 1 FROM meta WHERE key = 'move:' || f.id AND value <> '') AS begun FROM folder f"
        " LEFT JOIN folder up ON up.id = f.parent WHERE f.kind = 'event' AND f.drive = 'there' AND f.wanted = 1"
        " AND f.account = ?",
        (account,),
    )


def elsewhere(db: Db, given: Mapping[EventId, str], now: float) -> list[EventId]:
    """Events that lie on Drive in another folder than is to be: `given`, or for "" one of ours; or in part. But for
    those of which Drive refused something, and that are tried again after `now`.
    """
    return db.column(ELSEWHERE, (json.dumps(list(given.items())), now))


ELSEWHERE = (
    "SELECT f.event FROM (SELECT json_extract(value, '$[0]') AS event, json_extract(value, '$[1]') AS given"
    " FROM json_each(?)) e CROSS JOIN folder f ON f.key = 'event:' || e.event"
    " WHERE f.drive = 'there' AND f.wanted = 1 AND f.drive_after <= ? AND (f.drive_given <> (e.given <> '')"
    " OR (e.given <> '' AND f.drive_id <> e.given)"
    " OR EXISTS (SELECT 1 FROM meta WHERE key = 'move:' || f.id AND value <> ''))"
)


def inside(db: Db, folder: FolderId) -> list[DriveId]:
    """What lies in it by our doing."""
    return db.column(
        "SELECT drive_id FROM folder WHERE parent = ?1 AND drive = 'there' UNION SELECT drive_id FROM folder_filled"
        " WHERE folder IN (SELECT id FROM folder WHERE parent = ?1)",
        (folder,),
    )


def reserve_home(db: Db, folder: FolderId) -> DriveId | None:
    """An id for a folder of ours in place of the one that was given; the same one until it is moved into."""
    kept = reserved_home(db, folder)
    if kept is not None:
        return kept
    fresh = ours_on_drive.take_id(db, folders.account_of(db, folder))
    if fresh is not None:
        meta.put(db, f"home:{folder}", fresh)
    return fresh


def reserved_home(db: Db, folder: FolderId) -> DriveId | None:
    kept = meta.get(db, f"home:{folder}")
    return DriveId(kept) if kept else None


def begin_move(db: Db, folder: FolderId) -> None:
    """What lies in it is moved elsewhere, one by one."""
    meta.put(db, f"move:{folder}", "1")


def no_home(db: Db, folder: FolderId) -> None:
    """It lies as a whole where it is."""
    meta.put(db, f"home:{folder}", "")
    meta.put(db, f"move:{folder}", "")


def home_moved(db: Db, home: Home, drive_id: DriveId, *, given: bool) -> None:
    db.execute(
        "UPDATE folder SET drive_id = ?, drive_name = ?, drive_given = ? WHERE id = ? AND drive_id = ?",
        (drive_id, home.name, given, home.folder, home.drive_id),
    )
    no_home(db, home.folder)
