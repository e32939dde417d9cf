"""A Drive folder as people name it: any form of its address, or its id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from agent.addresses import split
from agent.errors import UsageError
from agent.model import DriveId

ID = re.compile(r"[A-Za-z0-9_-]{10,}")
IN_PATH = re.compile(r"/(?:folders|d|folder)/([A-Za-z0-9_-]{10,})")


@dataclass(frozen=True, slots=True)
class Link:
    """`resource_key` belongs to folders shared by link before 2021."""

    id: DriveId
    resource_key: str | None = None


def parse_link(text: str) -> Link:
    """An address from the browser or the phone, or a bare id. Raises `UsageError`."""
    text = text.strip()
    if ID.fullmatch(text) or text == "root":
        return Link(DriveId(text))
    parts = split(text if "://" in text else f"https://{text}")
    query = parse_qs(parts.query)
    key = (query.get("resourcekey") or query.get("resourceKey") or [None])[0]
    found = IN_PATH.search(parts.path) or IN_PATH.search(f"/{parts.fragment}")
    named = found[1] if found else (query.get("id") or [""])[0]
    if not f".{parts.hostname or ''}".endswith(".google.com") or not ID.fullmatch(named):
        raise UsageError(
            "That is no Drive folder",
            repr(text),
            "Give a folder's address (https://drive.google.com/drive/folders/…) or id",
        )
    return Link(DriveId(named), key)
