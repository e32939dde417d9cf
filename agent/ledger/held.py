"""What waits for a yes: removals that nobody asked for by name (law 4), and photos that are looked at first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from agent.ledger import meta
from agent.ledger.photos import Chosen
from agent.ledger.sqlite.rows import Db, from_row
from agent.model import EventId, EventPhotoId, PersonId, PhotoId

HELD_FROM = 20  # photos
HELD_SHARE = 0.1  # of what an event has placed
ONE_CHANGE = 600.0  # seconds: what goes within them counts as one change
TAKEN_OUT = "taken_out"  # how many photos went unasked on a day, as they were few, and which day
ASKED_ABOUT = (  # of what is held; what an operator took out of its event since stays theirs: an undo has that back
    "held_photo p CROSS JOIN event_photo ep ON ep.id = p.event_photo"
    " AND ep.state NOT IN ('superseded', 'withdrawn', 'moved') WHERE p.held ="
)


@dataclass(frozen=True, slots=True)
class Held:
    """`asked`: the photos that somebody is asked about, as far as they are in their event still."""

    id: int
    event: EventId
    kind: str
    why: str
    at: float
    asked: frozenset[EventPhotoId]

    @property
    def photos(self) -> int:
        return len(self.asked)


def too_many_to_remove(db: Db, event: EventId, photos: int) -> bool:
    """Whether so many photos are more than a change may take away by itself."""
    placed = db.value("SELECT COUNT(*) FROM event_photo WHERE event = ? AND state IN ('filed', 'unsorted')", (event,))
    return photos > HELD_FROM and photos > HELD_SHARE * placed


def note_taken_out(db: Db, photos: int, day: str) -> None:
    """These were no more than that, and went."""
    meta.put(db, TAKEN_OUT, f"{photos + taken_out_on(db, day)} {day}")


def taken_out_on(db: Db, day: str) -> int:
    count, _, on = meta.get(db, TAKEN_OUT).partition(" ")
    return int(count) if on == day else 0


def hold_back(db: Db, event: EventId, kind: str, why: str, photos: Sequence[EventPhotoId], now: float) -> None:
    """Keep these until somebody says yes or no; more of the same kind join what is held already."""
    held = db.value("SELECT id FROM held WHERE event = ? AND kind = ? AND state = 'open'", (event, kind))
    if held is None:
        begin = "INSERT INTO held (event, kind, why, at) VALUES (?, ?, ?, ?) RETURNING id"
        held = db.value(begin, (event, kind, why, now))
    db.executemany("INSERT OR IGNORE INTO held_photo VALUES (?, ?)", [(held, photo) for photo in photos])


def opened(db: Db) -> list[Held]:
    """What an answer is waited for, as far as any of its photos is in its event still."""
    rows = db.execute(
        f"SELECT h.*, (SELECT json_group_array(p.event_photo) FROM {ASKED_ABOUT} h.id) AS photos FROM held h"  # noqa: S608 - ours
        " WHERE h.state = 'open' ORDER BY h.id"
    )
    found = [from_row(Held, row, asked=frozenset(json.loads(row["photos"]))) for row in rows]
    return [one for one in found if one.asked]


def ever(db: Db) -> set[str]:
    """By which numbers anything was held, also what is answered by now."""
    return {str(one) for one in db.column("SELECT id FROM held")}


def count(db: Db) -> int:
    """How many answers are waited for: one for each of these, and one for each event with photos that wait."""
    query = f"SELECT COUNT(*) FROM held h WHERE h.state = 'open' AND EXISTS (SELECT 1 FROM {ASKED_ABOUT} h.id)"  # noqa: S608 - ours
    return db.value(query) + len(photos_by_event(db))


def decide(db: Db, one: Held, *, yes: bool) -> list[EventPhotoId]:
    """Close it. Returns its photos that are in their event still, or none if it was not open. What joined it since the
    answer was said is asked about anew.
    """
    word = "approved" if yes else "rejected"
    if not db.changed("UPDATE held SET state = ? WHERE id = ? AND state = 'open'", (word, one.id)):
        return []
    found = db.column(f"SELECT p.event_photo FROM {ASKED_ABOUT} ?", (one.id,))  # noqa: S608 - ours
    if since := [photo for photo in found if photo not in one.asked]:
        db.executemany("DELETE FROM held_photo WHERE held = ? AND event_photo = ?", [(one.id, each) for each in since])
        hold_back(db, one.event, one.kind, one.why, since, one.at)
    return [photo for photo in found if photo in one.asked]


def found_again(db: Db, event: EventId, photo: PhotoId) -> None:
    """The photo is there again: nothing is to be decided about it any more, and it gives way to none."""
    db.execute(
        "DELETE FROM giving_way WHERE event_photo = (SELECT id FROM event_photo WHERE event = ? AND photo = ?)",
        (event, photo),
    )
    db.execute(
        "DELETE FROM held_photo WHERE event_photo = (SELECT id FROM event_photo WHERE event = ? AND photo = ?)"
        " AND held IN (SELECT id FROM held WHERE state = 'open')",
        (event, photo),
    )
    db.execute("DELETE FROM held WHERE state = 'open' AND id NOT IN (SELECT held FROM held_photo)")


# ---- photos of events in which somebody looks at them before they are filed


def photos_by_event(db: Db) -> dict[EventId, int]:
    """How many photos wait for it in each event; RAW and JPEG of one shot are one."""
    return db.pairs("SELECT event, SUM(number) FROM shot_tally WHERE state = 'held' AND number > 0 GROUP BY event")


def photos(
    db: Db, event: EventId | None = None, person: PersonId | None = None, among: Sequence[EventPhotoId] | None = None
) -> list[Chosen]:
    """Photos that wait for it: of an event, with a person on them, among these."""
    rows = db.execute(
        "SELECT ep.id, ep.event, ph.sha256, ep.name FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.state = 'held' AND ep.twin_of IS NULL AND (:event IS NULL OR ep.event = :event)"
        " AND (:person IS NULL OR EXISTS (SELECT 1 FROM face f JOIN assignment a ON a.face = f.id"
        " WHERE f.photo = ep.photo AND a.event = ep.event AND a.person = :person))"
        " AND (:among IS NULL OR ep.id IN (SELECT value FROM json_each(:among))) ORDER BY ep.id",
        {"event": event, "person": person, "among": None if among is None else json.dumps(list(among))},
    )
    return [from_row(Chosen, row, twins=()) for row in rows]


def files(db: Db) -> set[tuple[EventId, str]]:
    """All that wait for it, both files of a shot: event and SHA-256."""
    query = "SELECT ep.event, ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.state = 'held'"
    return {*db.tuples(query)}


def placed(db: Db, event: EventId) -> list[Chosen]:
    """What of the event was filed, as far as a lost ledger knows it already: nobody has to look at it before it lies
    where it lies.
    """
    unsure = meta.rebuilding(db, drive=True)
    rows = db.execute(
        "SELECT ep.id, ep.event, ph.sha256, ep.name FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"  # noqa: S608 - ours
        " WHERE ep.event = ? AND ep.state NOT IN ('held', 'superseded') AND ep.twin_of IS NULL"
        f" AND (? OR ep.state IN ('filed', 'unsorted') OR {WAS_FILED})",
        (event, unsure),
    )
    return [from_row(Chosen, row, twins=()) for row in rows]


WAS_FILED = (  # it, or the other file of its shot
    "EXISTS (SELECT 1 FROM event_photo f WHERE (f.id = ep.id OR f.twin_of = ep.id) AND (f.filed_at IS NOT NULL"
    " OR EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = f.id AND (p.disk = 'there' OR p.drive = 'there'))))"
)
