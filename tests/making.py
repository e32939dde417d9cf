"""Rows and files for tests, made by the ledger's own functions."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from agent.faces.models import engine_id
from agent.filing.names import candidates
from agent.filing.plan import person_folders, unsorted_folders
from agent.ledger import Ledger, faces, folders, ours_on_drive, photos, placements, sightings
from agent.ledger.faces import Encoding, Face, Looked
from agent.ledger.photos import Content
from agent.ledger.sightings import FileFacts, Sighting
from agent.model import (
    DEFAULT_EVENT,
    Box,
    Event,
    EventId,
    EventPhotoId,
    FolderId,
    FolderKind,
    Person,
    PersonId,
    PhotoId,
    Reference,
)
from agent.roster import Roster
from agent.roster.book import new_person_id, with_references

EVENT = Event(DEFAULT_EVENT, "default", "")
MIA = Person(PersonId("p-mia"), DEFAULT_EVENT, "Mia", "Mia")
WORKERS = "dlib-onnx"  # the engine that workers load
ENGINE = engine_id(WORKERS)  # as the ledger knows it


def content(data: bytes, kind: str = "image") -> Content:
    """What intake would say of these bytes."""
    sha256, md5 = hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest()
    return Content(sha256, md5, len(data), "image/jpeg" if kind == "image" else "video/mp4", kind)


def facts(path: Path) -> FileFacts:
    found = path.stat()
    return FileFacts(found.st_size, found.st_mtime_ns, found.st_ino)


def take_in(db: sqlite3.Connection, path: Path, event: EventId = DEFAULT_EVENT, kind: str = "image") -> EventPhotoId:
    """A file in an incoming folder is a photo, as intake records it."""
    seen = Sighting(str(path), event, str(path.parent), facts(path))
    arrival = sightings.record_photo_at(db, seen, content(path.read_bytes(), kind), time.time(), path.name)
    return of(db, arrival.photo, event)


def of(db: sqlite3.Connection, photo: PhotoId, event: EventId = DEFAULT_EVENT) -> EventPhotoId:
    row = db.execute("SELECT id FROM event_photo WHERE photo = ? AND event = ?", (photo, event)).fetchone()
    return EventPhotoId(row["id"])


def photo_row(db: sqlite3.Connection, name: str = "DSC_1.jpg", data: bytes | None = None) -> EventPhotoId:
    """A photo in the default event that no file holds."""
    photo = photos.record_photo(db, content(data or name.encode()))
    photos.record_in_event(db, DEFAULT_EVENT, photo, name, time.time())
    return of(db, photo)


def folder_row(db: sqlite3.Connection, kind: FolderKind = FolderKind.UNKNOWN, event: Event = EVENT) -> FolderId:
    """A folder below Unsorted, with all above it."""
    specs = unsorted_folders(event, kind)
    return folders.ensure(db, specs, time.time())[specs[-1].key]


def solo_and_group(db: sqlite3.Connection, person: Person = MIA, event: Event = EVENT) -> tuple[FolderId, FolderId]:
    specs = person_folders(event, person)
    ids = folders.ensure(db, specs, time.time())
    return ids[specs[-2].key], ids[specs[-1].key]


def add_person(roster: Roster, name: str, event: EventId, folder: str, references: tuple[Reference, ...]) -> Person:
    """Somebody is known."""
    person = Person(new_person_id(), event, name, folder, references=references, created_at=time.time())
    roster._change(lambda: roster._store([person]))
    return person


def add_references(roster: Roster, person: PersonId, references: tuple[Reference, ...]) -> Person:
    """More references of a person; one that they have already is not added again."""
    before = roster._people[person]
    changed = with_references(before, references)
    if changed != before:
        roster._change(lambda: roster._store([changed]))
    return changed


def want(db: sqlite3.Connection, event_photo: EventPhotoId, *wanted: FolderId, may_remove: bool = True) -> bool:
    return placements.want(db, event_photo, wanted, time.time(), names=candidates, may_remove=may_remove)


def ids_to_use(db: sqlite3.Connection, ids: Sequence[str], account: str = "") -> None:
    """As Drive gave them, and as they lie in the log."""
    ours_on_drive.keep_spare(db, ids, account)
    ours_on_drive.are_noted(db, ids)


def look(photo: PhotoId, db: sqlite3.Connection, encodings: list[Encoding], size: int = 100) -> None:
    """Faces were found in a photo, each `size` pixels wide."""
    found = [Face(Box(n * 300, 0, n * 300 + size, size), 1.0, 100.0, one) for n, one in enumerate(encodings)]
    faces.record_look(db, photo, Looked(1000, 800, None, ENGINE, found), time.time())


def encoding(number: int) -> Encoding:
    """The same for the same number, far from every other one's."""
    made = np.random.default_rng(number).normal(size=128)
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


def rows(ledger: Ledger, query: str, *values: object) -> list[sqlite3.Row]:
    """What the ledger's file says, read beside the writer."""
    db = sqlite3.connect(ledger.path)
    db.row_factory = sqlite3.Row
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def files_below(folder: Path) -> Iterator[str]:
    """Every file's path below a folder, dot-files too; folders may go meanwhile, which is an error to `Path.rglob`."""
    found = [Path(above) / name for above, _, names in os.walk(folder) for name in names]
    return (str(path.relative_to(folder)) for path in sorted(found))


def contents_below(folder: Path) -> dict[str, bytes]:
    """Path below the folder -> bytes, of every file of it that did not go since it was listed."""
    found: dict[str, bytes] = {}
    for path in files_below(folder):
        with suppress(FileNotFoundError):
            found[path] = (folder / path).read_bytes()
    return found
