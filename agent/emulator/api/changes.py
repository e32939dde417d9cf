"""changes.*: what happened since a token.

One entry an item, oldest first, showing the item as it is now; a page may be short, or empty with a next token.
"""

from typing import Any

from agent.emulator.api import paging
from agent.emulator.api.call import Call
from agent.emulator.api.resource import View
from agent.emulator.api.shared_drives import drive_resource
from agent.emulator.errors import refusal
from agent.emulator.fields import Mask, below, pick
from agent.emulator.store.changelog import Entry
from agent.emulator.store.item import Item
from agent.emulator.times import stamp


def start_page_token(call: Call) -> dict[str, Any]:
    token = _token(call, log_of(call), _head(call))
    return {"kind": "drive#startPageToken", "startPageToken": token}


def list_changes(call: Call) -> dict[str, Any]:
    mask = call.mask("ChangeList")
    size = call.number("pageSize", 100, 1, 1000)
    log = log_of(call)
    start = position(call, log)
    fault = call.request.attributes.get("fault")
    if fault is not None and fault.empty_page:
        entries: list[Entry] = []
        head = start + 1  # there is more, says the answer, and shows nothing of it
    else:
        head = _head(call)
        size = min(size, fault.page_size) if fault is not None and fault.page_size else size
        entries = call.parts.changes.page(log, start, head, size)
    out: dict[str, Any] = {"kind": "drive#changeList", "changes": _shown(call, entries, below(mask, "changes"))}
    if fault is not None and fault.empty_page:
        out["nextPageToken"] = _token(call, log, start)
    elif len(entries) == size:
        out["nextPageToken"] = _token(call, log, entries[-1].seq + 1)
    else:
        out["newStartPageToken"] = _token(call, log, head)
    return pick(out, None if mask is None else {name: None for name in mask})


def _head(call: Call) -> int:
    """Where the log ends for now, and no token before that is good any more."""
    return max(call.parts.changes.head(), call.parts.epoch("changes"))


def log_of(call: Call) -> str:
    """The log a call is about: the user's, or a shared drive's."""
    drive = call.text("driveId") or call.text("teamDriveId")
    if not drive:
        return call.caller.user.id
    call.parts.access.find(call.caller, drive)
    return f"drive:{drive}"


def position(call: Call, log: str) -> int:
    """Where the caller's token stands; 400 for none, for one that is not ours, of another log, or made invalid."""
    text = call.text("pageToken")
    if not text:
        raise refusal("required", "Required parameter: pageToken", location="pageToken")
    number, _, mark = text.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 18 or mark != _mark(log):
        raise paging.refused_token()
    at = int(number)
    if at < call.parts.epoch("changes") or at > call.parts.changes.head() + 1_000_000:
        raise paging.refused_token()
    return at


def _token(call: Call, log: str, at: int) -> str:
    del call
    mark = _mark(log)
    return f"{at}-{mark}" if mark else str(at)


def _mark(log: str) -> str:
    """A user's tokens are plain numbers; a shared drive's say whose they are."""
    return log.removeprefix("drive:") if log.startswith("drive:") else ""


def _shown(call: Call, entries: list[Entry], mask: Mask | None) -> list[dict[str, Any]]:
    view = View(call.parts, call.caller, call.request.base, below(mask, "file"))
    with_removed = call.flag("includeRemoved", default=True)
    out: list[dict[str, Any]] = []
    for entry in entries:
        change = _drive_change(call, entry) if entry.kind == "drive" else _file_change(call, view, entry)
        if change is not None and (with_removed or not change["removed"]):
            out.append(pick(change, mask))
    return out


def _file_change(call: Call, view: View, entry: Entry) -> dict[str, Any] | None:
    """One entry; None where it is about something this call leaves out."""
    item = call.parts.items.get(entry.item)
    seen = item is not None and call.parts.access.sees(call.caller, item)
    if item is not None and not entry.removed and (not seen or not _included(call, item)):
        if not seen and call.parts.access.role(call.caller.user, item) is None:
            return _entry(entry, removed=True)
        return None
    removed = bool(entry.removed) or item is None
    change = _entry(entry, removed=removed)
    keeps = removed and call.flag("includeCorpusRemovals") and seen
    if item is not None and (not removed or keeps):
        change["file"] = view.file(item)
    return change


def _included(call: Call, item: Item) -> bool:
    spaces = call.text("spaces") or "drive"
    if item.space not in spaces:
        return False
    if call.flag("restrictToMyDrive") and (item.drive or item.owner != call.caller.user.id):
        return False
    return not item.drive or (call.with_drives and call.all_drives)


def _entry(entry: Entry, *, removed: bool) -> dict[str, Any]:
    return {
        "kind": "drive#change",
        "type": "file",
        "changeType": "file",
        "time": stamp(entry.at),
        "removed": removed,
        "fileId": entry.item,
    }


def _drive_change(call: Call, entry: Entry) -> dict[str, Any] | None:
    if not call.with_drives:
        return None
    drive = call.parts.documents.get("drive", entry.item)
    change: dict[str, Any] = {
        "kind": "drive#change",
        "type": "drive",
        "changeType": "drive",
        "time": stamp(entry.at),
        "removed": bool(entry.removed) or drive is None,
        "driveId": entry.item,
    }
    if drive is not None and not change["removed"]:
        change["drive"] = drive_resource(call, drive)
    return change
