"""Bursts: nearly the same picture, taken again within seconds. The sharpest is marked; nothing is dropped."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.ledger.sqlite.rows import Db
from agent.model import PhotoId

APART = 2.0  # seconds between two pictures of a burst
ALIKE = 10  # bits of 64 that may differ

# Of the photo `ph` in the event of `ep`: how many of its burst are there, and whether another one of them is sharper.
_OTHERS = (
    " FROM photo o JOIN event_photo oe ON oe.photo = o.id WHERE o.burst = ph.burst AND oe.event = ep.event"
    " AND oe.twin_of IS NULL AND oe.state NOT IN ('superseded', 'withdrawn', 'moved', 'dismissed', 'failed')"
)
COUNT = f"(SELECT COUNT(*){_OTHERS})"
IS_SHARPEST = f"NOT EXISTS (SELECT 1{_OTHERS} AND (o.sharpness, o.id) > (ph.sharpness, ph.id))"


def link(db: Db, photo: PhotoId) -> None:
    """Put a photo that was looked at, whenever it was, into the burst that it belongs to; it may make one of two."""
    row = db.execute("SELECT taken_at, likeness FROM photo WHERE id = ?", (photo,)).fetchone()
    if row is None or row["likeness"] is None or row["taken_at"] is None:
        return
    taken = datetime.fromisoformat(row["taken_at"])
    around = [(taken.replace(tzinfo=None) + timedelta(seconds=by)).isoformat()[:19] for by in (-APART, APART + 1)]
    near = db.execute(
        "SELECT id, burst, taken_at, likeness FROM photo"
        " WHERE taken_at >= ? AND taken_at < ? AND likeness IS NOT NULL AND id <> ?",
        (*around, photo),
    )
    group = [
        one
        for one in near
        if different(one["likeness"], row["likeness"]) <= ALIKE and seconds_between(one["taken_at"], taken) <= APART
    ]
    if not group:
        return
    number = min([photo, *(one["burst"] or one["id"] for one in group)])
    for one in group:
        db.execute("UPDATE photo SET burst = ? WHERE id = ? OR burst = ?", (number, one["id"], one["burst"]))
    db.execute("UPDATE photo SET burst = ? WHERE id = ?", (number, photo))


def different(one: int, other: int) -> int:
    """Bits of 64, of two signed numbers."""
    return ((one ^ other) & (1 << 64) - 1).bit_count()


def seconds_between(text: str, taken: datetime) -> float:
    """Of a camera that says its zone and one that does not, nothing is known: far apart."""
    other = datetime.fromisoformat(text)
    if (other.tzinfo is None) != (taken.tzinfo is None):
        return float("inf")
    return abs((other - taken).total_seconds())
