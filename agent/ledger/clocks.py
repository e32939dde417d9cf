"""Cameras' clocks in an event: what photos say of them, what is known of each, and the times that follow from it.

`event_photo.taken` is when a photo was taken by a clock that is right, as this machine's zone has it; the ledger keeps
it itself (step 15) but where a clock turns out to be another than it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.ledger import bursts, meta
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, EventPhotoId, PhotoId

LOOKED_AT = "clocks_looked_at"
AHEAD = (  # of the clock of the camera that took `ep`, seconds
    "COALESCE((SELECT c.ahead FROM photo_clock v JOIN camera_clock c ON c.event = v.event AND c.camera = v.camera"
    " WHERE v.id = ep.id AND v.camera <> ''), 0)"
)
TAKEN_AT = "COALESCE(NULLIF(ep.told, ''), ph.taken_at) AS taken_at"  # by the camera's clock; of `ep` and its photo `ph`
IS_COUNTED = "ep.twin_of IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved')"


@dataclass(frozen=True, slots=True)
class Clock:
    """A camera's clock in an event, as `camera_clock` has it (step 15). Seconds, ahead of true time."""

    camera: str
    photos: int
    ahead: float
    told_by: str
    found: float | None = None
    sureness: float = 0.0
    moments: int = 0
    beside: float | None = None
    is_base: bool = False


def due(db: Db, since: float) -> list[EventId]:
    """Events in which something was planned since then."""
    return db.column(
        "SELECT DISTINCT event FROM event_photo INDEXED BY event_photo_planned WHERE planned_at >= ?", (since,)
    )


def set_by_hand(db: Db) -> dict[tuple[EventId, str], float]:
    """Which clocks count as an operator said."""
    rows = db.tuples("SELECT event, camera, ahead FROM camera_clock WHERE told_by = 'hand'")
    return {(event, camera): ahead for event, camera, ahead in rows}


def looked_at(db: Db) -> float:
    """Since when what is planned has not been looked at, seconds UTC."""
    return float(meta.get(db, LOOKED_AT) or 0)


def note_looked_at(db: Db, now: float) -> None:
    meta.put(db, LOOKED_AT, str(now))


def clocks(db: Db, event: EventId) -> list[Clock]:
    """Of every camera that is known there, most photos first."""
    return db.records(Clock, "SELECT * FROM camera_clock WHERE event = ? ORDER BY photos DESC, camera", (event,))


def before_newest(db: Db, event: EventId, count: int) -> PhotoId:
    """The photo behind which the event's newest ones begin, at most so many; 0: these are all."""
    query = "SELECT photo FROM event_photo WHERE event = ? ORDER BY photo DESC LIMIT 1 OFFSET ?"
    return PhotoId(db.value(query, (event, count)) or 0)


def times(db: Db, event: EventId, after: PhotoId) -> list[Row]:
    """Photos of cameras that can be told apart, behind `after`: `photo, camera, taken_at, gps_at`; no videos."""
    told_apart = (
        "SELECT v.photo, v.camera, v.taken_at, v.gps_at FROM photo_clock v JOIN event_photo ep ON ep.id = v.id"
        " JOIN photo ph ON ph.id = v.photo WHERE v.event = ? AND v.photo > ?"
        " AND ph.kind = 'image' AND v.taken_at IS NOT NULL AND v.camera <> '' AND "
    )
    return db.execute(told_apart + IS_COUNTED, (event, after)).fetchall()


def photos_of_cameras(db: Db, event: EventId) -> dict[str, int]:
    """How many of the same there are of each camera, from the first one on."""
    return db.pairs(
        "SELECT camera, SUM(number) FROM camera_photos WHERE event = ? AND camera <> '' GROUP BY 1", (event,)
    )


@dataclass(frozen=True, slots=True)
class Film:
    """A video whose camera is known. `device`, `said`: camera and time by its own word; `folder`: its photographer's.

    `body`, `told`: what counts in their place (step 21).
    """

    id: EventPhotoId
    device: str
    folder: str
    said: str
    body: str
    told: str

    @property
    def camera(self) -> str:
        """Whose clock, by its own word: as the view `photo_clock` has it."""
        return f"{self.device}, {self.folder}" if self.folder else self.device


def films(db: Db, event: EventId) -> list[Film]:
    told = (
        "SELECT ep.id, ph.device, ep.camera AS folder, ph.taken_at AS said, ep.body, ep.told"
        " FROM photo ph INDEXED BY photo_video CROSS JOIN event_photo ep ON ep.photo = ph.id"
        " WHERE ph.kind = 'video' AND ep.event = ? AND ph.taken_at IS NOT NULL AND ph.device <> '' AND "
    )
    return db.records(Film, told + IS_COUNTED, (event,))


def bodies(db: Db, event: EventId) -> list[Row]:
    """Cameras of photos, by folder and by the zone that they say: `camera, device, folder, zone, photos`; '': none."""
    counted = (
        "SELECT camera, device, folder, zone, number AS photos FROM camera_photos WHERE event = ? AND device <> ''"
    )
    return db.execute(counted, (event,)).fetchall()


def tell_films(db: Db, films: Sequence[Film]) -> None:
    """From now on `body` and `told` count; their times follow (step 21)."""
    rows = [(one.body, one.told, one.id) for one in films]
    db.executemany("UPDATE event_photo SET body = ?, told = ? WHERE id = ?", rows)


def whom(db: Db, event: EventId, after: PhotoId) -> list[Row]:
    """Who is on which photo behind `after`: `photo, who`; somebody known, or a group of strangers."""
    return db.execute(
        "SELECT f.photo, COALESCE(a.person, 'group ' || s.cluster) AS who FROM event_photo ep"
        " JOIN face f ON f.photo = ep.photo LEFT JOIN assignment a ON a.face = f.id AND a.event = ep.event"
        " LEFT JOIN stranger s ON s.face = f.id AND s.event = ep.event"
        " WHERE ep.event = ? AND ep.photo > ? AND COALESCE(a.person, s.cluster) IS NOT NULL",
        (event, after),
    ).fetchall()


def record(db: Db, event: EventId, known: Sequence[Clock]) -> list[Clock]:
    """From now on these count. Returns those whose clock is another than it was; their photos' times are, too."""
    before = {one.camera: one for one in clocks(db, event)}
    db.execute("DELETE FROM camera_clock WHERE event = ?", (event,))
    db.executemany(
        "INSERT INTO camera_clock (event, camera, photos, ahead, told_by, found, sureness, moments, beside, is_base)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(event, one.camera, one.photos, one.ahead, one.told_by),
                *(one.found, one.sureness, one.moments, one.beside, int(one.is_base)),
            )
            for one in known
        ],
    )
    there = {one.camera: one for one in known}
    changed = [
        there.get(camera) or Clock(camera, 0, 0.0, "")
        for camera in sorted(before.keys() | there.keys())
        if ahead_of(before, camera) != ahead_of(there, camera)
    ]
    for one in changed:
        _retime(db, event, one.camera)
    return changed


def ahead_of(known: Mapping[str, Clock], camera: str) -> float:
    return known[camera].ahead if camera in known else 0.0


def _retime(db: Db, event: EventId, camera: str) -> None:
    """Its photos' times, and the bursts that they make by these."""
    theirs: list[PhotoId] = db.column("SELECT photo FROM photo_clock WHERE event = ? AND camera = ?", (event, camera))
    db.execute(
        "UPDATE event_photo SET taken = (SELECT t.taken FROM photo_time t WHERE t.id = event_photo.id)"
        " WHERE id IN (SELECT id FROM photo_clock WHERE event = ? AND camera = ?)",
        (event, camera),
    )
    bursts.link_again(db, theirs)


def corrected(text: str | None, ahead: float) -> str | None:
    """A photo's time by a clock that is right; where its camera says its zone, in this machine's."""
    if text is None:
        return None
    try:
        right = datetime.fromisoformat(text) - timedelta(seconds=ahead)
        return (right if right.tzinfo is None else right.astimezone()).isoformat()
    except (ValueError, OverflowError, OSError):
        return text


def moment(taken: str) -> float | None:
    """Seconds UTC of a time in this machine's zone; `None`: it is none."""
    try:
        return datetime.fromisoformat(taken).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def taken_for(row: Row) -> str:
    """What a video's time is believed to be, as nothing says its zone: `utc`, `local` to this machine; '': it is said.

    `row` has its photo's `kind` and `device`, and `taken_at`.
    """
    text = str(row["taken_at"] or "")
    if row["kind"] != "video" or not text:
        return ""
    if text[19:].lstrip(".0123456789"):
        return "" if row["device"] or not text.endswith("+00:00") else "utc"
    return "local"


def seconds(text: str) -> float | None:
    """A camera's time on one scale, whether it says its zone or not: then it is this machine's. `None`: impossible."""
    try:
        found = datetime.fromisoformat(text)
        local = found if found.tzinfo is None else found.astimezone().replace(tzinfo=None)
        return local.replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def local_seconds(moment: float) -> float:
    """The same of a moment, seconds UTC."""
    return datetime.fromtimestamp(moment, UTC).astimezone().replace(tzinfo=UTC).timestamp()
