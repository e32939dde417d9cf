"""Resource keys: what opens a file that was shared by its link before Google's security update of 2021.

Each request that names such a file carries its key in a header (developers.google.com/drive/api/guides/resource-keys).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from urllib.parse import unquote

HEADER = "X-Goog-Drive-Resource-Keys"
ID = re.compile(r"[A-Za-z0-9_-]{10,}")
MOST = 50_000  # keys kept; the oldest go first


class ResourceKeys:
    """Keys by file id. Learned from links and from every answer that names one; for all threads."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, str] = OrderedDict()

    def learn(self, file: str, key: str | None) -> None:
        if not key or not ID.fullmatch(file) or not re.fullmatch(r"[A-Za-z0-9_-]+", key):
            return
        self._keys[file] = key
        if len(self._keys) > MOST:
            self._keys.popitem(last=False)

    def header(self, url: str) -> dict[str, str]:
        """The header for a request to this address: the keys of all files that it names, else nothing."""
        if not self._keys:
            return {}
        named = dict.fromkeys(one for one in ID.findall(unquote(url)) if one in self._keys)
        return {HEADER: ",".join(f"{one}/{self._keys[one]}" for one in named)} if named else {}
