"""Somebody who is being forgotten: what is still known of them for that, and which rows of the roster name them.

It stands in the roster until nothing is left to do, so that whoever is killed on the way is followed by the next.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from agent.model import Box, DriveId, EventId, Person, PersonId
from agent.roster.storage import Row

Says = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Forgetting:
    """`ids`: theirs, and of all who were merged into them. `names`: whatever they were called, and their folders; of
    those that they had before none that somebody else of the event has by now.

    `names` and `references` are none once nothing on this machine says them any more. `blur`: their faces are not to be
    seen in what is filed. `opened`: folders on Drive, and the permissions by which somebody may read them. `found`:
    something was left on this machine when it was searched.
    """

    ids: tuple[PersonId, ...]
    event: EventId
    names: tuple[str, ...] = ()
    references: tuple[tuple[str, Box], ...] = ()
    at: float = 0.0
    blur: bool = False
    opened: tuple[tuple[DriveId, str], ...] = ()
    found: bool = False

    @property
    def is_here(self) -> bool:
        """Whether this machine holds something still."""
        return bool(self.names)


def names_of(people: Iterable[Person]) -> set[str]:
    """What they are called, and their folders."""
    return {name for one in people for name in (one.name, one.folder)}


def names_in(rows: Iterable[Row], ids: Collection[str]) -> set[str]:
    """What these people are called in rows of the journal, where they had other names."""
    found = [one for row in rows for key, one in row["people"].items() if key in ids and one is not None]
    return {str(one[key]) for one in found for key in ("name", "folder")} - {""}


def never_called(person: Person, names: Collection[str]) -> Person:
    """The person as one who had none of these names before."""
    return replace(person, names_before=tuple(one for one in person.names_before if one not in names))


def without_names(row: Row, event: EventId, names: Collection[str]) -> Row:
    """A journal's row by which nobody of an event had one of these names before."""
    people: dict[str, Row | None] = {
        key: {**one, "names_before": [each for each in one.get("names_before", ()) if each not in names]}
        if one is not None and one["event"] == event
        else one
        for key, one in row["people"].items()
    }
    return {"people": people, "decisions": row["decisions"]}


def references_in(rows: Iterable[Row], ids: Collection[str]) -> set[tuple[str, Box]]:
    """By what these people were known in rows of the journal, also where that was taken back."""
    found = [one for row in rows for key, one in row["people"].items() if key in ids and one is not None]
    return {(str(each["sha256"]), Box(**each["box"])) for one in found for each in one["references"]}


def spellings(name: str) -> set[str]:
    """As stores, logs and file systems write it."""
    forms = {name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)}
    return forms | {json.dumps(one)[1:-1] for one in forms} | {one.encode("unicode_escape").decode() for one in forms}


def saying(names: Iterable[str], others: Iterable[str] = ()) -> Says:
    """Whether a text says any of these names, in any spelling: as a word, and not in one of the longer names of others.

    What has no letter in it stands between spaces where it is said. The longer ones may be many: names of files.
    """
    wanted = {*names} - {""}
    if not wanted:
        return lambda _: False
    forms = {form for name in wanted for form in spellings(name)}
    found = re.compile(_any_of(wanted))
    longer = {form for one in {*others} - forms if any(name in one for name in forms) for form in spellings(one)}
    around = {(at.start(), len(one)) for one in longer for at in found.finditer(one)}

    def is_others(text: str, at: int) -> bool:
        starts = ((at - before, at - before + length) for before, length in around if before <= at)
        return any(text[start:end] in longer and _is_whole(text, start, end) for start, end in starts)

    return lambda text: (
        any(form in text for form in forms) and any(not is_others(text, at.start()) for at in found.finditer(text))
    )


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether it is a word there, as `_any_of` finds them."""
    inside = re.compile(_edge(text[start:end]))
    return not any(map(inside.match, (text[max(0, start - 1) : start], text[end : end + 1])))


def _any_of(names: Iterable[str]) -> str:
    every = sorted({form for name in names for form in spellings(name)}, key=len, reverse=True)
    edges = ((_edge(one), re.escape(one)) for one in every)
    return "|".join(f"(?<!{edge}){one}(?!{edge})" for edge, one in edges)


def _edge(name: str) -> str:
    """What does not stand beside a name."""
    return r"\w" if any(map(str.isalnum, name)) else r"\S"


def about(rows: Sequence[Row], ids: Collection[str], faces: Collection[str], says: Says) -> Iterator[bool]:
    """Whether each of a journal's rows, the last one first, would bring somebody of these back, decides of one of these
    faces, or names them, or would give somebody else a name of theirs. So does one whose people or faces another of
    them changed later: with that one gone, taking it back would take that along.
    """
    people, decided = {*ids}, {*faces}
    for row in rows:
        keys = {key for one in row["decisions"].values() for key in one}
        known = json.dumps([row["people"], row["decisions"]])
        goes = not keys.isdisjoint(decided) or any(one in known for one in people)
        goes = goes or any(map(says, [row["text"], *names_in([row], row["people"])]))
        if goes:
            people |= {*row["people"]}
            decided |= keys
        yield goes


def with_merged(person: Person, everybody: Iterable[Person]) -> list[Person]:
    """The person and whoever is that person by now."""
    found, left = [person], list(everybody)
    for one in found:
        found += [other for other in left if other.merged_into == one.id and other not in found]
    return found
