"""Photos that are in their event no more: their bytes lie nowhere, or another one lies in their place."""

from __future__ import annotations

from dataclasses import dataclass

from agent.ledger import photos, seen, twins
from agent.ledger.photos import Content, EventPhoto
from agent.ledger.placements import LIES_THERE
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, EventPhotoId, PhotoId, PhotoState


def supersede(db: Db, photo: PhotoId, now: float) -> list[EventPhoto]:
    """Its bytes lie nowhere any more and it was never filed: not counted, not shown. Returns what it was.

    Should it come back to an event out of which it was moved, it is new there, and moved again.
    """
    known = photos.in_events(db, photo)
    gone = [row for row in known if row.state in (PhotoState.WAITING, PhotoState.FAILED, PhotoState.HELD)]
    for row in gone:
        _out_of_sight(db, row.id)
        photos.heal_troubles(db, row.id, now)
    if gone:
        for row in known:
            if row.state is PhotoState.MOVED:
                _out_of_sight(db, row.id)
        twins.free(db, photo)
        db.execute("UPDATE photo SET look = 'failed' WHERE id = ? AND look = 'due'", (photo,))
    return gone


def known_as_gone(db: Db, event: EventId, content: Content, name: str, now: float) -> None:
    """A photo that nobody here has heard of lies on Drive: it is one of the event's, and nowhere, until it arrives."""
    if photos.by_sha256(db, content.sha256) is None:
        photo = photos.record_photo(db, content)
        photos.record_in_event(db, event, photo, name, now)
        supersede(db, photo, now)


def on_drive_alone(db: Db) -> list[Row]:
    """What was found there of ours, and is nowhere here: `photo, sha256, name, event`."""
    return db.execute(
        "SELECT DISTINCT ep.photo, ph.sha256, ep.name, ep.event FROM drive_found d JOIN photo ph ON ph.sha256 = d.tag"
        " JOIN event_photo ep ON ep.photo = ph.id WHERE d.kind = 'photo' AND ep.state = 'superseded'"
        " AND NOT EXISTS (SELECT 1 FROM event_photo o WHERE o.photo = ep.photo AND o.state <> 'superseded')"
    ).fetchall()


def _out_of_sight(db: Db, event_photo: EventPhotoId) -> None:
    db.execute("UPDATE event_photo SET state = 'superseded' WHERE id = ?", (event_photo,))
    db.execute(
        "UPDATE placement SET wanted = 0, drive_failed = 0, disk_failed = 0 WHERE event_photo = ?", (event_photo,)
    )
    seen.forget_of(db, event_photo)
    twins.leave(db, event_photo)
    _waits_for_nothing(db, event_photo)


def supersede_one(db: Db, event_photo: EventPhotoId, now: float) -> None:
    """Not one of the event's any more: not counted, not shown; it may come back."""
    db.execute("UPDATE event_photo SET state = 'superseded' WHERE id = ?", (event_photo,))
    seen.forget_of(db, event_photo)
    photos.heal_troubles(db, event_photo, now)
    _waits_for_nothing(db, event_photo)


def _waits_for_nothing(db: Db, event_photo: EventPhotoId) -> None:
    """It is no more: nothing takes its place, and what was to give way to it stays."""
    db.execute("DELETE FROM giving_way WHERE event_photo = ?", (event_photo,))
    db.execute("DELETE FROM giving_way WHERE instead = ?", (event_photo,))


def passes_on(db: Db, path: str, event: EventId, photo: PhotoId, to: PhotoId) -> None:
    """Another photo lies at that path in turn: what was to give way to this one, which was never filed, gives way to
    that.
    """
    in_event = "(SELECT id FROM event_photo WHERE event = ?2 AND photo = "
    db.execute(
        f"UPDATE giving_way SET instead = {in_event}?4) WHERE path = ?1 AND instead = {in_event}?3)"  # noqa: S608 - ours
        f" AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = giving_way.instead AND {LIES_THERE})",
        (path, event, photo, to),
    )


def gives_way(db: Db, event: EventId, photo: PhotoId) -> EventPhotoId | None:
    """The photo in its event, if its bytes lie in no incoming folder of that any more. Not one that an operator took
    out of it: an undo has that back. The other file of such a shot does: what comes in its place is out as the shot is.
    """
    return db.value(
        "SELECT id FROM event_photo WHERE event = ?1 AND photo = ?2"
        " AND (state NOT IN ('superseded', 'withdrawn', 'moved') OR twin_of IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM sighting WHERE photo = ?2 AND event = ?1)",
        (event, photo),
    )


SECOND = len("2026-11-20T20:00:00")


@dataclass(frozen=True, slots=True)
class Shot:
    """What a camera says of a photo, as `Seen` has it; "": nothing."""

    taken_at: str
    device: str

    def is_another(self, than: Shot) -> bool:
        """Whether it was taken at another second, or by another camera; who edits it changes neither."""
        seconds = {one.taken_at[:SECOND] for one in (than, self)} - {""}
        cameras = sorted({one.device for one in (than, self)} - {""})
        return len(seconds) > 1 or (len(cameras) > 1 and not cameras[1].startswith(f"{cameras[0]} #"))


class Overwritten(Exception):
    """Another photo came where one lay that was filed nowhere: what that was has to be found out first."""

    def __init__(self, db: Db, photo: PhotoId, *, has_failed: bool) -> None:
        row = db.execute("SELECT sha256, bytes, taken_at, device FROM photo WHERE id = ?", (photo,)).fetchone()
        self.photo = photo
        self.sha256 = str(row["sha256"])
        self.bytes = int(row["bytes"])
        self.has_failed = has_failed
        self.shot = Shot(row["taken_at"] or "", row["device"] or "")


def is_another_shot(db: Db, photo: EventPhotoId, shot: Shot) -> bool:
    """Whether it was taken at another second than this photo, or by another camera."""
    row = db.execute(
        "SELECT ph.taken_at, ph.device FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.id = ?", (photo,)
    ).fetchone()
    return shot.is_another(Shot(row["taken_at"] or "", row["device"] or ""))
