"""What becomes of a file of a source: here, here already, gone, refused, too large for now. Each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.drive.errors import DriveError
from agent.errors import Cause, VenueError
from agent.ledger import (
    downloads,
    held,
    in_place,
    meta,
    moved_photos,
    photos,
    sources,
    superseded,
    syncs,
    troubles,
    twins,
)
from agent.ledger.downloads import Download, download_key
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import Event, PhotoId
from agent.sync.draft import Gone, removed_before_download, take_out

MB = 10**6
Events = Callable[[], Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What was fetched: `path` below .venuesync, if it lies there for it alone; whether it `replace`s what it was."""

    task: Download
    path: str | None
    replace: bool
    gone: Gone


def join(db: Db, arrival: Arrival, photo: PhotoId, now: float, events: Events) -> None:
    """The bytes are here already: the photo is one of the event's, too, unless that or the source was removed since."""
    task = arrival.task
    if not is_known(db, task, events):
        return
    is_new = photos.record_in_event(db, task.event, photo, task.name, task.seen_at)
    moved_photos.came_by_itself(db, task.event, photo)
    photos.note_camera(db, task.event, photo, task.camera)
    done(db, arrival, photo, now)
    if is_new:
        twins.pair(db, task.event, photo)


def done(db: Db, arrival: Arrival, photo: PhotoId | None, now: float) -> None:
    """The bytes are a photo here. Where the file had others before, that photo may give way to it once it is filed, and
    does so at once if it could not be opened; where it is gone by now, it goes as if it had come earlier.
    """
    task = arrival.task
    gone = downloads.downloaded(db, task, photo, arrival.path, now)
    troubles.heal(db, download_key(task.id), now)
    if photo is not None and gone:
        arrival.gone(db, task.event, [photo], now)
    elif photo is not None:
        held.found_again(db, task.event, photo)
    if task.before is None or task.before == photo:
        return
    if not arrival.replace and not photos.has_failed(db, task.event, task.before):
        return
    before, path = sources.nowhere_else(db, task.event, task.before), in_place.path_at_source(task.source, task.id)
    instead = None if photo is None else photos.id_in_event(db, task.event, photo)
    if photo is not None:
        superseded.passes_on(db, path, task.event, task.before, photo)
    if before is not None and photos.has_failed(db, task.event, task.before):
        take_out(db, before, now)
        if photo is not None:  # whose other file was that of the one before
            twins.pair(db, task.event, photo)
    elif before is not None and instead is not None:
        in_place.wait(db, before, path, instead, now)
    elif before is not None:  # nothing is in its place: as if the file had gone
        arrival.gone(db, task.event, [task.before], now)


def no_photo(db: Db, arrival: Arrival, now: float, events: Events) -> bool:
    """What was fetched is none after all, or nobody's any more. Returns whether the file is known still."""
    is_there = is_known(db, arrival.task, events)
    if is_there:
        done(db, arrival, None, now)
    return is_there


def is_known(db: Db, task: Download, events: Events) -> bool:
    """Whether its source is there still: that may be removed by now, and be forgotten here soon, as this file is."""
    if not has_source(task, events()):
        downloads.forget_download(db, task.id)
    return downloads.is_download(db, task.id)


def has_source(task: Download, events: Sequence[Event]) -> bool:
    return any(source.id == task.source for one in events for source in one.sources)


def missing(db: Db, arrival: Arrival, now: float, *, lost: bool, told: bool) -> bool:
    """Drive says that it is not there. Returns whether nothing is to be fetched any more. `lost`: nor is its source.
    `told`: the feed tells of that source; else what is here of the file stays.
    """
    task = arrival.task
    if lost:
        syncs.require(db, [task.source])
    if not downloads.download_gone(db, task, now, told=told):
        return False
    if task.before is None and lost:  # nobody need have removed it
        meta.note_activity(db, "lost", f"Out of reach before download: {task.name}", now, task.event)
    elif task.before is None:
        removed_before_download(db, task.event, [task.name], now)
    troubles.heal(db, download_key(task.id), now)
    if task.before is not None and told:
        arrival.gone(db, task.event, [task.before], now)
    return True


def no_room(db: Db, task: Download, missing: int, now: float, decided: troubles.Decided) -> None:
    """It is not begun, as it would fill the disk, and nothing at all could be written any more. Said once."""
    if troubles.is_open(db, download_key(task.id), "disk_full"):
        return
    detail = f"{task.name}: it has {task.bytes / MB:,.0f} MB, and {missing / MB:,.0f} MB of room are missing"
    remedy = "Make room on this machine: it is fetched by itself"
    told = VenueError("No room for a file", detail, remedy, cause=Cause.QUOTA, kind="disk_full")
    if troubles.tell_if_still(db, Subject(download_key(task.id), task.name, task.event), told, now):
        troubles.follow_news(db, decided, download_key(task.id), now)


def refuse(db: Db, task: Download, error: DriveError, now: float, decided: troubles.Decided) -> None:
    if not downloads.fail_download(db, task):
        return
    told = DriveError(
        error.title, f"{task.name}: {error.detail}", error.remedy, cause=error.cause, kind="download_failed"
    )
    troubles.open_trouble(db, Subject(download_key(task.id), task.name, task.event), told, now)
    troubles.follow_news(db, decided, download_key(task.id), now)
