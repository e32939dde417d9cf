"""Photos by content, and what is planned of them in each event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from agent.ledger import bursts, twins
from agent.ledger.clocks import AHEAD, TAKEN_AT
from agent.ledger.sqlite.rows import Db, Row, from_row
from agent.model import EventId, EventPhotoId, PhotoId, PhotoState, composed

IMAGE, VIDEO = "image", "video"  # the kinds
WATCHED = {"video/mp4", "video/quicktime", "video/3gpp", "video/3gpp2"} | {  # videos that are looked at for faces, too
    *("video/x-msvideo", "video/x-matroska", "video/webm", "video/mp2t"),  # and that say whether all of them is here
}


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is, from one read of it: hashes are hex, `kind` is `image` or `video`.

    `hollow`: its end is zeros, as of a file that had room made for it before its bytes came.
    """

    sha256: str
    md5: str
    bytes: int
    mime: str
    kind: str
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class EventPhoto:
    """A photo in an event, with what is needed to plan and to speak of it."""

    id: EventPhotoId
    event: EventId
    photo: PhotoId
    name: str
    state: PhotoState
    arrived_at: float
    filed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A photo that an operator named: by its own number, or by that of another file of the same shot (`twins`)."""

    id: EventPhotoId
    event: EventId
    sha256: str
    name: str
    twins: tuple[EventPhotoId, ...] = ()


def record_photo(db: Db, content: Content, came_at: float = 0.0) -> PhotoId:
    """The photo with this content: a new row, or the one that is there."""
    look = "due" if content.kind == IMAGE or content.mime in WATCHED else "done"
    db.execute(
        "INSERT INTO photo (sha256, md5, bytes, mime, kind, look, came_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET md5 = excluded.md5, bytes = excluded.bytes, mime = excluded.mime"
        " WHERE md5 <> excluded.md5",  # it was known by what Drive has in its place alone
        (content.sha256, content.md5, content.bytes, content.mime, content.kind, look, came_at),
    )
    return db.value("SELECT id FROM photo WHERE sha256 = ?", (content.sha256,))


def came_again(db: Db, photo: PhotoId, at: float) -> None:
    """Known before, and new or back in an event: who waits for it there waits since now."""
    db.execute("UPDATE photo SET came_at = ?1 WHERE id = ?2 AND came_at < ?1", (at, photo))


# What was filed under its own name is called so when it is back, too, whatever the template is by then.
KEEPS_NAME = "CASE WHEN given = '' AND filed_at IS NOT NULL THEN name ELSE given END"


def record_in_event(db: Db, event: EventId, photo: PhotoId, name: str, arrived_at: float) -> bool:
    """Make the photo one of the event's. Returns whether it is new there, or back after it was gone."""
    name = composed(name)
    if db.changed(
        "INSERT INTO event_photo (event, photo, name, arrived_at, since_at) VALUES (?, ?, ?, ?4, ?4)"
        " ON CONFLICT (event, photo) DO NOTHING",
        (event, photo, name, arrived_at),
    ):
        db.execute(LOOK_FORGOTTEN, (photo,))
        _look_once_more(db, photo)
        return True
    back = db.changed(
        "UPDATE event_photo SET state = 'waiting', name = ?1, arrived_at = ?2, since_at = ?2, planned_at = NULL,"  # noqa: S608 - ours
        f" given = CASE WHEN name = ?1 THEN {KEEPS_NAME} ELSE given END, filed_at = NULL, verified_at = NULL"
        " WHERE event = ?3 AND photo = ?4 AND state = 'superseded'",
        (name, arrived_at, event, photo),
    )
    if back:
        db.execute(LOOK_FORGOTTEN, (photo,))
        _look_once_more(db, photo)
    return back


def _look_once_more(db: Db, photo: PhotoId) -> None:
    """An event waits for it: where no look at it ended well, it is looked at again, for each that it failed in, too."""
    if db.changed("UPDATE photo SET look = 'due', look_after = 0 WHERE id = ? AND look = 'failed'", (photo,)):
        db.execute("UPDATE event_photo SET state = 'waiting' WHERE photo = ? AND state = 'failed'", (photo,))


LOOK_FORGOTTEN = (  # with the event that had it last, or as it was nowhere for so long
    "UPDATE photo SET look = 'due', look_after = 0"
    " WHERE id = ? AND look = 'done' AND looked_at IS NOT NULL AND engine IS NULL"
)


def forget_faces(db: Db, of: Sequence[PhotoId]) -> None:
    """What was seen on photos that no event has any more: should one come back, it is looked at again."""
    nobodys = "NOT EXISTS (SELECT 1 FROM event_photo WHERE photo = ?1)"
    them = [(photo,) for photo in of]
    db.executemany(f"UPDATE photo SET engine = NULL WHERE id = ?1 AND {nobodys}", them)  # noqa: S608 - ours
    db.executemany(f"DELETE FROM face WHERE photo = ?1 AND {nobodys}", them)  # noqa: S608 - ours


def is_in_an_event(db: Db, photo: PhotoId) -> bool:
    return db.has("SELECT 1 FROM event_photo WHERE photo = ?", (photo,))


def id_in_event(db: Db, event: EventId, photo: PhotoId) -> EventPhotoId | None:
    return db.value("SELECT id FROM event_photo WHERE event = ? AND photo = ?", (event, photo))


def note_camera(db: Db, event: EventId, photo: PhotoId, camera: str) -> None:
    """Whose it is by its folder; the first one stays."""
    db.execute(
        "UPDATE event_photo SET camera = ? WHERE event = ? AND photo = ? AND camera = ''", (camera, event, photo)
    )


def first_way(db: Db, photo: EventPhotoId) -> Row:
    """Its `event`, when it arrived (`arrived_at`) and since when it is wanted where it is now (`since_at`)."""
    return db.execute("SELECT event, arrived_at, since_at FROM event_photo WHERE id = ?", (photo,)).fetchone()


def note_time(db: Db, photo: PhotoId, taken_at: str | None) -> None:
    """When it was taken, by its name or by Drive; the picture's own word, once it is read, goes before."""
    db.execute("UPDATE photo SET taken_at = COALESCE(taken_at, ?) WHERE id = ?", (taken_at, photo))


def note_taken(db: Db, photo: PhotoId, taken_at: str | None, device: str, gps_at: float | None) -> None:
    """When it was taken, and by what, as the photo says itself; nothing else was looked at."""
    db.execute(
        "UPDATE photo SET taken_at = COALESCE(?, taken_at), device = ?, gps_at = ? WHERE id = ?",
        (taken_at, device, gps_at, photo),
    )


def all_hashes(db: Db) -> set[str]:
    """SHA-256 (hex) of every photo."""
    return set(db.column("SELECT sha256 FROM photo"))


def in_events(db: Db, photo: PhotoId) -> list[EventPhoto]:
    """The photo's rows in all events that want it looked at or planned."""
    return db.records(
        EventPhoto,
        "SELECT id, event, photo, name, state, arrived_at, filed_at FROM event_photo"
        " WHERE photo = ? AND state NOT IN ('superseded', 'dismissed')",
        (photo,),
    )


def sha256_of(db: Db, photo: PhotoId) -> str:
    return db.value("SELECT sha256 FROM photo WHERE id = ?", (photo,))


def size_of(db: Db, photo: PhotoId) -> int:
    """Bytes."""
    return db.value("SELECT bytes FROM photo WHERE id = ?", (photo,))


def kind_of(db: Db, photo: PhotoId) -> str:
    return db.value("SELECT kind FROM photo WHERE id = ?", (photo,))


def shown_with(db: Db, sha256: str) -> list[Row]:
    """`sha256, width, height` of the photo, and of those whose other file it is in some event."""
    return db.execute(
        "SELECT sha256, width, height FROM photo WHERE sha256 = ?1 UNION SELECT mp.sha256, mp.width, mp.height FROM"
        " photo ph JOIN event_photo ep ON ep.photo = ph.id JOIN event_photo m ON m.id = ep.twin_of"
        " JOIN photo mp ON mp.id = m.photo WHERE ph.sha256 = ?1",
        (sha256,),
    ).fetchall()


def name_of(db: Db, event_photo: EventPhotoId) -> str:
    return db.value("SELECT name FROM event_photo WHERE id = ?", (event_photo,))


def by_sha256(db: Db, sha256: str) -> PhotoId | None:
    return db.value("SELECT id FROM photo WHERE sha256 = ?", (sha256,))


def look_of(db: Db, photo: PhotoId) -> str:
    """`due`, `done` or `failed`."""
    return db.value("SELECT look FROM photo WHERE id = ?", (photo,))


def unplanned(db: Db) -> list[PhotoId]:
    """Photos that need no look (any more), and are not planned yet; of a shot the file that stands for the others."""
    return db.column(
        "SELECT DISTINCT COALESCE(m.photo, ep.photo) FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " LEFT JOIN event_photo m ON m.id = ep.twin_of"
        " WHERE ep.state = 'waiting' AND ep.planned_at IS NULL AND ph.look = 'done'"
    )


def by_id(db: Db, event_photo_id: EventPhotoId) -> Row | None:
    """One photo in its event with its content's facts."""
    return db.execute(
        "SELECT ep.*, ph.sha256, ph.md5, ph.bytes, ph.mime, ph.kind, ph.width, ph.height,"  # noqa: S608 - ours
        f" ph.device, {TAKEN_AT}, {AHEAD} AS clock_ahead, {bursts.COUNT} AS burst, {bursts.IS_SHARPEST} AS sharpest"
        " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.id = ?",
        (event_photo_id,),
    ).fetchone()


def fail(db: Db, photo: PhotoId) -> list[EventPhoto]:
    """The photo itself is at fault: failed in every event that waits for it. Returns those."""
    db.execute("UPDATE photo SET look = 'failed' WHERE id = ?", (photo,))
    waiting = [row for row in in_events(db, photo) if row.state is PhotoState.WAITING]
    db.execute("UPDATE event_photo SET state = 'failed' WHERE photo = ? AND state = 'waiting'", (photo,))
    twins.free(db, photo)
    return waiting


def has_failed(db: Db, event: EventId, photo: PhotoId) -> bool:
    return db.value("SELECT state FROM event_photo WHERE event = ? AND photo = ?", (event, photo)) == PhotoState.FAILED


def was_never_opened(db: Db, event: EventId, photo: PhotoId) -> bool:
    """Whether it failed as no picture could be read from it: then it was filed nowhere."""
    query = (
        "SELECT 1 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.event = ? AND ep.photo = ?"
        " AND ep.state = 'failed' AND ph.look = 'failed'"
        " AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = ep.id)"
    )
    return db.has(query, (event, photo))


def chosen(db: Db, ids: Sequence[EventPhotoId]) -> list[Chosen]:
    """The photos of these numbers, each once."""
    rows = db.execute(
        "SELECT ep.id, ep.event, ph.sha256, ep.name,"
        " (SELECT json_group_array(t.id) FROM event_photo t WHERE t.twin_of = ep.id) AS twins"
        " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.id IN (SELECT COALESCE(twin_of, id)"
        " FROM event_photo WHERE id IN (SELECT value FROM json_each(?)) AND state <> 'superseded') ORDER BY ep.id",
        (json.dumps(list(ids)),),
    )
    return [from_row(Chosen, row, twins=tuple(json.loads(row["twins"]))) for row in rows]


def of_content_in(db: Db, ids: Sequence[EventPhotoId], events: Sequence[EventId]) -> list[EventPhotoId]:
    """Whatever has the content of these, or of the other file of their shot, in any of these events."""
    return db.column(
        "SELECT DISTINCT o.id FROM event_photo ep JOIN event_photo o ON o.photo = ep.photo WHERE ep.id IN"
        " (SELECT value FROM json_each(?1) UNION"
        " SELECT id FROM event_photo WHERE twin_of IN (SELECT value FROM json_each(?1)))"
        " AND o.event IN (SELECT value FROM json_each(?2))",
        (json.dumps(list(ids)), json.dumps(list(events))),
    )


def by_contents(db: Db, sha256s: Sequence[str]) -> list[PhotoId]:
    return db.column(
        "SELECT id FROM photo WHERE sha256 IN (SELECT value FROM json_each(?))", (json.dumps(list(sha256s)),)
    )


def never_were(db: Db, ids: Sequence[EventPhotoId]) -> list[EventPhotoId]:
    """Those of these numbers that no photo has, or had before another one came in its place."""
    return db.column(
        "SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM event_photo ep WHERE ep.id = value)"
        " ORDER BY value",
        (json.dumps(list(ids)),),
    )


def filed_among(db: Db, sha256s: Sequence[str]) -> list[str]:
    """Those of these photos that lie in a folder in which they are wanted, and with no face blurred."""
    return db.column(
        "SELECT sha256 FROM photo ph WHERE sha256 IN (SELECT value FROM json_each(?)) AND EXISTS"
        " (SELECT 1 FROM event_photo ep JOIN placement p ON p.event_photo = ep.id AND +p.wanted = 1"
        " WHERE ep.photo = ph.id AND p.disk = 'there') AND NOT EXISTS (SELECT 1 FROM event_photo ep JOIN placement p"
        " ON p.event_photo = ep.id AND p.filed_as <> '' WHERE ep.photo = ph.id)",
        (json.dumps(list(sha256s)),),
    )


def not_looked_at(db: Db, photo: PhotoId) -> list[Row]:
    """The photo in its events, where no look has been taken (yet): `id, event, name, state, sha256`."""
    return db.execute(
        "SELECT ep.id, ep.event, ep.name, ep.state, ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.photo = ? AND ph.look <> 'done'"
        " AND ep.state IN ('waiting', 'failed', 'dismissed', 'withdrawn', 'moved')",
        (photo,),
    ).fetchall()


def out_unlooked(db: Db) -> list[Row]:
    """What an operator took out of an event before anybody looked at it: `photo, event, state, sha256`. The other file
    of a shot follows the one that stands for both.
    """
    return db.execute(
        "SELECT ep.photo, ep.event, ep.state, ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.state IN ('withdrawn', 'moved') AND ph.look <> 'done' AND ep.twin_of IS NULL"
    ).fetchall()


def set_out(db: Db, event_photo: EventPhotoId, state: PhotoState | None) -> None:
    """It is in no folder by an operator's word (`WITHDRAWN`, `MOVED`), or waits for it (`HELD`); not so (any more):
    `None`.
    """
    if state is not None:
        db.execute("UPDATE event_photo SET state = ?, verified_at = NULL WHERE id = ?", (state, event_photo))
        return
    back = db.value(
        f"UPDATE event_photo SET state = 'waiting', planned_at = NULL, given = {KEEPS_NAME}, filed_at = NULL,"  # noqa: S608 - ours
        " verified_at = NULL WHERE id = ? AND state IN ('withdrawn', 'moved', 'held') RETURNING photo",
        (event_photo,),
    )
    if back is not None:
        _look_once_more(db, PhotoId(back))


def set_back(db: Db, event: EventId, shot: Sequence[EventPhotoId]) -> None:
    """What was taken out of that event is in it again, and to be planned: till then the files in another event stay."""
    for one in shot:
        back = db.value(
            "SELECT o.id FROM event_photo m JOIN event_photo o ON o.photo = m.photo"
            " WHERE m.id = ? AND o.event = ? AND o.state IN ('withdrawn', 'moved')",
            (one, event),
        )
        if back is not None:
            set_out(db, EventPhotoId(back), None)


def of_events(db: Db, events: Sequence[EventId]) -> list[EventPhotoId]:
    query = "SELECT id FROM event_photo WHERE event IN (SELECT value FROM json_each(?))"
    return db.column(query, (json.dumps(list(events)),))


def look_again(db: Db, chosen: Sequence[int] | None) -> list[EventPhotoId]:
    """Failed photos wait again for a look; `None`: all of them. Returns which."""
    rows = db.tuples(
        "SELECT id, photo FROM event_photo WHERE state = 'failed'"
        " AND (?1 IS NULL OR id IN (SELECT value FROM json_each(?1)))",
        (None if chosen is None else json.dumps(list(chosen)),),
    )
    for one, photo in rows:
        db.execute("UPDATE photo SET look = 'due', look_after = 0 WHERE id = ? AND look = 'failed'", (photo,))
        db.execute("UPDATE event_photo SET state = 'waiting' WHERE id = ?", (one,))
    return [one for one, _ in rows]


def is_another_empty(db: Db, event: EventId | None, photo: PhotoId, name: str) -> None:
    """Files without a byte in them are one photo, and yet none is another's copy: whenever there is one more or less of
    them they fail anew, by the name of one that is there, unless all of them were set aside. `None`: in each event.
    """
    if db.changed(
        "UPDATE event_photo SET state = 'waiting', name = ?1 WHERE photo = ?2 AND (?3 IS NULL OR event = ?3)"
        " AND state IN ('waiting', 'failed', 'dismissed')",
        (composed(name), photo, event),
    ):
        db.execute("UPDATE photo SET look = 'due', look_after = 0 WHERE id = ?", (photo,))


def empty_at(db: Db, event: EventId, photo: PhotoId) -> list[str]:
    """Where files of the event without a byte in them lie, as the ledger keeps paths, if this photo is those."""
    return db.column(
        "SELECT s.path FROM photo ph JOIN sighting s ON s.photo = ph.id AND s.event = ?"
        " WHERE ph.id = ? AND ph.bytes = 0 ORDER BY s.path",
        (event, photo),
    )


def empty_there(db: Db, path: str) -> list[str]:
    """The SHA-256 of the file there, as the ledger keeps its path, if it is a photo without a byte."""
    return db.column(
        "SELECT ph.sha256 FROM sighting s JOIN photo ph ON ph.id = s.photo WHERE s.path = ? AND ph.bytes = 0", (path,)
    )


LOOK_DUE = (  # of a photo: one that was taken out, or whose event was removed, before anybody looked, waits for nothing
    "look = 'due' AND EXISTS (SELECT 1 FROM event_photo ep WHERE ep.photo = photo.id AND ep.state = 'waiting')"
)


def is_look_due(db: Db) -> bool:
    """Whether a photo waits to be looked at for the first time."""
    return db.has(f"SELECT 1 FROM photo WHERE {LOOK_DUE} LIMIT 1")  # noqa: S608 - ours


def settle_states(db: Db, event_photos: set[EventPhotoId], now: float) -> list[EventPhotoId]:
    """Derive `filed`, `unsorted` and `verified_at` of these photos from their placements.

    A photo that was set aside on its way to a folder is `failed`: it waits for somebody, not for time. Returns those
    that are whole on disk now and were not before.
    """
    filed: list[EventPhotoId] = []
    for one in event_photos:
        row = db.execute(
            "SELECT ep.state, ep.planned_at, COUNT(p.id) AS wanted,"
            " SUM(p.disk NOT IN ('there', 'removed')) AS open_disk,"
            " SUM(p.disk <> 'removed' AND p.disk_failed = 1) AS set_aside,"
            " SUM(p.drive NOT IN ('there', 'removed')) AS open_drive,"
            " SUM(f.kind IN ('solo', 'group')) AS people"
            " FROM event_photo ep LEFT JOIN placement p ON p.event_photo = ep.id AND +p.wanted = 1"
            " LEFT JOIN folder f ON f.id = p.folder WHERE ep.id = ?",
            (one,),
        ).fetchone()
        if row["state"] not in ("waiting", "filed", "unsorted") or row["planned_at"] is None or not row["wanted"]:
            continue
        state = _state(row)
        if state in ("filed", "unsorted") and row["state"] == "waiting":
            filed.append(one)
        db.execute(
            "UPDATE event_photo SET state = :state,"
            " filed_at = CASE WHEN :state IN ('waiting', 'failed') THEN filed_at ELSE COALESCE(filed_at, :now) END,"
            " verified_at = CASE WHEN :open THEN NULL ELSE COALESCE(verified_at, :now) END WHERE id = :id",
            {"state": state, "now": now, "open": bool(row["open_drive"]), "id": one},
        )
    return filed


def _state(row: Row) -> str:
    if row["set_aside"]:
        return "failed"
    if row["open_disk"]:
        return "waiting"
    return "filed" if row["people"] else "unsorted"


def heal_troubles(db: Db, event_photo: EventPhotoId, now: float) -> None:
    """All troubles of a photo are over."""
    db.execute(
        "UPDATE trouble SET state = 'healed', ended_at = ? WHERE event_photo = ? AND state = 'open'", (now, event_photo)
    )
