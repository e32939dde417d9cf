"""The undo journal: what each verb changed, as it was before; the last one can be taken back, then the one before.

What was taken back is kept the other way round, as it was after the verb, until something new is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from agent import clock
from agent.model import EventId, Person, PersonId
from agent.roster.rows import Row

KEPT = 100  # verbs
DONE, UNDONE = "journal", "undone"  # the roster's tables of what can be taken back, and what can be done again


class Verb(StrEnum):
    """By which a decision was made; the words stand in files."""

    ENROLL = "enroll"
    NAME = "name"
    IGNORE = "ignore"
    REVIEW = "review"
    NOT = "not"
    RENAME = "rename"
    MERGE = "merge"
    WITHDRAW = "withdraw"
    MOVE = "move"
    COMPANY = "company"
    DISMISS = "dismiss"
    RESTORE = "restore"
    GUESTS = "guests"  # nobody's decision: found by themselves


OF_PHOTOS = frozenset({Verb.WITHDRAW, Verb.MOVE, Verb.COMPANY, Verb.DISMISS, Verb.RESTORE})  # of whole photos, no faces


@dataclass(frozen=True, slots=True)
class Entry:
    """`people` and `decisions` as they are to be by taking it back, or doing it again; `None`: none."""

    verb: str
    text: str
    at: float
    people: Mapping[PersonId, Person | None]
    decisions: Mapping[EventId, Mapping[str, Row | None]]

    @property
    def of_photos(self) -> bool:
        """Whether it is about whole photos alone."""
        return not self.people and self.verb in OF_PHOTOS


@dataclass(frozen=True, slots=True)
class Turned:
    """An entry that was taken back or done again, and the events that it concerns."""

    entry: Entry
    events: frozenset[EventId]


def entry_row(
    verb: str,
    text: str,
    people: Mapping[PersonId, Person | None],
    decisions: Mapping[EventId, Mapping[str, Row | None]],
    at: float | None = None,
) -> Row:
    """`at`: when it was decided, seconds UTC; now, where nothing else is said."""
    return {
        "verb": verb,
        "text": text,
        "at": clock.wall() if at is None else at,
        "people": {key: None if one is None else asdict(one) for key, one in people.items()},
        "decisions": {event: dict(rows) for event, rows in decisions.items()},
    }
