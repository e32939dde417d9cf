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

from tests.crash.meaning import Change, Meaning
from tests.crash.stores import Roster, State

LATE = "Late"


@dataclass(frozen=True)
class Deed:
    """`kept` tells from the roster before and after whether it was said for good; `means` is what it changes.

    The other kinds of meaning: `back` and `again` take the last verb back, or do it again; with `state` all is as it
    was said then. `alone`: it is refused while an agent runs. `removes` an event; `busy`: what it may be refused for.
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

    def name(self, word: str) -> str:
        self.numbers += 1
        return f"{word} {self.numbers}"

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
