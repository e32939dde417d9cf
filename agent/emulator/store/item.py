"""One file, folder or shortcut as it is kept: a row.

A tuple with names: a page of a thousand costs a thousand tuples, and a changed item is a new one.
"""

import json
from typing import Any, NamedTuple

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
_NATIVE = "application/vnd.google-apps."


class Item(NamedTuple):
    """The columns of `items`, in their order; schema.sql says what each means."""

    seq: int | None
    id: str
    name: str
    mime: str
    parent: str | None
    space: str
    drive: str | None
    owner: str | None
    client: str
    created: str
    modified: str
    modified_by: str
    viewed: str | None
    trashed: int
    trashed_itself: int
    trashed_at: str | None
    starred: int
    version: int
    size: int | None
    md5: str | None
    sha1: str | None
    sha256: str | None
    revision: str | None
    original_name: str | None
    target: str | None
    target_mime: str | None
    description: str | None
    properties: str | None
    app_properties: str | None
    extra: str | None
    media: str | None

    @property
    def is_folder(self) -> bool:
        return self.mime == FOLDER

    @property
    def is_native(self) -> bool:
        """Google's own kinds (folders, shortcuts, Docs): no bytes to download."""
        return self.mime.startswith(_NATIVE)


def loads(text: str | None) -> dict[str, Any]:
    """A JSON column as a dict of one's own."""
    return json.loads(text) if text else {}


def dumps(value: dict[str, Any]) -> str | None:
    """A JSON column; an empty dict takes no room."""
    return json.dumps(value, ensure_ascii=False) if value else None
