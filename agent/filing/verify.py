"""Comparing the disk with the ledger: what is missing, changed, or there besides. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.filing import files
from agent.ledger.recorded import Recorded
from agent.ledger.sightings import FileFacts
from agent.model import End, PlacementId


@dataclass(slots=True)
class DiskFindings:
    """`moved`: the same bytes with other facts than recorded; `extra`: files of others in our folders."""

    checked: int = 0
    missing: list[Recorded] = field(default_factory=list[Recorded])
    changed: list[Recorded] = field(default_factory=list[Recorded])
    moved: list[tuple[PlacementId, FileFacts]] = field(default_factory=list[tuple[PlacementId, FileFacts]])
    extra: list[str] = field(default_factory=list[str])


def verify_disk(
    root: Path, recorded: Sequence[Recorded], folders: Sequence[str], progress: Callable[[int], None]
) -> DiskFindings:
    """Look at every filed file; its bytes are read only where its facts are others than recorded."""
    found = DiskFindings()
    known: dict[str, set[str]] = {folder: set() for folder in folders}
    for one in recorded:
        folder, _, name = one.path.rpartition("/")
        known.setdefault(folder, set()).add(name)
        if one.disk in (End.THERE, End.REMOVED):
            _compare(root, one, found)
            found.checked += 1
            progress(found.checked)
    for folder, names in known.items():
        found.extra += [f"{folder}/{name}" for name in sorted(_files_in(root / folder) - names)]
    return found


def _compare(root: Path, one: Recorded, found: DiskFindings) -> None:
    path = root / one.path
    facts = files.facts_of(path)
    if facts is None:
        found.missing.append(one)
    elif facts != one.facts:
        if files.holds(path, one.sha256, one.bytes):
            found.moved.append((one.placement, facts))
        else:
            found.changed.append(one)


def _files_in(folder: Path) -> set[str]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries if not entry.name.startswith(".") and entry.is_file()}
    except OSError:
        return set()
