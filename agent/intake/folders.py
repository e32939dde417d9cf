"""Which folders are watched: each event's own Incoming, and those that were registered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from agent.intake.report import WatchedFolder
from agent.model import DEFAULT_EVENT, Event
from agent.own_folders import Astray, OwnFolders
from agent.settings import Settings
from agent.workspace import Workspace, absolute


def incoming_folders(workspace: Workspace, settings: Settings, events: Sequence[Event]) -> list[WatchedFolder]:
    """Every folder that is watched, without those that are switched off."""
    watched: list[WatchedFolder] = []
    for event in events:
        own = own_folder(workspace, event)
        more = [one for one in event.folders if one not in event.folders_off]
        if event.id == DEFAULT_EVENT:
            more = [*settings.incoming.folders, *more]
        watched += [
            WatchedFolder(event.id, path) for path in [own, *(absolute(Path(one), workspace.root) for one in more)]
        ]
    return watched


def own_folder(workspace: Workspace, event: Event) -> Path:
    return workspace.incoming if event.id == DEFAULT_EVENT else workspace.folder_of(event.folder) / "Incoming"


def make_own(own: OwnFolders, events: Sequence[Event]) -> None:
    """An event's own Incoming is made where it is not there; folders of others are not.

    One that is a link which leads nowhere now is left: the watcher says so.
    """
    for event in events:
        with (
            suppress(Astray),
            own.opened("Incoming" if event.id == DEFAULT_EVENT else f"Events/{event.folder}/Incoming", {}),
        ):
            pass
