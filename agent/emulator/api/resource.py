"""A row as the File resource that Drive answers.

Each field is a small function, run only when the mask asks for it: a page of a thousand pays for what it shows.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from agent.emulator.accounts import Caller
from agent.emulator.api.access import ANYONE
from agent.emulator.api.capabilities import file_capabilities
from agent.emulator.api.sharing import permissions_of, user_resource
from agent.emulator.fields import Mask, below, pick
from agent.emulator.parts import Parts
from agent.emulator.shapes import SHAPES
from agent.emulator.store.item import Item, loads

_ICON = "https://drive-thirdparty.googleusercontent.com/16/type/"
_THUMBNAIL_SIDE = 220  # pixels


class View:
    """How one caller sees files, under one mask."""

    def __init__(self, parts: Parts, caller: Caller, base: str, mask: Mask | None) -> None:
        self.parts = parts
        self.caller = caller
        self.base = base
        names = SHAPES["File"] if mask is None or "*" in mask else mask
        self._plan = [(name, _FIELDS[name], below(mask, name)) for name in names if name in _FIELDS]

    def file(self, item: Item) -> dict[str, Any]:
        """The resource: fields without a value are left out."""
        out: dict[str, Any] = {}
        for name, value_of, inner in self._plan:
            value = value_of(self, item)
            if value is not None:
                out[name] = value if inner is None else pick(value, inner)
        return out

    def role(self, item: Item) -> str:
        return self.parts.access.role(self.caller.user, item) or "reader"

    def user(self, user_id: str | None) -> dict[str, Any] | None:
        user = self.parts.accounts.by_id(user_id or "")
        return None if user is None else user_resource(user, self.caller)

    def web(self, path: str) -> str:
        """A link for people: on this server, or on Google's for a client that thinks it talks to Google."""
        if self.base.startswith("https://"):
            return f"https://drive.google.com{path}"
        return self.base + path


def thumbnail_signature(secret: bytes, item: Item) -> str:
    """What makes a thumbnail's address unguessable, and new for new contents."""
    return hashlib.blake2b(f"{item.id}|{item.sha256}".encode(), key=secret, digest_size=12).hexdigest()


def _parents(view: View, item: Item) -> list[str] | None:
    if item.parent is None:
        return None
    if item.owner == view.caller.user.id:
        return [item.parent]
    parent = view.parts.items.get(item.parent)
    return [item.parent] if parent is not None and view.parts.access.role(view.caller.user, parent) else None


def _shared(view: View, item: Item) -> bool | None:
    return None if item.drive else bool(view.parts.access.reaches(item.id)) or item.owner != view.caller.user.id


def _shared_since(view: View, item: Item) -> str | None:
    reach = view.parts.access.reaches(item.id).get(view.caller.user.id)
    return reach.since if reach is not None and reach.direct else None


def _sharing_user(view: View, item: Item) -> dict[str, Any] | None:
    return view.user(item.owner) if _shared_since(view, item) else None


def _permissions(view: View, item: Item) -> list[dict[str, Any]] | None:
    return permissions_of(view.parts, item, view.caller) if _may_share(view, item) else None


def _permission_ids(view: View, item: Item) -> list[str] | None:
    if not _may_share(view, item):
        return None
    return [permission["id"] for permission in permissions_of(view.parts, item, view.caller)]


def _may_share(view: View, item: Item) -> bool:
    return view.role(item) not in {"reader", "commenter"}


def _web_view(view: View, item: Item) -> str:
    if item.is_folder:
        return view.web(f"/drive/folders/{item.id}")
    return view.web(f"/file/d/{item.id}/view?usp=drivesdk")


def _web_content(view: View, item: Item) -> str | None:
    return None if item.is_native else view.web(f"/uc?id={item.id}&export=download")


def _thumbnail(view: View, item: Item) -> str | None:
    if not view.parts.pictures.media(item):
        return None
    return f"{view.base}/thumbnail/{item.id}/{thumbnail_signature(view.parts.secret, item)}=s{_THUMBNAIL_SIDE}"


def _image(view: View, item: Item) -> dict[str, Any] | None:
    return view.parts.pictures.media(item) or None


def _extension(item: Item) -> str | None:
    if item.is_native:
        return None
    return item.name.rpartition(".")[2] if "." in item.name else ""


def _shortcut(_: View, item: Item) -> dict[str, str] | None:
    if item.target is None:
        return None
    return {"targetId": item.target, "targetMimeType": item.target_mime or ""}


def _blob(value_of: Callable[[Item], Any]) -> Callable[[View, Item], Any]:
    """A field that only items with content have."""
    return lambda _, item: value_of(item) if item.size is not None else None


def _extra(name: str, default: Any = None) -> Callable[[View, Item], Any]:
    """A writable field that the emulator keeps and gives back."""
    return lambda _, item: loads(item.extra).get(name, default) if item.extra else default


def _mine(name: str, default: Any = None) -> Callable[[View, Item], Any]:
    """The same, for items that belong to somebody."""
    field = _extra(name, default)
    return lambda view, item: None if item.drive else field(view, item)


_FIELDS: dict[str, Callable[[View, Item], Any]] = {
    "kind": lambda _, item: "drive#file",
    "id": lambda _, item: item.id,
    "name": lambda _, item: item.name,
    "mimeType": lambda _, item: item.mime,
    "description": lambda _, item: item.description,
    "starred": lambda _, item: bool(item.starred),
    "trashed": lambda _, item: bool(item.trashed),
    "explicitlyTrashed": lambda _, item: bool(item.trashed_itself),
    "trashedTime": lambda _, item: item.trashed_at if item.drive else None,
    "parents": _parents,
    "properties": lambda _, item: loads(item.properties) or None,
    "appProperties": lambda view, item: loads(item.app_properties).get(view.caller.client) or None,
    "spaces": lambda _, item: [item.space],
    "version": lambda _, item: str(item.version),
    "webViewLink": _web_view,
    "webContentLink": _web_content,
    "iconLink": lambda _, item: _ICON + item.mime,
    "hasThumbnail": lambda view, item: bool(view.parts.pictures.media(item)),
    "thumbnailLink": _thumbnail,
    "thumbnailVersion": lambda view, item: str(item.version) if view.parts.pictures.media(item) else "0",
    "imageMediaMetadata": _image,
    "viewedByMe": lambda _, item: item.viewed is not None,
    "viewedByMeTime": lambda _, item: item.viewed,
    "createdTime": lambda _, item: item.created,
    "modifiedTime": lambda _, item: item.modified,
    "modifiedByMe": lambda view, item: item.modified_by == view.caller.user.id,
    "modifiedByMeTime": lambda view, item: item.modified if item.modified_by == view.caller.user.id else None,
    "lastModifyingUser": lambda view, item: view.user(item.modified_by),
    "sharedWithMeTime": _shared_since,
    "sharingUser": _sharing_user,
    "owners": lambda view, item: None if item.drive else [view.user(item.owner)],
    "ownedByMe": lambda view, item: None if item.drive else item.owner == view.caller.user.id,
    "shared": _shared,
    "driveId": lambda _, item: item.drive,
    "teamDriveId": lambda _, item: item.drive,
    "capabilities": lambda view, item: file_capabilities(view.role(item), item, view.caller),
    "permissions": _permissions,
    "permissionIds": _permission_ids,
    "hasAugmentedPermissions": lambda _, item: False if item.drive else None,
    "viewersCanCopyContent": lambda view, item: not _extra("copyRequiresWriterPermission", False)(view, item),
    "copyRequiresWriterPermission": _extra("copyRequiresWriterPermission", False),
    "writersCanShare": _mine("writersCanShare", True),
    "inheritedPermissionsDisabled": _extra("inheritedPermissionsDisabled", False),
    "folderColorRgb": lambda view, item: _extra("folderColorRgb", "#8f8f8f")(view, item) if item.is_folder else None,
    "resourceKey": _extra("resourceKey"),
    "contentHints": _extra("contentHints"),
    "contentRestrictions": _extra("contentRestrictions"),
    "linkShareMetadata": lambda _, item: {"securityUpdateEligible": False, "securityUpdateEnabled": True},
    "downloadRestrictions": lambda _, item: {
        "itemDownloadRestriction": {"restrictedForReaders": False, "restrictedForWriters": False},
        "effectiveDownloadRestrictionWithContext": {"restrictedForReaders": False, "restrictedForWriters": False},
    },
    "isAppAuthorized": lambda view, item: view.parts.access.made_by(view.caller, item),
    "quotaBytesUsed": lambda _, item: str(item.size or 0),
    "shortcutDetails": _shortcut,
    "size": _blob(lambda item: str(item.size)),
    "md5Checksum": _blob(lambda item: item.md5),
    "sha1Checksum": _blob(lambda item: item.sha1),
    "sha256Checksum": _blob(lambda item: item.sha256),
    "headRevisionId": _blob(lambda item: item.revision),
    "originalFilename": _blob(lambda item: item.original_name),
    "fileExtension": lambda _, item: _extension(item),
    "fullFileExtension": lambda _, item: _extension(item),
}
KNOWN_FIELDS = frozenset(_FIELDS)


def is_link_shared(view: View, item: Item) -> bool:
    """Whether anybody with the link may see the item."""
    return ANYONE in view.parts.access.reaches(item.id)
