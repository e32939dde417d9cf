"""permissions.*: sharing, and what follows for everybody's view.

A link share has the id `anyoneWithLink`; a person's permission has that person's id, so that giving it twice changes
the first.
"""

import json
from typing import Any

from agent.emulator.api.access import ANYONE, RANK
from agent.emulator.api.call import Call
from agent.emulator.api.sharing import given_on, permissions_of, resource
from agent.emulator.errors import DriveError, invalid, refusal
from agent.emulator.fields import pick
from agent.emulator.store.ids import permission_id
from agent.emulator.store.item import Item
from agent.emulator.times import now, parse

_TYPES = {"user", "group", "domain", "anyone"}
_ANYBODY = {"reader", "commenter", "writer"}
_IN_DRIVES = {"organizer", "fileOrganizer"}


def create_permission(call: Call) -> dict[str, Any]:
    mask = call.mask("Permission")
    item = _shareable(call)
    kind, role = _checked(call, item)
    if role == "owner":
        return pick(_hand_over(call, item), mask)
    kept = _described(call, kind, role)
    there = given_on(call.parts, item).get(kept["id"])
    if there is not None and RANK[there["role"]] > RANK[role]:
        kept["role"] = there["role"]
    _keep(call, item, kept)
    return pick(resource(kept, item), mask)


def list_permissions(call: Call) -> dict[str, Any]:
    mask = call.mask("PermissionList")
    item = _shareable(call)
    size = call.number("pageSize", 100, 1, 100)
    every = permissions_of(call.parts, item, call.caller)
    start = int(call.text("pageToken") or 0) if call.text("pageToken").isdigit() else 0
    out: dict[str, Any] = {"kind": "drive#permissionList", "permissions": every[start : start + size]}
    if start + size < len(every):
        out["nextPageToken"] = str(start + size)
    return pick(out, mask)


def get_permission(call: Call) -> dict[str, Any]:
    return pick(_one(call, _shareable(call)), call.mask("Permission"))


def update_permission(call: Call) -> dict[str, Any]:
    mask = call.mask("Permission")
    item = _shareable(call)
    shown = _one(call, item)
    if shown["role"] == "owner":
        raise refusal("insufficientFilePermissions")
    kept = _given(call, item)
    role = call.body.get("role", kept["role"])
    if role == "owner":
        return pick(_hand_over(call, item), mask)
    if role not in RANK:
        raise invalid("The specified role is invalid.", "permission.role")
    kept["role"] = role
    if "expirationTime" in call.body:
        kept |= _expiration(call.body)
    if call.flag("removeExpiration"):
        kept.pop("expirationTime", None)
    _keep(call, item, kept)
    return pick(resource(kept, item), mask)


def delete_permission(call: Call) -> None:
    """Takes a permission back; one's own may be given up by anybody."""
    item = call.item()
    if call.params["permission_id"] != call.caller.user.id:
        item = _shareable(call)
    shown = _one(call, item)
    if shown["role"] == "owner":
        raise refusal("insufficientFilePermissions")
    kept = _given(call, item)
    call.parts.database.execute("DELETE FROM permissions WHERE item = ? AND id = ?", (item.id, kept["id"]))
    call.parts.tree.report(item)
    call.parts.access.settle(item)


def _shareable(call: Call) -> Item:
    item = call.item()
    call.parts.access.require(call.caller, item, "writer")
    return item


def _checked(call: Call, item: Item) -> tuple[str, str]:
    """Type and role of a new permission, each as Drive would take it."""
    kind, role = call.body.get("type"), call.body.get("role")
    if not kind:
        raise refusal("required", "The permission type field is required.", location="permission.type")
    if not role:
        raise refusal("required", "The permission role field is required.", location="permission.role")
    if kind not in _TYPES:
        raise invalid("The specified type is invalid or not supported.", "permission.type")
    allowed = (
        _ANYBODY if kind in {"anyone", "domain"} else _ANYBODY | {"owner"} | (_IN_DRIVES if item.drive else set[str]())
    )
    if role not in allowed:
        raise invalid("The specified role is invalid or not supported.", "permission.role")
    if kind in {"user", "group"} and not call.body.get("emailAddress"):
        raise refusal("invalidSharingRequest", "The specified emailAddress is invalid or not applicable.")
    if kind == "domain" and not call.body.get("domain"):
        raise invalid("The specified domain is invalid or not applicable.", "permission.domain")
    return str(kind), str(role)


def _described(call: Call, kind: str, role: str) -> dict[str, Any]:
    """A permission as it is kept: the resource, and for whom (`who`) and since when it holds."""
    kept: dict[str, Any] = {"type": kind, "role": role, "since": now()} | _expiration(call.body)
    if kind == "anyone":
        discoverable = bool(call.body.get("allowFileDiscovery", False))
        name = "anyone" if discoverable else "anyoneWithLink"
        return kept | {"id": name, "who": ANYONE, "allowFileDiscovery": discoverable}
    if kind == "domain":
        domain = str(call.body["domain"]).lower()
        discoverable = bool(call.body.get("allowFileDiscovery", False))
        known = {"id": f"{permission_id(domain)}k", "domain": domain, "displayName": domain}
        return kept | known | {"who": f"domain:{domain}", "allowFileDiscovery": discoverable}
    user = call.parts.accounts.by_email(str(call.body["emailAddress"]))
    known = {"id": user.id, "emailAddress": user.email, "displayName": user.name}
    return kept | known | {"who": user.id, "deleted": False, "pendingOwner": False}


def _expiration(body: dict[str, Any]) -> dict[str, str]:
    if body.get("expirationTime") is None:
        return {}
    try:
        return {"expirationTime": parse(str(body["expirationTime"]))}
    except ValueError:
        raise invalid("Invalid value for field expirationTime.", "permission.expirationTime") from None


def _keep(call: Call, item: Item, kept: dict[str, Any]) -> None:
    call.parts.database.execute(
        "INSERT OR REPLACE INTO permissions VALUES (?, ?, ?)", (item.id, kept["id"], json.dumps(kept))
    )
    call.parts.access.settle(item)
    call.parts.tree.report(item)


def _one(call: Call, item: Item) -> dict[str, Any]:
    wanted = call.params["permission_id"]
    for permission in permissions_of(call.parts, item, call.caller):
        if permission["id"] == wanted:
            return permission
    raise refusal("notFound", f"Permission not found: {wanted}.", location="permissionId")


def _given(call: Call, item: Item) -> dict[str, Any]:
    """The permission as given on this item; what a folder above gives cannot be changed here."""
    kept = given_on(call.parts, item).get(call.params["permission_id"])
    if kept is None:
        raise DriveError(403, "cannotModifyInheritedPermission", "Cannot update or delete an inherited permission.")
    return kept


def _hand_over(call: Call, item: Item) -> dict[str, Any]:
    """A new owner; the old one stays as a writer."""
    if not call.flag("transferOwnership"):
        words = "The transferOwnership parameter must be enabled when the permission role is 'owner'."
        raise DriveError(403, "forbidden", words, location="transferOwnership")
    call.parts.access.require(call.caller, item, "owner")
    target = call.body.get("emailAddress")
    known = call.parts.accounts.by_id(call.params.get("permission_id", ""))
    new = call.parts.accounts.by_email(str(target)) if target else known
    if new is None or item.drive:
        raise refusal("invalidSharingRequest")
    old = call.parts.accounts.by_id(item.owner or "")
    call.parts.database.execute("DELETE FROM permissions WHERE item = ? AND id = ?", (item.id, new.id))
    moved = call.parts.items.change(item, item._replace(owner=new.id))
    if old is not None:
        kept = {"id": old.id, "type": "user", "role": "writer", "emailAddress": old.email, "displayName": old.name}
        _keep(call, moved, kept | {"who": old.id, "since": now(), "deleted": False, "pendingOwner": False})
    return next(each for each in permissions_of(call.parts, moved, call.caller) if each["role"] == "owner")
