"""What is kept of photos that were moved into other events.

Once the ledger is lost, nothing else tells why they lie there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from agent.model import EventId
from agent.roster.decisions import MOVES_KEPT, moved_to
from agent.roster.storage import Row

Kept = TypeVar("Kept")
Came = Collection[tuple[EventId, str]]  # events, and photos by their SHA-256 that came there by themselves
Decided = Mapping[EventId, Mapping[str, Row | None]]


@dataclass(frozen=True, slots=True)
class Move:
    """Of a photo, which may be taken back by now. `by_itself`: it came there by itself, too, and stays then."""

    of: EventId
    to: EventId
    by_itself: bool


@dataclass(frozen=True, slots=True)
class Moves:
    """By photos' SHA-256. `back`: into which event -> out of which one, where that was taken back and it may lie there
    still; `came`: events that it was moved into, and came to by itself, too.
    """

    back: Mapping[str, Mapping[EventId, EventId]]
    came: Mapping[str, Sequence[EventId]]

    def by_itself(self, sha256: str, event: EventId) -> bool:
        return event in self.came.get(sha256, ())

    def noted(self, before: Decided | None, after: Decided, came: Came) -> Moves:
        """With what is decided now. `before`: what was, where that is taken back or done again; `None`: it is new."""
        back, too = dict(self.back), dict(self.came)
        for of, rows in after.items():
            for key, row in rows.items():
                was, to = None if before is None else moved_to(before[of][key]), moved_to(row)
                if was is not None and was != to:
                    back[key] = {**back.pop(key, {}), was: of}
                for one in (was, to):
                    if one is not None and (one, key) in came and one not in too.get(key, ()):
                        too[key] = [*too.pop(key, ()), one]
        return Moves(last(back), last(too))

    def fields(self) -> dict[str, object]:
        """As the workspace's row keeps them."""
        return {"moved_back": self.back, "came_too": self.came}


def moves_in(workspace: Row) -> Moves:
    return Moves(workspace.get("moved_back") or {}, workspace.get("came_too") or {})


def together(older: Moves, since: Moves) -> Moves:
    """What is known by either."""
    back = {key: {**older.back.get(key, {}), **since.back.get(key, {})} for key in [*older.back, *since.back]}
    came = {key: [*dict.fromkeys([*older.came.get(key, ()), *since.came.get(key, ())])] for key in since.came}
    return Moves(back, {**older.came, **came})


def last(kept: Mapping[str, Kept]) -> dict[str, Kept]:
    return dict(list(kept.items())[-MOVES_KEPT:])
