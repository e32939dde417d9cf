"""May I pack up? One sentence, and why not if not. Pure: from the status document's facts alone."""

from __future__ import annotations

from dataclasses import dataclass

from agent.ledger.counts import plural as count
from agent.model import DriveState, Mode, WatcherState
from agent.service_status import StatusDocument


@dataclass(frozen=True, slots=True)
class Closing:
    """What the document does not hold: files still arriving, and whether the last look came after the last photo."""

    settling: int
    swept: bool
    removals: int  # files that are not wanted any more and still lie somewhere
    skipped: tuple[str, ...]  # names, some
    catching_up: str | None = None  # what is not known yet
    unchecked: str | None = None  # which source on Drive was not looked at since


def verdict(document: StatusDocument, closing: Closing) -> tuple[bool, str]:
    """Whether it is safe to leave, and the reason; the first that holds."""
    for reason in (
        _stopped(document),
        closing.catching_up,
        _photos(document, closing),
        _drive(document),
        _checked(document, closing),
    ):
        if reason:
            return False, reason
    seen = document["photos"]["seen"]
    if document["drive"]["state"] == DriveState.DISABLED:
        whole = f"all {count(seen)} filed, Drive is off"
    else:
        whole = f"all {count(seen)} verified on Drive"
    return True, whole + _skipped(document, closing)


def _stopped(document: StatusDocument) -> str | None:
    if document["mode"] == Mode.STOPPED:
        return "no agent runs here"
    return None


def _photos(document: StatusDocument, closing: Closing) -> str | None:
    return _arriving(document, closing) or _open_photos(document)


def _arriving(document: StatusDocument, closing: Closing) -> str | None:
    if document["watcher"]["state"] != WatcherState.RUNNING:
        return document["watcher"]["detail"] or "the folders are not watched"
    fetch = document["downloads"]["queued"] + document["downloads"]["active"]
    if fetch:
        return f"{count(fetch)} still to be fetched from Drive"
    number = max(closing.settling, document["queue"]["arriving"])
    if number:
        return f"{count(number, 'file')} {'is' if number == 1 else 'are'} still arriving"
    return None if document["photos"]["seen"] else "no photo has arrived"


def _open_photos(document: StatusDocument) -> str | None:
    photos = document["photos"]
    if photos["waiting"]:
        waits = "everything is paused, " if document["paused"]["all"] else ""
        return f"{waits}{count(photos['waiting'])} not filed yet"
    if photos["failed"]:
        return f"{count(photos['failed'])} need{'s' if photos['failed'] == 1 else ''} you: see errors"
    if failed := document["downloads"]["failed"]:
        return f"{count(failed)} could not be fetched from Drive: see errors"
    if document["held"] or photos["held"]:
        return f"{document['held'] or photos['held']} held: say yes or no"
    return None


def _drive(document: StatusDocument) -> str | None:
    uploads, state = document["uploads"], document["drive"]["state"]
    left = document["photos"]["seen"] - document["photos"]["verified"] - document["photos"]["dismissed"]
    if state == DriveState.DISABLED or not (uploads["queued"] or uploads["active"] or uploads["failed"] or left):
        return None
    wait = f"{count(left)} not on Drive yet"
    off = [one for one in document["events"] if not one["send"] and one["unsent"]]
    if off and sum(one["unsent"] for one in off) >= left:
        return f"sending is off for {', '.join(one['name'] for one in off)}, {wait}"
    if state == DriveState.NEEDS_LOGIN:
        return f"Drive needs sign-in, {wait}"
    if state in (DriveState.OFFLINE, DriveState.FULL):
        return f"Drive is {state}, {wait}"
    if document["paused"]["uploads"] or document["paused"]["all"]:
        return f"uploads are paused, {wait}"
    return f"{wait}, {uploads['failed']} failed" if uploads["failed"] else wait


def _checked(document: StatusDocument, closing: Closing) -> str | None:
    folders = document["uploads"]["folders_left"]
    if folders:
        return f"{count(folders, 'folder')} still to be made on Drive"
    if closing.removals:
        return f"{count(closing.removals, 'file')} still to be taken out of folders"
    if closing.unchecked:
        return closing.unchecked
    if not closing.swept:
        return "the folders are being checked once more"
    return None


def _skipped(document: StatusDocument, closing: Closing) -> str:
    skipped = document["photos"]["skipped"]
    if not skipped:
        return ""
    names = ", ".join(closing.skipped[:3]) + (", …" if skipped > len(closing.skipped[:3]) else "")
    what = "is no photo and stays where it is" if skipped == 1 else "are no photos and stay where they are"
    return f"; {count(skipped, 'file')} {what}: {names}"
