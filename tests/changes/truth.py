"""What a photographer's Drive really holds, and what its lists and its feed can have told by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import FOLDER


class Truth:
    """`now` is the clock by which lists and feed lag: it stands until the test says otherwise."""

    def __init__(self, emulator: Emulator, now: float) -> None:
        self.emulator = emulator
        self.now = now
        self.deleted: set[str] = set()
        self._touched: dict[str, float] = {}  # when something happened to an item last
        self._feed_lag = 0.0
        self._told_until = float("-inf")  # what happened until then was in the feed when it was read last
        emulator.lag(list_ms=1)  # from now on former states are kept
        emulator.lag()
        emulator.clock(now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.emulator.clock(self.now)

    def lag(self, lists: float | None = None, feed: float | None = None) -> None:
        if feed is not None:
            self._feed_lag = feed
        body = {"list_ms": None if lists is None else lists * 1000, "changes_ms": self._feed_lag * 1000}
        self.emulator.post("lag", body)

    def touch(self, item: str) -> str:
        """Something happens to it now, or has just happened; whatever comes next comes later."""
        self.wait(0.01)
        self._touched[item] = self.now + 0.01
        return item

    def is_gone(self, *items: str) -> bool:
        return not self.deleted.isdisjoint(items)

    def looked(self, desk: FeedDesk) -> None:
        """The feed was read to its end."""
        if desk.polled_to_the_end():
            self._told_until = max(self._told_until, self.now - self._feed_lag)

    # ---- what is so

    def was_told(self, file: str) -> bool:
        """Whether the feed has told of all that happened to the file, and to the folders above it."""
        at: str | None = file
        while at is not None:
            if self._touched.get(at, float("-inf")) > self._told_until:
                return False
            at = self._items[at].get("parent") if at in self._items else None
        return True

    def holdings(self, sources: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
        """For each source, given its roots: the photos in it that can be seen, with their MD5."""
        self._items: dict[str, dict[str, Any]] = {one["id"]: one for one in self.emulator.files()}
        shared = self._shared()
        below: dict[str, list[str]] = {}
        for one in self._items.values():
            below.setdefault(one.get("parent") or "", []).append(one["id"])
        found: dict[str, dict[str, str]] = {}
        for source, roots in sources.items():
            held = found.setdefault(source, {})
            left = [root for root in roots if root in self._items and self._is_seen(root, shared)]
            while left:
                for child in below.get(left.pop(), ()):
                    one = self._items[child]
                    if one["trashed"]:
                        continue
                    if one["mimeType"] == FOLDER:
                        left.append(child)
                    elif one.get("md5Checksum"):
                        held[child] = one["md5Checksum"]
        return found

    def reachable(self, sources: Mapping[str, Sequence[str]]) -> set[str]:
        """Sources all of whose roots can be seen and are not in the trash."""
        self.holdings({})
        shared = self._shared()
        return {
            source
            for source, roots in sources.items()
            if all(one in self._items and self._is_seen(one, shared) for one in roots)
        }

    def _is_seen(self, root: str, shared: set[str]) -> bool:
        if self._items[root]["trashed"]:
            return False
        at: str | None = root
        while at is not None and at not in shared:
            at = self._items[at].get("parent") if at in self._items else None
        return at is not None

    def _shared(self) -> set[str]:
        """Ids of what the venue's account was given."""
        with self.emulator.client() as api:
            found = api.get("/drive/v3/files", params={"q": "sharedWithMe", "fields": "files(id)", "pageSize": 1000})
        return {one["id"] for one in found.json()["files"]}
