"""Events that were removed: nothing of them is known any more."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from agent.ledger import alike, kept_faces, photos, sources
from agent.ledger.faces import ReferenceKey
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, SourceId

SLICE = 500  # photos, or files of sources, in one transaction: others write in between
IN_EVENT = ("assignment", "review", "stranger", "alike_face")  # of a face
OF_EVENT = (  # a group goes after its faces
    *("sync_run", "camera_clock", "assignment", "held", "trouble", "event_photo"),
    *("sighting", "review", "stranger", "cluster"),
)


def forget_some(db: Db, event: EventId) -> bool:
    """Some of its photos. Returns whether there may be more."""
    db.execute("UPDATE event_photo SET came_from = NULL WHERE came_from = ?", (event,))  # nothing goes back there
    chosen = db.column("SELECT id FROM event_photo WHERE event = ? LIMIT ?", (event, SLICE))
    if not chosen:
        return False
    twins = "SELECT id FROM event_photo WHERE twin_of IN (SELECT value FROM json_each(?1))"
    ids = json.dumps([*{*chosen, *db.column(twins, (json.dumps(chosen),))}])
    seen = db.column("SELECT photo FROM event_photo WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    of = (event, json.dumps(seen))
    for table in IN_EVENT:
        db.execute(
            f"DELETE FROM {table} WHERE (face, event) IN (SELECT f.id, ?1 FROM json_each(?2) one"  # noqa: S608 - ours
            " JOIN face f ON f.photo = one.value)",
            of,
        )
    for table in ("held_photo", "placement"):
        db.execute(f"DELETE FROM {table} WHERE event_photo IN (SELECT value FROM json_each(?))", (ids,))  # noqa: S608 - ours
    db.execute("DELETE FROM sighting WHERE event = ?1 AND photo IN (SELECT value FROM json_each(?2))", of)
    db.execute("DELETE FROM event_photo WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    photos.forget_faces(db, seen)
    return True


def forget_event(db: Db, event: EventId, of_event: Sequence[SourceId]) -> None:
    """Nothing of the event is known any more. Files stay, here and on Drive. Of very many photos, or files of its
    sources, each `forget_some` goes first.
    """
    seen = db.column("SELECT photo FROM event_photo WHERE event = ?", (event,))
    sources.forget(db, of_event)
    for table in ("held_photo", "placement"):
        its = "event_photo IN (SELECT id FROM event_photo WHERE event = ?)"
        db.execute(f"DELETE FROM {table} WHERE {its}", (event,))  # noqa: S608 - ours
    for table in OF_EVENT:
        db.execute(f"DELETE FROM {table} WHERE event = ?", (event,))  # noqa: S608 - ours
    db.execute("UPDATE event_photo SET came_from = NULL WHERE came_from = ?", (event,))  # nothing goes back there
    alike.forget_event(db, event)
    photos.forget_faces(db, seen)
    db.execute("DELETE FROM folder_filled WHERE folder IN (SELECT id FROM folder WHERE event = ?)", (event,))
    while db.execute(
        "DELETE FROM folder WHERE event = ?1 AND id NOT IN (SELECT parent FROM folder WHERE parent IS NOT NULL)",
        (event,),
    ).rowcount:
        pass


def each_of(table: str, column: str = "event") -> str:
    """Every event in an indexed column, from one to the next: not by all rows of a table."""
    return (
        f"SELECT event FROM (WITH RECURSIVE each_one (event) AS (SELECT MIN({column}) FROM {table} WHERE {column} > ''"  # noqa: S608 - ours
        f" UNION ALL SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > each_one.event) FROM each_one"
        " WHERE event IS NOT NULL) SELECT event FROM each_one)"
    )


KNOWN = (
    *map(each_of, ("event_photo", "source_file", "sync_run", "stranger", "review")),
    each_of("event_photo", "came_from"),
    *(f"SELECT event FROM {table}" for table in ("folder", "source_state")),  # noqa: S608 - ours
    "SELECT event FROM sighting_tally WHERE number > 0",
)
OTHER_EVENTS = (
    f"SELECT event FROM ({' UNION '.join(KNOWN)})"  # noqa: S608 - ours
    " WHERE event IS NOT NULL AND event NOT IN (SELECT value FROM json_each(?))"
)
SOURCES_OF = "SELECT source FROM source_file WHERE event = ?1 UNION SELECT source FROM source_state WHERE event = ?1"


def others(db: Db, events: Sequence[EventId]) -> list[EventId]:
    """Every event of which something is known, but these."""
    return db.column(OTHER_EVENTS, (json.dumps(list(events)),))


def forget_all_but(
    db: Db,
    events: Sequence[EventId],
    of_events: Sequence[SourceId],
    references: Collection[ReferenceKey],
    lying: Collection[str] = (),
) -> None:
    """The same of every event but these, and every source but theirs; `references`: by what their people are known;
    `lying`: SHA-256 of pictures that are there still.
    """
    gone = others(db, events)
    for event in gone:
        forget_event(db, event, db.column(SOURCES_OF, (event,)))
    if gone:
        kept_faces.drop_references(db, references, lying)
    unknown = "SELECT source FROM source_state WHERE source NOT IN (SELECT value FROM json_each(?))"
    sources.forget(db, db.column(unknown, (json.dumps(list(of_events)),)))
