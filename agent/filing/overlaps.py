"""Folders that photos arrive in and folders that they are filed in: none may lie in another.

A photo that is filed would arrive again, and one that arrives would be two. Asked as the stores are opened, as events
change, and by the doctor.
"""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from pathlib import Path

from agent.errors import UsageError
from agent.filing.plan import OUTPUTS
from agent.intake.folders import incoming_folders, own_folder
from agent.model import Event
from agent.settings import Settings
from agent.workspace import Workspace, absolute


def refuse_overlaps(workspace: Workspace, settings: Settings, events: Sequence[Event]) -> None:
    """Raise `UsageError` naming the two, if an incoming folder lies in another, in an output, or around one. Blocks."""
    outputs = [workspace.folder_of(event.folder) / name for event in events for name in OUTPUTS]
    own = {own_folder(workspace, event) for event in events}
    told = {absolute(Path(one), workspace.root) for one in settings.incoming.folders}
    watched: dict[Path, Path] = {}
    for folder in (one.path for one in incoming_folders(workspace, settings, events)):
        other = watched.setdefault(real_path(folder), folder)
        if other is not folder:
            raise overlapping(folder, other, own, told)
    filed = {real_path(output): output for output in [workspace.state, *outputs]}
    for real, folder in watched.items():
        for above in real.parents:
            if above in watched:
                raise overlapping(folder, watched[above], own, told)
        if found := next((filed[one] for one in (real, *real.parents) if one in filed), None):
            raise filed_into(folder, found, told)
    for real, output in filed.items():
        if found := next((watched[one] for one in real.parents if one in watched), None):
            raise filed_into(found, output, told)


def overlapping(folder: Path, other: Path, own: Container[Path], told: Container[Path]) -> UsageError:
    """`own`: those that are watched whatever anybody says; `told`: those that the settings name."""
    remedy = "Name it once" if folder == other else "Watch only the outer one of them"
    if folder == other or (folder in own) != (other in own):
        always, named = (folder, other) if folder in own else (other, folder)
        if always in own:
            remedy = f"Leave {named} out{' of incoming.folders' if named in told else ''}: {always} is always watched"
    return UsageError("Two incoming folders overlap", f"{folder} and {other}", remedy)


def filed_into(folder: Path, output: Path, told: Container[Path]) -> UsageError:
    return UsageError(
        "An incoming folder overlaps with one that venuesync files into",
        f"{folder} and {output}",
        f"Choose another folder{' in incoming.folders' if folder in told else ''}",
    )


def real_path(folder: Path) -> Path:
    """Where it really lies; unlike `Path.resolve`, of links in a circle, too."""
    return Path(os.path.realpath(folder))
