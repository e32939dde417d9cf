"""Drive holds what the disk holds, each path once: the photo itself, or what its event's rules make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.crash.deed import Party
from tests.crash.gone import Gone, Row
from tests.crash.pictures import plain
from tests.crash.rules import Rules, event_of, parts_of
from tests.venue.house import TOP


@dataclass(frozen=True)
class There:
    """`disk`: path -> MD5 of the photo that lies there, or is stood for; `files`: on Drive; `rules`: by event."""

    party: Party
    rules: dict[str, Rules]
    disk: dict[str, str]
    files: list[Row]
    gone: list[Gone]

    def amiss(self) -> Iterator[str]:
        gone = tuple(f"{path}/" for one in self.gone for path in one.above)
        ours = [
            one
            for one in self.files
            if one["path"].startswith("venuesync/") and not one["trashed"] and not f"{one['path']}/".startswith(gone)
        ]
        there = Counter((plain(one["path"]), self._of(one)) for one in ours if one.get("md5Checksum"))
        here = Counter((plain(self._twin(path)), one) for path, one in self.disk.items() if self._is_to_go(path, one))
        folders = Counter((one["path"], one["owner"]) for one in ours if not one.get("md5Checksum"))
        yield from (f"only on Drive: {path}" for path, _ in there - here)
        yield from (f"only here: {path}" for path, _ in here - there)
        yield from (f"twice on Drive: {path}" for (path, _), count in folders.items() if count > 1)
        yield from self._made_otherwise(ours)

    def _is_to_go(self, path: str, content: str) -> bool:
        """But for what is to stay here, and what lies in an event that was removed."""
        if path.startswith(tuple(f"Events/{one.folder}/" for one in self.gone)):
            return False
        taken = next((one.taken for one in self.party.meaning.arrived.values() if one.md5 == content), None)
        return taken is None or not self.rules[self.party.events[event_of(path)]].stays_here(taken)

    def _of(self, file: Row) -> str:
        """The MD5 of the photo that lies there, made smaller or not."""
        made = file["appProperties"].get("venuesync_made")
        sha256 = file["appProperties"]["venuesync_photo"]
        return self.party.meaning.arrived[sha256].md5 if made else file["md5Checksum"]

    def _made_otherwise(self, files: list[Row]) -> Iterator[str]:
        events = {f"venuesync/{name}/": event for event, name in self.party.names.items()}
        for one in files:
            event = next((event for above, event in events.items() if one["path"].startswith(above)), None)
            if one.get("md5Checksum") and event is not None:
                made = parts_of(one["appProperties"].get("venuesync_made", ""))
                blurred = bool(self.party.meaning.blurred(event, one["appProperties"]["venuesync_photo"]))
                wanted = self.rules[self.party.events[event]].made_as(blurred=blurred), blurred
                if made != wanted:
                    yield f"{one['path']} is made {made}, wanted {wanted}"

    def _twin(self, path: str) -> str:
        """Where a filed file's twin lies on Drive."""
        top, *parts = path.split("/")
        return "/".join(["venuesync", self.party.names[parts[0]], *parts[1:]]) if top == "Events" else TOP + path
