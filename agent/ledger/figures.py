"""Figures of a whole night, for its report: when photos were taken, by whom, who stood with whom.

They are of every photo, so each photo is read: 0.65 s at 20,000 photos of 500 people, once, when somebody asks.
`event` `None`: of all events. Each photo is counted once, RAW and JPEG of a shot as one, as everywhere.
"""

from __future__ import annotations

from agent.ledger import bursts
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId

PHOTOS = " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
COUNTED = (
    " WHERE ep.twin_of IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved')"
    " AND (:event IS NULL OR ep.event = :event)"
)
HOUR = (  # on a clock that is right; where that is not known, when it arrived, on this machine's
    "CASE WHEN ep.taken <> '' THEN substr(ep.taken, 1, 13)"
    " ELSE strftime('%Y-%m-%dT%H', ep.arrived_at, 'unixepoch', 'localtime') END"
)


def by_hour(db: Db, event: EventId | None) -> dict[str, int]:
    """`2026-11-21T22` -> photos, the first hour first."""
    return db.pairs(f"SELECT {HOUR} AS hour, COUNT(*){PHOTOS}{COUNTED} GROUP BY hour ORDER BY hour", {"event": event})


def by_camera(db: Db, event: EventId | None) -> dict[str, int]:
    """Camera or photographer, "" for what came from this machine's folders -> photos, most first."""
    query = f"SELECT ep.camera, COUNT(*) AS photos{PHOTOS}{COUNTED} GROUP BY ep.camera ORDER BY photos DESC, ep.camera"
    return db.pairs(query, {"event": event})


def size(db: Db, event: EventId | None) -> int:
    """Bytes of all photos; what is in two events lies here once."""
    return db.value(
        "SELECT COALESCE(SUM(bytes), 0) FROM photo WHERE id IN (SELECT photo FROM event_photo ep"
        " WHERE state NOT IN ('superseded', 'withdrawn', 'moved') AND (:event IS NULL OR ep.event = :event))",
        {"event": event},
    )


SEEN = (  # who is in which photo
    "WITH seen AS MATERIALIZED (SELECT DISTINCT p.event_photo AS photo, f.person FROM folder f"
    " CROSS JOIN placement p ON p.folder = f.id AND p.wanted = 1 JOIN event_photo ep ON ep.id = p.event_photo"
    " WHERE f.kind IN ('solo', 'group') AND ep.twin_of IS NULL AND (:event IS NULL OR f.event = :event))"
)
TOGETHER = (
    f"{SEEN} SELECT a.person AS one, b.person AS other, COUNT(*) AS photos FROM seen a"  # noqa: S608 - ours
    " JOIN seen b ON b.photo = a.photo AND b.person > a.person"
    " GROUP BY one, other ORDER BY photos DESC, one, other LIMIT :limit"
)
MOMENTS = (  # of each hour the best photo, then of each the second best
    f"{SEEN}, shown AS (SELECT ep.id, ep.name, {HOUR} AS hour, ep.taken, COALESCE(s.people, 0) AS people,"  # noqa: S608 - ours
    f" (SELECT COUNT(*) FROM face fa WHERE fa.photo = ep.photo) AS faces{PHOTOS}"
    " LEFT JOIN (SELECT photo, COUNT(*) AS people FROM seen GROUP BY photo) s ON s.photo = ep.id"
    f"{COUNTED} AND ph.kind = 'image' AND ep.state IN ('filed', 'unsorted')"
    f" AND (ph.burst IS NULL OR {bursts.IS_SHARPEST})),"
    " ranked AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY hour ORDER BY people DESC, faces DESC, id) AS rank"
    " FROM shown) SELECT * FROM ranked ORDER BY rank, people DESC, faces DESC, id LIMIT :limit"
)


def together(db: Db, event: EventId | None, limit: int) -> list[Row]:
    """Two who are on the same photos: `one, other, photos`, most first."""
    return db.execute(TOGETHER, {"event": event, "limit": limit}).fetchall()


def moments(db: Db, event: EventId | None, limit: int) -> list[Row]:
    """Photos with the most people, spread over the hours: `id, name, hour`, in the order of the night."""
    rows = db.execute(MOMENTS, {"event": event, "limit": limit})
    return sorted(rows, key=lambda row: (row["hour"], row["taken"], row["id"]))
