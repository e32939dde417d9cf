"""files.*: everything but the bytes: create, update, copy, delete, trash, ids.

Each runs in one transaction; what it answered is kept.
"""

from typing import Any

from agent.emulator.api.call import Call
from agent.emulator.api.describe import described, touched
from agent.emulator.api.making import copy, create, filled
from agent.emulator.api.resource import View
from agent.emulator.errors import invalid, refusal
from agent.emulator.store.contents import Arrived
from agent.emulator.store.ids import new_id
from agent.emulator.store.item import Item

_MOVES = ("addParents", "removeParents")
# Looking at a file is no change to it; on Drive it shows in the change feed all the same.
_NO_CHANGE = frozenset({"viewedByMeTime", "starred"})


def shown(call: Call, item: Item) -> dict[str, Any]:
    """The item as this call asked to see it."""
    return View(call.parts, call.caller, call.request.base, call.mask("File")).file(item)


def create_file(call: Call) -> dict[str, Any]:
    call.mask("File")  # a bad mask is refused before anything is made
    return shown(call, create(call, call.body, None, None))


def copy_file(call: Call) -> dict[str, Any]:
    call.mask("File")
    return shown(call, copy(call, call.item(), call.body))


def update_file(call: Call) -> dict[str, Any]:
    call.mask("File")
    return shown(call, update(call, call.item(), call.body, None, None))


def update(call: Call, item: Item, body: dict[str, Any], arrived: Arrived | None, mime: str | None) -> Item:
    """Metadata, content, place and trash of an item, changed together."""
    tree, access = call.parts.tree, call.parts.access
    if "parents" in body:
        raise refusal(
            "fieldNotWritable",
            "The parents field is not directly writable in update requests. Use the addParents and removeParents "
            "parameters instead.",
        )
    if body.get("id", item.id) != item.id:
        raise refusal("fieldNotWritable")
    access.require(call.caller, item, "reader" if body.keys() <= _NO_CHANGE and arrived is None else "writer")
    new = _rewritten(call, item, body, arrived, mime)
    what = "update"
    trashed = body.get("trashed")
    moves = any(call.text(name) for name in _MOVES)
    if trashed is not None and bool(trashed) != bool(item.trashed_itself):
        access.require(call.caller, item, "owner")
        what = "trash" if trashed else "untrash"
        new = tree.trash(item, new, bool(trashed))
        new = _moved(call, new, new) if moves else new
    else:
        new = _moved(call, item, new) if moves else call.parts.items.change(item, new)
    tree.report(new, what)
    if arrived is not None:
        call.parts.contents.keep(arrived)
        if item.sha256 and item.sha256 != new.sha256:
            call.parts.contents.release(item.sha256)
    return new


def _rewritten(call: Call, item: Item, body: dict[str, Any], arrived: Arrived | None, mime: str | None) -> Item:
    if arrived is None and body.keys() <= {"trashed"} | _NO_CHANGE:
        return described(item, body, call.caller)
    new = touched(item, body, call.caller)
    if arrived is None:
        return new
    if item.is_native:
        raise refusal("fileNotDownloadable", "Google's own kinds of files have no content to replace.")
    if mime and "mimeType" not in body:
        new = new._replace(mime=mime)
    return filled(call, new, arrived)


def _moved(call: Call, item: Item, new: Item) -> Item:
    """Puts the item where addParents says. It has one parent, so adding one is moving, whatever removeParents names."""
    access = call.parts.access
    added = [part for part in call.text("addParents").split(",") if part]
    if item.parent is None:
        raise refusal("insufficientFilePermissions")
    if len(added) > 1:
        raise refusal("cannotAddParent")
    if not added:
        if item.owner != call.caller.user.id:
            raise refusal("insufficientFilePermissions")
        parent = access.parent(call.caller, "root")
    else:
        parent = access.parent(call.caller, added[0])
    if parent.id == item.parent:
        return call.parts.items.change(item, new)
    return call.parts.tree.move(item, new, parent)


def delete_file(call: Call) -> None:
    item = call.item()
    call.parts.access.require(call.caller, item, "owner")
    if item.parent is None:
        raise refusal("insufficientFilePermissions")
    call.parts.tree.delete(item)


def empty_trash(call: Call) -> None:
    """Deletes for good what the caller trashed, or what a shared drive's trash holds."""
    drive = call.text("driveId")
    if drive:
        where, parameters = "drive = ? AND trashed_itself = 1", [drive]
        call.parts.access.require(call.caller, call.parts.access.find(call.caller, drive), "organizer")
    else:
        where, parameters = "owner = ? AND trashed_itself = 1", [call.caller.user.id]
    for item in list(call.parts.items.select(where, list[object](parameters))):
        if call.parts.items.get(item.id) is not None and (call.caller.writes_all or drive):
            call.parts.tree.delete(item)


def generate_ids(call: Call) -> dict[str, Any]:
    count = call.number("count", 10, 1, 1000)
    space = call.text("space") or "drive"
    if space not in {"drive", "appDataFolder"}:
        raise invalid(f"Invalid value '{space}'.", "space")
    kind = call.text("type") or "files"
    if kind not in {"files", "shortcuts"}:
        raise invalid(f"Invalid value '{kind}'.", "type")
    return {"kind": "drive#generatedIds", "space": space, "ids": [new_id() for _ in range(count)]}
