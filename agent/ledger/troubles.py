"""Troubles: what went wrong, why, and what to do; open until it heals or an operator sets it aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from agent.errors import VenueError
from agent.ledger import disk_queue, photos, sightings
from agent.ledger.placements import TO_WHOM
from agent.ledger.sqlite.rows import Db, Row, from_row
from agent.model import DEFAULT_EVENT, EventId, EventPhotoId, PhotoId, Whole

Severity = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is in trouble: a key that is the same each time, and words for people."""

    key: str  # photo:12, placement:9, folder:/mnt/nas, part:router, drive
    name: str  # the photo's, the folder's, the person's
    event: EventId | None = None
    event_photo: EventPhotoId | None = None


def open_trouble(db: Db, subject: Subject, error: VenueError, now: float, severity: Severity = "error") -> bool:
    """Record a trouble; the same one again is counted, one that had healed is open again. Returns if it is news."""
    is_news = not db.has("SELECT 1 FROM trouble WHERE key = ? AND state = 'open'", (subject.key,))
    db.execute(
        "INSERT INTO trouble (key, kind, cause, severity, title, subject, detail, remedy, event, event_photo,"
        " first_at, last_at) VALUES (:key, :kind, :cause, :severity, :title, :name, :detail, :remedy, :event,"
        " :event_photo, :now, :now)"
        " ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, cause = excluded.cause, severity = excluded.severity,"
        " title = excluded.title, subject = excluded.subject, detail = excluded.detail,"
        " remedy = excluded.remedy, last_at = excluded.last_at,"
        " event = COALESCE(excluded.event, event),"
        " first_at = CASE WHEN state = 'open' THEN first_at ELSE excluded.first_at END,"
        " count = CASE WHEN state = 'open' THEN count + 1 ELSE 1 END, state = 'open', ended_at = NULL",
        {**vars(error), **asdict(subject), "cause": error.cause.value, "severity": severity, "now": now},
    )
    return is_news


def passed(db: Db, subject: Subject, error: VenueError, since: float, now: float) -> None:
    """Record a trouble that is over already: while it lasted nothing could be written."""
    open_trouble(db, subject, error, since)
    heal(db, subject.key, now)


def heal(db: Db, key: str, now: float) -> bool:
    """The trouble is over, also one that was set aside. Returns whether there was one."""
    return db.changed(
        "UPDATE trouble SET state = 'healed', ended_at = ? WHERE key = ? AND state <> 'healed'", (now, key)
    )


def heal_all(db: Db, keys: Collection[str], now: float) -> None:
    """The troubles of these keys are over."""
    db.execute(
        "UPDATE trouble SET state = 'healed', ended_at = ? WHERE state = 'open'"
        " AND key IN (SELECT value FROM json_each(?))",
        (now, json.dumps(list(keys))),
    )


def open_keys(db: Db, beginnings: Collection[str]) -> list[str]:
    """Keys of open troubles that begin so."""
    keys = db.column("SELECT key FROM trouble WHERE state = 'open'")
    return [key for key in keys if key.startswith(tuple(beginnings))]


def is_open(db: Db, key: str, kind: str) -> bool:
    """Whether a trouble of this kind is open."""
    return db.has("SELECT 1 FROM trouble WHERE key = ? AND kind = ? AND state = 'open'", (key, kind))


def heal_all_but(db: Db, prefix: str, still: Sequence[str], now: float) -> None:
    """Troubles whose key begins with `prefix` are over, but for those named."""
    db.execute(
        "UPDATE trouble SET state = 'healed', ended_at = ? WHERE state = 'open' AND substr(key, 1, ?) = ?"
        " AND key NOT IN (SELECT value FROM json_each(?))",
        (now, len(prefix), prefix, json.dumps(list(still))),
    )


def count_open(db: Db) -> int:
    return db.value("SELECT COUNT(*) FROM trouble WHERE state = 'open'")


def opened(db: Db, limit: int = 2000) -> list[Row]:
    return db.execute("SELECT * FROM trouble WHERE state = 'open' ORDER BY last_at DESC LIMIT ?", (limit,)).fetchall()


def healed(db: Db, since: float, limit: int) -> list[Row]:
    return db.execute(
        "SELECT * FROM trouble WHERE state = 'healed' AND ended_at >= ? ORDER BY ended_at DESC LIMIT ?", (since, limit)
    ).fetchall()


def count_healed(db: Db, since: float) -> int:
    return db.value("SELECT COUNT(*) FROM trouble WHERE state = 'healed' AND ended_at >= ?", (since,))


OPEN = "(SELECT key, event FROM trouble WHERE state = 'open')"
IS_SO_NO_MORE = (  # by what stands before and behind the colon of a key; of `placement:9/disk` the number is 9
    "SELECT t.key FROM (SELECT key, event, substr(key, 1, instr(key, ':')) AS kind,"
    " substr(key, instr(key, ':') + 1) AS rest, CAST(substr(key, instr(key, ':') + 1) AS INTEGER) AS number"
    " FROM {told}) t"
    " WHERE (t.kind = 'photo:' AND NOT EXISTS"
    " (SELECT 1 FROM event_photo WHERE id = t.number AND state IN ('waiting', 'failed')))"
    " OR (t.kind = 'placement:' AND NOT EXISTS (SELECT 1 FROM placement WHERE id = t.number"
    " AND (disk_failed = 1 OR drive_failed = 1 OR (wanted = 1 AND (disk_due = 1 OR drive_due = 1)))))"
    " OR (t.kind = 'upkeep:' AND NOT EXISTS (SELECT 1 FROM folder WHERE id = t.number AND drive <> 'absent'"
    " AND (wanted = 0 OR drive <> 'there' OR drive_name IS NOT name)))"
    " OR (t.kind = 'move:' AND NOT EXISTS (SELECT 1 FROM folder WHERE id = t.number AND kind = 'event'"
    " AND drive = 'there' AND wanted = 1))"  # that it lies where it should, whoever moves it finds
    " OR (t.kind = 'folder:' AND NOT EXISTS (SELECT 1 FROM folder WHERE drive <> 'there' AND wanted = 1"
    " AND CASE rolled WHEN 0 THEN key ELSE key || '#' || (rolled + 1) END = t.rest))"
    " OR (t.kind = 'disk-folder:' AND NOT EXISTS"
    " (SELECT 1 FROM folder WHERE disk_path = t.rest AND disk <> 'there' AND wanted = 1))"
    " OR (t.kind = 'disk-rename:' AND NOT EXISTS"
    " (SELECT 1 FROM folder WHERE id = t.number AND disk_wanted IS NOT NULL))"
    " OR (t.kind = 'folder-astray:' AND (t.rest GLOB 'People/*' OR t.rest GLOB 'Events/*/People/*'"
    " OR t.rest GLOB 'All Photos' OR t.rest GLOB 'Events/*/All Photos') AND NOT EXISTS"
    " (SELECT 1 FROM folder WHERE disk_wanted IS NOT NULL OR ((wanted = 1 OR disk <> 'absent')"
    " AND substr(disk_path, 1, length(t.rest) + 1) IN (t.rest, t.rest || '/'))))"
    " OR (t.kind IN ('folder-astray:', 'file-left:') AND t.event IS NULL AND t.rest GLOB 'Events/*' AND NOT EXISTS"
    " (SELECT 1 FROM folder WHERE kind = 'event'"
    " AND substr(t.rest || '/', 1, length(disk_path) + 1) = disk_path || '/'))"
    " OR (t.kind = 'download:' AND NOT EXISTS"
    " (SELECT 1 FROM source_file WHERE id = t.number AND state IN ('due', 'failed')))"
    " OR (t.kind = 'destination:' AND NOT EXISTS (SELECT 1 FROM placement WHERE folder = t.number AND wanted = 1"
    " AND (drive_due = 1 OR drive_failed = 1)))"
)
OUTLIVED = IS_SO_NO_MORE.format(told=OPEN)
OUTLIVED_SINCE = IS_SO_NO_MORE.format(told="(SELECT ? AS key, ? AS event)")


def heal_outlived(db: Db, now: float) -> None:
    heal_all(db, db.column(OUTLIVED), now)


def tell_if_still(db: Db, subject: Subject, error: VenueError, now: float, severity: Severity = "error") -> bool:
    """Record a trouble, unless what it speaks of is so no more: somebody decided while it came about. Returns whether
    it was recorded.
    """
    still = not db.has(OUTLIVED_SINCE, (subject.key, subject.event))
    if still:
        open_trouble(db, subject, error, now, severity)
    return still


def by_numbers(db: Db, ids: Sequence[int]) -> list[Row]:
    """These troubles one by one, newest first."""
    return db.execute(
        "SELECT id, subject, detail, remedy, event_photo, count, first_at, last_at FROM trouble"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY last_at DESC, id DESC",
        (json.dumps(list(ids)),),
    ).fetchall()


Decided = Callable[[EventId, str], bool]  # whether something is set aside in an event, by its key


@dataclass(frozen=True, slots=True)
class Named:
    """Something that an operator named by a trouble's number."""

    trouble: int
    event: EventId
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Aside:
    """One thing set aside; `trouble` brings it back."""

    trouble: int | None
    event: EventId
    event_photo: EventPhotoId | None
    name: str
    title: str
    detail: str
    at: float | None
    whole: Whole
    files: list[str]  # that hold it here: absolute, or below the workspace where they are filed
    on_drive: list[str]  # folders of ours there that hold it, below the event's


REFUSED = (
    "EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = ep.id AND p.drive_failed = 1 AND +p.wanted = 1"
    " AND p.drive NOT IN ('there', 'removed'))"
)
TRIED_AGAIN = (  # of what failed, and may fail once more
    "EXISTS (SELECT 1 FROM trouble o WHERE o.key = 'photo:' || ep.id AND o.state = 'open')"
)
FAILED = (
    f"(ep.state IN ('failed', 'dismissed') OR (ep.state IN ('filed', 'unsorted') AND {REFUSED})"
    f" OR (ep.state = 'waiting' AND {TRIED_AGAIN}))"
)
HOLDS = (  # of a trouble that is no photo's own: what it speaks of is so still
    "CASE substr(t.key, 1, instr(t.key, ':'))"
    " WHEN 'file:' THEN EXISTS (SELECT 1 FROM sighting s WHERE s.path = substr(t.key, 6) AND s.state = 'unreadable')"
    " WHEN 'download:' THEN EXISTS (SELECT 1 FROM source_file d WHERE d.id = CAST(substr(t.key, 10) AS INTEGER)"
    " AND d.state = 'failed')"
    " WHEN 'gone:' THEN EXISTS (SELECT 1 FROM event_photo g WHERE g.photo = CAST(substr(t.key, 6) AS INTEGER)"
    " AND g.state = 'superseded') ELSE 0 END"
)


# ---- what is named

NAMED = (
    "SELECT t.id, t.key, t.subject, COALESCE(ep.event, t.event, ?) AS event, ph.sha256, ep.photo FROM trouble t"
    " LEFT JOIN event_photo ep ON ep.id = t.event_photo LEFT JOIN photo ph ON ph.id = ep.photo"
)
BY_NUMBER = "WHERE t.id IN (SELECT value FROM json_each(?)) AND t.state = ?"


def named(db: Db, troubles: Sequence[int], *, aside: bool) -> list[Named]:
    """What these troubles speak of, those that are open, or (`aside`) were set aside."""
    state = "dismissed" if aside else "open"
    rows = db.execute(
        f"{NAMED} AND {FAILED} {BY_NUMBER}", (DEFAULT_EVENT, json.dumps(list(troubles)), state)
    ).fetchall()
    return [one for row in rows for one in _named(db, row, aside=aside)]


def _named(db: Db, row: Row, *, aside: bool) -> list[Named]:
    number, event, name = int(row["id"]), EventId(row["event"]), str(row["subject"])
    if row["sha256"] is not None:
        told = Named(trouble=number, event=event, key=str(row["sha256"]), name=name)
        paths = photos.empty_at(db, event, row["photo"])
        files = [
            replace(told, key=f"file:{path}", name=sightings.shown(Path(sightings.from_text(path)).name))
            for path in paths
        ]
        return [*files, told]
    kind, _, rest = str(row["key"]).partition(":")
    found = KEYS.get(kind)
    key = None if found is None else db.execute(found, (rest,)).fetchone()
    told = Named(trouble=number, event=event, key=f"trouble:{row['key']}" if key is None else str(key[0]), name=name)
    if kind != "destination":
        return [told]
    parked = db.execute(PARKED, (rest, aside))
    return [
        *(
            Named(trouble=number, event=EventId(one["event"]), key=str(one["sha256"]), name=str(one["name"]))
            for one in parked
        ),
        told,
    ]


KEYS = {  # kind of a trouble's key -> the key to decide by, from the rest of it
    "file": "SELECT 'file:' || ?",
    "download": "SELECT 'md5:' || md5 FROM source_file WHERE id = CAST(? AS INTEGER)",
    "gone": "SELECT 'gone:' || sha256 FROM photo WHERE id = CAST(? AS INTEGER)",
}
PARKED = (
    "SELECT DISTINCT ep.event, ep.name, ph.sha256 FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " JOIN photo ph ON ph.id = ep.photo WHERE p.folder = ? AND p.drive_failed = 1 AND p.wanted = 1"
    " AND (ep.state = 'dismissed') = ?"
)


def overlooked(db: Db, decided: Decided) -> list[str]:
    """Keys of what is not as it was decided: after a lost ledger, or a kill between the roster's word and ours."""
    late = _late(db, decided, db.column("SELECT id FROM trouble WHERE state = 'open'"))
    rows = db.execute(f"{OTHERS_ASIDE} AND {HOLDS}").fetchall()
    others = [one for row in rows for one in named(db, [row["id"]], aside=True)]
    early = [one.key for one in others if not decided(one.event, one.key)]
    for row in db.execute(DISMISSED).fetchall():
        early += [] if _is_decided(db, decided, row) else [str(row["sha256"])]
    return [key for key in dict.fromkeys([*late, *early]) if not key.startswith("trouble:")]


def _late(db: Db, decided: Decided, opened: Sequence[int]) -> list[str]:
    """Keys of what these open troubles speak of, as far as it is decided that it is set aside."""
    return [one.key for one in named(db, opened, aside=False) if decided(one.event, one.key)]


def _is_decided(db: Db, decided: Decided, row: Row) -> bool:
    """`row`: a photo's `event, photo, sha256`. Files without a byte are one photo, and each is decided for itself."""
    files = [f"file:{path}" for path in photos.empty_at(db, row["event"], row["photo"])]
    return all(decided(EventId(row["event"]), key) for key in (str(row["sha256"]), *files))


# ---- following the roster


def follow(db: Db, decided: Decided, keys: Sequence[str], now: float) -> None:
    """Bring all that these keys name to what is decided of it. Called twice, changes nothing."""
    for key in keys:
        kind, colon, rest = key.partition(":")
        if not colon:
            _follow_photo(db, decided, key, now)
            continue
        if kind == "md5":
            _follow_large(db, decided, key, rest, now)
        for sha256 in photos.empty_there(db, rest) if kind == "file" else ():
            _follow_photo(db, decided, sha256, now)
        found = TROUBLES.get(kind)
        for row in [] if found is None else db.execute(found, (rest,)).fetchall():
            aside = decided(EventId(row["event"] or DEFAULT_EVENT), key)
            _put_troubles(db, "id", row["id"], now, aside=aside)


def follow_news(db: Db, decided: Decided, key: str, now: float) -> None:
    """What this trouble speaks of was set aside before, by a ledger that was lost, and is so again."""
    opened = db.column("SELECT id FROM trouble WHERE key = ? AND state = 'open'", (key,))
    follow(db, decided, _late(db, decided, opened), now)


def _follow_large(db: Db, decided: Decided, key: str, md5: str, now: float) -> None:
    """What there is no room to fetch is waited for no more where it is set aside, and again where it is not."""
    for given_up, before, told in ((True, "due", "open"), (False, "failed", "dismissed")):
        for row in db.execute(TOO_LARGE, (before, md5, told)).fetchall():
            if decided(EventId(row["event"]), key) is given_up:
                after = "failed" if given_up else "due"
                db.execute("UPDATE source_file SET state = ?, next_try_at = 0 WHERE id = ?", (after, row["id"]))
                _put_troubles(db, "id", row["trouble"], now, aside=given_up)


TOO_LARGE = (
    "SELECT s.id, s.event, t.id AS trouble FROM source_file s JOIN trouble t ON t.key = 'download:' || s.id"
    " WHERE s.state = ? AND s.md5 = ? AND t.state = ? AND t.kind = 'disk_full'"
)
TROUBLES = {  # kind of a key -> the troubles that it stands for, from the rest of it
    "file": "SELECT id, event FROM trouble WHERE key = 'file:' || ?",
    "md5": "SELECT t.id, t.event FROM source_file s JOIN trouble t ON t.key = 'download:' || s.id"
    " WHERE s.state = 'failed' AND s.md5 = ?",
    "gone": "SELECT t.id, t.event FROM photo ph JOIN trouble t ON t.key = 'gone:' || ph.id WHERE ph.sha256 = ?",
    "trouble": "SELECT id, event FROM trouble WHERE key = ?",
}


OF_CONTENT = (
    "SELECT ep.id, ep.event, ep.photo, ep.state, ph.look, ph.sha256 FROM photo ph"
    " JOIN event_photo ep ON ep.photo = ph.id WHERE ph.sha256 = ?"
)


def _follow_photo(db: Db, decided: Decided, sha256: str, now: float) -> None:
    rows = db.execute(f"{OF_CONTENT} AND {FAILED}", (sha256,)).fetchall()
    for row in rows:
        if _is_decided(db, decided, row):
            db.execute("UPDATE event_photo SET state = 'dismissed', verified_at = NULL WHERE id = ?", (row["id"],))
            _put_troubles(db, "event_photo", row["id"], now, aside=True)
        elif row["state"] == "dismissed":
            state = "failed" if row["look"] == "failed" else "waiting"
            db.execute("UPDATE event_photo SET state = ? WHERE id = ?", (state, row["id"]))
            _put_troubles(db, "event_photo", row["id"], now, aside=False)
            photos.settle_states(db, {EventPhotoId(row["id"])}, now)


PUT = "UPDATE trouble SET state = 'dismissed', ended_at = :now WHERE state = 'open' AND "
BRING_BACK = "UPDATE trouble SET state = 'open', ended_at = NULL WHERE state = 'dismissed' AND "


def _put_troubles(db: Db, which: str, number: int, now: float, *, aside: bool) -> None:
    """`which`: the column that names them."""
    db.execute(f"{PUT if aside else BRING_BACK}{which} = :number", {"now": now, "number": number})


# ---- what is aside

PHOTOS_ASIDE = (
    "SELECT ep.id AS event_photo, ep.event, ep.photo, ep.name, ph.look, t.id, t.title, t.detail, t.ended_at,"
    " EXISTS (SELECT 1 FROM source_file s WHERE s.photo = ep.photo) AS fetched"
    " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo LEFT JOIN trouble t ON t.id = COALESCE("
    "(SELECT MAX(o.id) FROM trouble o WHERE o.event_photo = ep.id AND o.state = 'dismissed'),"
    " (SELECT MAX(o.id) FROM placement p JOIN trouble o ON o.key = 'destination:' || p.folder AND o.state = 'dismissed'"
    " WHERE p.event_photo = ep.id AND p.drive_failed = 1)) WHERE ep.state = 'dismissed'"
)
DISMISSED = (
    "SELECT ep.event, ep.photo, ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
    " WHERE ep.state = 'dismissed'"
)
OTHERS_ASIDE = (
    "SELECT t.id, t.key, t.event, t.subject, t.title, t.detail, t.ended_at FROM trouble t WHERE t.state = 'dismissed'"
)
OTHERS_COUNTED = (
    "SELECT substr(t.key, 1, instr(t.key, ':') - 1) AS of, COUNT(*) AS number FROM trouble t"
    " WHERE t.state = 'dismissed'"
)


def others_aside(db: Db) -> dict[str, int]:
    """How much is set aside that is no photo of an event: by `file`, `download` and `gone`."""
    found = db.pairs(f"{OTHERS_COUNTED} AND {HOLDS} GROUP BY of")
    return {of: found.get(of, 0) for of in KEYS}


def is_aside(db: Db, key: str) -> bool:
    """Whether the trouble of this key was set aside."""
    return db.has("SELECT 1 FROM trouble WHERE key = ? AND state = 'dismissed'", (key,))


def aside_and_nowhere(db: Db) -> dict[EventId, int]:
    """By event: photos that were set aside, or taken away too soon, and of which nothing lies on this machine."""
    found: dict[EventId, int] = {}
    for row in (*db.execute(LOST), *db.execute(f"{AWAY} AND {HOLDS}")):
        event = EventId(row["event"] or DEFAULT_EVENT)
        found[event] = found.get(event, 0) + 1
    return found


LOST = (
    "SELECT ep.event FROM event_photo ep WHERE ep.state = 'dismissed'"
    " AND NOT EXISTS (SELECT 1 FROM sighting s WHERE s.photo = ep.photo) AND NOT EXISTS (SELECT 1 FROM event_photo o"
    " JOIN placement p ON p.event_photo = o.id WHERE o.photo = ep.photo AND p.disk = 'there')"
)
AWAY = "SELECT t.event FROM trouble t WHERE t.key >= 'gone:' AND t.key < 'gone;' AND t.state <> 'healed'"


def set_aside(db: Db) -> list[Aside]:
    """All that is set aside, the latest first."""
    own, rest = db.execute(PHOTOS_ASIDE).fetchall(), db.execute(f"{OTHERS_ASIDE} AND {HOLDS}").fetchall()
    found = [*(_photo_aside(db, row) for row in own), *(_other_aside(row) for row in rest)]
    return sorted(found, key=lambda one: (-(one.at or 0.0), one.name))


def _photo_aside(db: Db, row: Row) -> Aside:
    photo = PhotoId(row["photo"])
    filed = disk_queue.filed_paths(db, photo)
    whole = Whole.HERE if row["look"] == "done" else Whole.SOURCE if row["fetched"] else Whole.CARD
    return from_row(
        Aside,
        row,
        trouble=row["id"],
        title=row["title"] or "",
        detail=row["detail"] or "",
        at=row["ended_at"],
        whole=whole,
        files=[*sightings.original_paths(db, row["event_photo"]), *filed],
        on_drive=db.column(ON_DRIVE, (row["event_photo"],)),
    )


ON_DRIVE = (
    f"SELECT {TO_WHOM} AS folder FROM placement p JOIN folder f ON f.id = p.folder"  # noqa: S608 - our own words
    " JOIN folder up ON up.id = f.parent"
    " WHERE p.event_photo = ? AND p.drive = 'there' ORDER BY p.id"
)


def _other_aside(row: Row) -> Aside:
    of, _, rest = str(row["key"]).partition(":")
    return Aside(
        trouble=row["id"],
        event=EventId(row["event"] or DEFAULT_EVENT),
        event_photo=None,
        name=str(row["subject"]),
        title=str(row["title"]),
        detail=str(row["detail"]),
        at=row["ended_at"],
        whole=Whole.SOURCE if of == "download" else Whole.CARD,
        files=[rest] if of == "file" else [],
        on_drive=[],
    )
