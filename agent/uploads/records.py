"""What Drive's answers mean for the ledger: what is there now, what went wrong, and what a person reads of it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from agent.clock import span
from agent.errors import VenueError
from agent.ledger import counts, drive_folders, drive_queue, folders, meta, photos, troubles
from agent.ledger.drive_queue import DriveTask
from agent.ledger.folders import DriveFolder
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Decided, Subject
from agent.model import HERE, ORIGINAL, DriveId, EventId, FolderId, FolderKind, Rendition


def folder_made(db: Db, folder: DriveFolder, drive_id: DriveId, now: float, *, given: bool = False) -> None:
    name = folder.base or folder.name
    folders.made_on_drive(db, folder.id, drive_id, name, now, given=given, account=folder.account)
    troubles.heal(db, f"folder:{folder.key}", now)
    if folder.kind is FolderKind.PERSON:
        tell_of(db, folder.id, f"Folders of {folder.name} are on Drive", now)


def tell_of(db: Db, folder: FolderId, text: str, now: float) -> None:
    """With whoever is forgotten in the folder's event it goes, and with no namesake in another one."""
    meta.note_activity(db, "folder", text, now, folders.event_of(db, folder))


def folder_refused(db: Db, folder: DriveFolder, error: VenueError, now: float, again_at: float) -> None:
    """Tried again at `again_at`, on the steady line; nobody's trouble where it is not wanted any more."""
    folders.put_off_on_drive(db, folder.id, again_at)
    troubles.tell_if_still(db, Subject(f"folder:{folder.key}", folder.name), error, now)


def upkeep_refused(db: Db, folder: FolderId, name: str, error: VenueError, now: float, again_at: float) -> None:
    """A folder that is there is not renamed, trashed or brought back; tried again at `again_at`."""
    folders.put_off_on_drive(db, folder, again_at)
    troubles.tell_if_still(db, Subject(f"upkeep:{folder}", name), error, now)


AGAIN = "venuesync retry --all"


def move_refused(db: Db, folder: FolderId, name: str, error: VenueError, now: float, again_at: float) -> None:
    """An event's folder stays where it was, or a part of what lies in it; tried again at `again_at`."""
    folders.put_off_on_drive(db, folder, again_at)
    told = VenueError(
        "An event's folder cannot be moved on Drive",
        f"{name}: {error.title}" + (f", {error.detail}" if error.detail else ""),
        error.remedy if AGAIN in error.remedy else f"{error.remedy.rstrip('.')}; then run: {AGAIN}",
        cause=error.cause,
        kind=error.kind,
    )
    troubles.tell_if_still(db, Subject(f"move:{folder}", name), told, now)


def folder_filled(db: Db, folder: FolderId, drive_id: DriveId, now: float) -> None:
    """Called twice, does nothing more."""
    if drive_folders.roll_over(db, folder, drive_id):
        name = folders.name_of(db, folder)
        tell_of(db, folder, f"{name} is full on Drive: what comes next goes into another folder", now)


def filled_is_lost(db: Db, folder: FolderId, drive_id: DriveId, now: float) -> int:
    """A person deleted or trashed one that had been filled. Returns how many photos are looked for."""
    again = drive_folders.filled_is_lost(db, folder, drive_id)
    if again:
        text = f"A full part of {folders.name_of(db, folder)} was removed on Drive: what lay in it is sent again"
        tell_of(db, folder, text, now)
    return again


def destination_gone(db: Db, folder: FolderId, drive_id: DriveId, now: float) -> None:
    """An operator's own folder is not there any more. Called twice, does nothing more."""
    if folders.destination_gone(db, folder, drive_id):
        text = f"The folder that was chosen for {folders.name_of(db, folder)} is gone from Drive: what goes there waits"
        tell_of(db, folder, text, now)


def folder_lost(db: Db, folder: FolderId, drive_id: DriveId, now: float) -> int:
    """A person deleted or trashed it. Returns how many photos are sent again; called twice, does nothing more."""
    if folders.drive_id_of(db, folder) != drive_id:
        return 0
    name = folders.name_of(db, folder)
    again = folders.lost_on_drive(db, folder)
    tell_of(db, folder, f"{name} was removed on Drive: made again, {counts.plural(again)} sent again", now)
    return again


def verified(
    db: Db, task: DriveTask, drive_id: DriveId, name: str, now: float, shown: float | None = None
) -> list[float]:
    """A placement is verified; the photo's last one makes it whole. Returns how many seconds after it was filed."""
    name = name.removesuffix(task.extension)
    whole = drive_queue.verified(db, task.placement, drive_id, name, now, task.made_as, shown)
    troubles.heal(db, trouble_key(task), now)
    if troubles.heal(db, destination_key(task), now):
        drive_queue.folder_takes_files(db, task.folder)
    names = counts.filed_under(db, whole)
    for one in whole:
        to = ", ".join(names[one])
        row = photos.first_way(db, one)
        took = "" if row["since_at"] > row["arrived_at"] else f" after {max(0.0, now - row['arrived_at']):.1f} s"
        text = f"{task.name} is on Drive{_smaller(task)}{took}: {to}"
        meta.note_activity(db, "verified", text, now, row["event"], one)
    if not whole:
        return []
    tell_caught_up(db, now)
    return counts.took(db, whole, counts.TO_BE_SENT)


def _smaller(task: DriveTask) -> str:
    is_smaller = task.made_as not in (ORIGINAL, HERE) and Rendition.named(task.made_as).long_side
    return ", made smaller" if is_smaller else ""


def left_here(db: Db, task: DriveTask, drive_id: DriveId, now: float) -> None:
    """By the event's rules Drive has nothing of it."""
    drive_queue.left_here(db, task.placement, drive_id, now)
    troubles.heal(db, trouble_key(task), now)
    tell_caught_up(db, now)


def taken_back(db: Db, task: DriveTask, drive_id: DriveId, now: float, *, in_trash: bool, theirs: bool = False) -> None:
    """It lies in its folder no more: in Drive's trash, or nowhere. `theirs`: somebody made something else of it."""
    if theirs:
        text = f"{task.name} was changed on Drive by somebody: it stays in {task.to} there, as theirs"
        tell_of(db, task.folder, text, now)
    if in_trash:
        drive_queue.trashed(db, task.placement, drive_id, task.filed_as)
    else:
        drive_queue.absent(db, task.placement, drive_id, now)
    troubles.heal(db, trouble_key(task), now)


# ---- after an outage: how many photos waited for its end, and that they are sent

# JSON: the wall time of its end, the newest photo of then, events of which nothing is sent, a placement that waits
BEHIND = "after_outage"


def catch_up(db: Db, quiet: Sequence[EventId], now: float) -> int:
    """How many photos wait to be sent; that they are is told once."""
    newest = counts.arrivals(db)
    waiting = counts.to_send(db, newest, quiet)
    meta.put(db, BEHIND, json.dumps([now, newest, list(quiet)]) if waiting else "")
    return waiting


def tell_caught_up(db: Db, now: float) -> None:
    behind = meta.get(db, BEHIND)
    if not behind:
        return
    since, newest, quiet, *last = json.loads(behind)
    if last and counts.is_to_send(db, last[0]):
        return
    if (left := counts.last_to_send(db, newest, quiet)) is not None:
        meta.put(db, BEHIND, json.dumps([since, newest, quiet, left]))
        return
    meta.put(db, BEHIND, "")
    sent = counts.plural(counts.sent_since(db, since, newest))
    text = f"Sent after the outage: {sent}, all {span(now - since)} after Drive was back"
    meta.note_activity(db, "outage", text, now)


def stumbles(db: Db, task: DriveTask, error: VenueError, now: float) -> None:
    """Nobody's fault for long enough that somebody should know. It goes on being tried."""
    subject = Subject(trouble_key(task), task.name, event_photo=task.event_photo)
    detail = f"{task.name} for {task.to}: {error.title}, {error.detail}"
    told = VenueError("Drive does not take a photo", detail, "Nothing to do: it is tried on", kind=error.kind)
    troubles.open_trouble(db, subject, told, now, "warning")


def refused(
    db: Db, task: DriveTask, error: VenueError, now: float, decided: Decided, *, again_at: float | None
) -> None:
    """This photo's own fault: tried again at `again_at`, or set aside where that is `None`.

    Where something else is wanted of it by now, that is tried.
    """
    if drive_queue.put_off(db, task, again_at or 0.0) and again_at is None:
        drive_queue.park(db, task.placement)
        subject = Subject(trouble_key(task), task.name, event_photo=task.event_photo)
        what = f"{task.name} for {task.to}" if task.wanted else f"{task.name} is to go from {task.to}, and lies there"
        why = error.detail.removeprefix(f"{task.to}: ").removeprefix(f"{task.name}: ")
        detail = f"{what}: {why}" if why else what
        told = VenueError(error.title, detail, error.remedy, cause=error.cause, kind=error.kind)
        troubles.open_trouble(db, subject, told, now)
        troubles.follow_news(db, decided, subject.key, now)


def destination_refused(db: Db, task: DriveTask, error: VenueError, now: float, decided: Decided) -> None:
    """Drive takes nothing into that folder: all that waits for it is set aside, and told once; the others go on.

    It says nothing of the Drive to which its event goes by now.
    """
    if folders.account_of(db, task.folder) != task.account:
        return
    photos = drive_queue.park_folder(db, task.folder)
    detail = f"{task.to}: {error.detail}" if error.detail else task.to
    told = VenueError(
        error.title,
        f"{detail}; {counts.plural(photos)} set aside",
        error.remedy if AGAIN in error.remedy else f"{error.remedy.rstrip('.')}; then run: {AGAIN}",
        cause=error.cause,
        kind=error.kind,
    )
    troubles.open_trouble(db, Subject(destination_key(task), task.to), told, now)
    troubles.follow_news(db, decided, destination_key(task), now)


def destination_key(task: DriveTask) -> str:
    return f"destination:{task.folder}"


def trouble_key(task: DriveTask) -> str:
    return f"placement:{task.placement}/drive"
