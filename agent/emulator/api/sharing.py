"""Permissions as resources: who can reach an item, its owner and those of the folders above included.

Given permissions are kept on the item they were given on; what an item shows is theirs and all that follow from above.
"""

import json
from typing import Any

from agent.emulator.accounts import Caller, User
from agent.emulator.api.access import RANK
from agent.emulator.parts import Parts
from agent.emulator.store.item import Item

Permission = dict[str, Any]


def user_resource(user: User, caller: Caller) -> dict[str, Any]:
    return {
        "kind": "drive#user",
        "displayName": user.name,
        "me": user.id == caller.user.id,
        "permissionId": user.id,
        "emailAddress": user.email,
    }


def given_on(parts: Parts, item: Item) -> dict[str, Permission]:
    """Permissions given on the item itself, by id, as they are kept."""
    rows = parts.database.execute("SELECT id, body FROM permissions WHERE item = ? ORDER BY id", (item.id,))
    return {key: json.loads(body) for key, body in rows}


def permissions_of(parts: Parts, item: Item, caller: Caller) -> list[Permission]:
    """All that hold on the item, the strongest of each person, the owner first."""
    del caller
    found: dict[str, Permission] = {}
    for level in [item, *parts.items.ancestors(item)]:
        inherited = level.id != item.id
        if level.owner:
            role = "owner" if level.owner == item.owner else "writer"
            _offer(found, level.owner, _owner(parts, level.owner, role), inherited)
        for key, kept in given_on(parts, level).items():
            _offer(found, key, kept, inherited)
    return [_finish(each, item) for each in sorted(found.values(), key=lambda each: -RANK[each["role"]])]


def resource(kept: Permission, item: Item, *, inherited: bool = False) -> Permission:
    return _finish(kept | {"inherited": inherited}, item)


def _owner(parts: Parts, user_id: str, role: str) -> Permission:
    user = parts.accounts.by_id(user_id)
    email = user.email if user else ""
    return {
        "id": user_id,
        "type": "user",
        "role": role,
        "emailAddress": email,
        "displayName": user.name if user else "",
        "deleted": False,
        "pendingOwner": False,
    }


def _offer(found: dict[str, Permission], key: str, permission: Permission, inherited: bool) -> None:
    if key not in found or RANK[found[key]["role"]] < RANK[permission["role"]]:
        found[key] = permission | {"inherited": inherited}


def _finish(permission: Permission, item: Item) -> Permission:
    """The resource without what is only ours."""
    inherited = permission["inherited"]
    out = {key: value for key, value in permission.items() if key not in {"inherited", "who", "since"}}
    out = {"kind": "drive#permission"} | out
    if item.drive:
        kind = "member" if inherited or item.id == item.drive else "file"
        detail: dict[str, Any] = {"permissionType": kind, "role": out["role"], "inherited": inherited}
        if inherited:
            detail["inheritedFrom"] = item.drive
        out["permissionDetails"] = [detail]
    return out
