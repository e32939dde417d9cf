"""What Drive knows about a file, as plain values.

Only the fields that somebody here uses are asked for: each one asked for is a promise that all servers have to keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from agent.drive.errors import Aim, from_row
from agent.drive.reasons import GARBLED
from agent.model import DriveId

T = TypeVar("T")
Body = Mapping[str, Any]  # of an answer: a JSON object

FOLDER_TYPE = "application/vnd.google-apps.folder"
SHORTCUT_TYPE = "application/vnd.google-apps.shortcut"
FILE_FIELDS = (
    "id,name,mimeType,md5Checksum,size,parents,trashed,explicitlyTrashed,version,appProperties,"
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


def readable(read: Callable[[Body], T], body: Body, *, aim: Aim, where: str = "") -> T:
    """What a good answer says; raises `DriveError`, as for any fault of Drive's, where it is of another shape."""
    try:
        return read(body)
    except (TypeError, ValueError) as error:
        detail = f"an answer of another shape came: {error}"
        raise from_row(GARBLED, detail, where=where, ambiguous=aim.changes) from error


def file_from(body: Body) -> DriveFile:
    """Drive's `File`. What is missing stays at its default, but for its id."""
    shortcut, target = part(body, "shortcutDetails"), text(part(body, "shortcutDetails"), "targetId")
    return DriveFile(
        id=DriveId(needed(text(body, "id"), "id")),
        name=text(body, "name") or "",
        mime=text(body, "mimeType") or "",
        md5=text(body, "md5Checksum"),
        size=number(body, "size"),
        parents=tuple(map(DriveId, texts(body, "parents"))),
        trashed=flag(body, "trashed") or False,
        trashed_itself=flag(body, "explicitlyTrashed") or False,
        version=number(body, "version") or 0,
        tags={key: str(value) for key, value in part(body, "appProperties").items()},
        created_at=seconds(body.get("createdTime")),
        modified_at=seconds(body.get("modifiedTime")),
        mine=flag(body, "ownedByMe") is not False,
        shared_drive=text(body, "driveId"),
        target=DriveId(target) if target else None,
        target_mime=text(shortcut, "targetMimeType"),
        resource_key=text(body, "resourceKey"),
        target_key=text(shortcut, "targetResourceKey"),
    )


def page_from(body: Body) -> Page:
    return Page(tuple(map(file_from, parts(body, "files"))), text(body, "nextPageToken"))


def change_from(body: Body) -> Change:
    found, removed = part(body, "file"), flag(body, "removed") or False
    file = None if removed or not found else file_from(found)
    return Change(DriveId(text(body, "fileId") or ""), removed, file)


def changes_from(body: Body) -> Changes:
    following = text(body, "nextPageToken")
    token = needed(following or text(body, "newStartPageToken"), "newStartPageToken")
    return Changes(tuple(map(change_from, parts(body, "changes"))), token, more=following is not None)


def about_from(body: Body) -> About:
    quota = part(body, "storageQuota")
    return About(text(part(body, "user"), "emailAddress") or "", number(quota, "usage") or 0, number(quota, "limit"))


def ids_from(body: Body) -> list[DriveId]:
    return [*map(DriveId, texts(body, "ids"))]


def token_from(body: Body) -> str:
    return needed(text(body, "startPageToken"), "startPageToken")


def permission_from(body: Body) -> str:
    """Its id: without that nothing could be taken back."""
    return needed(text(body, "id"), "id")


def readers_from(body: Body) -> dict[str, str]:
    """Address, in small letters -> the permission by which it is let in."""
    rows = [(text(one, "emailAddress"), text(one, "id")) for one in parts(body, "permissions")]
    return {address.lower(): permission for address, permission in rows if address and permission}


def channel_from(body: Body) -> tuple[str, int | None]:
    return text(body, "resourceId") or "", number(body, "expiration")


def takes_files(body: Body) -> bool:
    """Of a folder, whether we may put something into it."""
    may = flag(part(body, "capabilities"), "canAddChildren") or False
    return may and text(body, "mimeType") == FOLDER_TYPE and not flag(body, "trashed")


# ---- what an answer has under a key; `None`, or nothing, where it has nothing. Another kind raises `TypeError`.


def needed(found: T | None, key: str) -> T:
    if not found:
        raise ValueError(f"{key} is missing")
    return found


def text(body: Body, key: str) -> str | None:
    return _of(str, body.get(key), key)


def number(body: Body, key: str) -> int | None:
    """Drive writes large ones as texts."""
    found = body.get(key)
    if isinstance(found, str) and not found.isdecimal():
        raise ValueError(f"{key} is {found[:40]!r}")
    return int(found) if isinstance(found, str) else _of(int, found, key)


def flag(body: Body, key: str) -> bool | None:
    return _of(bool, body.get(key), key)


def part(body: Body, key: str) -> Body:
    return cast(Body, _of(dict, body.get(key), key) or {})


def parts(body: Body, key: str) -> list[Body]:
    return [cast(Body, _of(dict, one, f"one of {key}")) for one in _listed(body, key)]


def texts(body: Body, key: str) -> list[str]:
    return [needed(_of(str, one, f"one of {key}"), key) for one in _listed(body, key)]


def _listed(body: Body, key: str) -> list[Any]:
    return cast(list[Any], _of(list, body.get(key), key) or [])


def _of(kind: type[T], found: Any, key: str) -> T | None:
    if found is None or type(found) is kind:
        return found
    raise TypeError(f"{key} is {str(found)[:40]!r}")


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
