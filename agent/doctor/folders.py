"""The folders: those in which photos arrive, and those that they are filed in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.disk.access import Access
from agent.disk.mounts import NETWORK_FILE_SYSTEMS, file_system, lacks_of
from agent.doctor.findings import Begun, Finding, of_error, ok, problem, warning
from agent.errors import UsageError
from agent.filing import plan
from agent.filing.overlaps import refuse_overlaps
from agent.intake.folders import incoming_folders, own_folder
from agent.model import Event
from agent.settings import Settings
from agent.workspace import Workspace


def incoming(workspace: Workspace, settings: Settings, events: Sequence[Event]) -> Iterator[Finding | Begun]:
    """Each that is not well, and then all others in one line. Where two overlap no agent starts: that alone is said."""
    try:
        refuse_overlaps(workspace, settings, events)
    except UsageError as error:
        yield of_error("folders", error)
        return
    watched, well = incoming_folders(workspace, settings, events), list[Path]()
    for folder in dict.fromkeys(one.path for one in watched):
        yield Begun(f"folder {folder}")
        try:
            found = arriving(folder)
        except OSError as error:  # above it nobody may pass, or its share is dead
            remedy = "Connect its disk or share again, or let this user enter the folders above it"
            found = problem("folder", f"{folder} cannot be reached: {error.strerror}", remedy)
        if found is None:
            well.append(folder)
        else:
            yield found
    yield from of_no_event(workspace, events)
    if well:
        more = f" and {len(well) - 1:,} more" if len(well) > 1 else ""
        yield ok("folders", f"photos arrive in {well[0]}{more}")


def of_no_event(workspace: Workspace, events: Sequence[Event]) -> Iterator[Finding]:
    """Folders like an event's, made or renamed by hand, or left by a removed one: nobody takes what lies there."""
    own = {event.folder for event in events}
    for folder in sorted((workspace.root / "Events").glob("*/Incoming")):
        if folder.parent.name not in own and any(files for _, _, files in os.walk(folder)):
            detail = f"{folder} belongs to no event: files in it are taken in for none"
            yield warning("folder", detail, "Move them into an event's Incoming: venuesync events show")


def arriving(folder: Path) -> Finding | None:
    """What is to be said of a folder in which photos arrive; `None`: all is well."""
    if not folder.exists():
        if folder.is_symlink():
            leads = folder.readlink()
            return problem("folder", f"{folder} is a link to {leads}, which is not there", "Connect its disk or share")
        return problem("folder", f"{folder} is missing", "Connect its disk, or take it off: venuesync events folder")
    if not folder.is_dir():
        return problem("folder", f"{folder} is no folder", "Remove what lies there, or name another folder")
    if not os.access(folder, os.R_OK | os.X_OK):
        return problem(
            "folder", f"{folder} cannot be read by this user", f"Run: chmod u+rx '{folder}', or change owner"
        )
    kind = file_system(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        detail = f"{folder} lies on a share ({kind}), which tells of no change: photos are found within seconds"
        return warning("folder", detail, "Let the venue's photos come to a local folder, if seconds matter")
    return None


def outputs(workspace: Workspace, events: Sequence[Event]) -> Iterator[Finding]:
    """Where photos are filed: writable, and only the topmost of them may be links."""
    ill = list(_ill(workspace, events))
    yield from ill
    if not ill:
        yield ok("filing", f"People and Unsorted can be written at {workspace.root}")


def lacking(workspace: Workspace, events: Sequence[Event], access: Access) -> Iterator[Finding]:
    """What the disks that photos are filed on cannot do."""
    places = [workspace.root / path for event in events for path in plan.outputs(event, plan.FILED)]
    found = list(lacks_of([one for one in places if one.is_dir()] or [workspace.root], access))
    for one in found:
        yield warning("shares", one.told, one.remedy)
    if not found:
        yield ok("shares", "photos are filed on disks with hard links: each takes its room once")


def _ill(workspace: Workspace, events: Sequence[Event]) -> Iterator[Finding]:
    for event in events:
        for folder in [own_folder(workspace, event).parent / name for name in plan.OUTPUTS]:
            if folder.is_symlink() and not folder.exists():
                yield problem(
                    "filing", f"{folder} leads to {folder.readlink()}, which is not there", "Connect its disk"
                )
            elif folder.exists() and not folder.is_dir():
                yield problem("filing", f"{folder} is no folder", "Move away what lies in its place")
            elif folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
                yield problem("filing", f"{folder} cannot be written by this user", "Change its owner, or its rights")
