"""What is kept of photos that were moved into other events.

Once the ledger is lost, nothing else tells why they lie there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from agent.model import EventId
from agent.roster.decisions import MOVES_KEPT, PhotoDecision, decision_from, moved_to, row_of
from agent.roster.storage import Row

Kept = TypeVar("Kept")
Came = Collection[tuple[EventId, str]]  # events, and photos by their SHA-256 that came there by themselves
Decided = Mapping[EventId, Mapping[str, Row | None]]
RowOf = Callable[[EventId, str], Row | None]  # of what is decided in an event, by its key


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

    def through(
        self, sha256: str, event: EventId, here: Collection[EventId], moved: Callable[[EventId], EventId | None]
    ) -> list[Move]:
        """By which moves it came into an event, the last one first. `here`: events that there are; `moved`: where it is
        moved to out of each.
        """
        found: list[Move] = []
        through = [event]
        for to in through:
            of = next((one for one in here if moved(one) == to), self.back.get(sha256, {}).get(to))
            if of is not None and of in here and of not in through:
                through.append(of)
                found.append(Move(of, to, self.by_itself(sha256, to)))
        return found

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


# ---- other files of shots


@dataclass(frozen=True, slots=True)
class Along:
    """A file that followed its `shot` (both by SHA-256) out of an event later, so that nothing is said of it."""

    event: EventId
    shot: str
    sha256: str
    name: str


def said_along(along: Sequence[Along], row: RowOf) -> dict[EventId, dict[str, Row | None]]:
    """What is decided of them from now on, as of their shots: they are moved into the same event."""
    found: dict[EventId, dict[str, Row | None]] = {}
    for one in along:
        to, theirs = moved_to(row(one.event, one.shot)), row(one.event, one.sha256)
        if to is not None and moved_to(theirs) is None:
            found.setdefault(one.event, {})[one.sha256] = _moved(one, theirs, to)
    return found


def turned_along(entry: Row, along: Sequence[Along], row: RowOf) -> Row:
    """A journal's row by which they go with their shots, too; `row` as it was before."""
    decisions: dict[EventId, dict[str, Row | None]] = {event: {**rows} for event, rows in entry["decisions"].items()}
    for one in along:
        rows = decisions.get(one.event, {})
        if one.shot in rows and one.sha256 not in rows:
            rows[one.sha256] = _moved(one, row(one.event, one.sha256), moved_to(rows[one.shot]))
    return {"people": entry["people"], "decisions": decisions}


def _moved(one: Along, row: Row | None, to: EventId | None) -> Row | None:
    known = None if row is None else decision_from(row)
    before = known if isinstance(known, PhotoDecision) else PhotoDecision(one.sha256, name=one.name)
    return row_of(replace(before, moved_to=to))


def last(kept: Mapping[str, Kept]) -> dict[str, Kept]:
    return dict(list(kept.items())[-MOVES_KEPT:])
