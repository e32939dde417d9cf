"""The whole tree as JSON, for tests: every item with its path.

Written row by row: a hundred thousand files cost their text and no more.
"""

import json
from typing import Any

from agent.emulator.parts import Parts
from agent.emulator.store.item import FOLDER, Item, loads

Folders = dict[str, tuple[str, str | None]]


def files_as_json(parts: Parts) -> bytes:
    """Every file and folder but the roots, oldest first; `path` starts below My Drive (or the shared drive)."""
    rows = parts.database.execute("SELECT id, name, parent FROM items WHERE mime = ?", (FOLDER,))
    folders: Folders = {row[0]: (row[1], row[2]) for row in rows}
    paths: dict[str, str] = {}
    owners = {user.id: user.email for user in parts.accounts.known()}
    out = bytearray(b"[")
    for item in parts.items.select("parent IS NOT NULL ORDER BY seq", []):
        above = _path(item.parent or "", folders, paths)
        described = _described(item, f"{above}/{item.name}" if above else item.name, owners)
        out += json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode() + b",\n"
    return bytes(out.removesuffix(b",\n") + b"]")


def _path(folder: str, folders: Folders, paths: dict[str, str]) -> str:
    """Names from below the root down to the folder, joined by slashes; `paths` remembers them."""
    known = paths.get(folder)
    if known is None:
        name, parent = folders.get(folder, ("", None))
        above = _path(parent, folders, paths) if parent is not None else ""
        known = "" if parent is None else f"{above}/{name}" if above else name
        paths[folder] = known
    return known


def _described(item: Item, path: str, owners: dict[str, str]) -> dict[str, Any]:
    private: dict[str, str] = {}
    for own in loads(item.app_properties).values():
        private |= own
    return {
        "id": item.id,
        "name": item.name,
        "path": path,
        "mimeType": item.mime,
        "size": item.size,
        "md5Checksum": item.md5,
        "trashed": bool(item.trashed),
        "appProperties": private,
        "createdTime": item.created,
        "modifiedTime": item.modified,
        "parent": item.parent,
        "owner": owners.get(item.owner or ""),
        "driveId": item.drive,
        "space": item.space,
        "client": item.client,
        "version": item.version,
        "description": item.description,
        "targetId": item.target,
    }
