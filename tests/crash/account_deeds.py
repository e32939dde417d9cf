"""Events that go over another Google account, and come back: what lies on the Drive that they left stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.crash.deed import Deed, Party
from tests.crash.meaning import FIRST
from tests.crash.stores import Roster

BEN = "ben@example.com"  # an emulator lets anybody in
Row = dict[str, Any]


def set_account(party: Party) -> Deed | None:
    """Of an event without a source, which only the first account may read."""
    others = [one for one in party.events if one != FIRST]
    if not others:
        return None
    event = party.dice.choice(others)
    id, name = party.events[event], party.names[event]
    row = Roster.read(party.root).event_of(id)
    value = "" if row is not None and row["account"] else BEN

    def kept(_: Roster, after: Roster) -> bool:
        found = after.event_of(id)
        return found is not None and found["account"] == (value or None)

    words = ["events", "set", name, "account", value, "--yes"]
    body = {"event": name, "key": "account", "value": value, "yes": True}
    blurs = any(one.blurred for one in party.meaning.said.decided.values())  # and may not have been done there yet
    busy = "Somebody of the event is being forgotten" if blurs else ""
    return Deed("account", words, "events-set", body, kept, busy=busy)


@dataclass
class Left:
    """What lies on a Drive that its event left: `known`, as it lay when all was looked at last, by id."""

    known: dict[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])

    def of(self, files: list[Row], roster: Roster) -> list[Row]:
        """All of it."""
        lanes = {f"event:{row['id']}": row["account"] or "" for row in roster.rows("events")}
        tops = set[tuple[str, str]]() if BEN in lanes.values() else {(BEN, "")}
        for one in files:
            lane = lanes.get(one["appProperties"].get("venuesync_folder", ""))
            if lane is not None and (one["owner"] == BEN) != (lane == BEN):
                tops.add((one["owner"], f"{one['path']}/"))
        return [
            one for one in files if any(one["owner"] == of and f"{one['path']}/".startswith(top) for of, top in tops)
        ]

    def amiss(self, left: list[Row]) -> Iterator[str]:
        """What changed of what lay there already."""
        now = {one["id"]: (one["path"], one.get("md5Checksum"), one["trashed"]) for one in left}
        for id in self.known.keys() & now.keys():
            if self.known[id] != now[id]:
                yield f"on the Drive that was left: {self.known[id]} is {now[id]}"
        self.known = now
