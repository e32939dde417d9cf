"""Photos that an operator moved out of one event into another."""

from __future__ import annotations

import json
from collections.abc import Sequence

from agent.ledger.photos import record_in_event
from agent.ledger.sqlite.rows import Db, Row
from agent.ledger.twins import join
from agent.model import EventId, EventPhotoId, PhotoId

MOVED_IN = (
    "SELECT ep.id, ep.photo, ep.event, ep.came_from, ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
    " WHERE ep.came_from IS NOT NULL AND ep.twin_of IS NULL AND ep.state <> 'superseded'"  # a twin goes along
)


def moved_in(db: Db, photo: PhotoId) -> list[Row]:
    """Events into which an operator moved the photo: `id, photo, event, came_from, sha256`."""
    return db.execute(f"{MOVED_IN} AND ep.photo = ?", (photo,)).fetchall()


def all_moved_in(db: Db) -> list[Row]:
    """The same of all photos."""
    return db.execute(MOVED_IN).fetchall()


def moved_along(db: Db, event_photo: EventPhotoId) -> list[EventPhotoId]:
    """The photo, and the other file of its shot where that came into the event with it."""
    return db.column(
        "SELECT t.id FROM event_photo m JOIN event_photo t ON t.id = m.id OR (t.twin_of = m.id"
        " AND t.came_from = m.came_from) WHERE m.id = ?",
        (event_photo,),
    )


def move_in(db: Db, to: EventId, photo: PhotoId, name: str, came_from: EventId, now: float) -> None:
    """The photo is one of this event's from now on; `came_from` is kept only where it was not one before."""
    if record_in_event(db, to, photo, name, now):
        came_out_of(db, came_from, to, photo)


def came_out_of(db: Db, came_from: EventId, to: EventId, photo: PhotoId) -> None:
    db.execute("UPDATE event_photo SET came_from = ? WHERE event = ? AND photo = ?", (came_from, to, photo))


def came_from(db: Db, event: EventId, sha256: str) -> EventId | None:
    """The event out of which an operator moved it into this one; `None` where it arrived by itself, or is not known."""
    return db.value(
        "SELECT came_from FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE event = ? AND sha256 = ?",
        (event, sha256),
    )


def on_the_way_into(db: Db, event: EventId) -> int:
    """How many that were moved into it lie in the other event still: everywhere, or on Drive, where it is ours alone
    to move out of there; or with the other file of their shot, which is moved once it is whole.
    """
    return db.value(
        "SELECT COUNT(*) FROM event_photo ep WHERE ep.event = ?1"
        " AND ep.state NOT IN ('superseded', 'withdrawn', 'moved') AND (ep.came_from IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM placement p WHERE p.event_photo = ep.id AND +p.wanted = 1 AND p.disk IN ('there', 'removed'))"
        " OR EXISTS (SELECT 1 FROM placement p JOIN folder c ON c.drive_id = p.drive_from WHERE p.event_photo = ep.id"
        " AND p.drive = 'sending' AND c.event <> ?1)"
        " OR EXISTS (SELECT 1 FROM event_photo m CROSS JOIN event_photo t ON t.twin_of = m.id AND +t.state = 'waiting'"
        " WHERE m.photo = ep.photo AND m.event <> ?1 AND m.state = 'moved'))",
        (event,),
    )


def on_the_way_out_of(db: Db, event: EventId) -> int:
    """How many that another event is to file, waits for a yes to file, or could not file and may try again, lie here in
    this one's folders alone; the other file of a shot that was moved is moved once it is whole.
    """
    return db.value(
        "SELECT COUNT(*) FROM event_photo ep WHERE ep.event = ?1 AND (ep.state = 'waiting' AND EXISTS"
        " (SELECT 1 FROM event_photo m WHERE m.id = ep.twin_of AND m.state = 'moved')"
        " OR EXISTS (SELECT 1 FROM event_photo o"
        " WHERE o.photo = ep.photo AND o.event <> ?1 AND o.state IN ('waiting', 'held', 'failed'))"
        " AND (EXISTS (SELECT 1 FROM sighting s WHERE s.photo = ep.photo AND s.event = ?1)"
        " OR EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = ep.id AND p.disk = 'there'))"
        " AND NOT EXISTS (SELECT 1 FROM sighting s WHERE s.photo = ep.photo AND s.event <> ?1)"
        " AND NOT EXISTS (SELECT 1 FROM event_photo o JOIN placement p ON p.event_photo = o.id AND p.disk = 'there'"
        " WHERE o.photo = ep.photo AND o.event <> ?1))",
        (event,),
    )


def withdrawn_with(db: Db, event: EventId) -> list[Row]:
    """`path, photo, sha256, event, name` of files in this one's folders, absolute or below the workspace, by which
    alone another event could have back what was withdrawn from it, or set aside in it, before it was filed.
    """
    return db.execute(
        "SELECT COALESCE((SELECT f.disk_path || '/' || p.disk_name FROM event_photo ep CROSS JOIN placement p"
        " ON p.event_photo = ep.id AND p.disk = 'there' AND p.lies_as = '' JOIN folder f ON f.id = p.folder"
        " WHERE ep.photo = o.photo AND ep.event = ?1), (SELECT MIN(s.path) FROM sighting s"
        " WHERE s.photo = o.photo AND s.event = ?1)) AS path, o.photo, ph.sha256, o.event, o.name FROM event_photo o"
        " JOIN photo ph ON ph.id = o.photo AND ph.bytes > 0"
        " WHERE o.state IN ('withdrawn', 'dismissed') AND o.event <> ?1 AND path IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM sighting e WHERE e.photo = o.photo AND e.event <> ?1)"
        " AND NOT EXISTS (SELECT 1 FROM event_photo f JOIN placement p ON p.event_photo = f.id AND p.disk = 'there'"
        " WHERE f.photo = o.photo AND f.event <> ?1)",
        (event,),
    ).fetchall()


def out_of_events(db: Db) -> dict[EventId, set[str]]:
    """Photos that an operator took out of an event: withdrawn, moved into another, or a move into it taken back; and
    those that wait for their yes, as an older list of people says, and may have been filed by a later one.
    """
    found = db.gathered(
        "SELECT ep.event, ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.state IN"
        " ('withdrawn', 'moved', 'held') OR (ep.state = 'superseded' AND ep.came_from IS NOT NULL)"
    )
    return {event: set(sha256s) for event, sha256s in found.items()}


def came_by_itself(db: Db, event: EventId, photo: PhotoId) -> None:
    """It arrived in this event, too: it stays if a move into it is taken back."""
    db.execute("UPDATE event_photo SET came_from = NULL WHERE event = ? AND photo = ?", (event, photo))


def came_by_themselves(db: Db, sha256s: Sequence[str]) -> set[tuple[EventId, str]]:
    """Events that have any of these photos, by their SHA-256, though nobody moved it there."""
    rows = db.tuples(
        "SELECT ep.event, ph.sha256 FROM json_each(?) one CROSS JOIN photo ph ON ph.sha256 = one.value"
        " JOIN event_photo ep ON ep.photo = ph.id"
        " WHERE ep.came_from IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved')",
        (json.dumps(list(sha256s)),),
    )
    return set(rows)


def join_twins(
    db: Db, event: EventId, main: EventPhotoId, twins: Sequence[EventPhotoId], came_from: EventId, now: float
) -> None:
    """The other files of a shot follow it into another event."""
    for twin in twins:
        row = db.execute("SELECT photo, name FROM event_photo WHERE id = ?", (twin,)).fetchone()
        move_in(db, event, PhotoId(row["photo"]), str(row["name"]), came_from, now)
        there = db.execute(
            "SELECT t.id AS twin, o.id AS main FROM event_photo m JOIN event_photo o ON o.photo = m.photo"
            " JOIN event_photo t ON t.event = o.event AND t.photo = ?3 WHERE m.id = ?1 AND o.event = ?2"
            " AND o.twin_of IS NULL AND t.twin_of IS NOT o.id",
            (main, event, row["photo"]),
        ).fetchone()
        if there is not None:  # else they are one there already, either way round
            join(db, there["twin"], there["main"])
