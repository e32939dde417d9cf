"""Addresses as people give them: their parts, and a Drive folder by its address or id."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from agent.errors import UsageError
from agent.model import DriveId

NOTHING = SplitResult("", "", "", "", "")  # the parts of what is no address
DRIVE_ID = re.compile(r"[A-Za-z0-9_-]{10,}")
ID_IN_PATH = re.compile(r"/(?:folders|d|folder)/([A-Za-z0-9_-]{10,})")
GIVE = "Give a folder's address (https://drive.google.com/drive/folders/…) or id"


def split(address: str) -> SplitResult:
    """An address from outside, as `urlsplit` does; `http://[::1`, or a port that is no number, has no parts."""
    try:
        parts = urlsplit(address)
        _ = parts.port, parts.hostname  # found out when they are asked for, else
    except ValueError:
        return NOTHING
    return parts


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself; a name but `localhost` may be anybody's."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Link:
    """`resource_key` belongs to folders shared by link before 2021."""

    id: DriveId
    resource_key: str | None = None


def parse_link(text: str) -> Link:
    """An address from the browser or the phone, or a bare id. Raises `UsageError`, for two at once, too."""
    text = text.strip()
    if re.search(r"[\s,;]", text) or text.count(".google.com/") > 1:
        raise UsageError("That is more than one address", repr(text), f"{GIVE}, and each by itself")
    if DRIVE_ID.fullmatch(text) or text == "root":
        return Link(DriveId(text))
    parts = split(text if "://" in text else f"https://{text}")
    query = parse_qs(parts.query)
    key = (query.get("resourcekey") or query.get("resourceKey") or [None])[0]
    found = ID_IN_PATH.search(parts.path) or ID_IN_PATH.search(f"/{parts.fragment}")
    named = found[1] if found else (query.get("id") or [""])[0]
    if not f".{parts.hostname or ''}".endswith(".google.com") or not DRIVE_ID.fullmatch(named):
        raise UsageError("That is no Drive folder", repr(text), GIVE)
    return Link(DriveId(named), key)
