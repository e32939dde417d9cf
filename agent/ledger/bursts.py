"""Bursts: nearly the same picture, taken again within seconds. The sharpest is marked; nothing is dropped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.ledger.sqlite.rows import Db, Row
from agent.model import PhotoId

APART = 2.0  # seconds between two pictures of a burst
ALIKE = 10  # bits of 64 that may differ

# Of the photo `ph` in the event of `ep`: how many of its burst are there, and whether another one of them is sharper.
_OTHERS = (  # CROSS JOIN: by the burst, and not through all of the event
    " FROM photo o CROSS JOIN event_photo oe ON oe.photo = o.id WHERE o.burst = ph.burst AND oe.event = ep.event"
    " AND oe.twin_of IS NULL AND oe.state NOT IN ('superseded', 'withdrawn', 'moved', 'dismissed', 'failed')"
)
COUNT = f"(SELECT COUNT(*){_OTHERS})"
IS_SHARPEST = f"NOT EXISTS (SELECT 1{_OTHERS} AND (o.sharpness, o.id) > (ph.sharpness, ph.id))"


def link(db: Db, photo: PhotoId) -> None:
    """Put a photo that was looked at, whenever it was, into the burst that it belongs to; it may make one of two.

    By the times of each of its events, in which clocks that are wrong are put right.
    """
    group: list[Row] = []
    for row in db.execute(
        "SELECT ep.event, ep.taken, ph.likeness FROM photo ph JOIN event_photo ep ON ep.photo = ph.id"
        " WHERE ph.id = ? AND ph.likeness IS NOT NULL AND ep.taken <> ''",
        (photo,),
    ).fetchall():
        around = [around_it(row["taken"], by) for by in (-APART, APART)]
        near = db.execute(
            "SELECT ph.id, ph.burst, ph.likeness FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
            " WHERE ep.taken BETWEEN ? AND ? AND +ep.event = ? AND ph.likeness IS NOT NULL AND ph.id <> ?",  # by time
            (*around, row["event"], photo),
        )
        group += [one for one in near if different(one["likeness"], row["likeness"]) <= ALIKE]
    if not group:
        return
    bursts = {one["burst"] for one in group if one["burst"] is not None}
    alone = [one["id"] for one in group if one["burst"] is None]
    number = min([photo, *bursts, *alone])
    db.execute(
        "UPDATE photo SET burst = ? WHERE id IN (SELECT value FROM json_each(?))", (number, json.dumps([photo, *alone]))
    )
    others = json.dumps([one for one in bursts if one != number])
    db.execute("UPDATE photo SET burst = ? WHERE burst IN (SELECT value FROM json_each(?))", (number, others))


def different(one: int, other: int) -> int:
    """Bits of 64, of two signed numbers."""
    return ((one ^ other) & (1 << 64) - 1).bit_count()


def around_it(taken: str, seconds: float) -> str:
    """So much later, as the ledger has it."""
    return (datetime.fromisoformat(taken) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def link_again(db: Db, photos: Sequence[PhotoId]) -> None:
    """Their times are others than they were: bursts that they were in are made anew."""
    given = json.dumps(list(photos))
    parted = db.execute(
        "UPDATE photo SET burst = NULL WHERE burst IN (SELECT burst FROM photo WHERE burst IS NOT NULL"
        " AND id IN (SELECT value FROM json_each(?))) RETURNING id",
        (given,),
    ).fetchall()
    for photo in sorted({*photos, *(PhotoId(row["id"]) for row in parted)}):
        link(db, photo)
