"""A caller's metadata applied to an item: what may be written, how it merges, what is refused.

Properties merge key by key and null deletes, as on Drive; each app has app properties of its own.
"""

from typing import Any

from agent.emulator.accounts import Caller
from agent.emulator.errors import invalid, refusal
from agent.emulator.store.item import Item, dumps, loads
from agent.emulator.times import now, parse

_MOST_PRIVATE = 30  # app properties of one app on one file
_MOST_PUBLIC = 100
_LONGEST = 124  # bytes of key and value together, in UTF-8

# Kept as they come and given back: they change nothing here.
_EXTRA = (
    "contentHints",
    "contentRestrictions",
    "copyRequiresWriterPermission",
    "folderColorRgb",
    "inheritedPermissionsDisabled",
    "writersCanShare",
)
_OUTPUT_ONLY = frozenset(
    {
        "size",
        "md5Checksum",
        "sha1Checksum",
        "sha256Checksum",
        "version",
        "webViewLink",
        "webContentLink",
        "thumbnailLink",
        "iconLink",
        "capabilities",
        "owners",
        "permissions",
        "permissionIds",
        "lastModifyingUser",
        "headRevisionId",
        "quotaBytesUsed",
        "shared",
        "ownedByMe",
        "explicitlyTrashed",
        "hasThumbnail",
        "imageMediaMetadata",
        "videoMediaMetadata",
        "fileExtension",
        "fullFileExtension",
        "viewedByMe",
        "modifiedByMe",
        "spaces",
        "isAppAuthorized",
        "sharedWithMeTime",
        "sharingUser",
        "driveId",
        "teamDriveId",
        "trashingUser",
    }
)
_TIMES = {"createdTime": "created", "modifiedTime": "modified", "viewedByMeTime": "viewed"}


def described(item: Item, body: dict[str, Any], caller: Caller) -> Item:
    """The item with the caller's fields applied. Unknown fields are ignored, fields that only Drive sets are refused
    (403).
    """
    if _OUTPUT_ONLY & body.keys():
        raise refusal("fieldNotWritable")
    changes = _plain(item, body) | _moments(body)
    if "properties" in body:
        changes["properties"] = dumps(_merged(loads(item.properties), body["properties"], _MOST_PUBLIC))
    if "appProperties" in body:
        every = loads(item.app_properties)
        every[caller.client] = _merged(every.get(caller.client, {}), body["appProperties"], _MOST_PRIVATE)
        changes["app_properties"] = dumps({client: own for client, own in every.items() if own})
    kept = loads(item.extra)
    given = {name: body[name] for name in _EXTRA if name in body}
    if "viewersCanCopyContent" in body:
        given["copyRequiresWriterPermission"] = not body["viewersCanCopyContent"]
    if given:
        changes["extra"] = dumps(kept | given)
    return item._replace(**changes) if changes else item


def touched(item: Item, body: dict[str, Any], caller: Caller) -> Item:
    """The same with its modification noted: the time the caller gave, else now."""
    if "createdTime" in body:
        raise refusal("fieldNotWritable")  # it can be said when a file is made, and not after
    item = described(item, body, caller)
    if "modifiedTime" not in body:
        item = item._replace(modified=now())
    return item._replace(modified_by=caller.user.id)


def _plain(item: Item, body: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, column in (("name", "name"), ("description", "description"), ("originalFilename", "original_name")):
        if name in body:
            changes[column] = _text(body[name], name)
    if "mimeType" in body and not item.is_native:
        changes["mime"] = _text(body["mimeType"], "mimeType") or item.mime
    if changes.get("name") is None:
        changes.pop("name", None)
    if "starred" in body:
        changes["starred"] = int(bool(body["starred"]))
    return changes


def _moments(body: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, column in _TIMES.items():
        if body.get(name) is None:
            continue
        try:
            changes[column] = parse(str(body[name]))
        except ValueError:
            raise invalid(f"Invalid value for field {name}.", name) from None
    return changes


def _text(value: Any, name: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise invalid(f"Invalid value for field {name}.", name)
    return value


def _merged(kept: dict[str, str], given: Any, most: int) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise invalid("Invalid value for properties.", "properties")
    merged = dict(kept)
    for key, value in given.items():  # pyright: ignore[reportUnknownVariableType]
        if value is None:
            merged.pop(str(key), None)  # pyright: ignore[reportUnknownArgumentType]
        else:
            merged[str(key)] = str(value)  # pyright: ignore[reportUnknownArgumentType]
    for key, value in merged.items():
        if len(key.encode()) + len(value.encode()) > _LONGEST:
            raise invalid(f"The property {key} is longer than {_LONGEST} bytes.", "properties")
    if len(merged) > most:
        raise invalid(f"A file has at most {most} properties of that kind.", "properties")
    return merged
