"""drives.*: shared drives, whose items belong to nobody.

A drive is a root folder of its own; its members are permissions on that folder.
"""

import json
from typing import Any

from agent.emulator.accounts import root_folder
from agent.emulator.api.access import Access
from agent.emulator.api.call import Call
from agent.emulator.api.capabilities import drive_capabilities
from agent.emulator.api.query import Compare, Node, parse, refuse
from agent.emulator.api.search import words
from agent.emulator.errors import DriveError, invalid, refusal
from agent.emulator.fields import pick
from agent.emulator.store.documents import Document
from agent.emulator.store.ids import root_id
from agent.emulator.store.item import Item
from agent.emulator.times import now

_WRITABLE = ("name", "themeId", "colorRgb", "backgroundImageFile", "restrictions", "orgUnitId")
_RESTRICTIONS = {
    "adminManagedRestrictions": False,
    "copyRequiresWriterPermission": False,
    "domainUsersOnly": False,
    "driveMembersOnly": False,
    "sharingFoldersRequiresOrganizerPermission": False,
}


def create_drive(call: Call) -> dict[str, Any]:
    """A new shared drive; asked again with the same requestId, 409."""
    mask = call.mask("Drive")
    request_id = call.text("requestId")
    if not request_id:
        raise refusal("required", "Required parameter: requestId", location="requestId")
    name = call.body.get("name")
    if not isinstance(name, str) or not name:
        raise refusal("required", "The name field is required.", location="drive.name")
    drive_id = root_id(f"{call.caller.user.id}|{request_id}")
    parts = call.parts
    if parts.items.used(drive_id):
        raise DriveError(409, "duplicate", "A shared drive already exists with the provided request ID.")
    drive: Document = {"id": drive_id, "name": name, "createdTime": now(), "hidden": [], "restrictions": _RESTRICTIONS}
    drive |= {key: call.body[key] for key in _WRITABLE if key in call.body and key != "restrictions"}
    parts.documents.put("drive", drive_id, drive)
    root = parts.items.add(root_folder(drive_id, name, owner=None, drive=drive_id))
    user = call.caller.user
    member = {"id": user.id, "type": "user", "role": "organizer", "emailAddress": user.email, "displayName": user.name}
    kept = member | {"who": user.id, "since": now(), "deleted": False, "pendingOwner": False}
    parts.database.execute("INSERT INTO permissions VALUES (?, ?, ?)", (drive_id, user.id, json.dumps(kept)))
    parts.access.settle(root)
    parts.tree.report(root, "add")
    return pick(drive_resource(call, drive), mask)


def get_drive(call: Call) -> dict[str, Any]:
    drive, _ = _find(call)
    return pick(drive_resource(call, drive), call.mask("Drive"))


def list_drives(call: Call) -> dict[str, Any]:
    mask = call.mask("DriveList")
    size = call.number("pageSize", 10, 1, 100)
    node = parse(call.text("q"))
    drives = [drive for _, drive in sorted(call.parts.documents.all("drive").items()) if _member(call, drive["id"])]
    drives = [drive for drive in drives if node is None or _matches(drive, node, call)]
    after = call.text("pageToken")
    rest = [drive for drive in drives if drive["id"] > after]
    out: dict[str, Any] = {"kind": "drive#driveList", "drives": [drive_resource(call, drive) for drive in rest[:size]]}
    if len(rest) > size:
        out["nextPageToken"] = rest[size - 1]["id"]
    return pick(out, mask)


def update_drive(call: Call) -> dict[str, Any]:
    mask = call.mask("Drive")
    drive, root = _find(call, "organizer")
    drive |= {key: call.body[key] for key in _WRITABLE if key in call.body and key != "restrictions"}
    if isinstance(call.body.get("restrictions"), dict):
        drive["restrictions"] = drive["restrictions"] | call.body["restrictions"]
    call.parts.documents.put("drive", drive["id"], drive)
    call.parts.tree.report(call.parts.items.change(root, root._replace(name=drive["name"])))
    return pick(drive_resource(call, drive), mask)


def delete_drive(call: Call) -> None:
    """Removes a shared drive; one that holds something only where `allowItemDeletion` says so."""
    drive, root = _find(call, "organizer")
    held = call.parts.database.value("SELECT 1 FROM items WHERE parent = ? AND trashed = 0 LIMIT 1", (root.id,))
    if held is not None and not call.flag("allowItemDeletion"):
        raise refusal("forbidden", "A shared drive with items in it cannot be deleted.")
    call.parts.documents.drop("drive", drive["id"])
    call.parts.tree.delete(root)


def hide_drive(call: Call) -> dict[str, Any]:
    return _hidden(call, hidden=True)


def unhide_drive(call: Call) -> dict[str, Any]:
    return _hidden(call, hidden=False)


def drive_resource(call: Call, drive: Document) -> dict[str, Any]:
    """The Drive resource as this caller sees it."""
    root = call.parts.items.get(drive["id"])
    role = call.parts.access.role(call.caller.user, root) if root is not None else None
    shown = {key: value for key, value in drive.items() if key != "hidden"}
    return {
        "kind": "drive#drive",
        **shown,
        "hidden": call.caller.user.id in drive["hidden"],
        "capabilities": drive_capabilities(role or "reader"),
    }


def _hidden(call: Call, *, hidden: bool) -> dict[str, Any]:
    drive, _ = _find(call)
    drive["hidden"] = sorted(
        {*drive["hidden"], call.caller.user.id} - (set[str]() if hidden else {call.caller.user.id})
    )
    call.parts.documents.put("drive", drive["id"], drive)
    return pick(drive_resource(call, drive), call.mask("Drive"))


def _find(call: Call, role: str = "reader") -> tuple[Document, Item]:
    drive_id = call.params["drive_id"]
    drive = call.parts.documents.get("drive", drive_id)
    root = call.parts.items.get(drive_id)
    access: Access = call.parts.access
    if drive is None or root is None or access.role(call.caller.user, root) is None:
        raise refusal("notFound", f"Shared drive not found: {drive_id}", location="driveId")
    if role != "reader":
        access.require(call.caller, root, role)
    return dict(drive), root


def _member(call: Call, drive_id: str) -> bool:
    root = call.parts.items.get(drive_id)
    return root is not None and call.parts.access.role(call.caller.user, root) is not None


def _matches(drive: Document, node: Node, call: Call) -> bool:
    if not isinstance(node, Compare):
        raise refuse()
    name = str(drive["name"])
    if (node.field, node.operator) == ("name", "contains"):
        return all(any(word.startswith(want) for word in words(name)) for want in words(node.value))
    if node.field == "name" and node.operator in {"=", "!="}:
        return (name == node.value) == (node.operator == "=")
    if (node.field, node.operator) == ("hidden", "="):
        return (call.caller.user.id in drive["hidden"]) == (node.value == "true")
    raise invalid("Invalid Value", "q")
