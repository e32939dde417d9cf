"""Somebody who is being forgotten: what is still known of them for that, and which rows of the roster name them.

It stands in the roster until nothing is left to do, so that whoever is killed on the way is followed by the next.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from agent.model import Box, EventId, Person, PersonId
from agent.roster.storage import Row


@dataclass(frozen=True, slots=True)
class Forgetting:
    """`ids`: theirs, and of all who were merged into them. `names`: whatever they were called, and their folders.

    `names` and `references` are none once nothing on this machine says them any more.
    """

    ids: tuple[PersonId, ...]
    event: EventId
    names: tuple[str, ...] = ()
    references: tuple[tuple[str, Box], ...] = ()
    at: float = 0.0

    @property
    def is_here(self) -> bool:
        """Whether this machine holds something still."""
        return bool(self.names)


def names_in(rows: Iterable[Row], ids: Collection[str]) -> set[str]:
    """What these people are called in rows of the journal, where they had other names."""
    found = [one for row in rows for key, one in row["people"].items() if key in ids and one is not None]
    return {str(one[key]) for one in found for key in ("name", "folder")} - {""}


def spellings(name: str) -> set[str]:
    """As stores, logs and file systems write it."""
    forms = {name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)}
    return forms | {json.dumps(one)[1:-1] for one in forms} | {one.encode("unicode_escape").decode() for one in forms}


def whole_word(names: Iterable[str]) -> re.Pattern[str]:
    """Finds any of these names, in any spelling, where it is not part of a longer word. No names: finds nothing."""
    every = sorted((re.escape(one) for name in names for one in spellings(name)), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(every)})(?!\w)" if every else r"(?!)")


def is_about(row: Row, ids: Collection[str], faces: Collection[str], word: re.Pattern[str]) -> bool:
    """Whether a journal's row would bring somebody of these back, decides of one of these faces, or names them."""
    decided = {key for rows in row["decisions"].values() for key in rows}
    known = json.dumps([row["people"], row["decisions"]])
    return not decided.isdisjoint(faces) or any(one in known for one in ids) or word.search(row["text"]) is not None


def with_merged(person: Person, everybody: Iterable[Person]) -> list[Person]:
    """The person and whoever is that person by now."""
    found, left = [person], list(everybody)
    for one in found:
        found += [other for other in left if other.merged_into == one.id and other not in found]
    return found
