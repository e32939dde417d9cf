"""What was sent and does not lie on Drive as it was sent any more, by the last look at all of it: nobody else tells."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from agent.ledger import recorded
from agent.ledger.recorded import Recorded
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, PlacementId

AS_SENT = "NOT EXISTS (SELECT 1 FROM amiss_on_drive a WHERE a.placement = {p}.id)"  # of a placement that is `there`
PHOTOS = (  # that would be counted as verified; the two files of a shot are one
    "SELECT COUNT(DISTINCT m.id) FROM amiss_on_drive a CROSS JOIN placement p ON p.id = a.placement"
    " CROSS JOIN event_photo ep ON ep.id = p.event_photo CROSS JOIN event_photo m ON m.id = COALESCE(ep.twin_of, ep.id)"
    " WHERE p.wanted = 1 AND m.state IN ('filed', 'unsorted') AND m.verified_at IS NOT NULL"
    " AND ep.state IN ('filed', 'unsorted') AND (?1 IS NULL OR m.event IN (SELECT value FROM json_each(?1)))"
    " AND NOT EXISTS (SELECT 1 FROM event_photo t WHERE t.twin_of = m.id AND (t.state IN ('waiting', 'failed')"
    " OR t.state IN ('held', 'dismissed') OR (t.state IN ('filed', 'unsorted') AND t.verified_at IS NULL)))"
)
PLACEMENTS = "SELECT COUNT(*) FROM amiss_on_drive a CROSS JOIN placement p ON p.id = a.placement WHERE p.wanted = 1"
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
OF_ACCOUNTS = (
    "DELETE FROM amiss_on_drive WHERE (SELECT f.account FROM placement p JOIN folder f ON f.id = p.folder"
    " WHERE p.id = amiss_on_drive.placement) IN (SELECT value FROM json_each(?))"
)


def note(db: Db, accounts: Collection[str], gone: Sequence[Recorded], changed: Sequence[Recorded]) -> None:
    """All that a look at these accounts' Drives found so: nothing else is. What was sent anew meanwhile is not."""
    db.execute(OF_ACCOUNTS, (json.dumps(list(accounts)),))
    found = [(one, False) for one in gone] + [(one, True) for one in changed]
    so = {one.placement for one in recorded.still_sent_so(db, [*gone, *changed])}
    rows = [(one.placement, is_there) for one, is_there in found if one.placement in so]
    db.executemany("INSERT INTO amiss_on_drive SELECT id, ?2 FROM placement WHERE id = ?1 AND drive = 'there'", rows)


def photos(db: Db, events: Sequence[EventId] | None = None) -> int:
    """How many are not verified any more; of these events, or all."""
    return int(db.value(PHOTOS, (None if events is None else json.dumps(list(events)),)))


def placements(db: Db) -> int:
    return int(db.value(PLACEMENTS))


def all_of(db: Db) -> set[PlacementId]:
    return set(db.column("SELECT placement FROM amiss_on_drive"))


def of_people(db: Db) -> dict[str, int]:
    """Person -> photos in their folders on Drive that are not there as they were sent."""
    return db.pairs(OF_PEOPLE)


def gone(db: Db, chosen: str | None) -> list[PlacementId]:
    """What is not there any more, as `placements.try_again` chooses it."""
    return db.column(GONE, (chosen,))
