"""Pages: orderBy, and tokens that go on exactly after the last item.

A token carries the keys of that item, so items that come and go meanwhile neither repeat nor hide others; it is bound
to the question it was given for.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from agent.emulator.errors import DriveError, invalid

_KEYS = {
    "createdTime": "created",
    "folder": "(mime != 'application/vnd.google-apps.folder')",
    "modifiedByMeTime": "modified",
    "modifiedTime": "modified",
    "name": "name COLLATE NOCASE",
    "name_natural": "natural_key(name)",
    "quotaBytesUsed": "coalesce(size, 0)",
    "recency": "max(modified, created, coalesce(viewed, ''))",
    "sharedWithMeTime": "coalesce((SELECT since FROM access a WHERE a.item = id AND a.direct), '')",
    "starred": "starred",
    "viewedByMeTime": "coalesce(viewed, '')",
}


@dataclass(frozen=True, slots=True)
class Key:
    sql: str
    descending: bool

    @property
    def direction(self) -> str:
        return "DESC" if self.descending else "ASC"

    @property
    def after(self) -> str:
        return "<" if self.descending else ">"


def order(text: str) -> list[Key]:
    """The keys of `orderBy`, and the order of arrival, newest first, to break ties."""
    keys: list[Key] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = part.partition(" ")
        if name not in _KEYS or direction.strip() not in {"", "desc"}:
            raise invalid(f"Sorting is not supported for: {part}", "orderBy")
        keys.append(Key(_KEYS[name], direction.strip() == "desc"))
    return [*keys, Key("seq", descending=True)]


def following(keys: list[Key], values: list[Any]) -> tuple[str, list[Any]]:
    """SQL for `comes after the item with these key values`."""
    choices: list[str] = []
    parameters: list[Any] = []
    for at, key in enumerate(keys):
        equal = [f"{before.sql} = ?" for before in keys[:at]]
        choices.append("(" + " AND ".join([*equal, f"{key.sql} {key.after} ?"]) + ")")
        parameters += [*values[:at], values[at]]
    bound = f"{keys[0].sql} {keys[0].after}= ?"  # said twice, so that an index on the first key starts there
    return f"({bound} AND ({' OR '.join(choices)}))", [values[0], *parameters]


def make_token(question: str, values: list[Any]) -> str:
    text = json.dumps([_digest(question), values], separators=(",", ":"))
    return "~!!~" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(question: str, token: str) -> list[Any]:
    """The key values in a token; 400 `invalid` at `pageToken` for one that is not ours, or was given for another
    question.
    """
    try:
        packed = token.removeprefix("~!!~")
        bound, values = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (ValueError, TypeError):
        raise refused_token() from None
    if bound != _digest(question) or not isinstance(values, list):
        raise refused_token()
    return values  # pyright: ignore[reportUnknownVariableType]


def refused_token() -> DriveError:
    return invalid("Invalid Value", "pageToken")


def _digest(question: str) -> str:
    return hashlib.blake2b(question.encode(), digest_size=6).hexdigest()
