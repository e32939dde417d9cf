"""What Drive knows about a file, as plain values.

Only the fields that somebody here uses are asked for: each one asked for is a promise that all servers have to keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from agent.model import DriveId

FOLDER_TYPE = "application/vnd.google-apps.folder"
SHORTCUT_TYPE = "application/vnd.google-apps.shortcut"
FILE_FIELDS = (
    "id,name,mimeType,md5Checksum,size,parents,trashed,explicitlyTrashed,version,webViewLink,appProperties,"
    "createdTime,modifiedTime,ownedByMe,driveId,resourceKey,"
    "shortcutDetails(targetId,targetMimeType,targetResourceKey)"
)
ABOUT_FIELDS = "user(emailAddress,permissionId),storageQuota(limit,usage)"


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file or folder. `size` and `md5` are `None` for folders and Google's own documents; times are seconds UTC."""

    id: DriveId
    name: str = ""
    mime: str = ""
    md5: str | None = None
    size: int | None = None
    parents: tuple[DriveId, ...] = ()
    trashed: bool = False
    trashed_itself: bool = False  # False while trashed: with the folder it lies in
    version: int = 0
    link: str = ""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    created_at: float | None = None
    modified_at: float | None = None
    mine: bool = True
    shared_drive: str | None = None
    target: DriveId | None = None  # of a shortcut
    target_mime: str | None = None
    resource_key: str | None = None
    target_key: str | None = None  # the resource key of a shortcut's target

    @property
    def is_folder(self) -> bool:
        return self.mime == FOLDER_TYPE

    @property
    def is_shortcut(self) -> bool:
        return self.mime == SHORTCUT_TYPE


@dataclass(frozen=True, slots=True)
class UploadMeta:
    """What an upload is to be called and where to go. `id` was reserved before; times are seconds UTC."""

    id: DriveId
    name: str
    parent: DriveId
    mime: str = "application/octet-stream"
    created_at: float | None = None
    modified_at: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    description: str = ""
    where: str = ""  # what people call the parent


@dataclass(frozen=True, slots=True)
class NewFolder:
    """A folder to be made under an id that was reserved before; `parent` `None`: in My Drive."""

    id: DriveId
    name: str
    parent: DriveId | None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    description: str = ""
    where: str = ""  # what people call the parent


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a listing; `next` continues it, `None`: that was all."""

    files: tuple[DriveFile, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One item's current state, or that it is gone (`file` is `None` then)."""

    id: DriveId
    removed: bool
    file: DriveFile | None
    at: float | None  # seconds UTC


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the change feed. `token` continues from here; `more`: at once, there are further pages."""

    changes: tuple[Change, ...]
    token: str
    more: bool


@dataclass(frozen=True, slots=True)
class About:
    """Whose Drive this is, and how full: bytes. `limit` is `None` where there is none."""

    account: str
    used: int
    limit: int | None

    @property
    def free(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)


def file_from(body: Mapping[str, Any]) -> DriveFile:
    """Drive's `File`. Numbers come as strings there; what is missing stays at its default."""
    shortcut = part(body, "shortcutDetails")
    return DriveFile(
        id=DriveId(str(body.get("id", ""))),
        name=str(body.get("name", "")),
        mime=str(body.get("mimeType", "")),
        md5=body.get("md5Checksum"),
        size=None if body.get("size") is None else int(body["size"]),
        parents=tuple(DriveId(str(one)) for one in body.get("parents") or ()),
        trashed=bool(body.get("trashed", False)),
        trashed_itself=bool(body.get("explicitlyTrashed", False)),
        version=int(body.get("version") or 0),
        link=str(body.get("webViewLink", "")),
        tags={str(key): str(value) for key, value in part(body, "appProperties").items()},
        created_at=seconds(body.get("createdTime")),
        modified_at=seconds(body.get("modifiedTime")),
        mine=bool(body.get("ownedByMe", True)),
        shared_drive=body.get("driveId"),
        target=None if not shortcut.get("targetId") else DriveId(str(shortcut["targetId"])),
        target_mime=shortcut.get("targetMimeType"),
        resource_key=body.get("resourceKey"),
        target_key=shortcut.get("targetResourceKey"),
    )


def part(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object inside another; empty where there is none."""
    return cast(Mapping[str, Any], body.get(key) or {})


def change_from(body: Mapping[str, Any]) -> Change:
    found: Any = body.get("file")
    removed = bool(body.get("removed", False))
    file = None if removed or not found else file_from(cast(Mapping[str, Any], found))
    return Change(DriveId(str(body.get("fileId", ""))), removed, file, seconds(body.get("time")))


def about_from(body: Mapping[str, Any]) -> About:
    quota = part(body, "storageQuota")
    limit = quota.get("limit")
    account = str(part(body, "user").get("emailAddress", ""))
    return About(account, int(quota.get("usage") or 0), None if limit is None else int(limit))


def upload_body(meta: UploadMeta) -> dict[str, Any]:
    """The JSON half of an upload."""
    body: dict[str, Any] = {"id": meta.id, "name": meta.name, "parents": [meta.parent], "mimeType": meta.mime}
    return body | described(meta.tags, meta.description, meta.created_at, meta.modified_at)


def described(
    tags: Mapping[str, str], description: str, created_at: float | None, modified_at: float | None
) -> dict[str, Any]:
    """The optional half of a file's body: only what is given, so that Drive's own values stand for the rest."""
    body: dict[str, Any] = {}
    if tags:
        body["appProperties"] = dict(tags)
    if description:
        body["description"] = description
    if created_at is not None:
        body["createdTime"] = timestamp(created_at)
    if modified_at is not None:
        body["modifiedTime"] = timestamp(modified_at)
    return body


def timestamp(at: float) -> str:
    """RFC 3339 in UTC with milliseconds, as Drive writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(text: Any) -> float | None:
    """An RFC 3339 time as seconds; `None` for none and for nonsense."""
    try:
        return datetime.fromisoformat(str(text)).timestamp() if text else None
    except ValueError:
        return None


def quoted(value: str) -> str:
    """A text inside a `q`: Drive's grammar escapes backslash and apostrophe."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


UNITS = ("B", "KB", "MB", "GB", "TB")  # as Google counts: 1024 to each


def amount(used: int, limit: int) -> str:
    """`14.9 of 15 GB`."""
    step = _step(limit)
    return f"{_short(used / 1024**step)} of {_short(limit / 1024**step)} {UNITS[step]}"


def size(bytes: int) -> str:
    """`14.9 GB`."""
    step = _step(bytes)
    return f"{_short(bytes / 1024**step)} {UNITS[step]}"


def _step(bytes: int) -> int:
    step = 0
    while bytes >= 1024 ** (step + 1) and step < len(UNITS) - 1:
        step += 1
    return step


def _short(number: float) -> str:
    """Three digits at least, and no exponent."""
    return f"{number:.0f}" if number >= 1000 else f"{number:.3g}"
