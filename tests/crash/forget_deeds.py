"""Somebody is forgotten, for good: their faces are nobody's, blurred or not; and nothing of ours says their name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.crash.deed import Deed, Party, left_of
from tests.crash.meaning import FIRST, Meaning, Person, Said
from tests.crash.stores import Roster, photos_in
from tests.venue.manifest import md5

NOT_NOW = "Nobody can be forgotten now"
BY_HAND = ("downloads", "withdrawn", "cache")  # originals, and what is no trace of anybody


def forget(party: Party) -> Deed | None:
    """Their photos stay, and others' photos too; new ones are of a stranger, or of nobody with `--never`."""
    said, roster = party.meaning.said, Roster.read(party.root)
    first = {
        row["name"]: row["id"] for row in roster.rows("people") if row["event"] == FIRST and not row["merged_into"]
    }
    named, doubted = said.named(FIRST), said.doubted(FIRST)  # nobody can tell which photos are of whom that is doubted
    keys = [key for key, one in named.items() if not one.ignored and one.name in first and not one.looks & doubted]
    if not keys or roster.restored:
        return None
    key = party.dice.choice(keys)
    person = said.people[key]
    never = len(person.looks) == 1 and party.dice.random() < 1 / 3  # of two who are one there is no middle
    blur = party.dice.random() < 2 / 3

    def kept(_: Roster, after: Roster) -> bool:
        return first[person.name] not in {row["id"] for row in after.rows("people")}

    def then(before: Roster, after: Roster) -> None:
        meaning = party.meaning
        names = {person.name, *(one.name for one in said.people.values() if _is_one_with(said, one, key))}
        looks = {*meaning.said.people[key].looks}
        known = photos_in(party.root, FIRST)
        found = theirs(meaning, key, known)
        meaning.leave(*left_of(before, after))
        later = Person(FIRST, "", looks, ignored=True, unseen_but={*known} if blur else None) if never else None
        meaning.mean_for_good(lambda said: lose(said, key, found, later, blur=blur))
        meaning.forget_moments()  # what names them is taken out; what does not may be older than they are
        party.forgotten |= {one for one in names if one not in {each.name for each in meaning.said.people.values()}}

    words = ["people", "forget", person.name, "--yes", "--blur" if blur else "--stay", *(["--never"] if never else [])]
    body = {"person": person.name, "event": FIRST, "blur": blur, "never": never}
    return Deed("forget", words, "people-forget", body, kept, then=then, settled=True, busy=NOT_NOW)


def theirs(meaning: Meaning, key: int, known: dict[str, int]) -> list[tuple[str, str]]:
    """SHA-256 and look of each face that counts as theirs, of these photos: those in no folder, too."""
    looks = meaning.said.people[key].looks
    found: list[tuple[str, str]] = []
    for sha256 in known:
        one = meaning.arrived.get(sha256)
        for look in () if one is None else one.taken.picture.looks:
            lies = FIRST in meaning.where(sha256) and not meaning.is_withdrawn(FIRST, sha256)
            if (meaning.person(FIRST, sha256, look) == key) if lies else look in looks - meaning.nobodys(FIRST, sha256):
                found.append((sha256, look))
    return found


def lose(said: Said, key: int, found: list[tuple[str, str]], later: Person | None, *, blur: bool) -> None:
    """`later`: of whom nobody is asked about any more."""
    for one in said.people.values():
        if _is_one_with(said, one, key):
            one.gone, one.looks, one.name = True, set(), ""
    for decided in said.decided.values():
        decided.yes = {look: whose for look, whose in decided.yes.items() if not said.people[said.resolve(whose)].gone}
        denied = {look for look, whose in decided.no if said.resolve(whose) == key}
        decided.no = {(look, whose) for look, whose in decided.no if not said.people[said.resolve(whose)].gone}
        if later:  # whoever has their face now is not on those, either
            decided.no |= {(look, said.nameless_of(key)) for look in denied}
    for sha256, look in found:
        said.of(FIRST, sha256).forgotten.add(look)
        if blur:
            said.of(FIRST, sha256).blurred.add(look)
    if later:
        said.people[said.nameless_of(key)] = replace(later)


def _is_one_with(said: Said, one: Person, key: int) -> bool:
    return any(each is one and said.resolve(number) == key for number, each in said.people.items())


# ---- held against what is


def said_still(root: Path, names: set[str], files: list[dict[str, Any]]) -> Iterator[str]:
    """Where somebody is named whom nobody knows any more: here in whatever file, and on Drive."""
    yield from (f"still being forgotten: {one['names']}" for one in Roster.read(root).forgetting())
    if not names:
        return
    says = re.compile("|".join(f"{re.escape(one)}(?![0-9])" for one in sorted(names)))
    state = root / ".venuesync"
    for path in state.rglob("*"):
        told = path.is_file() and path.relative_to(state).parts[0] not in BY_HAND
        if told and (found := says.search(path.read_bytes().decode("latin-1"))):
            yield f"forgotten, and named still: {found[0]} in {path.relative_to(root)}"
    for one in files:
        if found := says.search(one["path"]):
            yield f"forgotten, and named still: {found[0]} on Drive, {one['path']}"


def unblurred(root: Path, event: str, lies: dict[str, str], meant: set[str], meaning: Meaning) -> Iterator[str]:
    """`lies`: path -> MD5 of the file; `meant`: MD5s of the photos that these are, or stand for. Whoever is not to be
    seen is not, and everybody else is.
    """
    originals = {one.md5: sha256 for sha256, one in meaning.arrived.items()}
    for path, content in lies.items():
        sha256 = originals.get(content)
        if sha256 is not None and meaning.blurred(event, sha256):
            yield f"{event}: {path} shows somebody who is not to be seen"
    for sha256 in (originals[content] for content in meant & originals.keys()):
        if meaning.blurred(event, sha256):
            kept = root / ".venuesync" / "withdrawn" / sha256
            if not kept.is_file() or md5(kept.read_bytes()) != meaning.arrived[sha256].md5:
                yield f"{event}: the original of {meaning.arrived[sha256].taken.name} is not kept"
