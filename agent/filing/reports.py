"""What the router's work means for the ledger: what is there now, what went wrong, and what a person reads of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from agent import clock
from agent.disk.atomic import NO_HANDLE, REFUSED_CODES, is_full, no_handle
from agent.disk.mounts import file_system
from agent.disk.own_folders import Astray, steps
from agent.errors import Cause, VenueError
from agent.filing.disk_work import NOT_THERE, Done, MadeFolders
from agent.filing.files import NoRoom, NotRead
from agent.filing.folder_work import Renamed
from agent.ledger import (
    counts,
    disk_folders,
    disk_queue,
    downloads,
    folders,
    meta,
    photos,
    placements,
    sightings,
    troubles,
)
from agent.ledger.disk_folders import DiskRename
from agent.ledger.disk_queue import DiskTask
from agent.ledger.photos import EventPhoto
from agent.ledger.placements import Made
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import EventId, EventPhotoId, FolderId, PhotoState, PlacementId

NOWHERE, MISSING, COPY_AGAIN = "Photo is nowhere on this machine", "photo_missing", "Copy it into Incoming again"
ASTRAY, LEFT = "folder-astray:", "file-left:"  # how the keys of such troubles begin
DISK = Subject("disk", "this machine's disk")
NO_ROOM_FOR = 60.0  # seconds that the rest waits, where a disk is full that only some folders lie on


def outcomes(
    db: Db, done: Sequence[Done], gone: Mapping[str, str | None], now: float, again_at: float, *, drive: bool = True
) -> list[EventPhotoId]:
    """Record a batch. Returns the photos that are whole on disk by it. `drive`: Drive is in use, and gives what it has.

    `gone`: of their stale originals those that are there no more, and their incoming folder where all went with them.
    What the disk would not is tried again at `again_at`, on the steady line.
    """
    filed = disk_queue.finish(db, [one.filed for one in done if one.filed], now)
    filed_in = _entered({one.task.folder_path for one in done if one.filed})
    troubles.heal_all(db, [*(key_of(one.task) for one in done if one.filed or one.gone), *filed_in], now)
    for one in done:
        if one.gone:
            disk_queue.removed(db, one.task.placement, now)
            if one.left:
                _left(db, one.task, now)
        elif one.error is not None:
            _refused(db, one, one.error, now, again_at)
        elif one.unmade is not None:
            _not_blurred(db, one.task, one.unmade, now)
        elif one.later:
            disk_queue.put_off(db, one.task.placement, again_at + (NO_ROOM_FOR if one.elsewhere else 0.0))
        elif one.nowhere:
            _nowhere(db, one, gone, now, again_at, drive=drive)
    if any(one.filed for one in done) and not any(is_out_of_room(one) for one in done):
        troubles.heal(db, DISK.key, now)
    return filed


def is_out_of_room(one: Done) -> bool:
    """Whether the workspace's own disk is full by it."""
    return one.error is not None and is_full(one.error) and not one.elsewhere


def copied(db: Db, root: Path, folder: str, now: float) -> None:
    """A photo was copied into a further folder, as its disk has no hard links: said once, as it costs room."""
    if not meta.get(db, "told_copies"):
        meta.put(db, "told_copies", folder)
        kind = file_system(root / folder) or "of an unknown kind"
        text = (
            f"{folder} lies on a disk ({kind}) without hard links: a photo takes its room once in each of its folders"
        )
        meta.note_activity(db, "disk", text, now)


def key_of(task: DiskTask) -> str:
    """What a placement's trouble on disk is known by."""
    return f"placement:{task.placement}/disk"


def _refused(db: Db, done: Done, error: OSError, now: float, again_at: float) -> None:
    """Tried again; a folder that a person removed is made again first, but not to take something out of it."""
    task = done.task
    if isinstance(error, NOT_THERE) and not task.wanted:
        disk_queue.put_off(db, task.placement, again_at)
        return
    if isinstance(error, FileNotFoundError) and disk_folders.is_there(db, task.folder):
        removed_by_hand(db, [(task.folder, task.folder_path)], [], clock.steady(), now)
        return
    disk_queue.put_off(db, task.placement, again_at)
    if isinstance(error, FileNotFoundError):
        return  # the folder's own trouble says why it is not there
    if isinstance(error, Astray):
        astray(db, error, now)
        return
    subject = Subject(key_of(task), task.name, event_photo=task.event_photo)
    told = explain(error, f"{task.folder_path}/{task.name}" if done.elsewhere else task.name, task.folder_path)
    tell = troubles.tell_if_still if task.wanted else troubles.open_trouble
    tell(db, DISK if is_out_of_room(done) else subject, told, now)


def _not_blurred(db: Db, task: DiskTask, error: VenueError, now: float) -> None:
    """What lies there still shows somebody who is not to be known: said, and not tried again by itself."""
    if not disk_queue.park(db, task.placement, task.filed_as):
        return
    told = VenueError(
        "A face cannot be blurred",
        f"{task.folder_path}/{task.disk_name or task.name}: {error.detail}",
        "Take it out of all folders: venuesync photos withdraw ID; or try again: venuesync retry",
        kind="not_blurred",
    )
    troubles.open_trouble(db, Subject(key_of(task), task.name, event_photo=task.event_photo), told, now)
    photos.settle_states(db, {task.event_photo}, now)


def _left(db: Db, task: DiskTask, now: float) -> None:
    """Its bytes lie where nobody wants them any more, in a file that is not ours to remove."""
    path = f"{task.folder_path}/{task.disk_name}"
    told = VenueError(
        "A photo stays in a folder",
        f"{path}: it is not the file that venuesync put there, so it is left alone",
        "Delete it by hand if it is to go",
        kind="file_left",
    )
    troubles.tell_if_still(db, Subject(f"{LEFT}{path}", task.name), told, now, "warning")


def _nowhere(db: Db, one: Done, away: Mapping[str, str | None], now: float, again_at: float, *, drive: bool) -> None:
    """The bytes lie at no path that was known: forget those paths; never filed anywhere, the photo is superseded."""
    gone = [path for path in map(str, one.stale) if path in away]
    known = {path for path, _ in sightings.originals(db, one.task.photo)}  # where another photo lies by now is none
    if known <= set(gone) and downloads.fetch_again(db, one.task.photo) and drive:  # a photographer has it still
        for path in known:
            sightings.drop(db, path)
        disk_queue.put_off(db, one.task.placement, again_at)
        return
    superseded = sightings.forget_paths(db, gone, now, one.task.photo)
    superseded = superseded or sightings.supersede_if_nowhere(db, one.task.photo, now)
    if superseded:
        taken_too_soon(db, superseded, now, next(filter(None, map(away.get, gone)), None))
        return
    disk_queue.put_off(db, one.task.placement, again_at)
    if one.stale or sightings.originals(db, one.task.photo) or placements.is_coming(db, one.task.photo):
        return
    if disk_queue.park(db, one.task.placement, one.task.filed_as):
        on_drive = placements.is_on_drive(db, one.task.photo)
        error = VenueError(
            NOWHERE,
            f"{one.task.name} was to be filed in {one.task.folder_path}, and no file here holds it any more",
            "Download it from Drive, and copy it into Incoming again" if on_drive else COPY_AGAIN,
            kind=MISSING,
        )
        subject = Subject(key_of(one.task), one.task.name, event_photo=one.task.event_photo)
        troubles.open_trouble(db, subject, error, now)
        photos.settle_states(db, {one.task.event_photo}, now)


def taken_too_soon(
    db: Db, superseded: Sequence[EventPhoto], now: float, bare: str | None = None, *, overwritten: bool = False
) -> None:
    """Name photos whose bytes went before they were filed, whoever noticed it first; one that had failed was named.

    What a photographer's folder holds still is fetched from there. `bare`: the incoming folder, where nothing is left.
    `overwritten`: by another photo.
    """
    how = "overwritten" if overwritten else "taken away"
    what = (
        "was overwritten by another photo before it was filed" if overwritten else "left Incoming before it was filed"
    )
    remedy = COPY_AGAIN
    if bare is not None:
        what = f"was not filed yet, and nothing is left in {sightings.shown(bare)}"
        remedy = "Connect its card, disk or share again: it is taken in by itself; or copy it into Incoming again"
    for was in superseded:
        if was.event in downloads.fetch_again(db, was.photo):
            continue
        again = was.filed_at is not None
        when = "before it was filed again" if again else "before it was filed"
        meta.note_activity(db, "superseded", f"{was.name} was {how} {when}", now, was.event)
        if was.state is PhotoState.FAILED:
            continue
        told = VenueError("A photo was taken away too soon", f"{was.name} {what}", remedy, kind="photo_gone")
        if again:
            told = VenueError(
                NOWHERE, f"{was.name} was filed once, and no file here holds it any more", remedy, kind=MISSING
            )
        troubles.open_trouble(db, Subject(f"gone:{was.photo}", was.name, was.event), told, now, "warning")


def folders_made(db: Db, made: MadeFolders, now: float) -> None:
    disk_folders.are_made(db, made.there)
    disk_folders.are_others(db, made.others)
    disk_folders.known_from_before(db, made.there)
    for path, error in made.failed:
        _folder_refused(db, f"disk-folder:{path}", path, error, now)
    plain = [f"disk-folder:{path}" for path, error in made.failed if not isinstance(error, Astray)]
    troubles.heal_all_but(db, "disk-folder:", plain, now)
    troubles.heal_all(db, _entered({path for _, path in made.there}), now)


def _folder_refused(db: Db, key: str, path: str, error: OSError, now: float) -> None:
    if isinstance(error, Astray):
        astray(db, error, now)
    else:
        troubles.tell_if_still(db, Subject(key, path), explain(error, path), now)


def folder_renamed(db: Db, one: DiskRename, path: str, how: Renamed, now: float) -> None:
    disk_folders.renamed(db, one, path, gone=how is Renamed.GONE, anew=how is Renamed.FOUND)
    troubles.heal(db, f"disk-rename:{one.folder}", now)


def folder_not_renamed(db: Db, one: DiskRename, error: OSError, now: float) -> None:
    _folder_refused(db, f"disk-rename:{one.folder}", one.now, error, now)


def astray(db: Db, error: Astray, now: float, event: EventId | None = None) -> None:
    """Told once for a folder, whatever was to be done there; over when that was done, or the check finds it so, or
    nothing is to be done there any more. `event`: whose folder it is, where no folder that is filed in tells.
    """
    name = str(error.filename)
    troubles.tell_if_still(db, Subject(f"{ASTRAY}{error.path}", name, event), explain(error, name), now)


def _entered(paths: Collection[str]) -> list[str]:
    """What is over where these folders could be entered."""
    return [f"{ASTRAY}{one}" for one in {"", *(below for path in paths for _, below in steps(path))}]


def removed_by_hand(
    db: Db, lost: Sequence[tuple[FolderId, str]], removed: Sequence[PlacementId], began: float, now: float
) -> None:
    """What is missing since the look that `began` then, on the steady line; of what was moved meanwhile nothing can
    be said.
    """
    for folder, path in lost:
        if disk_folders.is_on_the_move(db, folder, path):
            continue
        count = disk_folders.is_gone(db, folder)
        name = folders.name_of(db, folder)
        meta.note_activity(db, "folder", f"{name} was removed here: made again with {counts.plural(count)}", now)
    if removed:
        count = disk_queue.taken_away(db, removed, began)
        if count:
            meta.note_activity(
                db, "removed", f"{counts.plural(count)} removed from their folders by hand: left so", now
            )
    photos.settle_states(db, {EventPhotoId(one) for one in disk_queue.photos_due(db)}, now)


def put_back(db: Db, found: Sequence[tuple[PlacementId, Made]], now: float) -> None:
    count = disk_queue.put_back(db, found, now)
    if count:
        meta.note_activity(db, "folder", f"{counts.plural(count)} put back into their folders by hand", now)


def disk_full(db: Db, root: Path, free: int, keep_free: int, now: float) -> None:
    error = VenueError(
        "The disk is full",
        f"{free / 10**9:.1f} GB are free beside {root}, {keep_free / 10**9:.1f} GB are kept free",
        "Make room: filing goes on by itself",
        cause=Cause.QUOTA,
        kind="disk_full",
    )
    troubles.open_trouble(db, DISK, error, now)


def room_again(db: Db, now: float) -> None:
    troubles.heal(db, DISK.key, now)


def explain(error: OSError, name: str, folder: str = "") -> VenueError:
    """An error of the disk in a person's words; `folder`: what was to be written, or taken away, is named within it."""
    where = str(error.filename or name)
    if folder and not where.startswith("/") and not f"{folder}/".startswith(f"{where}/"):
        where = folder
    if isinstance(error, Astray):
        detail = f"{where}: nothing of venuesync's goes through it"
        return VenueError(error.title, detail, error.remedy, kind="folder_astray")
    if is_full(error):
        alone = isinstance(error, NoRoom)
        return VenueError(
            "No room for a file" if alone else "The disk is full",
            f"{name}: {error.strerror}" if alone else f"{name} could not be written",
            "Make room: filing goes on by itself",
            cause=Cause.QUOTA,
            kind="disk_full",
        )
    if isinstance(error, NotRead) and error.errno not in NO_HANDLE:
        return VenueError(
            "A photo cannot be read",
            f"{where}: {error.strerror}",
            "Connect its disk again, or allow this user to read it: filing goes on by itself",
            cause=Cause.TRANSIENT,
            kind="permission_denied" if error.errno in REFUSED_CODES else "disk_error",
        )
    if error.errno in REFUSED_CODES:
        return VenueError(
            "A folder cannot be written",
            f"{where}: {error.strerror}",
            "Allow this user to write there: filing goes on by itself",
            kind="permission_denied",
        )
    if isinstance(error, NotADirectoryError):
        return VenueError(
            "A file lies where a folder belongs",
            f"{where}: nothing can be filed below it",
            "Move it away, or give it another name: filing goes on by itself",
            kind="folder_astray",
        )
    reason = error.strerror or str(error)
    return (
        no_handle(name, reason)
        if error.errno in NO_HANDLE
        else VenueError(
            "The disk gave an error",
            f"{name}: {reason}",
            "Check the disk: filing is tried again by itself",
            cause=Cause.TRANSIENT,
            kind="disk_error",
        )
    )
