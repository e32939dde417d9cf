"""Making items: creation and copies, with reserved ids, parents and quota.

An id is somebody's for ever: used once, in the trash, or deleted for good, it answers 409. Clients build "sent exactly
once" on it.
"""

from typing import Any

from agent.emulator.accounts import Caller, User, blank
from agent.emulator.api.access import RANK
from agent.emulator.api.call import Call
from agent.emulator.api.describe import described
from agent.emulator.errors import invalid, not_found, refusal
from agent.emulator.parts import Parts
from agent.emulator.store.contents import Arrived
from agent.emulator.store.ids import new_id, token, was_generated
from agent.emulator.store.item import FOLDER, SHORTCUT, Item
from agent.emulator.times import now

DEFAULT_MIME = "application/octet-stream"
_NATIVE = "application/vnd.google-apps."
_PLAIN_NATIVE = {FOLDER, SHORTCUT}
_SERVICE = "Service Accounts do not have storage quota. Leverage shared drives, or use OAuth delegation instead."


def create(call: Call, body: dict[str, Any], arrived: Arrived | None, mime: str | None) -> Item:
    """A new item from its metadata and, where there is one, its content; `mime` is what the content called itself."""
    kind = _kind(body, arrived, mime)
    item_id = chosen_id(call.parts, body, kind)
    parent = destination(call, body)
    item = blank(item_id, "Untitled", kind, parent=parent.id, made=now())
    item = item._replace(client=call.caller.client, modified_by=call.caller.user.id, **belonging(call.caller, parent))
    if kind == SHORTCUT:
        item = _aimed(call, item, body)
    item = described(item, body, call.caller)
    if arrived is not None:
        item = filled(call, item, arrived)
    item = call.parts.tree.add(item, parent)
    if arrived is not None:
        call.parts.contents.keep(arrived)
    return item


def _kind(body: dict[str, Any], arrived: Arrived | None, mime: str | None) -> str:
    given = body.get("mimeType")
    if isinstance(given, str) and given:
        return given
    if body.get("shortcutDetails"):
        return SHORTCUT
    return mime or DEFAULT_MIME if arrived is not None else DEFAULT_MIME


def chosen_id(parts: Parts, body: dict[str, Any], kind: str) -> str:
    """The id the caller reserved, else a new one. 409 for one in use, 400 for one that `generateIds` did not make."""
    given = body.get("id")
    if not given:
        return new_id()
    if parts.items.used(str(given)):
        raise refusal("fileIdInUse")
    if not was_generated(str(given)):
        raise invalid("The provided file ID is not usable.", "id")
    if kind.startswith(_NATIVE) and kind not in _PLAIN_NATIVE:
        raise refusal("generatedIdNotSupported")
    return str(given)


def destination(call: Call, body: dict[str, Any], default: str = "root") -> Item:
    """The one folder that the metadata names; My Drive where it names none."""
    parents = body.get("parents") or [default]
    if not isinstance(parents, list):
        raise invalid("Invalid value for field parents.", "parents")
    if len(parents) > 1:  # pyright: ignore[reportUnknownArgumentType]
        raise refusal("cannotAddParent")
    folder = call.parts.access.parent(call.caller, str(parents[0]))  # pyright: ignore[reportUnknownArgumentType]
    if folder.drive and not call.all_drives:
        raise not_found(str(parents[0]))  # pyright: ignore[reportUnknownArgumentType]
    return folder


def belonging(caller: Caller, parent: Item) -> dict[str, Any]:
    """Whose a new item in that folder is: the caller's, or the shared drive's."""
    return {"drive": parent.drive, "owner": None if parent.drive else caller.user.id}


def _aimed(call: Call, item: Item, body: dict[str, Any]) -> Item:
    details = body.get("shortcutDetails")
    target_id = details.get("targetId") if isinstance(details, dict) else None  # pyright: ignore
    if not isinstance(target_id, str):
        raise refusal(
            "required", "The shortcutDetails.targetId field is required.", location="shortcutDetails.targetId"
        )
    target = call.parts.access.find(call.caller, target_id)
    return item._replace(target=target.id, target_mime=target.mime, name=target.name)


def filled(call: Call, item: Item, arrived: Arrived) -> Item:
    """The item with that content, if its owner has room for it."""
    digest = arrived.digest
    owner = call.parts.accounts.by_id(item.owner or "")
    if owner is not None:
        check_room(call.parts, owner, digest.size - (item.size or 0))
    return item._replace(
        size=digest.size,
        md5=digest.md5,
        sha1=digest.sha1,
        sha256=digest.sha256,
        revision=token("0B", 30),
        original_name=item.original_name or item.name,
        media=None,
    )


def used_by(parts: Parts, user: User) -> int:
    """Bytes that the account's own items take, the trash with them."""
    return parts.database.value("SELECT bytes FROM usage WHERE owner = ?", (user.id,)) or 0


def check_room(parts: Parts, owner: User, more: int) -> None:
    if owner.service:
        raise refusal("storageQuotaExceeded", _SERVICE)
    if owner.limit is not None and more > 0 and used_by(parts, owner) + more > owner.limit:
        raise refusal("storageQuotaExceeded")


def copy(call: Call, source: Item, body: dict[str, Any]) -> Item:
    """A copy of a file: same bytes, own id, own name, the copying app's own properties."""
    parts, caller = call.parts, call.caller
    if source.is_folder or RANK[parts.access.role(caller.user, source) or "reader"] < RANK["reader"]:
        raise refusal("cannotCopyFile")
    if not (caller.writes_all or parts.tree.limits.copy_readonly or parts.access.made_by(caller, source)):
        words = f"The user has not granted the app {caller.client} write access to the file {source.id}."
        raise refusal("appNotAuthorizedToFile", words)
    item_id = chosen_id(parts, body, source.mime)
    parent = destination(call, body, _home(call, source))
    made = now()
    item = source._replace(
        seq=None,
        id=item_id,
        name=f"Copy of {source.name}",
        client=caller.client,
        created=made,
        modified=made,
        modified_by=caller.user.id,
        viewed=None,
        trashed_itself=0,
        trashed_at=None,
        starred=0,
        version=1,
        revision=token("0B", 30) if source.size is not None else None,
        app_properties=None,
        **belonging(caller, parent),
    )
    item = described(item, body, caller)
    owner = parts.accounts.by_id(item.owner or "")
    if owner is not None and item.size:
        check_room(parts, owner, item.size)
    return parts.tree.add(item, parent)


def _home(call: Call, source: Item) -> str:
    """Where a copy goes that names no folder: beside its source, where the caller may put it, else My Drive."""
    parent = call.parts.items.get(source.parent) if source.parent else None
    if (
        parent is None
        or parent.space != "drive"
        or RANK[call.parts.access.role(call.caller.user, parent) or "reader"] < 3
    ):
        return "root"
    return parent.id if call.parts.access.sees(call.caller, parent) else "root"
