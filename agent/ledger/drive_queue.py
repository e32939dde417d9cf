"""What the Drive end has to do with files: to send or trash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from agent.ledger import asked, meta, ours_on_drive, photos, placements, renditions
from agent.ledger.amiss_on_drive import AS_SENT
from agent.ledger.clocks import moment
from agent.ledger.placements import TO_WHOM
from agent.ledger.sqlite.rows import Db, Row, from_row
from agent.model import (
    EXTENSION,
    HERE,
    JPEG,
    ORIGINAL,
    DriveId,
    End,
    EventId,
    EventPhotoId,
    FolderId,
    PhotoId,
    PlacementId,
    blurred_in,
)

SAME_TIME = 1.0  # seconds: Drive has been told when a photo was taken
OLD_AFTER = 600.0  # seconds: what has waited longer gets its share of the line, whatever else comes


@dataclass(frozen=True, slots=True)
class DriveTask:
    """A placement with all that the sender needs. `parent` is its folder's id on Drive."""

    placement: PlacementId
    event_photo: EventPhotoId
    folder: FolderId
    parent: DriveId
    to: str  # for people: `Mia Lindqvist/Group`
    wanted: bool
    drive: End
    drive_id: DriveId | None
    session: str | None
    attempts: int
    photo: PhotoId
    sha256: str
    original_bytes: int
    made_as: str  # what is sent of it: the photo itself, or a rendition's name
    owed: str | None  # what is to take its place once the line is not metered
    filed_as: str  # what lies of it here, or is to
    md5: str  # of what is sent; "": it is not made yet
    bytes: int
    mime: str
    taken: str  # by a clock that is right, in this machine's zone; "": nobody knows
    name: str
    disk_name: str
    extension: str  # what its name has on Drive besides, as it is another kind of file there
    drive_name: str | None  # without that
    wanted_at: float
    copy_of: DriveId | None  # a verified file of ours with the same bytes
    source_file: DriveId | None  # a file of somebody else's with the same bytes, in a source
    moves_from: DriveId | None  # the folder in which its file lies still
    event: str  # the event's name
    account: str = ""  # whose Drive its folder lies on
    verified_at: float | None = None  # that it lay there under this id, if it did
    forgotten: bool = False  # its folder is of somebody of whom nothing is to be left, in the trash neither

    @property
    def file_name(self) -> str:
        """On Drive."""
        return self.disk_name + self.extension

    @property
    def blurred(self) -> str:
        """Which faces nobody is to be known by on Drive; "": none."""
        return blurred_in(self.filed_as)

    @property
    def aim(self) -> str:
        """What its file on Drive is to become: where it lies, and under what name."""
        return f"{self.parent}/{self.file_name}" if self.wanted else asked.TRASH

    @property
    def creates(self) -> bool:
        """Whether its file may be new to Drive."""
        return self.wanted and self.moves_from is None and self.drive not in (End.THERE, End.TRASHED)


SELECT_TASK = (
    "SELECT p.*, f.forgotten, f.account, p.id AS placement, p.drive_session AS session, p.drive_attempts AS attempts,"  # noqa: S608 - our own words
    " p.drive_from AS moves_from, COALESCE(f.drive_id, '') AS parent,"
    f" {TO_WHOM} AS to_whom, ep.photo, ep.name, ph.sha256, ph.bytes AS original_bytes, ph.mime, ep.taken,"
    f" {renditions.MD5} AS md5, {renditions.BYTES} AS bytes,"
    " COALESCE((SELECT e.name FROM folder e WHERE e.key = 'event:' || ep.event), '') AS event,"
    " (SELECT o.drive_id FROM event_photo oe JOIN placement o ON o.event_photo = oe.id"
    " JOIN folder fo ON fo.id = o.folder AND fo.account = f.account"
    " WHERE oe.photo = ep.photo AND o.id <> p.id AND o.made_as = p.made_as AND (o.drive = 'there'"
    " OR (o.drive = 'sending' AND o.drive_from IS NOT NULL)) LIMIT 1) AS copy_of,"
    " (SELECT s.content FROM source_file s WHERE p.made_as = '' AND s.photo = ep.photo AND s.state = 'done'"
    " AND s.md5 = ph.md5 AND EXISTS (SELECT 1 FROM folder e WHERE e.key = 'event:' || s.event"
    " AND e.account = f.account) LIMIT 1) AS source_file"
    " FROM placement p JOIN folder f ON f.id = p.folder JOIN folder up ON up.id = f.parent"
    f" JOIN event_photo ep ON ep.id = p.event_photo JOIN photo ph ON ph.id = ep.photo{renditions.MADE}"
)
# Of placement `p`: what lies there shows a face that is to be blurred.
SHOWS_A_FACE = (
    "(p.filed_as <> '' AND substr(p.made_as, instr(p.made_as, '~')) <> substr(p.filed_as, instr(p.filed_as, '~')))"
)
# A file that is not wanted any more is trashed only when all that are wanted are verified; one that shows a face that
# is to be blurred, at once. What came back there first is called as on disk once it has a name on disk.
IS_DUE = (
    " WHERE p.drive_due = 1 AND p.folder NOT IN (SELECT q.id FROM folder q WHERE q.account <> :account"  # noqa: S608 - our own words
    " OR q.event IN (SELECT value FROM json_each(:quiet)))"
    f" AND NOT ({renditions.WAITS}) AND p.drive_after <= :now AND f.account = :account"
    " AND (f.drive = 'there' OR p.wanted = 0)"
    " AND (p.wanted = 0 OR p.drive <> 'there' OR p.disk_name IS NOT NULL)"
    f" AND (p.wanted = 1 OR {SHOWS_A_FACE}"
    " OR NOT EXISTS (SELECT 1 FROM placement o WHERE o.event_photo = p.event_photo AND +o.wanted = 1"
    " AND o.drive NOT IN ('there', 'removed')))"
    " AND p.id NOT IN (SELECT value FROM json_each(:busy))"
    " AND f.event NOT IN (SELECT value FROM json_each(:quiet))"
    " AND ep.photo NOT IN (SELECT value FROM json_each(:photos))"
)
# Not what may be to cross the line, but for what of it fits into the day's budget: of what was begun and does not fit
# there may be as many as can be under way, and nothing else would be found.
NO_MORE_THAN = (
    " AND (p.wanted = 0 OR p.drive NOT IN ('absent', 'reserved', 'sending') OR p.drive_from IS NOT NULL"
    f" OR p.made_as = '{HERE}' OR copy_of IS NOT NULL OR (:copies AND source_file IS NOT NULL)"
    " OR (:lowers AND p.owed IS NULL)"
    " OR (p.filed_as <> '' AND p.drive = 'sending')"  # it may show a face, which no budget keeps there
    f" OR {renditions.BYTES} <= :most OR (:most > 0 AND {renditions.BYTES} > :whole))"
)
NEEDS_NO_ROOM = (  # on Drive: what is taken back, moved, renamed, or brought out of the trash
    f" AND (p.wanted = 0 OR p.drive_from IS NOT NULL OR p.drive IN ('there', 'trashed') OR p.made_as = '{HERE}')"
)
IS_NEXT = (
    f" WHERE p.drive_due = 1 AND NOT ({renditions.WAITS}) AND +p.wanted = 1"  # noqa: S608 - our own words
    " AND p.id NOT IN (SELECT value FROM json_each(?))"
    " ORDER BY p.priority DESC, p.wanted_at DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class MayGo:
    """What may be sent to an account's Drive now, and how much of it."""

    now: float  # on the steady line, as `wanted_at` is
    limit: int
    old: int = 1  # so many of them have waited ten minutes
    busy: Sequence[int] = ()  # placements that are under way, or rest
    photos_busy: Sequence[int] = ()  # photos that are on the line already
    quiet: Sequence[str] = ()  # events of which nothing is sent
    most: int | None = None  # bytes of a photo that may be sent still; `None`: all
    whole: int = 0  # bytes; of a photo with more a part may be sent
    lowers: bool = False  # of others something smaller goes first
    copies: bool = True  # Drive is asked to copy photographers' files
    full: bool = False  # only what needs no room there
    account: str = ""


def due(db: Db, may: MayGo) -> list[DriveTask]:
    """What can be sent now: those that have waited ten minutes, then enrolled people and fresh photos, then the rest.

    A photo that Drive has nowhere is given once, so that its bytes cross the line once. Its other placements follow as
    copies on Drive, all at once.
    """
    lists = {"busy": may.busy, "photos": may.photos_busy, "quiet": may.quiet}
    values: dict[str, object] = {name: json.dumps(list(ids)) for name, ids in lists.items()}
    values |= {"now": may.now, "account": may.account, "most": may.most, "whole": may.whole}
    values |= {"lowers": may.lowers, "copies": may.copies}
    due = SELECT_TASK + IS_DUE + ("" if may.most is None else NO_MORE_THAN) + (NEEDS_NO_ROOM if may.full else "")
    waited = db.execute(
        due + " AND p.wanted_at < :old ORDER BY p.wanted_at LIMIT :few",
        {**values, "old": may.now - OLD_AFTER, "few": may.old},
    ).fetchall()
    fresh = db.execute(
        due + " ORDER BY p.priority DESC, p.wanted_at DESC, p.id LIMIT :limit",
        {**values, "limit": may.limit},
    ).fetchall()
    chosen: dict[tuple[str, int], DriveTask] = {}
    for task in map(_task, [*waited, *fresh]):
        one_upload = task.copy_of is None and task.wanted and task.moves_from is None
        chosen.setdefault(("photo", task.photo) if one_upload else ("placement", task.placement), task)
    return list(chosen.values())[: may.limit]


def _task(row: Row) -> DriveTask:
    kind = row["mime"] if row["made_as"] == ORIGINAL else JPEG
    return from_row(
        DriveTask,
        row,
        to=row["to_whom"],
        disk_name=row["disk_name"] or row["name"],
        mime=kind,
        extension="" if kind == row["mime"] or row["filed_as"] else EXTENSION,  # it has it here already
    )


def next_due_at(db: Db, asked_at: float) -> float | None:
    """When the next placement may be tried of those that were not due at `asked_at`.

    That is when it was asked what is due: what became so since then would be nobody's, until something else rings.
    """
    put_off = "SELECT MIN(drive_after) FROM placement WHERE drive_due = 1 AND drive_after > 0 AND drive_after > ?"
    return db.value(put_off, (asked_at,))


def waiting(db: Db, busy: Sequence[int], limit: int) -> list[DriveTask]:
    """The next ones in line, for the eye."""
    rows = db.execute(SELECT_TASK + IS_NEXT, (json.dumps(list(busy)), limit))
    return [_task(row) for row in rows]


def all_wanted(db: Db) -> list[Row]:
    """Every wanted placement, newest first, with what is wrong with it."""
    return db.execute(
        f"SELECT p.*, ep.name, {TO_WHOM} AS to_whom, t.title AS trouble FROM placement p"  # noqa: S608 - our own words
        " JOIN folder f ON f.id = p.folder JOIN folder up ON up.id = f.parent"
        " JOIN event_photo ep ON ep.id = p.event_photo"
        " LEFT JOIN trouble t ON t.key = 'placement:' || p.id || '/drive' AND t.state = 'open'"
        " WHERE p.wanted = 1 ORDER BY p.wanted_at DESC"
    ).fetchall()


def bytes_to_store(db: Db, account: str = "", quiet: Sequence[str] = ()) -> int:
    """What that account's Drive has to have room for: every file that is to come, those that it copies itself, too.

    `quiet`: events of which nothing is sent.
    """
    found = db.value(
        f"SELECT SUM({renditions.BYTES}) FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"  # noqa: S608 - our own words
        f" JOIN photo ph ON ph.id = ep.photo{renditions.MADE}"
        " JOIN folder f ON f.id = p.folder AND f.account = ?"
        " WHERE p.drive_due = 1 AND +p.wanted = 1 AND p.drive_from IS NULL"
        " AND ep.event NOT IN (SELECT value FROM json_each(?))",
        (account, json.dumps(list(quiet))),
    )
    return found or 0


# ---- what becomes of a placement


AS_IT_IS = (
    "SELECT p.wanted, p.drive, p.drive_id, p.made_as, ep.taken, f.account FROM placement p"
    " JOIN event_photo ep ON ep.id = p.event_photo JOIN folder f ON f.id = p.folder WHERE p.id = ?"
)


def begin_sending(db: Db, tasks: Sequence[DriveTask], now: float) -> dict[PlacementId, DriveId]:
    """Keep an id for each and note that its end at Drive is in doubt from now on. Stops where the pool is empty.

    Left for the next turn is what became something else since it was looked up, or goes to another account; for later,
    what an earlier change without an answer could undo. What is to be taken back counts as there no more, though
    nothing has reached Drive yet; what only is renamed does.
    """
    kept: dict[PlacementId, DriveId] = {}
    for task in tasks:
        row = db.execute(AS_IT_IS, (task.placement,)).fetchone()
        known = task.wanted, task.drive, task.drive_id, task.made_as, task.taken, task.account
        if row is None or tuple(row) != known:
            continue
        drive_id = task.drive_id or ours_on_drive.take_id(db, task.account)
        if drive_id is None:
            break
        wait = asked.begin(db, drive_id, task.aim, now)
        if wait:
            db.execute("UPDATE placement SET drive_after = ? WHERE id = ?", (now + wait, task.placement))
            continue
        if task.drive is not End.THERE or not task.wanted:
            db.execute(
                "UPDATE placement SET drive = 'sending', drive_id = ?1,"
                " verified_at = CASE WHEN drive_id = ?1 THEN verified_at END WHERE id = ?2",
                (drive_id, task.placement),
            )
        else:
            db.execute("UPDATE placement SET drive_name = ? WHERE id = ?", (asked.NOT_KNOWN, task.placement))
        kept[task.placement] = drive_id
    return kept


def new_id(db: Db, placement: PlacementId, drive_id: DriveId) -> None:
    """The kept id cannot be used (deleted or trashed, unknown to Drive): another one, next time."""
    filed_as = db.value(
        "UPDATE placement SET drive = 'absent', drive_id = NULL, drive_session = NULL, drive_from = NULL"
        " WHERE id = ? AND drive_id = ? RETURNING filed_as",
        (placement, drive_id),
    )
    if filed_as:
        meta.count_up(db, meta.STRAYS)


def nothing_there(db: Db, placement: PlacementId, drive_id: DriveId) -> None:
    """Drive has nothing under the kept id, and nothing can be sent: it is in doubt no more."""
    db.execute(
        "UPDATE placement SET drive = 'reserved' WHERE id = ? AND drive_id = ? AND drive = 'sending'"
        " AND drive_from IS NULL",
        (placement, drive_id),
    )


@dataclass(frozen=True, slots=True)
class Retime:
    """A file on Drive that has another time than its photo."""

    placement: PlacementId
    drive_id: DriveId
    taken: str


def retimes(db: Db, limit: int, quiet: Sequence[str], account: str = "") -> list[Retime]:
    """Some of them on that account's Drive, but for those of `quiet` events."""
    return db.records(
        Retime,
        "SELECT p.id AS placement, p.drive_id, ep.taken FROM placement p INDEXED BY placement_retime"
        " CROSS JOIN folder f ON f.id = p.folder JOIN event_photo ep ON ep.id = p.event_photo"
        " WHERE p.retime = 1 AND p.drive = 'there' AND +p.wanted = 1 AND f.account = ?"
        " AND ep.event NOT IN (SELECT value FROM json_each(?)) ORDER BY p.id LIMIT ?",
        (account, json.dumps(list(quiet)), limit),
    )


def retimed(db: Db, one: Retime) -> None:
    """Drive was told; without effect where it is to be told something else by now."""
    db.execute(
        "UPDATE placement SET retime = 0 WHERE id = ? AND drive_id = ?"
        " AND (SELECT ep.taken FROM event_photo ep WHERE ep.id = placement.event_photo) = ?",
        (one.placement, one.drive_id, one.taken),
    )


def verified(
    db: Db,
    placement: PlacementId,
    drive_id: DriveId,
    name: str,
    now: float,
    made_as: str = ORIGINAL,
    shown: float | None = None,
) -> list[EventPhotoId]:
    """Drive answered with the right MD5 under this id and name. Returns the photo, if it is whole on Drive by that.

    Without effect where the placement has another id by now, as its folder was lost while it was sent, or is to be
    `made_as` something else. `shown`: the time that it has there, which may be that of an earlier ledger.
    """
    row = db.execute(
        "UPDATE placement SET drive = 'there', drive_name = ?, verified_at = ?, drive_session = NULL,"
        " drive_from = NULL, drive_failed = 0, drive_attempts = 0, drive_after = 0"
        " WHERE id = ? AND drive_id = ? AND made_as = ? RETURNING event_photo,"
        " (SELECT ep.taken FROM event_photo ep WHERE ep.id = placement.event_photo) AS taken",
        (name, now, placement, drive_id, made_as),
    ).fetchone()
    if row is None:
        return []
    at = moment(row["taken"])
    if at is not None and shown is not None and abs(at - shown) >= SAME_TIME:
        db.execute("UPDATE placement SET retime = 1 WHERE id = ?", (placement,))
    event_photo = EventPhotoId(row["event_photo"])
    before = _whole(db, event_photo)
    photos.settle_states(db, {event_photo}, now)
    return [event_photo] if _whole(db, event_photo) and not before else []


def _whole(db: Db, event_photo: EventPhotoId) -> bool:
    return db.value("SELECT verified_at FROM event_photo WHERE id = ?", (event_photo,)) is not None


def keep_session(db: Db, placement: PlacementId, drive_id: DriveId, session: str | None) -> None:
    """The address of a resumable session, good for a week. Without effect where the placement has another id by now:
    what is sent over it lies under the one that it was opened with, maybe on another account's Drive.
    """
    db.execute("UPDATE placement SET drive_session = ? WHERE id = ? AND drive_id = ?", (session, placement, drive_id))


def put_off(db: Db, task: DriveTask, until: float) -> bool:
    """Try again later: it was the photo's own fault. Returns whether the same is wanted of it still, and there."""
    return db.changed(
        "UPDATE placement SET drive_after = ?, drive_attempts = drive_attempts + 1 WHERE id = ? AND wanted = ?"
        " AND made_as = ? AND (SELECT f.account FROM folder f WHERE f.id = placement.folder) = ?",
        (until, task.placement, task.wanted, task.made_as, task.account),
    )


def park(db: Db, placement: PlacementId) -> None:
    """Not tried again until somebody asks."""
    db.execute("UPDATE placement SET drive_failed = 1 WHERE id = ?", (placement,))


def park_folder(db: Db, folder: FolderId) -> int:
    """Nothing can be stored in that folder: what waits for it is not tried until somebody asks. Returns how many."""
    db.execute("UPDATE placement SET drive_failed = 1 WHERE folder = ? AND wanted = 1 AND drive_due = 1", (folder,))
    aside = "SELECT COUNT(*) FROM placement WHERE folder = ? AND wanted = 1 AND drive_failed = 1"
    return db.value(aside, (folder,))


def folder_takes_files(db: Db, folder: FolderId) -> None:
    """Something was stored there after all: what was set aside with the folder is tried again, but for what has a
    trouble of its own, and what somebody set aside.
    """
    db.execute(
        "UPDATE placement SET drive_failed = 0, drive_attempts = 0, drive_after = 0 WHERE folder = ? AND wanted = 1"
        " AND drive_failed = 1 AND NOT EXISTS (SELECT 1 FROM trouble t WHERE t.state = 'open'"
        " AND t.key = 'placement:' || placement.id || '/drive')"
        " AND event_photo NOT IN (SELECT id FROM event_photo WHERE state = 'dismissed')",
        (folder,),
    )


def trashed(db: Db, placement: PlacementId, drive_id: DriveId, filed_as: str) -> None:
    """By us: it is not wanted any more. The row stays while Drive's trash could give it back: from where it lies.

    What is to be blurred since it was begun, as it is not `filed_as` that any more, is looked at there once more.
    """
    db.execute(
        "UPDATE placement SET drive_session = NULL,"
        " drive = CASE WHEN wanted = 0 AND filed_as NOT IN ('', ?3) THEN 'there' ELSE 'trashed' END"
        " WHERE id = ?1 AND drive_id = ?2",
        (placement, drive_id, filed_as),
    )


def elsewhere(db: Db, photo: PhotoId, account: str) -> list[DriveId] | None:
    """Where the photo is wanted on that account's Drive, the ids of what lies there by our knowledge. `None`: it is
    wanted nowhere, or lies as it was sent on another one.
    """
    rows = db.execute(ELSEWHERE, (photo, account)).fetchall()
    if not rows or any(row["on_another"] for row in rows):
        return None
    return [row["drive_id"] for row in rows if row["lies_here"]]


ELSEWHERE = (
    "SELECT o.drive_id, f.account = ?2 AND o.drive = 'there' AS lies_here,"  # noqa: S608 - our own words
    f" f.account <> ?2 AND o.drive = 'there' AND {AS_SENT.format(p='o')} AS on_another FROM event_photo ep"
    " JOIN placement o ON o.event_photo = ep.id JOIN folder f ON f.id = o.folder WHERE ep.photo = ?1 AND +o.wanted = 1"
)


def stays(db: Db, placement: PlacementId, drive_id: DriveId) -> None:
    """It lies there still, as it did. Without effect where it is wanted by now: then it is looked at anew."""
    db.execute(
        "UPDATE placement SET drive = 'there' WHERE id = ? AND drive_id = ? AND drive = 'sending' AND wanted = 0",
        (placement, drive_id),
    )


def absent(db: Db, placement: PlacementId, drive_id: DriveId, now: float) -> None:
    """There is nothing at Drive under its id."""
    new_id(db, placement, drive_id)
    event_photo = db.value("SELECT event_photo FROM placement WHERE id = ?", (placement,))
    if event_photo is not None:
        placements.drop_absent(db, event_photo)
        photos.settle_states(db, {event_photo}, now)


def left_here(db: Db, placement: PlacementId, drive_id: DriveId, now: float) -> None:
    """Nothing of it is at Drive, as is wanted. Without effect where something else is wanted by now."""
    event_photo = db.value(
        "UPDATE placement SET drive = 'removed', drive_id = NULL, drive_name = NULL, drive_session = NULL,"
        " drive_from = NULL, drive_failed = 0, drive_attempts = 0, drive_after = 0, verified_at = NULL"
        " WHERE id = ? AND drive_id = ? AND made_as = ? RETURNING event_photo",
        (placement, drive_id, HERE),
    )
    if event_photo is not None:
        photos.settle_states(db, {event_photo}, now)


def count_left_here(db: Db, event: EventId | None = None) -> tuple[int, int]:
    """Files of which Drive has nothing, by their events' rules; and the photos that these are: of a shot of two files,
    both. Of one event, or all.
    """
    (found,) = db.tuples(LEFT_HERE, (HERE, event))
    return found


LEFT_HERE = (
    "SELECT COUNT(*) AS files, COALESCE(SUM(ep.twin_of IS NULL AND ep.verified_at IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM event_photo t WHERE t.twin_of = ep.id AND (t.state IN ('waiting', 'failed', 'held', 'dismissed')"
    " OR t.state IN ('filed', 'unsorted') AND NOT EXISTS"
    " (SELECT 1 FROM placement p WHERE p.event_photo = t.id AND p.made_as = ?1 AND +p.wanted = 1)))), 0) AS photos"
    " FROM event_photo ep WHERE ep.id IN (SELECT event_photo FROM placement WHERE made_as = ?1 AND +wanted = 1)"
    " AND ep.state IN ('filed', 'unsorted') AND (?2 IS NULL OR ep.event = ?2)"
)


def reset_account(db: Db, account: str) -> int:
    """Somebody else signed in, or a server was begun anew: nothing of ours is there. Returns how many photos are sent
    again.
    """
    ours_on_drive.empty_pool(db, account)
    db.execute("UPDATE folder SET drive = 'absent', drive_id = NULL, drive_after = 0 WHERE account = ?", (account,))
    return reset_placements(db, db.column("SELECT id FROM folder WHERE account = ?", (account,)))


def reset_placements(db: Db, folders: Sequence[int]) -> int:
    """Nothing of what is wanted in these folders is on Drive any more. Returns how many files that concerns."""
    chosen = (json.dumps(folders),)
    db.execute(
        "UPDATE event_photo SET verified_at = NULL WHERE verified_at IS NOT NULL AND id IN"
        " (SELECT event_photo FROM placement WHERE folder IN (SELECT value FROM json_each(?)))",
        chosen,
    )
    return db.execute(
        "UPDATE placement SET drive = 'absent', drive_id = NULL, drive_session = NULL, drive_from = NULL,"
        " verified_at = NULL, drive_after = 0, drive_failed = 0 WHERE folder IN (SELECT value FROM json_each(?))",
        chosen,
    ).rowcount
