"""What was sent and does not lie on Drive as it was sent any more: by a look at all of it, or by Drive's feed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from agent.ledger import drive_folders, recorded, renditions
from agent.ledger.placements import IS_COMING
from agent.ledger.recorded import Recorded
from agent.ledger.sqlite.rows import Db
from agent.model import HERE, DriveId, EventId, FolderId, PlacementId

AS_SENT = "NOT EXISTS (SELECT 1 FROM amiss_on_drive a WHERE a.placement = {p}.id)"  # of a placement that is `there`
PHOTOS = (  # that would be counted as verified; the two files of a shot are one
    "SELECT COUNT(DISTINCT m.id) FROM amiss_on_drive a CROSS JOIN placement p ON p.id = a.placement"
    " CROSS JOIN event_photo ep ON ep.id = p.event_photo CROSS JOIN event_photo m ON m.id = COALESCE(ep.twin_of, ep.id)"
    " WHERE p.wanted = 1 AND m.state IN ('filed', 'unsorted') AND m.verified_at IS NOT NULL"
    " AND ep.state IN ('filed', 'unsorted') AND (?1 IS NULL OR m.event IN (SELECT value FROM json_each(?1)))"
    " AND NOT EXISTS (SELECT 1 FROM event_photo t WHERE t.twin_of = m.id AND (t.state IN ('waiting', 'failed')"
    " OR t.state IN ('held', 'dismissed') OR (t.state IN ('filed', 'unsorted') AND t.verified_at IS NULL)))"
)
PLACEMENTS = (  # beside those of `placement_tally`
    "SELECT 'amiss', 1, COUNT(*) FROM amiss_on_drive a CROSS JOIN placement p ON p.id = a.placement WHERE p.wanted = 1"
)
OF_PEOPLE = (  # of shots all of which would be there
    "SELECT person, COUNT(*) FROM (SELECT DISTINCT f.person, f.id, m.id FROM amiss_on_drive a"
    " CROSS JOIN placement p ON p.id = a.placement CROSS JOIN folder f ON f.id = p.folder"
    " CROSS JOIN event_photo ep ON ep.id = p.event_photo CROSS JOIN event_photo m ON m.id = COALESCE(ep.twin_of, ep.id)"
    " WHERE p.wanted = 1 AND f.kind IN ('solo', 'group') AND f.person IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM event_photo t CROSS JOIN placement q ON q.event_photo = t.id AND q.folder = f.id"
    " WHERE (t.id = m.id OR t.twin_of = m.id) AND q.wanted = 1 AND q.drive NOT IN ('there', 'removed')))"
    " GROUP BY person"
)
GONE = (
    "SELECT a.placement FROM amiss_on_drive a CROSS JOIN placement p ON p.id = a.placement"
    " WHERE a.is_there = 0 AND p.wanted = 1 AND (?1 IS NULL OR p.event_photo IN (SELECT value FROM json_each(?1)))"
)
GONE_FROM = (
    " FROM amiss_on_drive a CROSS JOIN placement p ON p.id = a.placement CROSS JOIN folder f ON f.id = p.folder"
    " WHERE a.is_there = 0 AND p.wanted = 1 AND p.drive_id IS NOT NULL AND f.account = ?1"
)
THEIR_FOLDERS = (
    f"SELECT f.drive_id{GONE_FROM} AND f.drive_id IS NOT NULL UNION SELECT l.drive_id"  # noqa: S608 - ours
    f" FROM folder_filled l WHERE l.drive_id IS NOT NULL AND l.folder IN (SELECT f.id{GONE_FROM})"
)
OF_ACCOUNTS = (
    "DELETE FROM amiss_on_drive WHERE (SELECT f.account FROM placement p JOIN folder f ON f.id = p.folder"
    " WHERE p.id = amiss_on_drive.placement) IN (SELECT value FROM json_each(?))"
    " AND placement IN (SELECT value FROM json_each(?))"
)
NOTE = "INSERT OR REPLACE INTO amiss_on_drive SELECT id, ?2 FROM placement WHERE id = ?1 AND drive = 'there'"
_AMONG = (  # what is to be replaced there, or moved, is as nobody knows until that is done
    f"SELECT p.id, p.folder, p.drive_id, p.wanted_at, {renditions.MD5} AS md5 FROM json_each(?) asked"  # noqa: S608 - ours
    " CROSS JOIN placement p ON p.drive_id = asked.value CROSS JOIN folder f ON f.id = p.folder"
    f" CROSS JOIN event_photo ep ON ep.id = p.event_photo CROSS JOIN photo ph ON ph.id = ep.photo{renditions.MADE}"
    f" WHERE +p.wanted = 1 AND p.made_as <> '{HERE}' AND f.account = ? AND "
)
SENT = f"{_AMONG}p.drive = 'there' AND p.owed IS NULL AND p.drive_from IS NULL"
COMING = f"{_AMONG}{IS_COMING}"
ALL_SENT = (
    "SELECT p.drive_id FROM folder f CROSS JOIN placement p ON p.folder = f.id AND p.wanted = 1 AND p.drive = 'there'"
    " WHERE f.account = ? AND p.drive_id IS NOT NULL"
)
ALL_COMING = (
    "SELECT p.drive_id FROM asked a CROSS JOIN placement p ON p.drive_id = a.drive_id"  # noqa: S608 - ours
    f" CROSS JOIN folder f ON f.id = p.folder WHERE f.account = ? AND {IS_COMING}"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A wanted placement that lies on Drive as it was sent; `homes`: the folders there that it may lie in, if known."""

    placement: PlacementId
    drive_id: DriveId
    wanted_at: float
    md5: str
    homes: frozenset[str]


def sent_among(db: Db, ids: Iterable[str], account: str) -> list[Sent]:
    """What was sent to that account's Drive under one of these ids, and is wanted there as it was sent."""
    return _among(db, SENT, ids, account)


def coming_among(db: Db, ids: Iterable[str], account: str) -> list[Sent]:
    """The same of what Drive is being asked for just now: its answer is not written down yet."""
    return _among(db, COMING, ids, account)


def _among(db: Db, query: str, ids: Iterable[str], account: str) -> list[Sent]:
    rows = db.execute(query, (json.dumps(list(ids)), account)).fetchall()
    homes = drive_folders.homes_of(db, {FolderId(row["folder"]) for row in rows})
    return [
        Sent(row["id"], DriveId(row["drive_id"]), row["wanted_at"], row["md5"], homes.get(row["folder"], frozenset()))
        for row in rows
    ]


def all_sent(db: Db, account: str) -> list[DriveId]:
    """The ids of all that is wanted on that account's Drive, and was sent."""
    return db.column(ALL_SENT, (account,))


def all_coming(db: Db, account: str) -> list[DriveId]:
    """The ids of all that this account's Drive is being asked for just now."""
    return db.column(ALL_COMING, (account,))


def tell(db: Db, seen: Iterable[tuple[Sent, bool | None]], account: str) -> None:
    """Of these, by what was known when Drive was asked, whether anything is there; `None`: it is there as it was sent.

    Nothing is said of what changed here meanwhile.
    """
    told = dict(seen)
    now = set(sent_among(db, [one.drive_id for one in told], account))
    for one, is_there in told.items():
        if one in now:
            db.execute("DELETE FROM amiss_on_drive WHERE placement = ?", (one.placement,))
            if is_there is not None:
                db.execute("INSERT INTO amiss_on_drive VALUES (?, ?)", (one.placement, is_there))


def put_back(db: Db, back: Iterable[PlacementId]) -> None:
    """These lie there as they were sent again, but for what the feed has told to be gone meanwhile."""
    db.executemany("DELETE FROM amiss_on_drive WHERE placement = ? AND is_there = 1", [(one,) for one in back])


def note(
    db: Db,
    accounts: Collection[str],
    gone: Sequence[Recorded],
    changed: Sequence[Recorded],
    before: Collection[PlacementId],
    unseen: Collection[PlacementId] = (),
) -> None:
    """All that a look at these accounts' Drives found so: nothing else of what was so `before` it is, but for what
    could not be seen. What the feed told meanwhile holds, and what was sent anew is not.
    """
    back = set(before) - all_of(db)
    db.execute(OF_ACCOUNTS, (json.dumps(list(accounts)), json.dumps([one for one in before if one not in unseen])))
    found = [(one, False) for one in gone] + [(one, True) for one in changed]
    so = {one.placement for one in recorded.still_sent_so(db, [*gone, *changed])} - back
    rows = [(one.placement, is_there) for one, is_there in found if one.placement in so]
    db.executemany(NOTE, rows)


def photos(db: Db, events: Sequence[EventId] | None = None) -> int:
    """How many are not verified any more; of these events, or all."""
    return db.value(PHOTOS, (None if events is None else json.dumps(list(events)),))


def all_of(db: Db) -> set[PlacementId]:
    return set(db.column("SELECT placement FROM amiss_on_drive"))


def of_people(db: Db) -> dict[str, int]:
    """Person -> photos in their folders on Drive that are not there as they were sent."""
    return db.pairs(OF_PEOPLE)


def gone(db: Db, chosen: str | None) -> list[PlacementId]:
    """What is not there any more, as `placements.try_again` chooses it."""
    return db.column(GONE, (chosen,))


def gone_from(db: Db, account: str) -> tuple[list[DriveId], list[DriveId]]:
    """The ids of what is not there any more, on that account's Drive; and of the folders that it lay in."""
    return db.column(f"SELECT p.drive_id{GONE_FROM}", (account,)), db.column(THEIR_FOLDERS, (account,))
