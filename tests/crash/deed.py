"""One thing that an operator says: the words that are typed, the address that is asked, and its meaning.

And the party that it is chosen from. A function that looks at the party and answers a deed, or `None` where there is
nothing to do it with, is one of the verbs in `deeds.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.meaning import FIRST, Change, Meaning
from tests.crash.stores import Roster, State

LATE = "Late"


@dataclass(frozen=True)
class Deed:
    """`kept` tells from the roster before and after whether it was said for good; `means` is what it changes.

    The other kinds of meaning: `back` and `again` take the last verb back, or do it again; with `state` all is as it
    was said then. `alone`: it is refused while an agent runs. `removes` an event; `busy`: what it may be refused for.
    `then`: what it means besides, which cannot be taken back; by the roster before and after. `settled`: it is said of
    all that has come until then.
    """

    verb: str
    words: list[str]
    path: str
    body: dict[str, Any]
    kept: Callable[[Roster, Roster], bool]
    means: Change | None = None
    back: bool = False
    again: bool = False
    state: State | None = None
    alone: bool = False
    removes: str | None = None
    busy: str = ""
    then: Callable[[Roster, Roster], None] | None = None
    settled: bool = False
    withdrawn: list[str] = field(default_factory=list[str])  # photos that may be taken away by it
    dismissed: list[str] = field(default_factory=list[str])


@dataclass
class Party:
    """What a deed is chosen from."""

    root: Path
    dice: random.Random
    meaning: Meaning
    events: dict[str, str]  # first name, and folder's -> id
    names: dict[str, str]  # first name -> what it is called now
    numbers: int = 0  # of names that were given
    addresses: dict[int, str] = field(default_factory=dict[int, str])  # that messages go to
    forgotten: set[str] = field(default_factory=set[str])  # names that nothing may say any more
    templates: dict[str, set[str]] = field(default_factory=dict[str, set[str]])  # event -> those it has or had

    def name(self, word: str) -> str:
        self.numbers += 1
        return f"{word} {self.numbers}"

    def follow(self, roster: Roster) -> None:
        """Which events there are by now, and what they are called."""
        self.events = {row["folder"] or FIRST: row["id"] for row in roster.rows("events")}
        self.names = {row["folder"] or FIRST: row["name"] for row in roster.rows("events")}
        for row in roster.rows("events"):
            self.templates.setdefault(row["folder"] or FIRST, set()).add(row["name_template"] or "")

    def id_of(self, event: str) -> str:
        return self.events[event]


def pushed(verb: str) -> Callable[[Roster, Roster], bool]:
    def kept(before: Roster, after: Roster) -> bool:
        return after.journal[-1:] != before.journal[-1:] and after.journal[-1][0] == verb

    return kept


def taken_back(before: Roster, after: Roster) -> bool:
    return before.journal[-1] not in after.journal


def done_again(before: Roster, after: Roster) -> bool:
    return after.journal[-1:] != before.journal[-1:]


def left_of(before: Roster, after: Roster) -> tuple[list[bool], list[bool]]:
    """Of each verb that could be taken back, or done again, whether it still can."""
    return [one in after.journal for one in before.journal], [one in after.undone for one in before.undone]
