"""Folders that photos arrive in and folders that they are filed in: none may lie in another.

A photo that is filed would arrive again, and one that arrives would be two. Asked as the stores are opened, as events
change, and by the doctor.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from agent.errors import UsageError
from agent.filing.plan import OUTPUTS
from agent.intake.folders import incoming_folders
from agent.model import Event
from agent.settings import Settings
from agent.workspace import Workspace


def refuse_overlaps(workspace: Workspace, settings: Settings, events: Sequence[Event]) -> None:
    """Raise `UsageError` naming the two, if an incoming folder lies in another, in an output, or around one. Blocks."""
    outputs = [workspace.folder_of(event.folder) / name for event in events for name in OUTPUTS]
    watched: dict[Path, Path] = {}
    for folder in (one.path for one in incoming_folders(workspace, settings, events)):
        other = watched.setdefault(real_path(folder), folder)
        if other is not folder:
            raise overlapping(folder, other)
    filed = {real_path(output): output for output in [workspace.state, *outputs]}
    for real, folder in watched.items():
        for above in real.parents:
            if above in watched:
                raise overlapping(folder, watched[above])
        if found := next((filed[one] for one in (real, *real.parents) if one in filed), None):
            raise filed_into(folder, found)
    for real, output in filed.items():
        if found := next((watched[one] for one in real.parents if one in watched), None):
            raise filed_into(found, output)


def overlapping(folder: Path, other: Path) -> UsageError:
    return UsageError("Two incoming folders overlap", f"{folder} and {other}", "Watch only the outer one of them")


def filed_into(folder: Path, output: Path) -> UsageError:
    return UsageError(
        "An incoming folder overlaps with one that venuesync files into",
        f"{folder} and {output}",
        "Choose another folder in incoming.folders",
    )


def real_path(folder: Path) -> Path:
    """Where it really lies; unlike `Path.resolve`, of links in a circle, too."""
    return Path(os.path.realpath(folder))
