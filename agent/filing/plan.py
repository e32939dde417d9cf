"""What is wanted: from the faces found, the people known and the kind of photo to the folders it belongs in.

Pure: the same facts give the same plan, so it can be made again at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.filing.tree import person_folders, unsorted_folders
from agent.ledger.folders import FolderSpec
from agent.model import Event, FolderKind, Person, PersonId

Company = Literal["solo", "group"]


@dataclass(frozen=True, slots=True)
class Plan:
    """`folders` are all that have to exist, parents first; the photo itself is wanted in `wanted` (their keys)."""

    folders: tuple[FolderSpec, ...]
    wanted: tuple[str, ...]


NOWHERE = Plan((), ())


def plan_photo(
    event: Event,
    kind: str,
    known: Sequence[PersonId | None],
    prominent: Sequence[bool],
    people: Mapping[PersonId, Person],
    company: Company | None = None,
) -> Plan:
    """Where a photo belongs. `known` and `prominent` speak of its faces, in one order, the largest first; a video has
    none. `company`: what an operator said it is.

    `Solo` is for a person whose face is the only prominent one; in all other folders of persons it is `Group`. What
    was said to be a portrait is one of the largest face that has a name.
    """
    if kind == "video":
        return _unsorted(event, FolderKind.VIDEOS)
    if not known:
        return _unsorted(event, FolderKind.NO_FACES)
    folders: dict[str, FolderSpec] = {}
    wanted: list[str] = []
    for person, stands_out in zip(known, prominent, strict=True):
        if person is None:
            continue
        alone = stands_out and sum(prominent) == 1 if company is None else company == "solo" and not wanted
        specs = person_folders(event, people[person])
        folders |= {spec.key: spec for spec in specs}
        wanted.append(specs[-2 if alone else -1].key)
    if not wanted:
        return _unsorted(event, FolderKind.UNKNOWN)
    return Plan(tuple(folders.values()), tuple(wanted))


def _unsorted(event: Event, kind: FolderKind) -> Plan:
    specs = unsorted_folders(event, kind)
    return Plan(tuple(specs), (specs[-1].key,))
