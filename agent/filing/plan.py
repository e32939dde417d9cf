"""What is wanted: from the faces found, the people known and the kind of photo to the folders it belongs in.

Pure: the same facts give the same plan, so it can be made again at any time. The folders are the same on disk and on
Drive; none of them may overlap with one that photos arrive in (`overlaps.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Literal

from agent.ledger.folders import FolderSpec, key_of_person, root_folder
from agent.ledger.photos import VIDEO
from agent.model import DEFAULT_EVENT, FOLDER_NAMES, End, Event, FolderKind, Person, PersonId

FILED = ("People", "Unsorted", "All Photos")
OUTPUTS = (*FILED, "Processed")  # in the last lie originals
TOPMOST = ("Incoming", "Enroll", *OUTPUTS)
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
    """Where a photo belongs. `known` and `prominent` speak of its faces, in one order, the largest first; of a video
    they are those of all its frames, one of each person. `company`: what an operator said it is.

    `Solo` is for a person whose face is the only prominent one; in all other folders of persons it is `Group`. What
    was said to be a portrait is one of the largest face that has a name. `All Photos` is besides, where the event has
    one.
    """
    plan = _by_faces(event, kind, known, prominent, people, company)
    if not event.all_photos:
        return plan
    everything = [*event_folders(event), _below_event(event, FolderKind.ALL_PHOTOS)]
    folders = {spec.key: spec for spec in (*everything, *plan.folders)}
    return Plan(tuple(folders.values()), (*plan.wanted, everything[-1].key))


def _by_faces(
    event: Event,
    kind: str,
    known: Sequence[PersonId | None],
    prominent: Sequence[bool],
    people: Mapping[PersonId, Person],
    company: Company | None,
) -> Plan:
    if kind == VIDEO and not any(known):
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


def topmost(events: Iterable[Event]) -> list[str]:
    """The folders, below the workspace, that an operator may have made links before anything was filed in them."""
    found: dict[str, None] = {}
    for event in events:
        base = [] if event.id == DEFAULT_EVENT else ["Events", event.folder]
        found |= dict.fromkeys("/".join(base[:depth]) for depth in range(1, len(base) + 1))
        found |= dict.fromkeys("/".join([*base, name]) for name in TOPMOST)
    return list(found)


def outputs(event: Event, names: Iterable[str] = OUTPUTS) -> list[str]:
    """The folders below the workspace in which the event's photos are filed."""
    base = f"Events/{event.folder}/" if event.folder else ""
    return [f"{base}{name}" for name in names]


def event_folders(event: Event) -> list[FolderSpec]:
    """The event's folder on Drive below ours, and where its tree begins on disk."""
    disk = None if event.id == DEFAULT_EVENT else str(PurePosixPath("Events", event.folder))
    top = root_folder(event.lane)
    return [top, FolderSpec(f"event:{event.id}", top.key, FolderKind.EVENT, event.name, disk, event.id)]


def unsorted_folders(event: Event, kind: FolderKind) -> list[FolderSpec]:
    """One of the folders below Unsorted/, with all above it; it is the last."""
    unsorted = _below_event(event, FolderKind.UNSORTED)
    name = FOLDER_NAMES[kind]
    leaf = FolderSpec(f"event:{event.id}/{kind}", unsorted.key, kind, name, f"{unsorted.disk_path}/{name}", event.id)
    return [*event_folders(event), unsorted, leaf]


def person_folders(event: Event, person: Person) -> list[FolderSpec]:
    """A person's folder and their Solo and Group, with all above them; those two are the last."""
    people = _below_event(event, FolderKind.PEOPLE)
    own = FolderSpec(
        key_of_person(person.id),
        people.key,
        FolderKind.PERSON,
        person.name,
        f"{people.disk_path}/{person.folder}",
        event.id,
        person.id,
    )
    leaves = [
        FolderSpec(
            key_of_person(person.id, kind),
            own.key,
            kind,
            FOLDER_NAMES[kind],
            f"{own.disk_path}/{FOLDER_NAMES[kind]}",
            event.id,
            person.id,
        )
        for kind in (FolderKind.SOLO, FolderKind.GROUP)
    ]
    return [*event_folders(event), people, own, *leaves]


def _below_event(event: Event, kind: FolderKind) -> FolderSpec:
    top = event_folders(event)[-1]
    name = FOLDER_NAMES[kind]
    path = name if top.disk_path is None else f"{top.disk_path}/{name}"
    return FolderSpec(f"{top.key}/{kind}", top.key, kind, name, path, event.id)


class Step(StrEnum):
    NOTHING = "nothing"
    PLACE = "place"  # keep a name or an id, then put the bytes there
    FINISH = "finish"  # it was begun: look what is there, then finish it
    TAKE_BACK = "take back"  # ours, and not wanted any more
    REVIVE = "revive"  # we trashed it, and it is wanted again
    RENAME = "rename"  # the name on disk is another one


def disk_step(*, wanted: bool, disk: End) -> Step:
    """The disk end. What a person removed stays removed; what is reserved is finished, never begun a second time."""
    if wanted:
        return {End.ABSENT: Step.PLACE, End.RESERVED: Step.FINISH}.get(disk, Step.NOTHING)
    return Step.TAKE_BACK if disk in (End.RESERVED, End.THERE) else Step.NOTHING


def drive_step(*, wanted: bool, drive: End, same_name: bool = True) -> Step:
    """Drive's end. What may be on its way is asked for by its id before anything else."""
    if wanted and drive is End.THERE and not same_name:
        return Step.RENAME
    if wanted:
        steps = {End.ABSENT: Step.PLACE, End.RESERVED: Step.PLACE, End.SENDING: Step.FINISH, End.TRASHED: Step.REVIVE}
        return steps.get(drive, Step.NOTHING)
    return Step.TAKE_BACK if drive in (End.RESERVED, End.SENDING, End.THERE) else Step.NOTHING
