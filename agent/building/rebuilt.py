"""What was found here and on Drive of a lost ledger, as rows of the new one."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from agent import clock
from agent.disk.own_folders import Identity, OwnFolders, folders_below, names_in, or_told
from agent.drive.files import DriveFile
from agent.filing.files import Spot, made_at
from agent.filing.names import candidates
from agent.filing.ownership import EverMade
from agent.filing.plan import outputs
from agent.intake.reading import Photo
from agent.ledger import (
    accounts,
    counts,
    disk_queue,
    folders,
    given_names,
    meta,
    moved_photos,
    ours_on_drive,
    photos,
    rebuilding,
    renditions,
    sightings,
    superseded,
    troubles,
    twins,
)
from agent.ledger.photos import Content
from agent.ledger.placements import Made
from agent.ledger.sightings import Arrival, Sighting
from agent.ledger.sqlite.rows import Db
from agent.model import Event, EventId, PhotoId
from agent.roster.moves import Move
from agent.steps import take_in
from agent.uploads import tags
from agent.uploads.verify import event_of


def take_in_filed(db: Db, sighting: Sighting, read: Photo, through: Sequence[Move]) -> tuple[Arrival, str]:
    """As `take_in`. What lies filed does not tell whether it arrived in this event or was moved into it.

    `through`: by which moves it came there, the last one first; so it can go back.
    """
    event, content, arrived_at = sighting.event, read.content, read.facts.mtime_ns / 1e9
    known = moved_photos.came_from(db, event, content.sha256)
    name = sightings.shown(Path(sighting.path).name)
    arrival, look = take_in(db, sighting, content, arrived_at, name, lost=False)
    if not arrival.new:
        twins.pair(db, event, arrival.photo, filed=True)
        through = [] if known is None else [Move(known, event, by_itself=False)]
    came_through(db, arrival.photo, through, name, arrived_at)
    return arrival, look


def take_in_kept(db: Db, sighting: Sighting, read: Photo, name: str, through: Sequence[Move]) -> Arrival:
    arrived_at = read.facts.mtime_ns / 1e9
    arrival = sightings.record_photo_at(db, sighting, read.content, arrived_at, name)
    troubles.heal(db, f"gone:{arrival.photo}", clock.wall())
    came_through(db, arrival.photo, through, name, arrived_at)
    return arrival


def came_through(db: Db, photo: PhotoId, through: Sequence[Move], name: str, arrived_at: float) -> None:
    for one in through:
        photos.record_in_event(db, one.of, photo, name, arrived_at)
        if not one.by_itself:
            moved_photos.came_out_of(db, one.of, one.to, photo)


def stands_in(db: Db, event: EventId, path: str, found: Made, content: Content, stands_for: tuple[str, str]) -> None:
    """That file is none of a photo of its own: it was made of one, to lie in its place."""
    renditions.found(db, *stands_for, content.md5, content.bytes, content.sha256)
    disk_queue.note_found(db, path, found, stands_for)
    given_names.was_filed_as(db, event, stands_for[0], Path(path).name, candidates)


def is_original(event: Event, path: str) -> bool:
    """Whether it lies among the originals that were moved out of the event's incoming folders."""
    return any(path.startswith(f"{folder}/") for folder in outputs(event, ("Processed",)))


def filed_files(own: OwnFolders, event: Event) -> list[tuple[str, Made]]:
    """Every file below an event's output folders, dot-files left out, and nothing that only a link leads to."""
    found: list[tuple[str, Made]] = []
    for path, folder in folders_below(own, outputs(event)):
        with or_told(path):
            for name in names_in(folder):
                made = None if name.startswith(".") else made_at(Spot(folder, name))
                if made is not None:
                    found.append((f"{path}/{name}", made))
    return found


def folders_made(own: OwnFolders, event: Event, made: EverMade) -> list[tuple[str, Identity]]:
    """Those of the same folders that we made: else none would ever be removed again."""
    found = [(path, Identity.of(os.fstat(folder))) for path, folder in folders_below(own, outputs(event))]
    return [(path, one) for path, one in found if made.has_folder(one)]


def rebuilt(
    db: Db,
    found: list[DriveFile],
    belongs: Callable[[EventId | None], bool],
    is_expected: rebuilding.Expected,
    half: str,
    account: str,
    earlier: Mapping[str, Collection[str]],
    now: float,
) -> None:
    """The same of a lost ledger, which learns of photos in this way, too. `half`: which of its halves is done then;
    `earlier`: what folders were called before, by their keys: what is called so there still is renamed.
    """
    old = {one.id for one in found if one.name in earlier.get(one.tags.get(tags.FOLDER, ""), ())}
    listed = adopt(db, found, belongs, account, {one.id for one in found}, old)
    for one in listed.values():
        event = event_of(one, listed) if tags.PHOTO in one.tags and not one.is_folder else None
        if event is not None and belongs(event) and is_expected(event, one.tags[tags.PHOTO]):
            superseded.known_as_gone(db, event, content_of(one), one.name, now)
    ours_on_drive.adopt_all(db)
    of = f" of {account}" if account else ""
    told = f"Ledger rebuilt from Drive{of}: {counts.plural(len(found), 'item')} of ours"
    rebuilding.done(db, half, told, now, is_expected)


def learned_again(
    db: Db,
    times: int,
    found: list[DriveFile],
    belongs: Callable[[EventId | None], bool],
    is_nobodys: Callable[[DriveFile], bool],
    account: str,
    left: Sequence[accounts.Left],
    now: float,
    *,
    is_sure: bool,
) -> None:
    """`left`: what was known to lie there; `is_nobodys`: what is not to be called anything here. `is_sure`: it is known
    who is wanted where, so what lies elsewhere goes. Nothing is learned where events have not come so many `times`.
    """
    if not meta.learned(db, account, times):
        return
    found = [replace(one, name="") if is_nobodys(one) else one for one in found]
    ours_on_drive.forget_found(db, account)
    known = ours_on_drive.all_drive_ids(db)
    unknown = {one.id for one in found if one.id not in known}
    adopt(db, found, belongs, account, unknown, unknown)
    ours_on_drive.adopt_all(db)
    if is_sure:
        accounts.take_charge(db, account)
    else:
        accounts.learned_unsure(db, account)
    accounts.come_back(db, account, left, {one.id for one in found})
    if unknown:
        of = f"Drive of {account}" if account else "Drive"
        text = f"{of}: {counts.plural(len(unknown), 'item')} of ours there from an earlier time"
        meta.note_activity(db, "account", text, now)


def adopt(
    db: Db,
    found: list[DriveFile],
    belongs: Callable[[EventId | None], bool],
    account: str,
    only: Collection[str],
    old: Collection[str],
) -> dict[str, DriveFile]:
    """Folders and photos of ours go to whoever is planned to have them, now or when the plan comes.

    `belongs`: whether what lies in an event's folder may; `only`: these alone; `old`: those whose names were ours once
    and may be others by now. Returns all by their ids.
    """
    listed = {str(one.id): one for one in sorted(found, key=lambda file: file.created_at or 0.0)}
    for one in listed.values():
        if one.id not in only or not belongs(event_of(one, listed)):
            continue
        parent = one.parents[0] if one.parents else None
        if one.is_folder and tags.FOLDER in one.tags:
            key = folders.key_of(one.tags[tags.FOLDER], account)
            called = one.name if one.id in old else None
            ours_on_drive.record_found(db, one.id, "folder", key, parent, None, account, called)
        elif tags.PHOTO in one.tags:
            ours_on_drive.record_found(db, one.id, "photo", one.tags[tags.PHOTO], parent, one.md5, account)
            if tags.MADE in one.tags and one.md5 and one.size:
                renditions.found(db, one.tags[tags.PHOTO], one.tags[tags.MADE], one.md5, one.size)
    return listed


def content_of(file: DriveFile) -> Content:
    """What a photo of ours on Drive is, by its marks there."""
    kind = photos.VIDEO if file.mime.startswith("video/") else photos.IMAGE
    return Content(file.tags[tags.PHOTO], file.md5 or "", file.size or 0, file.mime, kind)
