"""Renditions: what lies in photos' places, made smaller on Drive, blurred there and here; which each placement has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from agent.ledger import meta, photos
from agent.ledger.sqlite.rows import Db
from agent.model import HERE, ORIGINAL, DriveId, End, EventId, EventPhotoId, PlacementId, Rendition

# Of a placement `p` of the photo `ph` and what was made of it, `r`: what Drive is to answer.
MADE = " LEFT JOIN rendition r ON p.made_as <> '' AND r.sha256 = ph.sha256 AND r.made_as = p.made_as"
MD5 = "CASE p.made_as WHEN '' THEN ph.md5 ELSE COALESCE(r.md5, '') END"
# What is not made yet is taken for a byte in three pixels, as of a detailed photo; the name begins with its long side.
BYTES = (
    "COALESCE(r.bytes, CASE p.made_as WHEN '' THEN ph.bytes"
    " ELSE MIN(ph.bytes, CASE CAST(p.made_as AS INTEGER) WHEN 0 THEN ph.bytes"
    " ELSE CAST(p.made_as AS INTEGER) * CAST(p.made_as AS INTEGER) / 4 END) END)"
)
FOLLOWED = "made_as/"  # and an event: what was said of it last
WAITS = "p.owed IS p.made_as"  # of a placement `p`: for a line that is not metered; nothing of it is sent before
# What lies on Drive as something else is in doubt from here on: looked at by its id, trashed, and sent anew. What was
# filed here alone is sent.
_CHANGE = (
    "UPDATE placement SET made_as = ?1, owed = NULL, drive_session = NULL, drive_failed = 0, drive_attempts = 0,"  # noqa: S608 - ours
    f" drive_after = 0, drive = CASE WHEN drive = 'there' THEN 'sending' WHEN drive = 'removed' AND made_as = '{HERE}'"
    " THEN 'absent' ELSE drive END WHERE +wanted = 1 AND COALESCE(owed, made_as) <> ?1 AND "
)
# Small copies stay on Drive for as long as the line is metered; what they stand for is another one now.
_OWE = (
    "UPDATE placement SET owed = CASE made_as WHEN ?1 THEN NULL ELSE ?1 END"
    " WHERE +wanted = 1 AND owed IS NOT NULL AND made_as = ?3 AND owed <> ?1 AND "
)
_SMALL = "SELECT DISTINCT made_as FROM placement WHERE owed IS NOT NULL AND made_as <> owed AND "


def stands_for(small: str, made_as: str) -> bool:
    """Whether that may lie on Drive for a while where this is to lie: no larger, and marked and blurred alike."""
    if small in (ORIGINAL, HERE) or made_as == HERE:
        return False
    one = Rendition.named(small)
    if made_as == ORIGINAL:
        return not one.watermark and not one.blurred
    other = Rendition.named(made_as)
    alike = (one.watermark, one.blurred) == (other.watermark, other.blurred)
    return alike and (not other.long_side or 0 < one.long_side <= other.long_side)


def follow(db: Db, event: EventId, made_as: str, now: float) -> None:
    """An event's pictures are to lie on Drive as this from now on. Called twice with the same, looks at nothing."""
    if meta.get(db, FOLLOWED + event) == made_as:
        return
    meta.put(db, FOLLOWED + event, made_as)
    ours = (
        "event_photo IN (SELECT ep.id FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"  # noqa: S608 - our own words
        f" WHERE ep.event = ?2 AND ph.kind = 'image') AND made_as <> '{HERE}' AND filed_as = ''"
    )
    touched = _change(db, made_as, ours, event)
    photos.settle_states(db, touched, now)


def want(db: Db, event_photo: EventPhotoId, made_as: str) -> None:
    """The same of one photo's placements, of which the plan is being written."""
    _change(db, made_as, "event_photo = ?2", event_photo)


def _change(db: Db, made_as: str, which: str, value: str | int) -> set[EventPhotoId]:
    """Returns the photos of which Drive has something else now than it is to have."""
    for small in db.column(_SMALL + which.replace("?2", "?1"), (value,)):
        if stands_for(small, made_as):
            db.execute(_OWE + which, (made_as, value, small))
    return set(db.column(f"{_CHANGE}{which} RETURNING event_photo", (made_as, value)))


# ---- while the line is metered


@dataclass(frozen=True, slots=True)
class Owed:
    """What a metered line keeps back. `small`: photos that are on Drive only as small copies, by event.

    `waiting`: photos of which nothing more can be sent; `placements`: of these and others, each in each of its folders.
    """

    small: Mapping[EventId, int]
    waiting: int
    placements: int


def lower(db: Db, placement: PlacementId, drive_id: DriveId, made_as: str, small: str, *, in_doubt: bool) -> None:
    """Drive is to have `small` for now, and later on what it was to have, `made_as`; where that is the same, it waits.
    Without effect where it is to be something else by now.

    `in_doubt`: something may lie, or come to lie, under its id, which is kept then.
    """
    db.execute(
        "UPDATE placement SET owed = COALESCE(owed, made_as), made_as = ?3,"
        " drive_session = CASE made_as WHEN ?3 THEN drive_session END,"
        " drive = CASE WHEN ?4 THEN 'sending' ELSE 'absent' END, drive_id = CASE WHEN ?4 THEN drive_id END"
        " WHERE id = ?1 AND drive_id = ?2 AND made_as = ?5 AND wanted = 1",
        (placement, drive_id, small, in_doubt, made_as),
    )


# Of a placement: its folder lies on that account's Drive.
_THERE = "(SELECT f.account FROM folder f WHERE f.id = placement.folder) = ?"
UNSENT = f"owed IS NOT NULL AND drive IN ('absent', 'reserved', 'sending', 'trashed', 'removed') AND {_THERE}"


def owes(db: Db) -> bool:
    """Whether any Drive is to have something else later on."""
    any_end = "SELECT 1 FROM placement WHERE owed IS NOT NULL AND drive IN (SELECT value FROM json_each(?)) LIMIT 1"
    return db.has(any_end, (json.dumps([*End]),))


def count_unsent(db: Db, account: str = "") -> int:
    """Placements that this account's Drive is to have something else of, later on, and has nothing of yet."""
    return db.value(f"SELECT COUNT(*) FROM placement WHERE {UNSENT}", (account,))  # noqa: S608 - our own words


def release_unsent(db: Db, account: str = "") -> int:
    """The line is not metered (any more): what is not on Drive yet goes there as it is. Returns how many placements."""
    return db.execute(
        "UPDATE placement SET drive_session = CASE made_as WHEN owed THEN drive_session END, made_as = owed,"  # noqa: S608 - ours
        f" owed = NULL WHERE {UNSENT}",
        (account,),
    ).rowcount


SMALL_ONES = (  # no byte crosses the line where Drive copies what lies there in another folder
    "SELECT p.id, CASE WHEN EXISTS (SELECT 1 FROM event_photo oe JOIN placement o ON o.event_photo = oe.id"
    " JOIN folder fo ON fo.id = o.folder AND fo.account = f.account"
    " WHERE oe.photo = ep.photo AND +o.drive = 'there' AND o.made_as = p.owed) THEN 0 ELSE ph.bytes END"
    " FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " JOIN photo ph ON ph.id = ep.photo CROSS JOIN folder f ON f.id = p.folder"
    " WHERE p.owed IS NOT NULL AND p.drive = 'there' AND +p.wanted = 1 AND f.account = ?"
    " AND ep.event NOT IN (SELECT value FROM json_each(?)) ORDER BY p.wanted_at DESC"
)


def small_ones(
    db: Db, quiet: Sequence[str], limit: int, account: str, wanted: Callable[[int], bool]
) -> list[PlacementId]:
    """Of which that account's Drive has small copies, the newest; `wanted` is asked with the bytes that each has to
    send. `quiet`: events that send nothing.
    """
    rows = db.execute(SMALL_ONES, (account, json.dumps(list(quiet))))
    return [placement for placement, _ in islice((row for row in rows if wanted(row[1])), limit)]


def release(db: Db, chosen: Sequence[PlacementId], now: float) -> None:
    """What they are to be on Drive takes the places of their small copies."""
    touched = db.column(
        "UPDATE placement SET made_as = owed, owed = NULL, drive = 'sending', drive_session = NULL, drive_failed = 0,"
        " drive_attempts = 0, drive_after = 0 WHERE id IN (SELECT value FROM json_each(?))"
        " AND owed IS NOT NULL AND +drive = 'there' AND +wanted = 1 RETURNING event_photo",
        (json.dumps(list(chosen)),),
    )
    photos.settle_states(db, set(touched), now)


COUNT_SMALL = (
    "SELECT ep.event, COUNT(DISTINCT COALESCE(ep.twin_of, ep.id)) FROM placement p JOIN event_photo ep"
    " ON ep.id = p.event_photo WHERE p.owed IS NOT NULL AND p.drive = 'there' AND +p.wanted = 1"
    " AND ep.state IN ('filed', 'unsorted') AND (?1 IS NULL OR ep.event IN (SELECT value FROM json_each(?1)))"
    " GROUP BY ep.event"
)
COUNT_WAITING = (
    "SELECT COUNT(*) AS placements, COUNT(DISTINCT COALESCE(ep.twin_of, ep.id)) AS photos FROM placement p"
    " JOIN event_photo ep ON ep.id = p.event_photo WHERE p.owed IS NOT NULL AND p.owed = p.made_as AND +p.wanted = 1"
    " AND p.drive IN ('absent', 'reserved', 'sending', 'trashed') AND ep.state IN ('filed', 'unsorted')"
)
MOVES_BESIDE = (  # of the same shot something is still on its way
    " AND EXISTS (SELECT 1 FROM event_photo e JOIN placement o ON o.event_photo = e.id"
    " WHERE (e.id = COALESCE(ep.twin_of, ep.id) OR e.twin_of = COALESCE(ep.twin_of, ep.id))"
    " AND o.drive_due = 1 AND +o.wanted = 1 AND o.owed IS NOT o.made_as)"
)


OF_EVENTS = " AND (?1 IS NULL OR ep.event IN (SELECT value FROM json_each(?1)))"


def owed(db: Db, events: Sequence[EventId] | None = None) -> Owed:
    """Of these events alone, or of all."""
    of = (None if events is None else json.dumps(list(events)),)
    row = db.execute(COUNT_WAITING + OF_EVENTS, of).fetchone()
    waiting = int(row["photos"])
    if waiting:
        waiting -= int(db.execute(COUNT_WAITING + OF_EVENTS + MOVES_BESIDE, of).fetchone()["photos"])
    return Owed(db.pairs(COUNT_SMALL, of), waiting, int(row["placements"]))


def want_here(db: Db, event_photo: EventPhotoId, filed_as: str) -> bool:
    """What is filed of one photo on this machine, of which the plan is being written: what lies is exchanged.

    What is not wanted any more on Drive and shows a face that is to be blurred goes for good, out of its trash, too;
    also where the photo was moved away from, or came back from. Returns whether anything is exchanged.
    """
    exchanged = db.changed(
        "UPDATE placement SET filed_as = ?1, disk_failed = 0, disk_after = 0, drive_failed = 0, drive_after = 0,"
        " disk = CASE WHEN wanted = 1 AND disk = 'there' THEN 'reserved' ELSE disk END,"
        " drive = CASE WHEN wanted = 0 AND drive = 'trashed' AND ?1 <> '' THEN 'there' ELSE drive END"
        " WHERE event_photo = ?2 AND filed_as <> ?1",
        (filed_as, event_photo),
    )
    if filed_as:
        exchanged |= db.changed(GONE_FROM, (filed_as, event_photo))
    return exchanged


GONE_FROM = (
    "UPDATE placement SET filed_as = ?1, drive_failed = 0, drive_after = 0,"
    " drive = CASE drive WHEN 'trashed' THEN 'there' ELSE drive END WHERE +wanted = 0 AND filed_as <> ?1"
    " AND event_photo IN (SELECT o.id FROM event_photo me JOIN event_photo o ON o.photo = me.photo AND o.id <> me.id"
    " AND o.state IN ('moved', 'superseded') WHERE me.id = ?2)"
)


def record(db: Db, sha256: str, made_as: str, md5: str, size: int, now: float, *, made_sha256: str) -> None:
    """It was made. Made anew and not the same, as by another library, it replaces what lies on Drive, and here."""
    known = db.value("SELECT md5 || made_sha256 FROM rendition WHERE sha256 = ? AND made_as = ?", (sha256, made_as))
    if known == md5 + made_sha256:
        return
    db.execute(
        "INSERT INTO rendition (sha256, made_as, md5, bytes, made_sha256) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT DO UPDATE SET md5 = ?3, bytes = ?4, made_sha256 = ?5",
        (sha256, made_as, md5, size, made_sha256),
    )
    if known is None or known.startswith(md5):
        return
    ours = "event_photo IN (SELECT ep.id FROM photo ph JOIN event_photo ep ON ep.photo = ph.id WHERE ph.sha256 = ?2)"
    db.execute(
        "UPDATE placement SET disk = 'reserved', lies_as = '?' WHERE +wanted = 1 AND disk = 'there'"  # noqa: S608 - ours
        f" AND lies_as = ?1 AND {ours}",
        (made_as, sha256),
    )
    touched = db.column(
        "UPDATE placement SET drive = 'sending' WHERE +wanted = 1 AND +drive = 'there' AND made_as = ?1"  # noqa: S608 - ours
        f" AND {ours} RETURNING event_photo",
        (made_as, sha256),
    )
    photos.settle_states(db, set(touched), now)


def found(db: Db, sha256: str, made_as: str, md5: str, size: int, made_sha256: str = "") -> None:
    """On Drive or here, by its marks, while a lost ledger is made anew: what is known already goes before."""
    db.execute(
        "INSERT INTO rendition VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET md5 = ?3, bytes = ?4,"
        " made_sha256 = ?5 WHERE made_sha256 = '' AND ?5 <> ''",
        (sha256, made_as, md5, size, made_sha256),
    )


def as_found(lies_as: str, in_the_end: str) -> tuple[str, str | None]:
    """`made_as` and `owed` of a placement of which Drive has this, and is to have that in the end."""
    return lies_as, None if lies_as == in_the_end else in_the_end


def found_as(db: Db, sha256: str, md5: str | None, made_as: str) -> str:
    """What lies on Drive with that MD5, where `made_as` is to lie: that, or a small copy that stands for it."""
    names = db.column("SELECT made_as FROM rendition WHERE sha256 = ? AND md5 = ?", (sha256, md5))
    return made_as if made_as in names else next((one for one in names if stands_for(one, made_as)), made_as)


def is_made_of(db: Db, sha256: str, md5: str | None) -> bool:
    """Whether the photo has that MD5, or something that was made of it."""
    either = (
        "SELECT 1 FROM photo WHERE sha256 = ?1 AND md5 = ?2"
        " UNION ALL SELECT 1 FROM rendition WHERE sha256 = ?1 AND md5 = ?2"
    )
    return db.has(either, (sha256, md5))


def is_needed(db: Db, sha256: str) -> bool:
    """Whether something made of that photo is still to be sent."""
    return db.has(
        "SELECT 1 FROM photo ph JOIN event_photo ep ON ep.photo = ph.id JOIN placement p ON p.event_photo = ep.id"
        " WHERE ph.sha256 = ?1 AND +p.wanted = 1 AND ((p.made_as <> ?2 AND +p.drive_due = 1)"
        " OR (p.filed_as <> ?2 AND +p.disk_due = 1)) LIMIT 1",
        (sha256, ORIGINAL),
    )
