"""Backups of the stores, in `.venuesync/backups`: of the people with all that was decided, and of the ledger.

Made at night beside all else, checked before they count as made, some of each kept; never where that would fill the
disk. Pictures are none of it: they lie where they were put.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from agent import clock
from agent.atomic import free_bytes, in_words, write_whole
from agent.errors import Cause, VenueError
from agent.ledger import copying
from agent.workspace import Workspace

KEPT_PEOPLE = 14
KEPT_LEDGERS = 3
STAMP = "%Y%m%dT%H%M%SZ"
LEFT = 64 << 20  # bytes that a backup leaves free at least

Tables = dict[str, dict[str, Any]]


class Kind(StrEnum):
    PEOPLE = "people"
    LEDGER = "ledger"


ENDING = {Kind.PEOPLE: ".json", Kind.LEDGER: ".sqlite"}
KEPT = {Kind.PEOPLE: KEPT_PEOPLE, Kind.LEDGER: KEPT_LEDGERS}


@dataclass(frozen=True, slots=True)
class Backup:
    """One file. `made_at` in seconds since 1970."""

    path: Path
    kind: Kind
    made_at: float
    bytes: int


def backups(workspace: Workspace) -> list[Backup]:
    """All there are, the newest first. Blocks."""
    found: list[Backup] = []
    for path in workspace.backups.glob("*-*.*"):
        with suppress(ValueError, OSError):
            kind = Kind(path.name.partition("-")[0])
            if path.suffix == ENDING[kind]:
                made = datetime.strptime(path.stem.partition("-")[2], STAMP).replace(tzinfo=UTC)
                found.append(Backup(path, kind, made.timestamp(), path.stat().st_size))
    return sorted(found, key=lambda one: (one.made_at, one.path.name), reverse=True)


def of_kind(workspace: Workspace, kind: Kind) -> list[Backup]:
    return [one for one in backups(workspace) if one.kind is kind]


def new_path(workspace: Workspace, kind: Kind) -> Path:
    stamp = datetime.fromtimestamp(clock.wall(), UTC).strftime(STAMP)
    return workspace.backups / f"{kind}-{stamp}{ENDING[kind]}"


def drop_old(workspace: Workspace, kind: Kind, keep: int | None = None) -> None:
    for old in of_kind(workspace, kind)[KEPT[kind] if keep is None else keep :]:
        with suppress(OSError):
            old.path.unlink()


# ---- people


def back_up_people(workspace: Workspace) -> Path | None:
    """Keep the list of people with all decisions as they are; `None`: they are as at the last time.

    On the ledger's writer thread, where nobody changes them meanwhile. Raises `OSError`.
    """
    document = {path.name: json.loads(path.read_bytes()) for path in people_files(workspace)}
    known = of_kind(workspace, Kind.PEOPLE)
    if not document or (known and read_people(known[0].path) == document):
        return None
    workspace.backups.mkdir(mode=0o700, exist_ok=True)
    made = new_path(workspace, Kind.PEOPLE)
    write_whole(made, json.dumps(document, ensure_ascii=False, indent=1).encode())
    drop_old(workspace, Kind.PEOPLE)
    return made


def people_files(workspace: Workspace) -> list[Path]:
    """The list of people and the decisions of each event, where they are."""
    files = [workspace.roster, *sorted(workspace.state.glob("decisions-*.json"))]
    return [path for path in files if path.is_file() and ".damaged-" not in path.name]


def read_people(path: Path) -> dict[str, Tables] | None:
    """A backup's files by name; `None` if it is none."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict) and "roster.json" in found:
            return cast(dict[str, Tables], found)
    return None


# ---- the ledger


def back_up_ledger(workspace: Workspace, keep_free: int) -> Path:
    """Copy the ledger as it is at one moment, in slices, while others write to it. Blocks for seconds.

    Raises `VenueError` where there is no room, or where the copy is not sound: then none is made, and the last stay.
    """
    with in_words(workspace.backups):
        workspace.backups.mkdir(mode=0o700, exist_ok=True)
        make_room(workspace, keep_free)
    made = new_path(workspace, Kind.LEDGER)
    part = made.with_name(f".{made.name}.part")
    part.unlink(missing_ok=True)
    try:
        copying.copy(workspace.ledger, part)
        if (verdict := copying.soundness(part)) != "ok":
            raise VenueError("The backup of the ledger is not sound", verdict, "Check the disk", kind="backup")
        part.replace(made)
    finally:
        for suffix in copying.COMPANIONS:
            part.with_name(part.name + suffix).unlink(missing_ok=True)
    drop_old(workspace, Kind.LEDGER)
    return made


def make_room(workspace: Workspace, keep_free: int) -> None:
    """Older backups give way to the new one, but for the last. Raises `VenueError` if that is not enough."""
    needed = workspace.ledger.stat().st_size + max(LEFT, keep_free)
    for keep in (KEPT_LEDGERS - 1, 1):
        if free_bytes(workspace.state) >= needed:
            return
        drop_old(workspace, Kind.LEDGER, keep)
    if (free := free_bytes(workspace.state)) < needed:
        raise VenueError(
            "No backup of the ledger was made",
            f"it needs {needed / 1e6:,.0f} MB on the disk of {workspace.state}, {free / 1e6:,.0f} MB are free",
            "Make room: the next one is made at night",
            cause=Cause.QUOTA,
            kind="backup",
        )


def facts_of(backup: Backup) -> Mapping[str, int]:
    """What is in it, for people to choose by: numbers by name. Empty where it cannot be read."""
    with suppress(sqlite3.DatabaseError, LookupError, TypeError, AttributeError):
        if backup.kind is Kind.PEOPLE:
            found = (read_people(backup.path) or {})["roster.json"]
            people = [one for one in found.get("people", {}).values() if not one["merged_into"] and not one["ignored"]]
            return {"people": len(people), "events": len(found["events"])}
        return {"photos": copying.photos_in(backup.path)}
    return {}
