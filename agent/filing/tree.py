"""The tree of folders that are ours: the same names on disk and on Drive, parents first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from agent.filing.overlap import OUTPUTS
from agent.ledger.folders import FolderSpec
from agent.model import DEFAULT_EVENT, FOLDER_NAMES, Event, FolderKind, Person

TOPMOST = ("Incoming", "Enroll", "People", "Unsorted", "Processed")
UNSORTED_KINDS = (FolderKind.NO_FACES, FolderKind.UNKNOWN, FolderKind.VIDEOS)


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
    return [
        FolderSpec("root", None, FolderKind.ROOT, FOLDER_NAMES[FolderKind.ROOT], None),
        FolderSpec(f"event:{event.id}", "root", FolderKind.EVENT, event.name, disk, event.id),
    ]


def unsorted_folders(event: Event, kind: FolderKind) -> list[FolderSpec]:
    """One of the folders below Unsorted/, with all above it; it is the last."""
    unsorted = _below_event(event, FolderKind.UNSORTED)
    name = FOLDER_NAMES[kind]
    leaf = FolderSpec(f"event:{event.id}/{kind}", unsorted.key, kind, name, f"{unsorted.disk_path}/{name}", event.id)
    return [*event_folders(event), unsorted, leaf]


def person_folders(event: Event, person: Person) -> list[FolderSpec]:
    """A person's folder and her Solo and Group, with all above them; those two are the last."""
    people = _below_event(event, FolderKind.PEOPLE)
    own = FolderSpec(
        f"person:{person.id}",
        people.key,
        FolderKind.PERSON,
        person.name,
        f"{people.disk_path}/{person.folder}",
        event.id,
        person.id,
    )
    leaves = [
        FolderSpec(
            f"{own.key}/{kind}",
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
