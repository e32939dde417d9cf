"""What each step of a photo's way means for the ledger: within one transaction, whoever takes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from agent import clock
from agent.errors import PhotoDefect, VenueError
from agent.faces.results import Fault, LookError, Seen
from agent.filing import reports
from agent.intake.reading import Unreadable
from agent.intake.replaced import give_way
from agent.ledger import (
    disk_folders,
    downloads,
    faces,
    held,
    meta,
    moved_photos,
    photos,
    sightings,
    sources,
    superseded,
    troubles,
    twins,
)
from agent.ledger.faces import Face, Looked
from agent.ledger.photos import EventPhoto
from agent.ledger.sightings import Sighting
from agent.ledger.sqlite.rows import Db
from agent.ledger.superseded import Overwritten
from agent.ledger.troubles import Subject
from agent.model import Box, EventId, PhotoId, PhotoState
from agent.sync.downloads import Fetched
from agent.sync.draft import take_out
from agent.sync.sources import time_in_name

NO_BYTES = hashlib.sha256().hexdigest()
ENGINE = Subject("part:faces", "faces")


def take_in(
    db: Db,
    sighting: Sighting,
    content: photos.Content,
    arrived_at: float,
    name: str,
    lately: int | None = None,
    fetched: Fetched | None = None,
    shot: superseded.Shot | None = None,
    lost: bool | None = None,
) -> tuple[sightings.Arrival, str]:
    """A photo lies at a path. Answers how it arrived, and whether it is to be looked at.

    `lately`: what lay there gives way, as so many others of the event did just before; `None`: it stays. `shot`: what
    the camera says of it, where that matters. `lost`: what lay there and was filed nowhere was a photo of its own;
    `None`: nobody knows yet, and `Overwritten` is raised.
    """
    now = arrived_at if fetched is None else clock.wall()  # it came into its source long before it was fetched
    arrival = sightings.record_photo_at(db, sighting, content, arrived_at, name)
    moved_photos.came_by_itself(db, sighting.event, arrival.photo)
    troubles.heal(db, file_key(sighting.path), now)
    if fetched is not None:
        photos.note_camera(db, sighting.event, arrival.photo, fetched.camera)
    photos.note_time(db, arrival.photo, time_in_name(name) if fetched is None else fetched.taken_at)
    if lately is not None and arrival.replaced is not None:
        again = give_way(db, sighting, arrival, lately, shot, now)
        arrival = replace(arrival, joined=arrival.joined or bool(again))
    if arrival.replaced is not None and arrival.superseded:
        overwritten(db, arrival.replaced, arrival.superseded, now, lost)
    troubles.heal(db, f"gone:{arrival.photo}", now)
    if arrival.new:
        twins.pair(db, sighting.event, arrival.photo)
        whose = photos.id_in_event(db, sighting.event, arrival.photo)
        meta.note_activity(db, "arrived", f"{name} arrived", now, sighting.event, whose)
    elif sighting.folder and fetched is None:
        held.found_again(db, sighting.event, arrival.photo)
    if not (content.bytes or arrival.new):
        photos.is_another_empty(db, sighting.event, arrival.photo, name)
    if arrival.replaced is not None and (left := sightings.names_of_empty(db, arrival.replaced)):
        photos.is_another_empty(db, sighting.event, arrival.replaced, left[0])
    if fetched is not None:
        fetched.joined(db, arrival.photo)
    return arrival, photos.look_of(db, arrival.photo)


def overwritten(db: Db, photo: PhotoId, superseded: Sequence[EventPhoto], now: float, lost: bool | None) -> None:
    if lost is None:
        raise Overwritten(db, photo, has_failed=all(one.state is PhotoState.FAILED for one in superseded))
    if lost:
        reports.taken_too_soon(db, superseded, now, overwritten=True)
        return
    for was in superseded:
        meta.note_activity(db, "superseded", f"{was.name} arrived anew", now, was.event)


def forget(db: Db, paths: Sequence[str], now: float, bare: Mapping[str, str], photo: PhotoId | None = None) -> None:
    """These files are gone, `photo`'s where that is said; `bare`: the incoming folders of those that went with all in
    it. While a ledger is learned anew nothing is nowhere: the next sweep tells of them again.
    """
    if meta.rebuilding(db, drive=False):
        return
    empty = photos.by_sha256(db, NO_BYTES)
    before = [] if empty is None else sightings.names_of_empty(db, empty)
    folder = next((bare[path] for path in paths if path in bare), None)
    reports.taken_too_soon(db, sightings.forget_paths(db, paths, now, photo), now, folder)
    for path in paths:
        troubles.heal(db, file_key(path), now)
    if empty is not None and (left := sightings.names_of_empty(db, empty)) and left != before:
        photos.is_another_empty(db, None, empty, left[0])


def nowhere(db: Db, photo: PhotoId, paths: Sequence[str], now: float, again_at: float, bare: Mapping[str, str]) -> None:
    """At none of these paths it was found: superseded, unless it lies on Drive, a folder is getting another name, or a
    ledger is learned anew.
    """
    if disk_folders.renames(db) or meta.rebuilding(db, drive=False):
        faces.put_off(db, photo, again_at)
        return
    forget(db, paths, now, bare, photo)
    superseded = sightings.supersede_if_nowhere(db, photo, now)
    reports.taken_too_soon(db, superseded, now)
    if not superseded:
        faces.put_off(db, photo, again_at)


def fail(
    db: Db, photo: PhotoId, name: str, error: LookError, now: float, event_name: Callable[[EventId], str] = str
) -> None:
    """The photo's own defect: it fails, the others go on. Half a file the whole of which came since is none.

    What came from a source is found there again: it is said where.
    """
    named = ", ".join(sightings.names_of_empty(db, photo)) or name
    for row in photos.fail(db, photo):
        fetched = sources.was_fetched(db, row.event, photo) and photos.was_never_opened(db, row.event, photo)
        is_gone = fetched and sources.nowhere_else(db, row.event, photo) is not None
        if is_gone or sources.is_replaced(db, row.event, photo):
            take_out(db, row.id, now)
            continue
        source = downloads.came_from(db, row.event, photo)
        where = f"{named}, from {source} of {event_name(row.event)}" if source else named
        told = PhotoDefect(error.title, f"{where}: {error.detail}", error.remedy, kind=error.kind)
        subject = Subject(f"photo:{row.id}", row.name, row.event, row.id)
        if troubles.open_trouble(db, subject, told, now):
            meta.note_activity(db, "failed", f"{row.name}: {error.title.lower()}", now, row.event, row.id)


def goes_along(db: Db, photo: PhotoId, seen: Seen | None, now: float) -> list[PhotoId]:
    if seen is not None:
        photos.note_taken(db, photo, seen.taken_at, seen.device, seen.gps_at)
        twins.part(db, photo)
        twins.share_time(db, photo)
    troubles.heal_all(db, [f"photo:{one.id}" for one in photos.in_events(db, photo)], now)
    return twins.is_whole(db, photo)


def cannot_look(db: Db, photo: PhotoId, error: LookError, now: float, again_at: float) -> None:
    """Not the photo's fault: the engine, or the file's permissions. It waits."""
    faces.put_off(db, photo, again_at)
    if error.fault is Fault.ENGINE:
        told = VenueError("Photos cannot be examined", error.detail, error.remedy, kind="engine")
        troubles.open_trouble(db, ENGINE, told, now)
    elif error.fault is Fault.UNREADABLE:
        for row in photos.in_events(db, photo):
            detail = f"{row.name}: {error.detail}"
            told = VenueError("A photo cannot be read", detail, error.remedy, kind="permission_denied")
            troubles.open_trouble(db, Subject(f"photo:{row.id}", row.name, row.event, row.id), told, now)


def broken_off(db: Db, photo: PhotoId, error: BaseException, now: float, again_at: float) -> None:
    """A mistake of ours: it waits, and is tried again; so that nobody waits for it without a word, it is told."""
    faces.put_off(db, photo, again_at)
    for row in photos.in_events(db, photo):
        detail = f"{row.name}: {type(error).__name__}: {error}. It is tried again each minute"
        told = VenueError("A photo's look ended in no known way", detail, "Report it with .venuesync/logs/agent.log")
        troubles.open_trouble(db, Subject(f"photo:{row.id}", row.name, row.event, row.id), told, now)


def looked(seen: Seen, engine: str) -> Looked:
    found = [
        Face(Box(*one.box), one.score, one.sharpness, one.encoding, one.yaw, one.light, one.contrast)
        for one in seen.faces
    ]
    what = seen.width, seen.height, seen.taken_at, engine, found, seen.whole
    return Looked(*what, seen.likeness, seen.sharpness, seen.device, seen.gps_at)


# ---- files that are taken in as no photos: left alone, as they are something else, or not to be read


def file_key(path: str) -> str:
    """The key of a file's troubles."""
    return f"file:{sightings.to_text(path)}"


def leave_alone(db: Db, sighting: Sighting, name: str, reason: str, now: float) -> None:
    sightings.record_other(db, sighting, "skipped", reason, now)
    troubles.heal(db, file_key(sighting.path), now)
    meta.note_activity(db, "skipped", f"{name} is no photo: {reason}", now, sighting.event)


def unreadable(db: Db, sighting: Sighting, name: str, found: Unreadable, now: float, decided: troubles.Decided) -> None:
    """It is tried at each sweep; that it is as before is no news."""
    if sightings.is_so(db, sighting, "unreadable", found.reason):
        return
    sightings.record_other(db, sighting, "unreadable", found.reason, now)
    if troubles.is_aside(db, file_key(sighting.path)):
        return
    error = VenueError("A file cannot be read", f"{name}: {found.reason}", found.remedy, kind="permission_denied")
    troubles.open_trouble(db, Subject(file_key(sighting.path), name, sighting.event), error, now)
    troubles.follow_news(db, decided, file_key(sighting.path), now)
