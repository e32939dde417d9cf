"""The name under which a photo is filed, where that is not its own: given once, as it is placed first, and kept.

The two files of one shot have it but for the ending, and no other photo of the event has it, whatever the ending.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from agent.ledger import meta, placements
from agent.ledger.sightings import from_text
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, EventPhotoId, FolderId

# Of `event_photo ep`: it lies somewhere, or did, or is to; what waits for a yes, or had a no, lay nowhere.
PLACED = "ep.filed_at IS NOT NULL OR EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = ep.id)"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a name may be made of. `taken`: ISO, by a clock that is right, or when it arrived; `number`: from 1 on."""

    taken: str
    device: str  # the camera, else its photographer's folder; "": not known
    number: int
    name: str  # its own


def give(
    db: Db,
    shot: Sequence[EventPhotoId],
    folders: Sequence[FolderId],
    make: Callable[[Facts], str],
    candidates: Callable[[str], Iterator[str]],
) -> None:
    """Give the files of one shot their name, if none of them lies anywhere yet; `folders`: where they are wanted.

    `make` makes a name of what is known. What lies already, or lay here, keeps the name that it has: also what was
    filed before a ledger was lost. Called twice, gives nothing twice.
    """
    rows = [_row(db, one) for one in shot]
    if not folders or all(row["given"] or row["placed"] for row in rows):
        return
    stem = next((stem_of(row["given"] or row["name"]) for row in rows if row["given"] or row["placed"]), "")
    found = "" if stem else next(filter(None, (_filed_as(db, row, folders) for row in rows)), "")
    if not stem:
        stem = stem_of(found) if found else _new_stem(db, rows[0], make, candidates)
    for row in rows:
        if not (row["given"] or row["placed"]):
            ending = row["name"][len(stem_of(row["name"])) :]
            db.execute("UPDATE event_photo SET given = ? WHERE id = ?", (stem + ending, row["id"]))


def _row(db: Db, event_photo: EventPhotoId) -> Row:
    return db.execute(
        "SELECT ep.id, ep.event, ep.photo, ep.name, ep.given, ep.camera, ph.device, ph.sha256,"  # noqa: S608 - ours
        " CASE WHEN ep.taken <> '' THEN ep.taken ELSE strftime('%Y-%m-%dT%H:%M:%f', ep.arrived_at, 'unixepoch',"
        " 'localtime') END AS taken,"
        f" {PLACED} AS placed"
        " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.id = ?",
        (event_photo,),
    ).fetchone()


def stem_of(name: str) -> str:
    return PurePath(name).stem if "." in name.lstrip(".") else name


def was_filed_as(db: Db, event: EventId, sha256: str, filed: str, candidates: Callable[[str], Iterator[str]]) -> None:
    """A file of it was found while a ledger is rebuilt: that is its name, also where it came in again before it was
    found, and was given a new one. So what is still to be filed of it is called, and of its shot's other files, as far
    as none of theirs is found.
    """
    row = db.execute(
        "SELECT ep.id, ep.name, ep.given, ep.event, ph.sha256, ep.photo, COALESCE(ep.twin_of, ep.id) AS main"
        " FROM photo ph JOIN event_photo ep ON ep.photo = ph.id AND ep.event = ? WHERE ph.sha256 = ?",
        (event, sha256),
    ).fetchone()
    if row is None or not row["given"] or row["given"] in {_name_by(row, one) for one in _found(db, row)}:
        return
    name = _name_by(row, PurePath(filed))
    for one in db.execute(SHOT, (row["main"],)).fetchall():
        ending = one["name"][len(stem_of(one["name"])) :]
        if one["id"] == row["id"] or (one["given"] and not _found(db, one)):
            given = name if one["id"] == row["id"] else stem_of(name) + ending
            db.execute("UPDATE event_photo SET given = ? WHERE id = ?", (given, one["id"]))
            placements.call_anew(db, EventPhotoId(one["id"]), candidates)


SHOT = (
    "SELECT ep.id, ep.name, ep.given, ep.event, ph.sha256, ep.photo FROM event_photo ep JOIN photo ph"
    " ON ph.id = ep.photo WHERE ep.id = ?1 OR ep.twin_of = ?1"
)


def _filed_as(db: Db, row: Row, folders: Sequence[FolderId]) -> str:
    """The name of its file, or of what lies in its place, as found while a ledger was rebuilt: in one of these folders,
    else wherever it was filed before: who is on it may not be known again yet.
    """
    places = db.column(
        "SELECT disk_path FROM folder WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(folders)),)
    )
    found = _found(db, row)
    there = [path for path in found if any(str(path.parent).endswith(f"/{place}") for place in places)]
    elsewhere = [path for path in found if not _is_original(db, path)]
    return next((_name_by(row, path) for path in there + elsewhere), "")


def _found(db: Db, row: Row) -> list[PurePath]:
    """Files of it in folders of ours, and what lies in its place, but for what was kept of it alone."""
    found = db.column(
        "SELECT path FROM sighting WHERE photo = ?1 AND folder = '' AND event = ?2"
        " UNION ALL SELECT path FROM disk_found WHERE sha256 = ?3 AND sha256 <> ''",
        (row["photo"], row["event"], row["sha256"]),
    )
    return [path for path in map(PurePath, map(from_text, found)) if path.name != row["sha256"]]


def _is_original(db: Db, path: PurePath) -> bool:
    """Whether it lies in `Processed`, of the first event or of another one, under its own name."""
    parts = PurePath(os.path.relpath(path, meta.get(db, meta.ROOT, "/"))).parts
    return "Processed" in (parts[2:3] if parts[0] == "Events" else parts[:1])


def _name_by(row: Row, path: PurePath) -> str:
    """By a file's; what lies in its place may be another kind of file: IMG_1.HEIC.jpg."""
    ending = row["name"][len(stem_of(row["name"])) :]
    return path.stem if ending and path.stem.endswith(ending) else path.name


def _new_stem(db: Db, row: Row, make: Callable[[Facts], str], candidates: Callable[[str], Iterator[str]]) -> str:
    device = str(row["device"]).partition(" #")[0] or str(row["camera"])
    ending = row["name"][len(stem_of(row["name"])) :]
    name = make(Facts(row["taken"], device, _next_number(db, row["event"]), row["name"])) + ending
    for one in candidates(name):
        stem = stem_of(one)
        taken = "SELECT 1 FROM event_photo WHERE event = ? AND given <> '' AND given >= ? || '.' AND given < ? || '/'"
        if not db.has(taken, (row["event"], stem, stem)):
            return stem
    raise AssertionError("names never end")


def _next_number(db: Db, event: EventId) -> int:
    """The next of the event; where that is not known any more, after as many as were placed."""
    key = f"filing_number {event}"
    known = meta.get(db, key)
    placed = f"SELECT COUNT(*) FROM event_photo ep WHERE ep.event = ? AND ({PLACED})"  # noqa: S608 - ours
    number = 1 + (int(known) if known else db.value(placed, (event,)))
    meta.put(db, key, str(number))
    return number
